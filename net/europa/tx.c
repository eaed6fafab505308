// SPDX-License-Identifier: GPL-2.0-only
/*
 * From pool: what a router has processed is sent, goes to the IP stack behind
 * the virtual NIC, or is dropped
 *
 * The packet is copied before anybody parses it, so that the router cannot
 * change a header that has been checked: to an xdp_frame if the driver takes
 * those and has nothing to do to the packet but send it, else to an skb.  Of a
 * large packet the headers are; the rest of the skb may be the slot, lent.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/virtio_net.h>
#include <net/flow_dissector.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/sock.h>
#include <net/xdp.h>

#include "europa.h"
#include "link.h"
#include "pool.h"

/* Of frames longer than EUROPA_TX_LINEAR: more than any chain of headers. */
#define EUROPA_TX_HEADERS	256
/* A frame of more segments than 64 KiB have at the least TCP MSS. */
#define EUROPA_TX_SEGMENTS	750
/* Of tags that the stack knows how to find the network header behind. */
#define EUROPA_TX_TAGS		(8 * VLAN_HLEN)
/* A TCP header with all options. */
#define EUROPA_TX_TCP_MAX	60
/* Packets, segments too, that are sent of what a NIC leaves behind as it goes. */
#define EUROPA_TX_LAST		16384U

/* Slots taken from a txRing, and how many of its entries up to and with each. */
struct europa_tx_batch {
	u32 begin;
	u32 index[EUROPA_TX_BURST];
	u8 entries[EUROPA_TX_BURST];
	unsigned int n;
};

static struct sk_buff *europa_tx_alloc_linear(struct europa_queue *q, u32 len)
{
	unsigned int headroom = LL_RESERVED_SPACE(q->nic->lower);
	unsigned int tailroom = q->nic->lower->needed_tailroom;
	struct sk_buff *skb;

	skb = napi_alloc_skb(&q->router->napi, headroom + len + tailroom);
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	skb_put(skb, len);
	return skb;
}

static struct sk_buff *europa_tx_alloc_frags(struct europa_queue *q, u32 len)
{
	unsigned int headroom = LL_RESERVED_SPACE(q->nic->lower);
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(headroom + EUROPA_TX_HEADERS,
				   len - EUROPA_TX_HEADERS,
				   PAGE_ALLOC_COSTLY_ORDER, &err, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	skb_put(skb, EUROPA_TX_HEADERS);
	skb->data_len = len - EUROPA_TX_HEADERS;
	skb->len = len;
	return skb;
}

/* Is it worth it, and nobody will copy it anyway? */
static bool europa_tx_may_lend(const struct europa_queue *q, u32 index,
			       const struct europa_desc *desc)
{
	netdev_features_t lower = q->nic->lower->features;

	/* What the stack behind the NIC gets may stay there for long. */
	return q->nic->lend && desc->len > EUROPA_TX_LINEAR &&
	       !(desc->flags & EUROPA_F_PUNT) &&
	       lower & NETIF_F_SG && lower & NETIF_F_CSUM_MASK &&
	       europa_pool_may_lend(q->router->pool, index,
				    desc->offset + EUROPA_TX_HEADERS,
				    desc->len - EUROPA_TX_HEADERS);
}

/*
 * TCP, with all of its headers in what was copied: filters look at those more
 * than once, and nobody decrypts the rest where it is.
 */
static bool europa_tx_has_headers(const struct europa_queue *q,
				  const struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	struct flow_keys_basic keys;

	return skb_flow_dissect_flow_keys_basic(dev_net(q->nic->dev), NULL,
						&keys, skb->data, eth->h_proto,
						ETH_HLEN, skb->len,
						FLOW_DISSECTOR_F_STOP_AT_ENCAP) &&
	       keys.basic.ip_proto == IPPROTO_TCP &&
	       !(keys.control.flags & FLOW_DIS_IS_FRAGMENT) &&
	       keys.control.thoff + EUROPA_TX_TCP_MAX <= skb->len;
}

/* An skb of a copy of the headers and of the slot itself; NULL: copy it all. */
static struct sk_buff *europa_tx_lend(struct europa_queue *q, u32 index,
				      const struct europa_desc *desc)
{
	struct europa_pool *pool = q->router->pool;
	struct sk_buff *skb;

	skb = europa_tx_alloc_linear(q, EUROPA_TX_HEADERS);
	if (unlikely(!skb))
		return NULL;
	shm_to_skb(skb, europa_pool_slot(pool, index) + desc->offset,
		   EUROPA_TX_HEADERS);
	if (!europa_tx_has_headers(q, skb)) {
		consume_skb(skb);
		return NULL;
	}
	europa_pool_lend(pool, index, skb, desc->offset + EUROPA_TX_HEADERS,
			 desc->len - EUROPA_TX_HEADERS);
	return skb;
}

static struct sk_buff *europa_tx_copy_all(struct europa_queue *q, u32 index,
					  const struct europa_desc *desc)
{
	struct sk_buff *skb;

	skb = desc->len <= EUROPA_TX_LINEAR ?
	      europa_tx_alloc_linear(q, desc->len) :
	      europa_tx_alloc_frags(q, desc->len);
	if (likely(skb))
		shm_to_skb(skb, europa_pool_slot(q->router->pool, index) +
			   desc->offset, desc->len);
	return skb;
}

/*
 * Copy the packet, or its headers at least.  After this nothing the router does
 * can change what was copied.
 */
static struct sk_buff *europa_tx_copy(struct europa_queue *q, u32 index,
				      const struct europa_desc *desc)
{
	struct sk_buff *skb = NULL;

	if (europa_tx_may_lend(q, index, desc))
		skb = europa_tx_lend(q, index, desc);
	if (!skb)
		skb = europa_tx_copy_all(q, index, desc);
	if (unlikely(!skb)) {
		europa_queue_count(q, EUROPA_CNT_TX_NOMEM, 1);
		return NULL;
	}
	skb->dev = q->nic->dev;
	skb_reset_mac_header(skb);
	return skb;
}

/* Where the network header is, and set it and the protocol. */
static bool europa_tx_headers(struct sk_buff *skb)
{
	int depth = ETH_HLEN;
	__be16 proto;

	skb->protocol = dev_parse_header_protocol(skb);
	if (eth_type_vlan(skb->protocol)) {
		proto = vlan_get_protocol_and_depth(skb, skb->protocol,
						    &depth);
		if (!proto)
			return false;
	} else if (!eth_proto_is_802_3(skb->protocol)) {
		skb->protocol = htons(ETH_P_802_2);
	}
	skb_set_network_header(skb, depth);
	return true;
}

/*
 * Not UFO, which is not received either: like GSO of the smallest segments it
 * makes one slot the work of thousands.
 */
static bool europa_tx_gso_ok(const struct europa_desc *desc)
{
	u32 size = le16_to_cpu((__force __le16)desc->vnet.gso_size);

	switch (desc->vnet.gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		return true;
	case VIRTIO_NET_HDR_GSO_UDP:
		return false;
	}
	return desc->len <= size * EUROPA_TX_SEGMENTS;
}

static bool europa_tx_offload(struct sk_buff *skb,
			      const struct europa_desc *desc)
{
	if (!europa_tx_gso_ok(desc))
		return false;
	/* le16 fields, whatever the CPU: the layout has no native variant */
	if (virtio_net_hdr_to_skb(skb, &desc->vnet, true))
		return false;
	if (desc->vlan_proto) {
		if (!eth_type_vlan(desc->vlan_proto))
			return false;
		__vlan_hwaccel_put_tag(skb, desc->vlan_proto, desc->vlan_tci);
	}
	return true;
}

static bool europa_tx_fits(const struct sk_buff *skb, unsigned int mtu)
{
	unsigned int max = mtu + skb_network_offset(skb);

	return skb_is_gso(skb) ? skb_gso_validate_mac_len(skb, max) :
				 skb->len <= max;
}

/*
 * May this frame leave by this NIC?  EUROPA_CNT_TX_PACKETS if so, else the
 * reason why not.
 */
static enum europa_counter europa_tx_check(struct europa_queue *q,
					   struct sk_buff *skb,
					   const struct europa_desc *desc)
{
	const struct europa_nic *nic = q->nic;

	if (!europa_xmit_up(nic))
		return EUROPA_CNT_TX_NIC_DOWN;
	if (nic->spoofchk &&
	    !ether_addr_equal(eth_hdr(skb)->h_source, nic->dev->dev_addr))
		return EUROPA_CNT_TX_SPOOFED;
	if (nic->key.mode == EUROPA_MODE_VLAN && desc->vlan_proto)
		return EUROPA_CNT_TX_BAD_VLAN;
	if (!europa_tx_headers(skb))
		return EUROPA_CNT_TX_BAD_LENGTH;
	if (!europa_tx_offload(skb, desc))
		return EUROPA_CNT_TX_BAD_OFFLOAD;
	if (!europa_tx_fits(skb, nic->dev->mtu))
		return EUROPA_CNT_TX_TOO_BIG;
	return EUROPA_CNT_TX_PACKETS;
}

/*
 * What it takes to send it, in packets: somebody has to segment it, or not.  That a
 * router has made it, and its headers are looked at once more, takes no time.
 */
static unsigned int europa_tx_work(struct sk_buff *skb)
{
	if (likely(!skb_is_gso(skb)) ||
	    !netif_needs_gso(skb, netif_skb_features(skb) | NETIF_F_GSO_ROBUST))
		return 1;
	return DIV_ROUND_UP(skb->len, skb_shinfo(skb)->gso_size);
}

static unsigned int europa_tx_send(struct europa_queue *q, struct sk_buff *skb,
				   const struct europa_desc *desc,
				   enum europa_xmit_path path)
{
	struct europa_nic *nic = q->nic;
	enum europa_counter verdict;
	unsigned int work;

	verdict = europa_tx_check(q, skb, desc);
	if (verdict != EUROPA_CNT_TX_PACKETS) {
		europa_queue_count(q, verdict, 1);
		kfree_skb(skb);
		return 1;
	}

	work = europa_tx_work(skb);
	if (europa_tapped(nic->dev))
		dev_queue_xmit_nit(skb, nic->dev);
	if (nic->key.mode == EUROPA_MODE_VLAN)
		__vlan_hwaccel_put_tag(skb, nic->key.vlan_proto,
				       nic->key.vlan_id);
	europa_xmit_skb(q, skb, path);
	return work;
}

/* To the IP stack behind the virtual NIC, as if no router were there. */
static void europa_tx_punt(struct europa_queue *q, struct sk_buff *skb,
			   const struct europa_desc *desc)
{
	if (!europa_tx_headers(skb) || !europa_tx_offload(skb, desc)) {
		europa_queue_count(q, EUROPA_CNT_TX_BAD_OFFLOAD, 1);
		kfree_skb(skb);
		return;
	}
	if (desc->vnet.flags & VIRTIO_NET_HDR_F_DATA_VALID &&
	    skb->ip_summed == CHECKSUM_NONE)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->protocol = eth_type_trans(skb, q->nic->dev);

	if (netif_rx(skb) == NET_RX_SUCCESS)
		europa_queue_count(q, EUROPA_CNT_PUNTED, 1);
	else
		europa_queue_count(q, EUROPA_CNT_PUNT_DROP, 1);
}

/* Is there nothing to do to the packet but send it? */
static bool europa_tx_frame_will_do(const struct europa_queue *q,
				    const struct europa_desc *desc)
{
	return !(desc->flags & EUROPA_F_PUNT) && !desc->vlan_proto &&
	       !(desc->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	       desc->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE &&
	       desc->len <= q->nic->dev->mtu + ETH_HLEN;
}

/*
 * Drivers keep order among skbs and among frames, not between the two.  So a
 * flow has skbs only if some of its packets may need one: to be segmented, to
 * have a checksum computed, to be as long as a tag permits.  (Of UDP all do or
 * none, but where an administrator has UDP merged on receipt.)
 */
static bool europa_tx_flow_needs_skb(const struct xdp_frame *frame)
{
	const struct ethhdr *eth = frame->data;
	const struct ipv6hdr *ip6 = frame->data + ETH_HLEN;
	const struct iphdr *ip = frame->data + ETH_HLEN;

	switch (eth->h_proto) {
	case htons(ETH_P_IP):
		return frame->len < ETH_HLEN + sizeof(*ip) ||
		       ip->protocol != IPPROTO_UDP || ip_is_fragment(ip);
	case htons(ETH_P_IPV6):
		return frame->len < ETH_HLEN + sizeof(*ip6) ||
		       ip6->nexthdr != IPPROTO_UDP;
	case htons(ETH_P_8021Q):
	case htons(ETH_P_8021AD):
		return true;
	}
	return false;
}

static struct xdp_frame *europa_tx_frame_alloc(u32 len)
{
	unsigned int size = SKB_DATA_ALIGN(XDP_PACKET_HEADROOM + len) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct xdp_frame *frame = napi_alloc_frag(size);

	if (unlikely(!frame))
		return NULL;
	*frame = (struct xdp_frame){
		.data	  = (void *)frame + XDP_PACKET_HEADROOM,
		.len	  = len,
		.headroom = XDP_PACKET_HEADROOM - sizeof(*frame),
		.frame_sz = size,
		.mem.type = MEM_TYPE_PAGE_SHARED,
	};
	return frame;
}

/* An skb around a frame, which is its memory from then on. */
static struct sk_buff *europa_tx_frame_to_skb(struct europa_queue *q,
					      struct xdp_frame *frame)
{
	u32 len = frame->len;
	struct sk_buff *skb = napi_build_skb(frame, frame->frame_sz);

	if (unlikely(!skb)) {
		europa_queue_count(q, EUROPA_CNT_TX_NOMEM, 1);
		page_frag_free(frame);
		return NULL;
	}
	skb_reserve(skb, XDP_PACKET_HEADROOM);
	skb_put(skb, len);
	skb->dev = q->nic->dev;
	skb_reset_mac_header(skb);
	return skb;
}

/* Copy the packet and line it up, if possible without making it an skb. */
static void europa_tx_frame(struct europa_queue *q, u32 index,
			    const struct europa_desc *desc)
{
	struct europa_nic *nic = q->nic;
	struct xdp_frame *frame;
	struct sk_buff *skb;
	struct ethhdr *eth;

	frame = europa_tx_frame_alloc(desc->len);
	if (unlikely(!frame)) {
		europa_queue_count(q, EUROPA_CNT_TX_NOMEM, 1);
		return;
	}
	eth = frame->data;
	shm_copy_from(eth, europa_pool_slot(q->router->pool, index) +
		      desc->offset, desc->len);

	if (europa_tx_flow_needs_skb(frame)) {
		skb = europa_tx_frame_to_skb(q, frame);
		if (skb)
			europa_tx_send(q, skb, desc, EUROPA_XMIT_SKBS);
		return;
	}
	if (nic->spoofchk &&
	    !ether_addr_equal(eth->h_source, nic->dev->dev_addr)) {
		europa_queue_count(q, EUROPA_CNT_TX_SPOOFED, 1);
		page_frag_free(frame);
		return;
	}
	q->frames[q->nframes] = frame;
	WRITE_ONCE(q->nframes, q->nframes + 1);
}

/* If it can be done without an skb. */
static bool europa_tx_as_frame(struct europa_queue *q, u32 index,
			       const struct europa_desc *desc,
			       enum europa_xmit_path path)
{
	if (!europa_tx_frame_will_do(q, desc))
		return false;
	if (path == EUROPA_XMIT_LINK)
		return europa_link_slot(q, index, desc);
	if (path != EUROPA_XMIT_FRAMES)
		return false;
	europa_tx_frame(q, index, desc);
	return true;
}

static bool europa_tx_in_slot(const struct europa_pool *pool,
			      const struct europa_desc *desc)
{
	return desc->len >= ETH_HLEN && desc->offset <= pool->slot_size &&
	       desc->len <= pool->slot_size - desc->offset;
}

/* Before it is copied. */
static bool europa_tx_may_fit(const struct europa_nic *nic,
			      const struct europa_desc *desc)
{
	return desc->len <= nic->dev->mtu + ETH_HLEN + EUROPA_TX_TAGS ||
	       desc->flags & EUROPA_F_PUNT ||
	       desc->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

/* One slot the kernel has taken back from the router; returns its work in packets. */
static unsigned int
europa_tx_slot(struct europa_queue *q, u32 index, enum europa_xmit_path path)
{
	struct europa_desc desc;
	struct sk_buff *skb;

	/* Nothing beyond is for the kernel. */
	shm_copy_from(&desc, europa_pool_desc(q->router->pool, index),
		      offsetof(struct europa_desc, hash));
	if (unlikely(desc.state != EUROPA_PROCESSED)) {
		europa_queue_count(q, EUROPA_CNT_TX_BAD_STATE, 1);
		return 1;
	}
	if (desc.flags & EUROPA_F_DROP) {
		europa_queue_count(q, EUROPA_CNT_ROUTER_DROP, 1);
		return 1;
	}
	if (unlikely(!europa_tx_in_slot(q->router->pool, &desc))) {
		europa_queue_count(q, EUROPA_CNT_TX_BAD_LENGTH, 1);
		return 1;
	}
	if (unlikely(!europa_tx_may_fit(q->nic, &desc))) {
		europa_queue_count(q, EUROPA_CNT_TX_TOO_BIG, 1);
		return 1;
	}
	if (europa_tx_as_frame(q, index, &desc, path))
		return 1;
	skb = europa_tx_copy(q, index, &desc);
	if (!skb)
		return 1;
	if (desc.flags & EUROPA_F_PUNT)
		europa_tx_punt(q, skb, &desc);
	else
		return europa_tx_send(q, skb, &desc, path);
	return 1;
}

/*
 * Slots that the next entries name, checked; returns how many entries those were.
 * One that names none is the last, or among the first: what is read once more is
 * not counted twice.
 */
static unsigned int europa_tx_take(struct europa_queue *q,
				   struct europa_tx_batch *batch,
				   unsigned int budget)
{
	struct europa_pool *pool = q->router->pool;
	enum europa_counter bad;
	unsigned int taken;
	u32 index;

	batch->begin = q->tx.pos;
	batch->n = 0;
	for (taken = 0; taken < budget; taken++) {
		index = europa_cons_peek(&q->tx);
		if (index == EUROPA_RING_NONE)
			break;

		if (unlikely(index >= pool->slots)) {
			bad = EUROPA_CNT_TX_BAD_INDEX;
		} else if (unlikely(!europa_pool_take_back(pool, index))) {
			bad = EUROPA_CNT_TX_BAD_OWNER;
		} else {
			europa_cons_next(&q->tx);
			europa_pool_prefetch(pool, index);
			batch->index[batch->n] = index;
			batch->entries[batch->n++] = taken + 1;
			continue;
		}
		if (batch->n)
			break;
		europa_cons_next(&q->tx);
		europa_queue_count(q, bad, 1);
	}
	return taken;
}

/* All from @first on, which is not the very first, are for another time. */
static void europa_tx_untake(struct europa_queue *q,
			     const struct europa_tx_batch *batch,
			     unsigned int first)
{
	unsigned int i;

	if (likely(first == batch->n))
		return;
	europa_cons_rewind(&q->tx, batch->begin + batch->entries[first - 1]);
	for (i = first; i < batch->n; i++)
		europa_pool_untake(q->router->pool, batch->index[i]);
}

/*
 * Of some slots, until there was enough to do, or the driver has no room for what
 * was segmented.
 */
static unsigned int europa_tx_slots(struct europa_queue *q,
				    struct europa_tx_batch *batch,
				    unsigned int budget,
				    enum europa_xmit_path path)
{
	struct europa_pool *pool = q->router->pool;
	unsigned int i, done = 0, work = 0;

	for (i = 0; i < batch->n && work < budget; i++) {
		/* Those behind it belong to another time. */
		if (skb_queue_len(&q->pending) > EUROPA_TX_BURST &&
		    !europa_xmit_flush(q))
			break;
		work += europa_tx_slot(q, batch->index[i], path);
		if (!europa_pool_is_lent(pool, batch->index[i]))
			batch->index[done++] = batch->index[i];
	}
	europa_tx_untake(q, batch, i);
	europa_cons_publish(&q->tx);
	europa_pool_put(pool, batch->index, done);
	return work;
}

/*
 * All was flushed.  Returns how much work it was, in packets: a few more than the
 * budget if the last one was segmented; 0 if there is nothing on the txRing.
 */
static unsigned int europa_tx_burst(struct europa_queue *q,
				    unsigned int budget)
{
	struct europa_tx_batch batch;
	enum europa_xmit_path path;
	struct europa_link link;
	unsigned int taken, work;

	taken = europa_tx_take(q, &batch, min(budget, EUROPA_TX_BURST));
	if (!taken)
		return 0;

	path = europa_xmit_path(q);
	path = europa_link_begin(q, &link, path);
	/* Entries that name no slot are work as well. */
	work = taken - batch.n;
	work += europa_tx_slots(q, &batch, budget, path);
	europa_xmit_flush(q);
	europa_link_end(q);
	return work;
}

/**
 * europa_tx_drain_queue - send all that is on a txRing before it goes
 * @q: the attachment; what its driver has no room for remains in the line
 *
 * In steps: some drivers make room in softirqs only.  Each slot is there once;
 * who puts them there again meanwhile, or has them segmented, keeps nobody waiting.
 *
 * Context: process, the router's lock held.
 */
void europa_tx_drain_queue(struct europa_queue *q)
{
	struct europa_router *r = q->router;
	u32 left = max(min(q->tx.mask + 1, r->pool->slots), EUROPA_TX_LAST);
	unsigned int work, tries = 2;

	while (tries && left) {
		spin_lock_bh(&r->tx_lock);
		work = europa_xmit_flush(q) ?
		       europa_tx_burst(q, EUROPA_TX_BURST) : 0;
		spin_unlock_bh(&r->tx_lock);
		cond_resched();
		left -= min(left, work);
		if (!work)
			tries--;
	}
}

/**
 * europa_tx_discard_queue - drop what is left on a txRing before it goes
 * @q: the attachment
 *
 * Context: process, the router's lock held.
 */
void europa_tx_discard_queue(struct europa_queue *q)
{
	struct europa_router *r = q->router;
	struct europa_tx_batch batch;
	u32 left = q->tx.mask + 1;
	unsigned int taken;

	do {
		spin_lock_bh(&r->tx_lock);
		taken = europa_tx_take(q, &batch, EUROPA_TX_BURST);
		europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP, batch.n);
		europa_cons_publish(&q->tx);
		europa_pool_put(r->pool, batch.index, batch.n);
		spin_unlock_bh(&r->tx_lock);
		cond_resched();
		left -= min(left, taken);
	} while (taken && left);
}

/*
 * One after the other, beginning where the last drain ended: one that is always
 * full does not keep others waiting.
 */
static struct europa_queue *europa_tx_turn(struct europa_router *r)
{
	struct europa_queue *q = r->turn;

	if (!q)
		q = list_first_entry_or_null(&r->queues, struct europa_queue,
					     node);
	if (q)
		r->turn = list_is_last(&q->node, &r->queues) ? NULL :
			  list_next_entry(q, node);
	return q;
}

/**
 * europa_tx_drain - take what the router has processed off its txRings
 * @r: the router
 * @budget: how many packets at most, each segment of one that is to be segmented
 *	here; the last one may be more
 *
 * If somebody else is draining there is nothing to do here: who publishes
 * entries and needs them sent schedules the router's NAPI afterwards.
 *
 * Context: BH off.
 * Return: number of packets.
 */
unsigned int europa_tx_drain(struct europa_router *r, unsigned int budget)
{
	unsigned int work, total = 0, idle = 0;
	struct europa_queue *q;

	if (!spin_trylock(&r->tx_lock))
		return 0;
	europa_pool_reap(r->pool);
	while (total < budget && idle < r->attached) {
		q = europa_tx_turn(r);
		if (!q)
			break;
		work = europa_xmit_flush(q) ?
		       europa_tx_burst(q, budget - total) : 0;
		total += work;
		idle = work ? 0 : idle + 1;
	}
	spin_unlock(&r->tx_lock);
	return total;
}

static __always_inline bool
europa_tx_any(struct europa_router *r,
	      bool (*test)(const struct europa_queue *q))
{
	struct europa_queue *q;
	bool any = false;

	rcu_read_lock();
	list_for_each_entry_rcu(q, &r->queues, node) {
		if (test(q)) {
			any = true;
			break;
		}
	}
	rcu_read_unlock();
	return any;
}

static bool europa_tx_stuck_queue(const struct europa_queue *q)
{
	return !europa_xmit_flushed(q);
}

static bool europa_tx_pending_queue(const struct europa_queue *q)
{
	return europa_cons_peek(&q->tx) != EUROPA_RING_NONE ||
	       europa_tx_stuck_queue(q);
}

/**
 * europa_tx_pending - is there anything to drain?
 * @r: the router
 */
bool europa_tx_pending(struct europa_router *r)
{
	return europa_tx_any(r, europa_tx_pending_queue);
}

/**
 * europa_tx_stuck - does a driver leave packets in the line?
 * @r: the router
 */
bool europa_tx_stuck(struct europa_router *r)
{
	return europa_tx_any(r, europa_tx_stuck_queue);
}

/**
 * europa_tx_unstick - get past frames that drivers never take
 * @r: the router
 *
 * Context: BH off.
 */
void europa_tx_unstick(struct europa_router *r)
{
	struct europa_queue *q;

	if (!spin_trylock(&r->tx_lock))
		return;
	list_for_each_entry(q, &r->queues, node)
		europa_xmit_unstick(q);
	spin_unlock(&r->tx_lock);
}
