// SPDX-License-Identifier: GPL-2.0-only
/*
 * AF_EUROPA socket: how a program makes a virtual router and maps its memory
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/rtnetlink.h>
#include <linux/sockptr.h>
#include <net/busy_poll.h>
#include <net/sock.h>

#include "europa.h"
#include "main.h"
#include "pool.h"

struct europa_sock {
	struct sock sk;		/* first */
	struct europa_router router;
};

static struct europa_router *europa_router_of(struct socket *sock)
{
	return &container_of(sock->sk, struct europa_sock, sk)->router;
}

static int europa_release(struct socket *sock)
{
	struct europa_router *r;
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;
	r = europa_router_of(sock);

	rtnl_lock();
	mutex_lock(&r->lock);
	europa_router_detach_all(r);
	mutex_unlock(&r->lock);
	if (r->pool)
		europa_poll_teardown(r);
	rtnl_unlock();

	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	return 0;
}

static void europa_sock_destruct(struct sock *sk)
{
	europa_router_destroy(&container_of(sk, struct europa_sock,
					    sk)->router);
}

/* copy_struct_from_sockptr() does not look at what is beyond @size. */
static int europa_get_user(void *req, size_t size, sockptr_t optval,
			   unsigned int optlen)
{
	if (optlen < size)
		return -EINVAL;
	if (!sockptr_is_kernel(optval))
		return copy_struct_from_user(req, size, optval.user, optlen);
	memcpy(req, optval.kernel, size);
	return 0;
}

static int europa_set_pool(struct europa_router *r, sockptr_t optval,
			   unsigned int optlen)
{
	struct europa_pool_req req;
	int err;

	err = europa_get_user(&req, sizeof(req), optval, optlen);
	if (err)
		return err;
	return europa_router_pool(r, &req);
}

/* @q: the attachment to be, or NULL to see whether there could be one. */
static int europa_attach_queue(struct europa_router *r,
			       const struct europa_attach_req *req,
			       struct europa_queue *q)
{
	struct net_device *dev;
	int err;

	rtnl_lock();
	/* The socket's netns, not the caller's. */
	dev = __dev_get_by_index(sock_net(r->sk), req->ifindex);
	if (!dev) {
		err = -ENODEV;
	} else if (!europa_nic_is(dev)) {
		err = -EOPNOTSUPP;
	} else {
		mutex_lock(&r->lock);
		err = europa_router_may_attach(r, netdev_priv(dev), req);
		if (!err && q)
			err = europa_router_attach(netdev_priv(dev), q);
		mutex_unlock(&r->lock);
	}
	rtnl_unlock();
	return err;
}

static int europa_attach(struct europa_router *r, sockptr_t optval,
			 unsigned int optlen)
{
	struct europa_attach_req req;
	struct europa_queue *q;
	int err;

	err = europa_get_user(&req, sizeof(req), optval, optlen);
	if (!err)
		err = europa_attach_queue(r, &req, NULL);
	if (err)
		return err;

	q = europa_queue_new(r, &req);
	if (IS_ERR(q))
		return PTR_ERR(q);
	/* The NIC may have gone, or be another's, meanwhile. */
	err = europa_attach_queue(r, &req, q);
	if (err)
		europa_queue_free(q);
	return err;
}

static int europa_detach(struct europa_router *r, sockptr_t optval,
			 unsigned int optlen)
{
	struct europa_detach_req req;
	int err;

	err = europa_get_user(&req, sizeof(req), optval, optlen);
	if (err)
		return err;

	rtnl_lock();
	mutex_lock(&r->lock);
	err = europa_router_detach(r, &req);
	mutex_unlock(&r->lock);
	rtnl_unlock();
	return err;
}

static int europa_setsockopt(struct socket *sock, int level, int optname,
			     sockptr_t optval, unsigned int optlen)
{
	struct europa_router *r = europa_router_of(sock);

	if (level != SOL_EUROPA)
		return -ENOPROTOOPT;

	switch (optname) {
	case EUROPA_POOL:
		return europa_set_pool(r, optval, optlen);
	case EUROPA_ATTACH:
		return europa_attach(r, optval, optlen);
	case EUROPA_DETACH:
		return europa_detach(r, optval, optlen);
	}
	return -ENOPROTOOPT;
}

static void europa_describe_queue(const struct europa_queue *q,
				  struct europa_nic_layout *nic)
{
	*nic = (struct europa_nic_layout) {
		.ifindex	= q->nic->dev->ifindex,
		.queue		= q->index,
		.nic		= q->id,
		.rx_offset	= q->rx_region.offset,
		.rx_size	= q->rx_region.size,
		.tx_offset	= q->tx_region.offset,
		.tx_size	= q->tx_region.size,
		.rx_entries	= q->rx.mask + 1,
		.tx_entries	= q->tx.mask + 1,
		.mtu		= READ_ONCE(q->nic->dev->mtu),
	};
}

/* Called with the router's lock; the result is for kvfree(). */
static struct europa_layout *europa_describe(struct europa_router *r)
{
	unsigned int nics = list_count_nodes(&r->queues), i = 0;
	const struct europa_pool *pool = r->pool;
	struct europa_layout *layout;
	struct europa_queue *q;

	layout = kvzalloc(struct_size(layout, nic, nics), GFP_KERNEL_ACCOUNT);
	if (!layout)
		return NULL;

	*layout = (struct europa_layout) {
		.size		= struct_size(layout, nic, nics),
		.slots		= pool->slots,
		.slot_size	= pool->slot_size,
		.own		= pool->slots - pool->first_own,
		.headroom	= pool->headroom,
		.desc_size	= sizeof(struct europa_desc),
		.generation	= r->generation,
		.nics		= nics,
		.pool_offset	= pool->data.offset,
		.pool_size	= pool->data.size,
		.desc_offset	= pool->desc.offset,
		.desc_map_size	= pool->desc.size,
		.ctrl_offset	= r->ctrl.offset,
		.ctrl_size	= r->ctrl.size,
		.nic_size	= sizeof(struct europa_nic_layout),
	};
	list_for_each_entry(q, &r->queues, node)
		europa_describe_queue(q, &layout->nic[i++]);
	WRITE_ONCE(r->seen_generation, r->generation);
	return layout;
}

static int europa_put_user(const void *result, size_t size, int len,
			   char __user *optval, int __user *optlen)
{
	if (len > size)
		len = size;
	if (put_user(len, optlen) || copy_to_user(optval, result, len))
		return -EFAULT;
	return 0;
}

static int europa_get_layout(struct europa_router *r, int len,
			     char __user *optval, int __user *optlen)
{
	struct europa_layout *layout;
	int err;

	mutex_lock(&r->lock);
	if (!r->pool) {
		mutex_unlock(&r->lock);
		return -ENOTCONN;
	}
	layout = europa_describe(r);
	mutex_unlock(&r->lock);
	if (!layout)
		return -ENOMEM;

	err = europa_put_user(layout, layout->size, len, optval, optlen);
	kvfree(layout);
	return err;
}

static int europa_get_stats(struct europa_router *r, int len,
			    char __user *optval, int __user *optlen)
{
	u32 count[__EUROPA_OWNER_MAX] = {};
	struct europa_stats stats = {
		.size = sizeof(stats),
		.counters = __EUROPA_CNT_MAX,
	};

	mutex_lock(&r->lock);
	if (r->pool) {
		europa_pool_count(r->pool, count);
		stats.slots = r->pool->slots;
	}
	stats.nics = list_count_nodes(&r->queues);
	mutex_unlock(&r->lock);

	stats.free = count[EUROPA_OWNER_FREE];
	stats.router = count[EUROPA_OWNER_ROUTER];
	stats.flight = count[EUROPA_OWNER_FLIGHT] + count[EUROPA_OWNER_LENT];
	stats.own = count[EUROPA_OWNER_OWN];
	europa_counters_sum(r->stats, stats.counter);
	return europa_put_user(&stats, sizeof(stats), len, optval, optlen);
}

static int europa_getsockopt(struct socket *sock, int level, int optname,
			     char __user *optval, int __user *optlen)
{
	struct europa_router *r = europa_router_of(sock);
	int len;

	if (level != SOL_EUROPA)
		return -ENOPROTOOPT;
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < (int)sizeof(u32))
		return -EINVAL;

	switch (optname) {
	case EUROPA_LAYOUT:
		return europa_get_layout(r, len, optval, optlen);
	case EUROPA_STATS:
		return europa_get_stats(r, len, optval, optlen);
	}
	return -ENOPROTOOPT;
}

/* Called with the router's lock. */
static struct europa_region *europa_find_region(struct europa_router *r,
						u64 offset)
{
	struct europa_queue *q;

	if (!r->pool)
		return NULL;
	if (offset == r->pool->data.offset)
		return &r->pool->data;
	if (offset == r->pool->desc.offset)
		return &r->pool->desc;
	if (offset == r->ctrl.offset)
		return &r->ctrl;
	list_for_each_entry(q, &r->queues, node) {
		if (offset == q->rx_region.offset)
			return &q->rx_region;
		if (offset == q->tx_region.offset)
			return &q->tx_region;
	}
	return NULL;
}

static int europa_mmap(struct file *file, struct socket *sock,
		       struct vm_area_struct *vma)
{
	struct europa_router *r = europa_router_of(sock);
	struct europa_region *region;
	int err = -EINVAL;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

	mutex_lock(&r->lock);
	region = europa_find_region(r, (u64)vma->vm_pgoff << PAGE_SHIFT);
	if (region && vma->vm_end - vma->vm_start <= region->size)
		err = europa_region_mmap(region, vma);
	mutex_unlock(&r->lock);
	return err;
}

/*
 * "Drain my txRings now": for a router that finds the kernel asleep, or has
 * nothing else to do.
 */
static int europa_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct europa_router *r = europa_router_of(sock);
	unsigned int taken;
	u32 left;

	if (msg->msg_namelen)
		return -EINVAL;
	if (len)
		return -EMSGSIZE;
	if (!READ_ONCE(r->pool))
		return -ENOTCONN;

	/* In steps: a lower netdev may feed a queue that softirq empties. */
	left = r->pool->slots;
	do {
		local_bh_disable();
		taken = europa_tx_drain(r, NAPI_POLL_WEIGHT);
		left -= min(left, taken);
		/* Whatever is left, and what comes next. */
		if (!taken || !left || europa_line_any(r))
			europa_poll_ensure(r);
		local_bh_enable();
		cond_resched();
	} while (taken && left);
	return 0;
}

/*
 * "Receive now": for a router that shares its CPU with the NICs' queues, and is
 * to take turns with them, a batch at a time.  Packets are never returned here.
 */
static int europa_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			  int flags)
{
	struct europa_router *r = europa_router_of(sock);

	if (len)
		return -EMSGSIZE;
	if (!READ_ONCE(r->pool))
		return -ENOTCONN;
	if (sk_can_busy_loop(r->sk))
		europa_poll_receive(r);
	return 0;
}

static __poll_t europa_sock_poll(struct file *file, struct socket *sock,
				 struct poll_table_struct *wait)
{
	struct europa_router *r = europa_router_of(sock);
	__poll_t mask = 0;

	sock_poll_wait(file, sock, wait);
	if (europa_rx_pending(r))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (!europa_tx_pending(r))
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (READ_ONCE(r->generation) != READ_ONCE(r->seen_generation))
		mask |= EPOLLPRI;
	return mask;
}

static const struct proto_ops europa_sock_ops = {
	.family		= PF_EUROPA,
	.owner		= THIS_MODULE,
	.release	= europa_release,
	.bind		= sock_no_bind,
	.connect	= sock_no_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sock_no_accept,
	.getname	= sock_no_getname,
	.poll		= europa_sock_poll,
	.ioctl		= sock_no_ioctl,
	.listen		= sock_no_listen,
	.shutdown	= sock_no_shutdown,
	.setsockopt	= europa_setsockopt,
	.getsockopt	= europa_getsockopt,
	.sendmsg	= europa_sendmsg,
	.recvmsg	= europa_recvmsg,
	.mmap		= europa_mmap,
};

static struct proto europa_proto = {
	.name		= "EUROPA",
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct europa_sock),
};

/**
 * europa_socket_create - make an AF_EUROPA socket
 * @net: the netns it belongs to for life
 * @sock: of type SOCK_RAW; the caller was found to have CAP_NET_RAW
 * @kern: it is the kernel's own
 *
 * Return: 0 or -ENOMEM.
 */
int europa_socket_create(struct net *net, struct socket *sock, int kern)
{
	struct sock *sk;
	int err;

	sk = sk_alloc(net, PF_EUROPA, GFP_KERNEL, &europa_proto, kern);
	if (!sk)
		return -ENOMEM;
	sock->ops = &europa_sock_ops;
	sock_init_data(sock, sk);

	err = europa_router_init(&container_of(sk, struct europa_sock,
					       sk)->router, sk);
	if (err) {
		sock_orphan(sk);
		sock->sk = NULL;
		sock_put(sk);
		return err;
	}
	sk->sk_destruct = europa_sock_destruct;
	return 0;
}

int europa_socket_init(void)
{
	return proto_register(&europa_proto, 0);
}

void europa_socket_exit(void)
{
	proto_unregister(&europa_proto);
}
