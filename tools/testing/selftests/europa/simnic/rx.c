// SPDX-License-Identifier: GPL-2.0-only
/* simnic: NAPI takes what has arrived, through XDP, to GRO */
#include <linux/bpf.h>
#include <linux/bpf_trace.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <net/page_pool/helpers.h>
#include <net/xdp.h>

#include "simnic.h"

/* Interrupts are no closer than this. */
#define SIMNIC_COALESCE_NS	(20 * NSEC_PER_USEC)

static enum hrtimer_restart simnic_interrupt(struct hrtimer *timer)
{
	struct simnic_queue *q = container_of(timer, struct simnic_queue,
					      timer);

	napi_schedule_irqoff(&q->napi);
	return HRTIMER_NORESTART;
}

/*
 * Where the CPU is emulated it takes tens of microseconds to set its timer,
 * which would come between the packets and whatever softirq does with them
 * after the NIC's NAPI: no NIC is like that.  So it is done after them.
 */
static void simnic_arm(struct work_struct *work)
{
	struct simnic_queue *q = container_of(work, struct simnic_queue, arm);
	const struct simnic_traffic *t;
	u64 at;

	rcu_read_lock();
	t = rcu_dereference(q->nic->traffic);
	if (t) {
		at = max(simnic_traffic_next(q, t),
			 ktime_get_ns() + SIMNIC_COALESCE_NS);
		hrtimer_start(&q->timer, ns_to_ktime(at),
			      HRTIMER_MODE_ABS_PINNED);
	}
	rcu_read_unlock();
}

static void simnic_rx_skb(struct simnic_queue *q, void *va,
			  const struct xdp_buff *xdp,
			  const struct simnic_arrival *a)
{
	struct net_device *dev = q->nic->dev;
	struct sk_buff *skb = napi_build_skb(va, PAGE_SIZE);

	if (unlikely(!skb)) {
		page_pool_recycle_direct(q->pool, virt_to_page(va));
		return;
	}
	skb_mark_for_recycle(skb);
	skb_reserve(skb, xdp->data - xdp->data_hard_start);
	skb_put(skb, xdp->data_end - xdp->data);
	skb_record_rx_queue(skb, q->index);
	skb->protocol = eth_type_trans(skb, dev);
	if (a->tagged)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), a->tci);
	if (a->verified && dev->features & NETIF_F_RXCSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	napi_gro_receive(&q->napi, skb);
}

/* Returns true if the frame is for the stack. */
static bool simnic_rx_xdp(struct simnic_queue *q, struct bpf_prog *prog,
			  struct xdp_buff *xdp, bool *redirected)
{
	struct net_device *dev = q->nic->dev;
	u32 act = bpf_prog_run_xdp(prog, xdp);

	switch (act) {
	case XDP_PASS:
		return true;
	case XDP_REDIRECT:
		if (xdp_do_redirect(dev, xdp, prog))
			break;
		*redirected = true;
		return false;
	case XDP_TX:
		simnic_tx_xdp(q, xdp->data, xdp->data_end - xdp->data);
		break;
	default:
		bpf_warn_invalid_xdp_action(dev, prog, act);
		fallthrough;
	case XDP_ABORTED:
		trace_xdp_exception(dev, prog, act);
		fallthrough;
	case XDP_DROP:
		break;
	}
	page_pool_recycle_direct(q->pool, virt_to_page(xdp->data_hard_start));
	return false;
}

/* A frame is in a page. */
static void simnic_rx_page(struct simnic_queue *q, void *va,
			   const struct simnic_arrival *a,
			   struct bpf_prog *prog, bool *redirected)
{
	struct xdp_buff xdp;

	simnic_count(&q->rx, 1, a->len);
	xdp_init_buff(&xdp, PAGE_SIZE, &q->xdp_rxq);
	xdp_prepare_buff(&xdp, va, XDP_PACKET_HEADROOM, a->len, false);
	if (!prog || simnic_rx_xdp(q, prog, &xdp, redirected))
		simnic_rx_skb(q, va, &xdp, a);
}

/* From the clock. */
static bool simnic_rx_one(struct simnic_queue *q,
			  const struct simnic_traffic *t,
			  struct bpf_prog *prog, bool *redirected)
{
	struct simnic_arrival a = { .len = t->len, .verified = true };
	struct page *page = page_pool_dev_alloc_pages(q->pool);

	if (unlikely(!page))
		return false;
	simnic_traffic_make(q, t, page_address(page) + XDP_PACKET_HEADROOM);
	simnic_rx_page(q, page_address(page), &a, prog, redirected);
	return true;
}

/* From the wire. */
static void simnic_rx_wire(struct simnic_queue *q, struct sk_buff *skb,
			   struct bpf_prog *prog, bool *redirected)
{
	struct page *page = page_pool_dev_alloc_pages(q->pool);
	struct simnic_arrival a;

	if (unlikely(!page)) {
		atomic64_inc(&q->lost);
		kfree_skb(skb);
		return;
	}
	simnic_wire_receive(q, skb, page_address(page) + XDP_PACKET_HEADROOM,
			    &a);
	simnic_rx_page(q, page_address(page), &a, prog, redirected);
}

static int simnic_poll(struct napi_struct *napi, int budget)
{
	struct simnic_queue *q = container_of(napi, struct simnic_queue, napi);
	const struct simnic_traffic *t = rcu_dereference_bh(q->nic->traffic);
	struct bpf_prog *prog = rcu_dereference_bh(q->nic->prog);
	bool redirected = false;
	struct sk_buff *skb;
	int n, work = 0;

	if (t) {
		n = min_t(int, simnic_traffic_pending(q, t), budget);
		while (work < n && simnic_rx_one(q, t, prog, &redirected))
			work++;
	}
	for (; work < budget && (skb = simnic_wire_take(q)); work++)
		simnic_rx_wire(q, skb, prog, &redirected);
	if (redirected)
		xdp_do_flush();
	if (work < budget && napi_complete_done(napi, work) && t)
		queue_work(system_bh_wq, &q->arm);
	return work;
}

static void simnic_rx_start_here(void *queue)
{
	struct simnic_queue *q = queue;

	hrtimer_start(&q->timer, ns_to_ktime(q->started + SIMNIC_COALESCE_NS),
		      HRTIMER_MODE_ABS_PINNED);
}

/* A program has been set: the first interrupt, on the queue's CPU. */
void simnic_rx_start(struct simnic_queue *q)
{
	int cpu = cpu_online(q->cpu) ? q->cpu : 0;

	smp_call_function_single(cpu, simnic_rx_start_here, q, true);
}

int simnic_rx_open(struct simnic_queue *q)
{
	struct net_device *dev = q->nic->dev;
	struct page_pool_params params = {
		.pool_size = SIMNIC_RING,
		.nid = NUMA_NO_NODE,
		.napi = &q->napi,
		.dev = dev->dev.parent,
	};
	int err;

	q->pool = page_pool_create(&params);
	if (IS_ERR(q->pool))
		return PTR_ERR(q->pool);
	netif_napi_add(dev, &q->napi, simnic_poll);
	err = xdp_rxq_info_reg(&q->xdp_rxq, dev, q->index, q->napi.napi_id);
	if (err)
		goto err_napi;
	err = xdp_rxq_info_reg_mem_model(&q->xdp_rxq, MEM_TYPE_PAGE_POOL,
					 q->pool);
	if (err)
		goto err_rxq;
	hrtimer_init(&q->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED);
	q->timer.function = simnic_interrupt;
	INIT_WORK(&q->arm, simnic_arm);
	napi_enable(&q->napi);
	netif_queue_set_napi(dev, q->index, NETDEV_QUEUE_TYPE_RX, &q->napi);
	simnic_wire_open(q);
	return 0;

err_rxq:
	xdp_rxq_info_unreg(&q->xdp_rxq);
err_napi:
	netif_napi_del(&q->napi);
	page_pool_destroy(q->pool);
	return err;
}

void simnic_rx_close(struct simnic_queue *q)
{
	simnic_wire_close(q);
	netif_queue_set_napi(q->nic->dev, q->index, NETDEV_QUEUE_TYPE_RX, NULL);
	napi_disable(&q->napi);
	cancel_work_sync(&q->arm);
	/* Nobody arms it again. */
	hrtimer_cancel(&q->timer);
	xdp_rxq_info_unreg(&q->xdp_rxq);
	netif_napi_del(&q->napi);
	page_pool_destroy(q->pool);
}
