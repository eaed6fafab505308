// SPDX-License-Identifier: GPL-2.0-only
/*
 * To pool: a received frame is copied into an EMPTY slot, its index goes on
 * the rxRing
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <linux/virtio_net.h>
#include <net/gso.h>

#include "europa.h"
#include "pool.h"

/* What struct virtio_net_hdr can say of a GSO frame. */
#define EUROPA_RX_GSO	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | \
			 SKB_GSO_UDP_L4 | SKB_GSO_DODGY)

/* What segments may leave to the descriptor. */
#define EUROPA_RX_SEGMENT_FEATURES	(NETIF_F_SG | NETIF_F_HW_CSUM)

/* An EMPTY slot; if there is none, see what the router has done so far. */
static int europa_rx_slot(struct europa_router *r)
{
	int index = europa_pool_get(r->pool);

	if (index < 0 && europa_tx_drain(r, NAPI_POLL_WEIGHT))
		index = europa_pool_get(r->pool);
	return index;
}

static int europa_rx_describe(const struct europa_queue *q,
			      const struct sk_buff *skb,
			      struct europa_desc *desc)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	*desc = (struct europa_desc){
		.offset	= q->router->pool->headroom,
		.len	= skb->len,
		.nic	= q->id,
		.hash	= skb->hash,
		.timestamp = ktime_to_ns(skb_tstamp_cond(skb, false)),
	};
	if (is_broadcast_ether_addr(eth->h_dest))
		desc->flags = EUROPA_F_BROADCAST;
	else if (is_multicast_ether_addr(eth->h_dest))
		desc->flags = EUROPA_F_MULTICAST;
	if (skb_vlan_tag_present(skb)) {
		desc->vlan_proto = skb->vlan_proto;
		desc->vlan_tci = skb_vlan_tag_get(skb);
	}
	return virtio_net_hdr_from_skb(skb, &desc->vnet, true, true, 0);
}

static bool europa_rx_publish(struct europa_queue *q, u32 index,
			      struct europa_desc *desc)
{
	bool full;

	spin_lock(&q->rx_lock);
	full = europa_prod_full(&q->rx);
	if (!full) {
		europa_pool_hand_over(q->router->pool, index, desc);
		europa_prod_put(&q->rx, index);
	}
	spin_unlock(&q->rx_lock);
	return !full;
}

/* One frame that fits a slot. */
static enum europa_counter europa_rx_fill(struct europa_queue *q,
					  const struct sk_buff *skb)
{
	struct europa_pool *pool = q->router->pool;
	enum europa_counter verdict;
	struct europa_desc desc;
	int index;
	u32 slot;

	index = europa_rx_slot(q->router);
	if (index < 0)
		return EUROPA_CNT_RX_POOL_EMPTY;

	slot = index;
	if (europa_rx_describe(q, skb, &desc) ||
	    shm_from_skb(europa_pool_slot(pool, slot) + pool->headroom, skb,
			 skb->len))
		verdict = EUROPA_CNT_RX_ERROR;
	else if (!europa_rx_publish(q, slot, &desc))
		verdict = EUROPA_CNT_RX_RING_FULL;
	else
		return EUROPA_CNT_RX_PACKETS;

	europa_pool_put(pool, &slot, 1);
	return verdict;
}

static void europa_rx_one(struct europa_queue *q, const struct sk_buff *skb)
{
	enum europa_counter verdict;

	if (unlikely(skb->len > europa_pool_room(q->router->pool)))
		verdict = EUROPA_CNT_RX_TOO_BIG;
	else
		verdict = europa_rx_fill(q, skb);

	europa_queue_count(q, verdict, 1);
	if (verdict == EUROPA_CNT_RX_PACKETS)
		europa_queue_count(q, EUROPA_CNT_RX_BYTES, skb->len);
}

/* A GSO frame that fits no slot, or that no descriptor can describe. */
static void europa_rx_segment(struct europa_queue *q, struct sk_buff *skb)
{
	struct sk_buff *segs, *next;

	segs = skb_gso_segment(skb, EUROPA_RX_SEGMENT_FEATURES);
	if (IS_ERR_OR_NULL(segs)) {
		europa_queue_count(q, EUROPA_CNT_RX_ERROR, 1);
		return;
	}
	europa_queue_count(q, EUROPA_CNT_RX_SEGMENTED, 1);
	skb_list_walk_safe(segs, segs, next) {
		skb_mark_not_on_list(segs);
		europa_rx_one(q, segs);
		napi_consume_skb(segs, NAPI_POLL_WEIGHT);
	}
}

static bool europa_rx_whole(const struct europa_queue *q,
			    const struct sk_buff *skb)
{
	if (!skb_is_gso(skb))
		return true;
	return !(skb_shinfo(skb)->gso_type & ~EUROPA_RX_GSO) &&
	       skb->len <= europa_pool_room(q->router->pool);
}

/* The frame from its Ethernet header on; consumed. */
static void europa_rx(struct europa_queue *q, struct sk_buff *skb)
{
	europa_poll_before_rx(q->router);
	if (likely(europa_rx_whole(q, skb)))
		europa_rx_one(q, skb);
	else
		europa_rx_segment(q, skb);
	europa_poll_schedule(q->router);
	/* in bulk, and for the next skb that tx.c wants */
	napi_consume_skb(skb, NAPI_POLL_WEIGHT);
}

/* The attachment a frame is for: of its receive queue, else of any. */
static struct europa_queue *europa_rx_queue(const struct europa_nic *nic,
					    const struct sk_buff *skb)
{
	unsigned int i, n = nic->dev->real_num_rx_queues;
	struct europa_queue *q;

	i = skb_rx_queue_recorded(skb) ? skb_get_rx_queue(skb) % n : 0;
	q = rcu_dereference(nic->queue[i]);
	for (i = 0; !q && i < n; i++)
		q = rcu_dereference(nic->queue[i]);
	return q;
}

/* Let tcpdump on the NIC see what goes to the router; stacks ignore it. */
static void europa_rx_tap(struct europa_nic *nic, struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

	if (!copy)
		return;
	copy->dev = nic->dev;
	copy->pkt_type = PACKET_OTHERHOST;
	netif_rx(copy);
}

/**
 * europa_receive - a frame was classified to a virtual NIC
 * @nic: the NIC
 * @pskb: the frame, past its Ethernet header, not shared
 *
 * Context: BH off, RCU read lock held.
 * Return: RX_HANDLER_CONSUMED, or RX_HANDLER_ANOTHER with the NIC as its
 * device: the frame is for the NIC's own stack.
 */
rx_handler_result_t europa_receive(struct europa_nic *nic,
				   struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct europa_queue *q;

	if (unlikely(!netif_running(nic->dev))) {
		europa_count(nic->stats, EUROPA_CNT_RX_NIC_DOWN, 1);
		kfree_skb(skb);
		return RX_HANDLER_CONSUMED;
	}
	if (nic->key.mode == EUROPA_MODE_VLAN)
		__vlan_hwaccel_clear_tag(skb);

	q = europa_rx_queue(nic, skb);
	if (q) {
		if (unlikely(dev_nit_active(nic->dev)))
			europa_rx_tap(nic, skb);
		__skb_push(skb, ETH_HLEN);
		europa_rx(q, skb);
		return RX_HANDLER_CONSUMED;
	}

	dev_sw_netstats_rx_add(nic->dev, skb->len + ETH_HLEN);
	skb->dev = nic->dev;
	skb_scrub_packet(skb, europa_nic_crosses_netns(nic));
	/* skb_scrub_packet() says PACKET_HOST to everything. */
	if (is_broadcast_ether_addr(eth_hdr(skb)->h_dest))
		skb->pkt_type = PACKET_BROADCAST;
	else if (is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		skb->pkt_type = PACKET_MULTICAST;
	else if (!ether_addr_equal(eth_hdr(skb)->h_dest, nic->dev->dev_addr))
		skb->pkt_type = PACKET_OTHERHOST;
	return RX_HANDLER_ANOTHER;
}

/**
 * europa_rx_pending - has the router anything to read?
 * @r: the router
 */
bool europa_rx_pending(struct europa_router *r)
{
	struct europa_queue *q;
	bool pending = false;

	rcu_read_lock();
	list_for_each_entry_rcu(q, &r->queues, node) {
		if (europa_prod_pending(&q->rx)) {
			pending = true;
			break;
		}
	}
	rcu_read_unlock();
	return pending;
}
