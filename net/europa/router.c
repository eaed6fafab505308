// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual router: a packet pool and the virtual NIC queues attached to it
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <net/netdev_rx_queue.h>
#include <net/sock.h>

#include "europa.h"
#include "pool.h"

/**
 * europa_router_init - make a router without pool or NICs
 * @r: to initialise
 * @sk: the socket it is part of
 *
 * Return: 0 or -ENOMEM.
 */
int europa_router_init(struct europa_router *r, struct sock *sk)
{
	r->stats = europa_counters_alloc();
	if (!r->stats)
		return -ENOMEM;
	r->sk = sk;
	mutex_init(&r->lock);
	spin_lock_init(&r->tx_lock);
	INIT_LIST_HEAD(&r->queues);
	r->attached = 1;
	ida_init(&r->ids);
	return 0;
}

/* Pools are wired down: without CAP_IPC_LOCK they count as locked memory. */
static int europa_router_charge(struct europa_router *r, u64 size)
{
	unsigned long pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	unsigned long limit, old;

	if (capable(CAP_IPC_LOCK))
		return 0;
	if (!r->user)
		r->user = get_uid(current_user());

	limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	old = atomic_long_read(&r->user->locked_vm);
	do {
		if (pages > limit || old > limit - pages)
			return -ENOBUFS;
	} while (!atomic_long_try_cmpxchg(&r->user->locked_vm, &old,
					  old + pages));
	r->locked_pages += pages;
	return 0;
}

static void europa_router_uncharge(struct europa_router *r, u64 pages)
{
	/* What was not charged is not given back. */
	pages = min_t(u64, pages, r->locked_pages);
	if (!pages)
		return;
	atomic_long_sub(pages, &r->user->locked_vm);
	r->locked_pages -= pages;
}

/* Offsets are never reused, so a stale one maps nothing. */
static void europa_router_place(struct europa_router *r,
				struct europa_region *region)
{
	region->offset = r->next_offset;
	r->next_offset += region->size;
}

/* Context: the router's lock held, or nobody else there. */
static void __europa_queue_free(struct europa_queue *q)
{
	europa_router_uncharge(q->router, q->charged);
	europa_region_free(&q->rx_region);
	europa_region_free(&q->tx_region);
	europa_line_exit(q);
	kfree(q);
}

/*
 * Rings that nobody has mapped any more are free.  Until then they count as locked
 * memory: a router would have as much as it likes by attaching again and again.
 */
static void europa_router_reap(struct europa_router *r, bool all)
{
	struct europa_queue **link = &r->old, *q;

	while ((q = *link)) {
		if (!all && (europa_region_is_mapped(&q->rx_region) ||
			     europa_region_is_mapped(&q->tx_region))) {
			link = &q->gone;
			continue;
		}
		*link = q->gone;
		__europa_queue_free(q);
	}
}

/**
 * europa_router_destroy - end of a router that nothing is attached to
 * @r: the router; the last reference to its socket is gone
 */
void europa_router_destroy(struct europa_router *r)
{
	europa_router_reap(r, true);
	if (r->pool)
		europa_pool_destroy(r->pool);
	europa_region_free(&r->ctrl);
	if (r->user) {
		europa_router_uncharge(r, r->locked_pages);
		free_uid(r->user);
	}
	ida_destroy(&r->ids);
	free_percpu(r->stats);
}

static int europa_router_charge_pool(struct europa_router *r, u64 size)
{
	int err;

	mutex_lock(&r->lock);
	err = r->pool ? -EBUSY : europa_router_charge(r, size);
	mutex_unlock(&r->lock);
	return err;
}

/* Context: RTNL and @r->lock held. */
static void europa_router_take_pool(struct europa_router *r,
				    struct europa_pool *pool,
				    const struct europa_region *ctrl)
{
	r->ctrl = *ctrl;
	europa_router_place(r, &pool->data);
	europa_router_place(r, &pool->desc);
	europa_router_place(r, &r->ctrl);
	shm_write(&europa_router_ctrl(r)->kernel_sleeps, 1);
	r->asleep = true;
	shm_write(&europa_router_ctrl(r)->rx_cpu, U32_MAX);
	r->rx_cpu = U32_MAX;
	europa_poll_setup(r);
	WRITE_ONCE(r->pool, pool);
}

/**
 * europa_router_pool - give a router its packet pool, once
 * @r: the router
 * @req: size of the pool, from the user, already copied
 *
 * Nobody waits for RTNL or the router while the memory is got: what a memory
 * cgroup may throttle takes its time.
 *
 * Context: process; takes RTNL and @r->lock.
 * Return: 0, -EBUSY if it has one, -EINVAL, -ENOBUFS over RLIMIT_MEMLOCK,
 * -ENOMEM.
 */
int europa_router_pool(struct europa_router *r,
		       const struct europa_pool_req *req)
{
	u64 size = (u64)req->slots * (req->slot_size + sizeof(struct europa_desc));
	struct europa_region ctrl = {};
	struct europa_pool *pool;
	int err;

	if (READ_ONCE(r->pool))
		return -EBUSY;
	if (!europa_pool_req_valid(req))
		return -EINVAL;
	err = europa_router_charge_pool(r, size);
	if (err)
		return err;

	err = -ENOMEM;
	pool = europa_pool_create(req);
	if (!pool)
		goto err_uncharge;
	if (europa_region_alloc(&ctrl, sizeof(struct europa_ctrl)))
		goto err_pool;

	rtnl_lock();
	mutex_lock(&r->lock);
	err = r->pool ? -EBUSY : 0;
	if (!err)
		europa_router_take_pool(r, pool, &ctrl);
	mutex_unlock(&r->lock);
	rtnl_unlock();
	if (!err)
		return 0;

	europa_region_free(&ctrl);
err_pool:
	europa_pool_destroy(pool);
err_uncharge:
	mutex_lock(&r->lock);
	europa_router_uncharge(r, PFN_UP(size));
	mutex_unlock(&r->lock);
	return err;
}

/**
 * europa_router_changed - tell a router to read its layout again
 * @r: the router
 *
 * Context: RTNL held.
 */
void europa_router_changed(struct europa_router *r)
{
	WRITE_ONCE(r->generation, r->generation + 1);
	shm_write(&europa_router_ctrl(r)->generation, r->generation);
	europa_poll_wake(r);
}

/* Receivers share the pool between so many. */
static void europa_router_attached(struct europa_router *r)
{
	WRITE_ONCE(r->attached, max(list_count_nodes(&r->queues), 1));
}

static u32 europa_ring_entries(const struct europa_pool *pool, u32 wanted)
{
	return wanted ?: roundup_pow_of_two(pool->slots);
}

static bool europa_ring_entries_ok(u32 entries)
{
	return !entries || (is_power_of_2(entries) &&
			    entries >= EUROPA_RING_MIN &&
			    entries <= EUROPA_RING_MAX);
}

static int europa_queue_charge(struct europa_router *r, u64 bytes)
{
	int err;

	mutex_lock(&r->lock);
	europa_router_reap(r, false);
	err = europa_router_charge(r, bytes);
	mutex_unlock(&r->lock);
	return err;
}

/**
 * europa_queue_free - end of an attachment that never was one
 * @q: from europa_queue_new()
 */
void europa_queue_free(struct europa_queue *q)
{
	struct europa_router *r = q->router;

	mutex_lock(&r->lock);
	__europa_queue_free(q);
	mutex_unlock(&r->lock);
}

/**
 * europa_queue_new - memory for an attachment
 * @r: the router, which has a pool
 * @req: what europa_router_may_attach() has nothing against
 *
 * As with the pool, nobody waits meanwhile.
 *
 * Context: process; takes @r->lock.
 * Return: the attachment, for europa_router_attach(), or an ERR_PTR(): -ENOBUFS
 * over RLIMIT_MEMLOCK, -ENOMEM.
 */
struct europa_queue *europa_queue_new(struct europa_router *r,
				      const struct europa_attach_req *req)
{
	u32 rx = europa_ring_entries(r->pool, req->rx_entries);
	u32 tx = europa_ring_entries(r->pool, req->tx_entries);
	u64 pages = PFN_UP(europa_ring_bytes(rx)) + PFN_UP(europa_ring_bytes(tx));
	struct europa_queue *q;
	int err;

	q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);
	if (!q)
		return ERR_PTR(-ENOMEM);
	q->router = r;
	q->index = req->queue;
	spin_lock_init(&q->rx_lock);
	__skb_queue_head_init(&q->pending);

	err = europa_line_init(q);
	if (!err)
		err = europa_queue_charge(r, pages << PAGE_SHIFT);
	if (err)
		goto err;
	q->charged = pages;
	err = europa_region_alloc(&q->rx_region, europa_ring_bytes(rx));
	if (!err)
		err = europa_region_alloc(&q->tx_region, europa_ring_bytes(tx));
	if (err)
		goto err;
	q->rx.ring = q->rx_region.addr;
	q->rx.mask = rx - 1;
	q->tx.ring = q->tx_region.addr;
	q->tx.mask = tx - 1;
	return q;

err:
	europa_queue_free(q);
	return ERR_PTR(err);
}

/**
 * europa_queue_find_napi - learn which NAPI frames will come by
 * @q: the attachment
 *
 * As far as the driver says, else the first skb does.  An xdp_frame cannot.
 *
 * Context: RTNL held.
 */
void europa_queue_find_napi(struct europa_queue *q)
{
	struct net_device *lower = q->nic->lower;
	struct napi_struct *napi = NULL;

	if (netif_running(lower))
		napi = __netif_get_rx_queue(lower, q->index %
					    lower->real_num_rx_queues)->napi;
	WRITE_ONCE(q->napi_id, napi ? napi->napi_id : 0);
}

/**
 * europa_router_limit_mtu - a virtual NIC's frames fit its lower netdev and all slots
 * @nic: the NIC
 *
 * Context: RTNL held.
 */
void europa_router_limit_mtu(struct europa_nic *nic)
{
	u32 max = nic->lower->mtu;
	unsigned int i;

	for (i = 0; i < nic->dev->num_rx_queues; i++) {
		struct europa_queue *q = rtnl_dereference(nic->queue[i]);

		if (q)
			max = min(max, europa_pool_room(q->router->pool) -
				       VLAN_ETH_HLEN);
	}
	WRITE_ONCE(nic->dev->max_mtu, max);
}

/**
 * europa_router_may_attach - could a queue of a virtual NIC be attached now?
 * @r: the router
 * @nic: the NIC, in the router's netns
 * @req: which queue, and size of the rings; from the user, already copied
 *
 * Context: RTNL and @r->lock held.
 * Return: 0, -EINVAL, -ENOTCONN without a pool, -EBUSY if the queue has a
 * router, -EMSGSIZE if the NIC's frames do not fit the slots.
 */
int europa_router_may_attach(struct europa_router *r, struct europa_nic *nic,
			     const struct europa_attach_req *req)
{
	struct net_device *dev = nic->dev;

	if (!r->pool)
		return -ENOTCONN;
	if (req->reserved[0] || req->reserved[1] ||
	    req->queue >= dev->real_num_rx_queues ||
	    !europa_ring_entries_ok(req->rx_entries) ||
	    !europa_ring_entries_ok(req->tx_entries))
		return -EINVAL;

	if (rtnl_dereference(nic->queue[req->queue]))
		return -EBUSY;
	return europa_pool_room(r->pool) < dev->mtu + VLAN_ETH_HLEN ?
	       -EMSGSIZE : 0;
}

/**
 * europa_router_attach - attach a queue of a virtual NIC to its router
 * @nic: the NIC, in the router's netns; europa_router_may_attach() says it may be
 * @q: from europa_queue_new(), the caller's again after an error
 *
 * Context: RTNL and the router's lock held.
 * Return: 0 or -ENOMEM.
 */
int europa_router_attach(struct europa_nic *nic, struct europa_queue *q)
{
	struct europa_router *r = q->router;
	int id;

	id = ida_alloc_max(&r->ids, U16_MAX, GFP_KERNEL_ACCOUNT);
	if (id < 0)
		return id;
	q->id = id;
	q->nic = nic;
	europa_router_place(r, &q->rx_region);
	europa_router_place(r, &q->tx_region);

	netdev_hold(nic->dev, &q->tracker, GFP_KERNEL);
	europa_queue_find_napi(q);
	spin_lock_bh(&r->tx_lock);
	list_add_tail_rcu(&q->node, &r->queues);
	spin_unlock_bh(&r->tx_lock);
	europa_router_attached(r);
	nic->attached++;
	rcu_assign_pointer(nic->queue[q->index], q);
	europa_router_limit_mtu(nic);
	europa_router_changed(r);
	return 0;
}

/* To be ended a grace period later. */
static void europa_queue_unlink(struct europa_queue *q)
{
	struct europa_router *r = q->router;
	struct europa_nic *nic = q->nic;

	RCU_INIT_POINTER(nic->queue[q->index], NULL);
	nic->attached--;
	europa_router_limit_mtu(nic);

	europa_tx_drain_queue(q);
	europa_tx_discard_queue(q);
	spin_lock_bh(&r->tx_lock);
	europa_xmit_drop(q);
	if (r->turn == q)
		r->turn = NULL;
	list_del_rcu(&q->node);
	spin_unlock_bh(&r->tx_lock);
	europa_router_attached(r);
}

static void europa_queue_end(struct europa_queue *q)
{
	struct europa_router *r = q->router;

	local_bh_disable();
	europa_rxring_end(q);
	/* Others may wait for its slots. */
	europa_poll_ensure(r);
	local_bh_enable();
	ida_free(&r->ids, q->id);
	netdev_put(q->nic->dev, &q->tracker);
	q->gone = r->old;
	r->old = q;
	europa_router_changed(r);
}

/**
 * europa_queue_detach - undo an attachment
 * @q: the attachment, freed here
 *
 * What the router had put on the txRing is sent.  Slots it took from the
 * rxRing, or could have taken, remain its own to return by another NIC.
 *
 * Context: RTNL and the router's lock held.
 */
void europa_queue_detach(struct europa_queue *q)
{
	europa_queue_unlink(q);
	/* No receiver and no poll() looks at the queue after this. */
	synchronize_net();
	europa_queue_end(q);
}

/**
 * europa_router_detach_all - undo all attachments
 * @r: the router
 *
 * Of a thousand, too, in one grace period.
 *
 * Context: RTNL and @r->lock held.
 */
void europa_router_detach_all(struct europa_router *r)
{
	struct europa_queue *q, *gone = NULL;

	while ((q = list_first_entry_or_null(&r->queues, struct europa_queue,
					     node))) {
		europa_queue_unlink(q);
		q->gone = gone;
		gone = q;
	}
	if (gone)
		synchronize_net();
	while ((q = gone)) {
		gone = q->gone;
		europa_queue_end(q);
	}
}

/**
 * europa_router_detach - undo an attachment by name
 * @r: the router
 * @req: interface index and queue, from the user, already copied
 *
 * Context: RTNL and @r->lock held.
 * Return: 0 or -ENODEV if it is not attached.
 */
int europa_router_detach(struct europa_router *r,
			 const struct europa_detach_req *req)
{
	struct europa_queue *q;

	list_for_each_entry(q, &r->queues, node) {
		if (q->nic->dev->ifindex == req->ifindex &&
		    q->index == req->queue) {
			europa_queue_detach(q);
			return 0;
		}
	}
	return -ENODEV;
}
