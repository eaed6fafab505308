// SPDX-License-Identifier: GPL-2.0-only
/* simnic: what is sent is counted, timed, and done with or on the wire */
#include <linux/bitops.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <net/xdp.h>

#include "simnic.h"

/* The first of the latencies that share a bucket, ns. */
u64 simnic_bucket_ns(unsigned int bucket)
{
	unsigned int octave = bucket >> SIMNIC_SUB_BITS;
	unsigned int sub = bucket & ((1 << SIMNIC_SUB_BITS) - 1);

	if (octave < SIMNIC_SUB_BITS)
		return bucket;
	return (u64)(sub | 1 << SIMNIC_SUB_BITS) << (octave - SIMNIC_SUB_BITS);
}

static unsigned int simnic_bucket(u64 ns)
{
	unsigned int octave;

	if (ns < 1 << SIMNIC_SUB_BITS)
		return ns;
	octave = fls64(ns) - 1;
	return octave << SIMNIC_SUB_BITS |
	       ((ns >> (octave - SIMNIC_SUB_BITS)) &
		((1 << SIMNIC_SUB_BITS) - 1));
}

static void simnic_time(struct simnic_queue *q, const void *data,
			unsigned int len)
{
	u64 age = simnic_traffic_age(data, len);

	if (age)
		q->latency[simnic_bucket(age)]++;
}

/* A frame that an XDP program returns, or that came as an xdp_frame. */
void simnic_tx_xdp(struct simnic_queue *q, const void *data, unsigned int len)
{
	struct simnic *peer = rcu_dereference_bh(q->nic->peer);

	spin_lock(&q->tx_lock);
	simnic_time(q, data, len);
	simnic_count(&q->tx, 1, len);
	spin_unlock(&q->tx_lock);
	if (peer)
		simnic_wire_send_bytes(peer, q->index, data, len);
}

/* Is all that the packet asks for on?  If it asks, the stack must know. */
static bool simnic_tx_can(struct sk_buff *skb, netdev_features_t features)
{
	if (skb_is_gso(skb) && !(skb_shinfo(skb)->gso_segs &&
				 skb_gso_ok(skb, features | NETIF_F_GSO_ROBUST)))
		return false;
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    (skb_csum_is_sctp(skb) || !(features & NETIF_F_HW_CSUM)))
		return false;
	if (skb_vlan_tag_present(skb) &&
	    !vlan_hw_offload_capable(features, skb->vlan_proto))
		return false;
	if (skb_is_nonlinear(skb) && !(features & NETIF_F_SG))
		return false;
	return !skb_has_frag_list(skb) || features & NETIF_F_FRAGLIST;
}

/* Hardware would be told of what is in its ring; tx_lock held. */
static void simnic_doorbell(struct simnic_queue *q)
{
	u64_stats_update_begin(&q->tx.syncp);
	u64_stats_inc(&q->tx.doorbells);
	u64_stats_update_end(&q->tx.syncp);
}

static void simnic_tx_bad(struct simnic_queue *q)
{
	spin_lock(&q->tx_lock);
	u64_stats_update_begin(&q->tx.syncp);
	u64_stats_inc(&q->tx.bad_offload);
	u64_stats_update_end(&q->tx.syncp);
	/* Others may wait in the ring. */
	if (!netdev_xmit_more())
		simnic_doorbell(q);
	spin_unlock(&q->tx_lock);
}

netdev_tx_t simnic_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct simnic *nic = netdev_priv(dev);
	struct simnic_queue *q = &nic->queue[skb_get_queue_mapping(skb)];
	unsigned int packets = skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs : 1;
	struct simnic *peer = rcu_dereference_bh(nic->peer);
	u8 buf[SIMNIC_STAMPED];
	unsigned int head;

	if (unlikely(!simnic_tx_can(skb, dev->features))) {
		simnic_tx_bad(q);
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	skb_tx_timestamp(skb);
	/* Of a packet socket's ring only the Ethernet header is in the head. */
	head = min_t(unsigned int, skb->len, SIMNIC_STAMPED);
	spin_lock(&q->tx_lock);
	simnic_time(q, skb_header_pointer(skb, 0, head, buf), head);
	simnic_count(&q->tx, packets, skb->len);
	if (!netdev_xmit_more())
		simnic_doorbell(q);
	spin_unlock(&q->tx_lock);
	if (peer) {
		simnic_wire_send(peer, q->index, skb);
		return NETDEV_TX_OK;
	}
	/* As by the NAPI of a driver, if this is a softirq. */
	napi_consume_skb(skb, in_serving_softirq() ? NAPI_POLL_WEIGHT : 0);
	return NETDEV_TX_OK;
}

int simnic_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		    u32 flags)
{
	struct simnic *nic = netdev_priv(dev);
	struct simnic_queue *q;
	struct xdp_frame_bulk bq;
	int i;

	if (flags & ~XDP_XMIT_FLAGS_MASK)
		return -EINVAL;
	if (!netif_running(dev))
		return -ENETDOWN;

	q = &nic->queue[smp_processor_id() % dev->real_num_tx_queues];
	if (netif_xmit_stopped(netdev_get_tx_queue(dev, q->index)))
		return 0;
	xdp_frame_bulk_init(&bq);
	rcu_read_lock();
	for (i = 0; i < n; i++) {
		simnic_tx_xdp(q, frames[i]->data, frames[i]->len);
		xdp_return_frame_bulk(frames[i], &bq);
	}
	xdp_flush_frame_bulk(&bq);
	rcu_read_unlock();
	if (flags & XDP_XMIT_FLUSH) {
		spin_lock(&q->tx_lock);
		simnic_doorbell(q);
		spin_unlock(&q->tx_lock);
	}
	return n;
}
