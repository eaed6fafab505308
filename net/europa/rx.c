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
#include <net/busy_poll.h>
#include <net/gso.h>
#include <net/xdp.h>

#include "europa.h"
#include "pool.h"

/* Of those who wait, for each frame that is received. */
#define EUROPA_RX_SERVED	2

/* What struct virtio_net_hdr can say of a GSO frame. */
#define EUROPA_RX_GSO	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | \
			 SKB_GSO_UDP_L4 | SKB_GSO_DODGY)

/* A router whose NIC has these gets them whole. */
#define EUROPA_RX_GSO_FEATURES	(NETIF_F_GRO | NETIF_F_RXCSUM)

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

/* EUROPA_CNT_RX_PACKETS if it is in a slot, else why not; rx_lock held. */
static enum europa_counter europa_rx_skb(struct europa_queue *q,
					 const struct sk_buff *skb)
{
	struct europa_pool *pool = q->router->pool;
	enum europa_counter verdict;
	struct europa_desc desc;
	u32 index;

	if (unlikely(skb->len > europa_pool_room(pool)))
		return EUROPA_CNT_RX_TOO_BIG;
	verdict = europa_rxring_reserve(q, &index);
	if (verdict != EUROPA_CNT_RX_PACKETS)
		return verdict;
	if (europa_rx_describe(q, skb, &desc) ||
	    shm_from_skb(europa_pool_slot(pool, index) + pool->headroom, skb,
			 skb->len)) {
		europa_rxring_unreserve(q, index);
		return EUROPA_CNT_RX_ERROR;
	}
	europa_rxring_fill(q, index, &desc);
	return verdict;
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
	europa_rxring_fill(q, index, &desc);
}

/* As europa_rx_skb(). */
static enum europa_counter europa_rx_frame(struct europa_queue *q,
					   const struct xdp_frame *frame)
{
	enum europa_counter verdict;
	u32 index;

	if (unlikely(frame->len > europa_pool_room(q->router->pool)))
		return EUROPA_CNT_RX_TOO_BIG;
	verdict = europa_rxring_reserve(q, &index);
	if (likely(verdict == EUROPA_CNT_RX_PACKETS))
		europa_rx_fill_frame(q, index, frame);
	return verdict;
}

static void europa_rx_count(struct europa_queue *q, enum europa_counter verdict,
			    unsigned int len)
{
	europa_queue_count(q, verdict, 1);
	if (verdict == EUROPA_CNT_RX_PACKETS)
		europa_queue_count(q, EUROPA_CNT_RX_BYTES, len);
}

/*
 * Those who wait come first, @most of them.  Returns EUROPA_CNT_RX_PACKETS if
 * nobody waits any more, else what for.
 */
static enum europa_counter europa_rx_serve_queue(struct europa_queue *q,
						 unsigned int most)
{
	enum europa_counter verdict;
	struct xdp_frame *frame;
	struct sk_buff *skb;

	while (europa_line_first(q, &skb, &frame)) {
		if (!most--)
			return EUROPA_CNT_RX_POOL_EMPTY;
		verdict = skb ? europa_rx_skb(q, skb) : europa_rx_frame(q, frame);
		if (europa_rx_may_wait(verdict))
			return verdict;
		europa_rx_count(q, verdict, skb ? skb->len : frame->len);
		europa_line_next(q);
	}
	return EUROPA_CNT_RX_PACKETS;
}

/**
 * europa_rx_serve_some - frames have come: see to those who wait
 * @q: the attachment
 * @n: how many
 *
 * A few for each that comes; the rest is for the router's NAPI, which does so
 * by turns.
 *
 * Context: BH off, the queue's rx_lock held.
 * Return: EUROPA_CNT_RX_PACKETS if nobody waits, else why those that come have to.
 */
enum europa_counter europa_rx_serve_some(struct europa_queue *q, unsigned int n)
{
	return europa_rx_serve_queue(q, EUROPA_RX_SERVED * n);
}

/* One frame, consumed. */
static void europa_rx_one(struct europa_queue *q, struct sk_buff *skb)
{
	enum europa_counter verdict;
	bool waits;

	spin_lock(&q->rx_lock);
	verdict = europa_rx_serve_some(q, 1);
	if (likely(verdict == EUROPA_CNT_RX_PACKETS))
		verdict = europa_rx_skb(q, skb);
	waits = unlikely(europa_rx_may_wait(verdict)) &&
		europa_line_add_skb(q, skb);
	spin_unlock(&q->rx_lock);
	if (waits)
		return;

	europa_rx_count(q, verdict, skb->len);
	/* in bulk, and for the next skb that tx.c wants */
	napi_consume_skb(skb, NAPI_POLL_WEIGHT);
}

/* Which checksums the descriptor may ask for: it cannot tell SCTP's apart. */
static netdev_features_t europa_rx_csum(const struct europa_queue *q)
{
	return q->nic->dev->features & NETIF_F_RXCSUM ? NETIF_F_HW_CSUM : 0;
}

/* A GSO frame that the router cannot have, or is not to have, as it is; consumed. */
static void europa_rx_segment(struct europa_queue *q, struct sk_buff *skb)
{
	struct sk_buff *segs, *next;

	segs = skb_gso_segment(skb, NETIF_F_SG | europa_rx_csum(q));
	if (IS_ERR_OR_NULL(segs)) {
		europa_queue_count(q, EUROPA_CNT_RX_ERROR, 1);
		kfree_skb(skb);
		return;
	}
	europa_queue_count(q, EUROPA_CNT_RX_SEGMENTED, 1);
	skb_list_walk_safe(segs, segs, next) {
		skb_mark_not_on_list(segs);
		europa_rx_one(q, segs);
	}
	consume_skb(skb);
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
	if (unlikely(!europa_rx_checksum(q, skb))) {
		europa_queue_count(q, EUROPA_CNT_RX_ERROR, 1);
		kfree_skb(skb);
	} else if (likely(europa_rx_whole(q, skb))) {
		europa_rx_one(q, skb);
	} else {
		europa_rx_segment(q, skb);
	}
	europa_poll_schedule(q->router);
}

/**
 * europa_rx_queue - the attachment to a queue
 * @nic: the NIC
 * @queue: number of the queue, or any number to spread by
 *
 * Context: RCU read lock held.
 * Return: the attachment, the next queue's if that has no router; NULL if none
 * has.
 */
struct europa_queue *europa_rx_queue(const struct europa_nic *nic,
				     unsigned int queue)
{
	unsigned int i, n = nic->dev->real_num_rx_queues;
	struct europa_queue *q;

	if (unlikely(queue >= n))
		queue %= n;
	q = rcu_dereference(nic->queue[queue]);
	for (i = 1; unlikely(!q) && i < n; i++)
		q = rcu_dereference(nic->queue[(queue + i) % n]);
	return q;
}

/*
 * The queue a frame is for: the lower netdev's that it was received on.  Where
 * that has none, or does not say, flows are spread.
 */
static unsigned int europa_rx_steer(const struct europa_nic *nic,
				    struct sk_buff *skb)
{
	unsigned int queue, n = nic->dev->real_num_rx_queues;

	if (n == 1)
		return 0;
	if (skb_rx_queue_recorded(skb)) {
		queue = skb_get_rx_queue(skb) % n;
		/* Should it go to the NIC's stack: that has no more queues. */
		skb_record_rx_queue(skb, queue);
		return queue;
	}
	/* Who sent it by a veth has used the upper bits to choose a queue. */
	return skb_get_hash(skb);
}

/* Would the stack behind the NIC make something of a frame for others? */
static bool europa_rx_tap_is_heard(const struct europa_nic *nic,
				   const struct sk_buff *skb)
{
	return rcu_access_pointer(nic->dev->rx_handler) ||
	       (skb_vlan_tag_present(skb) &&
		__vlan_find_dev_deep_rcu(nic->dev, skb->vlan_proto,
					 skb_vlan_tag_get_id(skb)));
}

/*
 * Let tcpdump on the NIC see what goes to the router.  It is marked as for
 * others, so that the stack ignores it, but where a bridge or a VLAN device
 * would not.
 */
static void europa_rx_tap(struct europa_nic *nic, struct sk_buff *skb)
{
	struct sk_buff *copy;

	if (europa_rx_tap_is_heard(nic, skb))
		return;
	copy = skb_clone(skb, GFP_ATOMIC);
	if (!copy)
		return;
	copy->dev = nic->dev;
	skb_scrub_packet(copy, europa_nic_crosses_netns(nic));
	copy->pkt_type = PACKET_OTHERHOST;
	netif_rx(copy);
}

/* Where the driver does not say: see europa_queue_find_napi(). */
static void europa_rx_mark_napi(struct europa_queue *q,
				const struct sk_buff *skb)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	if (unlikely(!READ_ONCE(q->napi_id) && skb->napi_id >= MIN_NAPI_ID))
		WRITE_ONCE(q->napi_id, skb->napi_id);
#endif
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
	/* A VLAN device that leaves the tag in has it in between. */
	if (unlikely(skb_mac_offset(skb) != -ETH_HLEN)) {
		europa_count(nic->stats, EUROPA_CNT_RX_ERROR, 1);
		kfree_skb(skb);
		return RX_HANDLER_CONSUMED;
	}
	if (nic->key.mode == EUROPA_MODE_VLAN)
		__vlan_hwaccel_clear_tag(skb);

	q = europa_rx_queue(nic, europa_rx_steer(nic, skb));
	if (q) {
		if (unlikely(europa_tapped(nic->dev)))
			europa_rx_tap(nic, skb);
		europa_rx_mark_napi(q, skb);
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

/* All are consumed. */
static void europa_rx_frames(struct europa_queue *q, struct xdp_frame **frame,
			     unsigned int n)
{
	enum europa_counter verdict;
	unsigned int i, done = 0;
	u64 bytes = 0;

	spin_lock(&q->rx_lock);
	verdict = europa_rx_serve_some(q, n);
	for (i = 0; i < n; i++) {
		/* Who comes after those who wait waits as well. */
		if (likely(europa_line_empty(q)))
			verdict = europa_rx_frame(q, frame[i]);
		if (unlikely(europa_rx_may_wait(verdict)) &&
		    europa_line_add_frame(q, frame[i]))
			continue;
		if (likely(verdict == EUROPA_CNT_RX_PACKETS)) {
			done++;
			bytes += frame[i]->len;
		} else {
			europa_queue_count(q, verdict, 1);
		}
		xdp_return_frame_rx_napi(frame[i]);
	}
	spin_unlock(&q->rx_lock);
	europa_queue_count(q, EUROPA_CNT_RX_PACKETS, done);
	europa_queue_count(q, EUROPA_CNT_RX_BYTES, bytes);
}

/* What a router or a tap cannot have as it is. */
static void europa_rx_frame_as_skb(struct europa_nic *nic,
				   unsigned int queue, struct xdp_frame *frame)
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
	skb_record_rx_queue(skb, queue);
	if (europa_receive(nic, &skb) == RX_HANDLER_ANOTHER)
		netif_receive_skb(skb);
	return;

nomem:
	europa_count(nic->stats, EUROPA_CNT_RX_NOMEM, 1);
}

/**
 * europa_receive_frames - an XDP program redirected frames to a virtual NIC
 * @nic: the NIC, which is up
 * @frame: the frames; all are taken
 * @n: number of them
 *
 * An xdp_frame does not say on which queue it was received.  All that a CPU
 * receives goes to one queue of the NIC, so flows stay in order; with queue i's
 * interrupt on CPU i it is the same queue.
 *
 * Context: BH off, RCU read lock held, as in the NAPI poll of a driver.
 */
void europa_receive_frames(struct europa_nic *nic, struct xdp_frame **frame,
			   unsigned int n)
{
	unsigned int i, queue = smp_processor_id();
	struct europa_queue *q = europa_rx_queue(nic, queue);

	if (unlikely(!q || europa_tapped(nic->dev))) {
		for (i = 0; i < n; i++)
			europa_rx_frame_as_skb(nic, queue, frame[i]);
		return;
	}
	europa_poll_before_rx(q->router);
	europa_rx_frames(q, frame, n);
	europa_poll_schedule(q->router);
}

/* How many have a slot now. */
static unsigned int europa_rx_serve_most(struct europa_queue *q,
					 unsigned int most)
{
	u32 before, after;

	if (europa_line_empty(q))
		return 0;
	spin_lock(&q->rx_lock);
	before = q->rx.pos + q->nfilled;
	europa_rx_serve_queue(q, most);
	after = q->rx.pos + q->nfilled;
	spin_unlock(&q->rx_lock);
	return after - before;
}

/**
 * europa_rx_serve - give EMPTY slots to those who wait
 * @r: the router
 * @budget: how many at most
 *
 * Each time another queue comes first, of those where somebody waits.
 *
 * Context: the router's NAPI.
 * Return: how many were served.
 */
unsigned int europa_rx_serve(struct europa_router *r, unsigned int budget)
{
	unsigned int i, n, lap, total = 0, first = r->serve_first;
	struct europa_queue *q;

	if (likely(!europa_line_any(r)))
		return 0;
	rcu_read_lock();
	for (lap = 0; lap < 2; lap++) {
		i = 0;
		list_for_each_entry_rcu(q, &r->queues, node) {
			if ((i++ < first) != lap || total == budget)
				continue;
			n = europa_rx_serve_most(q, budget - total);
			if (n && !total)
				r->serve_first = i;
			total += n;
		}
	}
	rcu_read_unlock();
	if (total)
		europa_rxring_flush(r);
	return total;
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
