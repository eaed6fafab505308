// SPDX-License-Identifier: GPL-2.0-only
/*
 * To pool: a received frame is copied into an EMPTY slot, its index goes on
 * the rxRing
 */
#include <linux/if_ether.h>
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
		.timestamp = ktime_to_ns(skb->tstamp),
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
		consume_skb(segs);
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

/**
 * europa_rx - put a received frame into a router's pool
 * @q: where it was classified to
 * @skb: the frame from its Ethernet header on; consumed
 *
 * Context: BH off, RCU read lock held.
 */
void europa_rx(struct europa_queue *q, struct sk_buff *skb)
{
	europa_poll_before_rx(q->router);
	if (likely(europa_rx_whole(q, skb)))
		europa_rx_one(q, skb);
	else
		europa_rx_segment(q, skb);
	europa_poll_schedule(q->router);
	consume_skb(skb);
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
