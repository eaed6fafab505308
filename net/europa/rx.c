// SPDX-License-Identifier: GPL-2.0-only
/*
 * To pool: a received frame is copied into an EMPTY slot, its index goes on
 * the rxRing
 *
 * Frames come one at a time, as skbs, from the lower netdev's stack (port.c
 * has classified them), or in batches, as xdp_frames, from an XDP program that
 * redirects them to the virtual NIC.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <linux/virtio_net.h>
#include <net/gso.h>
#include <net/xdp.h>

#include "europa.h"
#include "pool.h"

/* What struct virtio_net_hdr can say of a GSO frame. */
#define EUROPA_RX_GSO	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | \
			 SKB_GSO_UDP_L4 | SKB_GSO_DODGY)

/* A router whose NIC has these gets them whole. */
#define EUROPA_RX_GSO_FEATURES	(NETIF_F_GRO | NETIF_F_RXCSUM)

/* xdp_frames taken at a time: what a devmap lines up. */
#define EUROPA_RX_BATCH			16

/* EMPTY slots; if there are too few, see what the router has done so far. */
static unsigned int europa_rx_slots(struct europa_router *r, u32 *index,
				    unsigned int n)
{
	unsigned int got = europa_pool_get_bulk(r->pool, index, n);

	if (unlikely(got < n) && europa_tx_drain(r, NAPI_POLL_WEIGHT))
		got += europa_pool_get_bulk(r->pool, index + got, n - got);
	return got;
}

/* Returns how many slots the rxRing had room for; the others are put back. */
static unsigned int europa_rx_publish(struct europa_queue *q, const u32 *index,
				      unsigned int n)
{
	struct europa_pool *pool = q->router->pool;
	unsigned int i;

	spin_lock(&q->rx_lock);
	for (i = 0; i < n && !europa_prod_full(&q->rx); i++) {
		europa_pool_hand_over(pool, index[i]);
		europa_prod_put(&q->rx, index[i]);
	}
	spin_unlock(&q->rx_lock);
	if (unlikely(i < n))
		europa_pool_put(pool, index + i, n - i);
	return i;
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
	return virtio_net_hdr_from_skb(skb, &desc->vnet, true,
				       q->nic->dev->features & NETIF_F_RXCSUM,
				       0);
}

/* One frame that fits a slot. */
static enum europa_counter europa_rx_fill(struct europa_queue *q,
					  const struct sk_buff *skb)
{
	struct europa_pool *pool = q->router->pool;
	struct europa_desc desc;
	u32 index;

	if (!europa_rx_slots(q->router, &index, 1))
		return EUROPA_CNT_RX_POOL_EMPTY;

	if (europa_rx_describe(q, skb, &desc) ||
	    shm_from_skb(europa_pool_slot(pool, index) + pool->headroom, skb,
			 skb->len)) {
		europa_pool_put(pool, &index, 1);
		return EUROPA_CNT_RX_ERROR;
	}
	europa_pool_fill(pool, index, &desc);
	return europa_rx_publish(q, &index, 1) ? EUROPA_CNT_RX_PACKETS :
						 EUROPA_CNT_RX_RING_FULL;
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

/* Which checksums the descriptor may ask for: it cannot tell SCTP's apart. */
static netdev_features_t europa_rx_csum(const struct europa_queue *q)
{
	return q->nic->dev->features & NETIF_F_RXCSUM ? NETIF_F_HW_CSUM : 0;
}

/* A GSO frame that the router cannot have, or is not to have, as it is. */
static void europa_rx_segment(struct europa_queue *q, struct sk_buff *skb)
{
	struct sk_buff *segs, *next;

	segs = skb_gso_segment(skb, NETIF_F_SG | europa_rx_csum(q));
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
	       !(~q->nic->dev->features & EUROPA_RX_GSO_FEATURES) &&
	       skb->len <= europa_pool_room(q->router->pool);
}

/* Fill in what the descriptor cannot, or is not to, ask for. */
static bool europa_rx_checksum(const struct europa_queue *q,
			       struct sk_buff *skb)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL || skb_is_gso(skb))
		return true;
	return !skb_csum_hwoffload_help(skb, europa_rx_csum(q));
}

/* The frame from its Ethernet header on; consumed. */
static void europa_rx(struct europa_queue *q, struct sk_buff *skb)
{
	europa_poll_before_rx(q->router);
	if (unlikely(!europa_rx_checksum(q, skb)))
		europa_queue_count(q, EUROPA_CNT_RX_ERROR, 1);
	else if (likely(europa_rx_whole(q, skb)))
		europa_rx_one(q, skb);
	else
		europa_rx_segment(q, skb);
	europa_poll_schedule(q->router);
	/* in bulk, and for the next skb that tx.c wants */
	napi_consume_skb(skb, NAPI_POLL_WEIGHT);
}

/* The attachment a frame is for: of its receive queue, else of any. */
static struct europa_queue *europa_rx_queue(const struct europa_nic *nic,
					    unsigned int queue)
{
	unsigned int i, n = nic->dev->real_num_rx_queues;
	struct europa_queue *q;

	q = rcu_dereference(nic->queue[queue % n]);
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

	q = europa_rx_queue(nic, skb_rx_queue_recorded(skb) ?
				 skb_get_rx_queue(skb) : 0);
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

/* As by the stack: the outermost tag goes to the descriptor. */
static void europa_rx_fill_frame(struct europa_queue *q, u32 index,
				 const struct xdp_frame *frame)
{
	struct europa_pool *pool = q->router->pool;
	const struct vlan_ethhdr *veth = frame->data;
	struct europa_desc desc = {
		.offset	= pool->headroom,
		.len	= frame->len,
		.nic	= q->id,
	};
	u32 at = pool->headroom, skip = 0;

	if (is_broadcast_ether_addr(veth->h_dest))
		desc.flags = EUROPA_F_BROADCAST;
	else if (is_multicast_ether_addr(veth->h_dest))
		desc.flags = EUROPA_F_MULTICAST;
	if (eth_type_vlan(veth->h_vlan_proto) && frame->len >= VLAN_ETH_HLEN) {
		if (q->nic->key.mode != EUROPA_MODE_VLAN) {
			desc.vlan_proto = veth->h_vlan_proto;
			desc.vlan_tci = ntohs(veth->h_vlan_TCI);
		}
		shm_copy_to(europa_pool_slot(pool, index) + at, veth,
			    2 * ETH_ALEN);
		at += 2 * ETH_ALEN;
		skip = 2 * ETH_ALEN + VLAN_HLEN;
		desc.len -= VLAN_HLEN;
	}
	shm_copy_to(europa_pool_slot(pool, index) + at, frame->data + skip,
		    frame->len - skip);
	europa_pool_fill(pool, index, &desc);
}

/* Frames that fit a slot, EUROPA_RX_BATCH at most, are copied. */
static void europa_rx_frames(struct europa_queue *q, struct xdp_frame **frame,
			     unsigned int n)
{
	u32 index[EUROPA_RX_BATCH];
	unsigned int i, got, done;
	u64 bytes = 0;

	got = europa_rx_slots(q->router, index, n);
	for (i = 0; i < got; i++)
		europa_rx_fill_frame(q, index[i], frame[i]);
	done = europa_rx_publish(q, index, got);

	for (i = 0; i < done; i++)
		bytes += frame[i]->len;
	europa_queue_count(q, EUROPA_CNT_RX_PACKETS, done);
	europa_queue_count(q, EUROPA_CNT_RX_BYTES, bytes);
	if (unlikely(got < n))
		europa_queue_count(q, EUROPA_CNT_RX_POOL_EMPTY, n - got);
	if (unlikely(done < got))
		europa_queue_count(q, EUROPA_CNT_RX_RING_FULL, got - done);
}

/* What a router or a tap cannot have as it is. */
static void europa_rx_frame_as_skb(struct europa_nic *nic,
				   struct xdp_frame *frame)
{
	struct sk_buff *skb = xdp_build_skb_from_frame(frame, nic->lower);

	if (unlikely(!skb)) {
		xdp_return_frame_rx_napi(frame);
		goto nomem;
	}
	if (eth_type_vlan(skb->protocol)) {
		skb = skb_vlan_untag(skb);
		if (unlikely(!skb))
			goto nomem;
	}
	if (europa_receive(nic, &skb) == RX_HANDLER_ANOTHER)
		netif_receive_skb(skb);
	return;

nomem:
	europa_count(nic->stats, EUROPA_CNT_RX_NOMEM, 1);
}

/* Those that are too big for a slot go; returns how many stay. */
static unsigned int europa_rx_sift(struct europa_queue *q,
				   struct xdp_frame **frame, unsigned int n,
				   struct xdp_frame **fit)
{
	u32 room = europa_pool_room(q->router->pool);
	unsigned int i, fits = 0;

	for (i = 0; i < n; i++) {
		if (likely(frame[i]->len <= room)) {
			fit[fits++] = frame[i];
		} else {
			europa_queue_count(q, EUROPA_CNT_RX_TOO_BIG, 1);
			xdp_return_frame_rx_napi(frame[i]);
		}
	}
	return fits;
}

static void europa_rx_batch(struct europa_queue *q, struct xdp_frame **frame,
			    unsigned int n)
{
	struct xdp_frame *fit[EUROPA_RX_BATCH];
	unsigned int i;

	n = europa_rx_sift(q, frame, n, fit);
	europa_poll_before_rx(q->router);
	europa_rx_frames(q, fit, n);
	europa_poll_schedule(q->router);
	for (i = 0; i < n; i++)
		xdp_return_frame_rx_napi(fit[i]);
}

/**
 * europa_receive_frames - an XDP program redirected frames to a virtual NIC
 * @nic: the NIC, which is up
 * @frame: the frames; all are taken
 * @n: number of them
 *
 * Context: BH off, RCU read lock held, as in the NAPI poll of a driver.
 */
void europa_receive_frames(struct europa_nic *nic, struct xdp_frame **frame,
			   unsigned int n)
{
	struct europa_queue *q = europa_rx_queue(nic, smp_processor_id());
	unsigned int i, step;

	if (unlikely(!q || dev_nit_active(nic->dev))) {
		for (i = 0; i < n; i++)
			europa_rx_frame_as_skb(nic, frame[i]);
		return;
	}
	for (i = 0; i < n; i += step) {
		step = min(n - i, EUROPA_RX_BATCH);
		europa_rx_batch(q, frame + i, step);
	}
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
