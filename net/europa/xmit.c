// SPDX-License-Identifier: GPL-2.0-only
/*
 * To device: what has been copied and checked leaves by the lower netdev
 *
 * Where there is no qdisc, tap or egress hook to pass, packets are lined up
 * in the attachment and go to the driver in batches, one doorbell each.  What
 * a driver has no room for stays, and nothing more is taken from the txRing
 * until it is gone.
 */
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/xdp.h>

#include "europa.h"
#include "link.h"

/* Bursts in a row by one CPU until xdp_frames leave by it. */
#define EUROPA_XMIT_SETTLED	64

static struct netdev_queue *europa_xmit_queue(const struct europa_queue *q)
{
	struct net_device *lower = q->nic->lower;

	return netdev_get_tx_queue(lower, q->index %
				   lower->real_num_tx_queues);
}

/**
 * europa_xmit_up - can anything leave by this NIC?
 * @nic: the NIC
 */
bool europa_xmit_up(const struct europa_nic *nic)
{
	return netif_running(nic->dev) && netif_running(nic->lower) &&
	       netif_carrier_ok(nic->lower);
}

/**
 * europa_tapped_by_all - does somebody listen to it among all netdevs?
 * @dev: the netdev
 *
 * Context: BH off or RCU read lock held.
 */
bool europa_tapped_by_all(const struct net_device *dev)
{
	const struct packet_type *pt;
	bool tapped = false;

	rcu_read_lock();
	list_for_each_entry_rcu(pt, &net_hotdata.ptype_all, list) {
		if (!pt->af_packet_net ||
		    net_eq(pt->af_packet_net, dev_net(dev))) {
			tapped = true;
			break;
		}
	}
	rcu_read_unlock();
	return tapped;
}

/* Is there anybody a packet must pass between us and the driver? */
static bool europa_xmit_direct(const struct europa_nic *nic,
			       const struct netdev_queue *txq)
{
	struct net_device *lower = nic->lower;

	if (nic->xmit != EUROPA_XMIT_AUTO)
		return nic->xmit == EUROPA_XMIT_DIRECT;
	if (rcu_dereference_bh(txq->qdisc)->enqueue || europa_tapped(lower))
		return false;
#ifdef CONFIG_NET_XGRESS
	if (rcu_access_pointer(lower->tcx_egress))
		return false;
#endif
#ifdef CONFIG_NETFILTER_EGRESS
	if (rcu_access_pointer(lower->nf_hooks_egress))
		return false;
#endif
	return true;
}

/*
 * Drivers choose the transmit queue of xdp_frames by CPU.  Where they have
 * several, packets keep their order only if they leave by one CPU: so, until an
 * attachment was drained by the same CPU a number of times, they are skbs.
 */
static bool europa_xmit_settled(struct europa_queue *q)
{
	unsigned int cpu = smp_processor_id();

	if (READ_ONCE(q->nic->lower->real_num_tx_queues) == 1)
		return true;
	if (q->xmit_cpu != cpu) {
		q->xmit_cpu = cpu;
		q->xmit_bursts = 0;
	}
	if (q->xmit_bursts == EUROPA_XMIT_SETTLED)
		return true;
	q->xmit_bursts++;
	return false;
}

/* Not if some packets were too long for a frame: see tx.c on order. */
static bool europa_xmit_frames(const struct europa_nic *nic)
{
	return READ_ONCE(nic->lower->xdp_features) & NETDEV_XDP_ACT_NDO_XMIT &&
	       nic->key.mode != EUROPA_MODE_VLAN &&
	       nic->dev->mtu <= EUROPA_TX_LINEAR - ETH_HLEN &&
	       !europa_tapped(nic->dev) && europa_xmit_up(nic);
}

/**
 * europa_xmit_path - how packets leave by an attachment now
 * @q: the attachment
 *
 * Context: BH off, the router's tx_lock held.
 */
enum europa_xmit_path europa_xmit_path(struct europa_queue *q)
{
	if (!europa_xmit_direct(q->nic, europa_xmit_queue(q)))
		return EUROPA_XMIT_QDISC;
	return europa_xmit_frames(q->nic) && europa_xmit_settled(q) ?
	       EUROPA_XMIT_FRAMES : EUROPA_XMIT_SKBS;
}

static void europa_xmit_count(struct europa_queue *q, unsigned int packets,
			      u64 bytes)
{
	europa_queue_count(q, EUROPA_CNT_TX_PACKETS, packets);
	europa_queue_count(q, EUROPA_CNT_TX_BYTES, bytes);
}

/* A packet is gone, and was sent if @err says so: a driver may be another's stack. */
static void europa_xmit_done(struct europa_queue *q, int err, unsigned int len)
{
	if (!net_xmit_eval(err))
		europa_xmit_count(q, 1, len);
	else
		europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP, 1);
}

/* The first so many frames are the driver's, or are gone. */
static void europa_xmit_shift_frames(struct europa_queue *q, unsigned int n)
{
	WRITE_ONCE(q->nframes, q->nframes - n);
	memmove(q->frames, q->frames + n, q->nframes * sizeof(q->frames[0]));
}

static void europa_xmit_drop_frames(struct europa_queue *q, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		xdp_return_frame_rx_napi(q->frames[i]);
	europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP, n);
	europa_xmit_shift_frames(q, n);
}

static u64 europa_xmit_frame_bytes(const struct europa_queue *q)
{
	unsigned int i;
	u64 bytes = 0;

	for (i = 0; i < q->nframes; i++)
		bytes += q->frames[i]->len;
	return bytes;
}

static void europa_xmit_flush_frames(struct europa_queue *q)
{
	struct net_device *lower = q->nic->lower;
	u64 bytes;
	int sent;

	if (!q->nframes)
		return;
	/* By a bond they may come to a virtual NIC, and on from its router. */
	if (dev_xmit_recursion()) {
		europa_xmit_drop_frames(q, q->nframes);
		return;
	}
	bytes = europa_xmit_frame_bytes(q);
	dev_xmit_recursion_inc();
	sent = lower->netdev_ops->ndo_xdp_xmit(lower, q->nframes, q->frames,
					       XDP_XMIT_FLUSH);
	dev_xmit_recursion_dec();
	if (unlikely(sent < 0)) {
		/* it has changed its mind, or gone down */
		europa_xmit_drop_frames(q, q->nframes);
		return;
	}
	europa_xmit_shift_frames(q, sent);
	europa_xmit_count(q, sent, bytes - europa_xmit_frame_bytes(q));
}

static void europa_xmit_drop_skbs(struct europa_queue *q,
				  enum europa_counter why)
{
	europa_queue_count(q, why, skb_queue_len(&q->pending));
	__skb_queue_purge(&q->pending);
}

/* Returns false if the driver has no room for it. */
static bool europa_xmit_one(struct europa_queue *q, struct sk_buff *skb,
			    struct netdev_queue *txq, bool more)
{
	unsigned int len = skb->len;
	int err;

	/* Now: the netdev may have got other queues since it was lined up. */
	skb_set_queue_mapping(skb, txq - q->nic->lower->_tx);
	err = netdev_start_xmit(skb, q->nic->lower, txq, more);
	if (!dev_xmit_complete(err))
		return false;
	europa_xmit_done(q, err, len);
	return true;
}

static void europa_xmit_flush_skbs(struct europa_queue *q)
{
	struct net_device *lower = q->nic->lower;
	struct netdev_queue *txq = europa_xmit_queue(q);
	struct sk_buff *skb;

	if (skb_queue_empty(&q->pending))
		return;
	/* The queue of a netdev that is down is stopped for good. */
	if (unlikely(!europa_xmit_up(q->nic))) {
		europa_xmit_drop_skbs(q, EUROPA_CNT_TX_NIC_DOWN);
		return;
	}
	if (dev_xmit_recursion()) {
		europa_xmit_drop_skbs(q, EUROPA_CNT_TX_QDISC_DROP);
		return;
	}
	if (europa_link_flush(q))
		return;

	dev_xmit_recursion_inc();
	HARD_TX_LOCK(lower, txq, smp_processor_id());
	while (!netif_xmit_frozen_or_drv_stopped(txq) &&
	       (skb = __skb_dequeue(&q->pending))) {
		if (!europa_xmit_one(q, skb, txq,
				     !skb_queue_empty(&q->pending))) {
			__skb_queue_head(&q->pending, skb);
			break;
		}
	}
	HARD_TX_UNLOCK(lower, txq);
	dev_xmit_recursion_dec();
}

/**
 * europa_xmit_flush - hand to the driver what is lined up
 * @q: the attachment
 *
 * Context: BH off, the router's tx_lock held.
 * Return: whether the driver took it all.
 */
bool europa_xmit_flush(struct europa_queue *q)
{
	europa_xmit_flush_frames(q);
	europa_xmit_flush_skbs(q);
	return europa_xmit_flushed(q);
}

/**
 * europa_xmit_unstick - get past a frame that the driver never takes
 * @q: the attachment
 *
 * A driver that takes xdp_frames does not say why it left one.  A full ring
 * has drained by the next poll; a frame that is too large for the other end
 * of a veth would be the first in the line for ever.
 *
 * Context: BH off, the router's tx_lock held.
 */
void europa_xmit_unstick(struct europa_queue *q)
{
	unsigned int left = q->nframes;

	if (!left)
		return;
	europa_xmit_flush_frames(q);
	if (q->nframes == left)
		europa_xmit_drop_frames(q, 1);
}

/**
 * europa_xmit_drop - what is lined up will not be sent any more
 * @q: the attachment
 *
 * Context: BH off, the router's tx_lock held.
 */
void europa_xmit_drop(struct europa_queue *q)
{
	europa_xmit_drop_frames(q, q->nframes);
	europa_xmit_drop_skbs(q, EUROPA_CNT_TX_QDISC_DROP);
}

/* Nothing to segment, to checksum or to tag: any driver takes it. */
static bool europa_xmit_plain(const struct sk_buff *skb)
{
	return skb->ip_summed != CHECKSUM_PARTIAL && !skb_is_gso(skb) &&
	       !skb_vlan_tag_present(skb) && !skb_is_nonlinear(skb);
}

/*
 * Do what the packet's device cannot do itself; returns what it can.  The core
 * counts one that fails as well: with the lower netdev, whoever's features were
 * the reason, as the virtual NIC has it in our counter.
 */
static struct sk_buff *europa_xmit_emulate(struct europa_queue *q,
					   struct sk_buff *skb)
{
	bool again = false;

	skb = validate_xmit_skb_list(skb, q->nic->lower, &again);
	if (!skb)
		europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP, 1);
	return skb;
}

static void europa_xmit_line_up(struct europa_queue *q, struct sk_buff *skb)
{
	struct sk_buff *next;

	if (europa_xmit_plain(skb)) {
		__skb_queue_tail(&q->pending, skb);
		return;
	}
	skb = europa_xmit_emulate(q, skb);
	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		__skb_queue_tail(&q->pending, skb);
	}
}

static void europa_xmit_by_lower(struct europa_queue *q, struct sk_buff *skb,
				 enum europa_xmit_path path)
{
	unsigned int len = skb->len;

	skb->dev = q->nic->lower;
	if (path != EUROPA_XMIT_QDISC) {
		europa_xmit_line_up(q, skb);
		return;
	}
	/* The stack then chooses by this queue, unless XPS says otherwise. */
	if (q->nic->dev->real_num_rx_queues > 1)
		skb_record_rx_queue(skb, q->index);
	europa_xmit_done(q, dev_queue_xmit(skb), len);
}

/* Has ethtool -K taken from the NIC what its lower netdev can do? */
static bool europa_xmit_limited(const struct europa_nic *nic)
{
	return europa_nic_inherits(nic) & ~nic->dev->features;
}

/* The lower netdev is not to do all that it can. */
static void europa_xmit_by_nic(struct europa_queue *q, struct sk_buff *skb,
			       enum europa_xmit_path path)
{
	struct sk_buff *next;

	skb = europa_xmit_emulate(q, skb);
	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		europa_xmit_by_lower(q, skb, path);
	}
}

/**
 * europa_xmit_skb - send a packet
 * @q: the attachment
 * @skb: the packet, checked, its device the virtual NIC; consumed
 * @path: as europa_xmit_path() said
 *
 * Context: BH off, the router's tx_lock held.
 */
void europa_xmit_skb(struct europa_queue *q, struct sk_buff *skb,
		     enum europa_xmit_path path)
{
	if (likely(europa_xmit_plain(skb) || !europa_xmit_limited(q->nic)))
		europa_xmit_by_lower(q, skb, path);
	else
		europa_xmit_by_nic(q, skb, path);
}
