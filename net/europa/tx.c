// SPDX-License-Identifier: GPL-2.0-only
/*
 * From pool, to device: what a router has processed leaves by the lower
 * netdev, goes to the IP stack behind the virtual NIC, or is dropped
 *
 * The packet is copied before anybody parses it, so that the router cannot
 * change a header that has been checked: to an xdp_frame if the driver takes
 * those and has nothing to do to the packet but send it, else to an skb.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netfilter.h>
#include <linux/virtio_net.h>
#include <net/gso.h>
#include <net/sock.h>
#include <net/xdp.h>

#include "europa.h"
#include "pool.h"

/* Frames up to this go into linear skbs. */
#define EUROPA_TX_LINEAR	2048
/* Of longer ones this much is linear: more than any chain of headers. */
#define EUROPA_TX_HEADERS	256

enum europa_tx_path {
	EUROPA_TX_QDISC,
	EUROPA_TX_DRIVER,
	EUROPA_TX_FRAMES,
};

static struct sk_buff *europa_tx_alloc(struct europa_queue *q, u32 len)
{
	unsigned int headroom = LL_RESERVED_SPACE(q->nic->lower);
	unsigned int tailroom = q->nic->lower->needed_tailroom;
	struct sk_buff *skb;
	int err;

	if (len <= EUROPA_TX_LINEAR) {
		skb = napi_alloc_skb(&q->router->napi,
				     headroom + len + tailroom);
		if (!skb)
			return NULL;
		skb_reserve(skb, headroom);
		skb_put(skb, len);
		return skb;
	}

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

/* Copy the packet. After this nothing the router does can change it. */
static struct sk_buff *europa_tx_copy(struct europa_queue *q, u32 index,
				      const struct europa_desc *desc)
{
	struct europa_pool *pool = q->router->pool;
	struct sk_buff *skb;

	skb = europa_tx_alloc(q, desc->len);
	if (unlikely(!skb)) {
		europa_queue_count(q, EUROPA_CNT_TX_NOMEM, 1);
		return NULL;
	}
	shm_to_skb(skb, europa_pool_slot(pool, index) + desc->offset,
		   desc->len);
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

static bool europa_tx_offload(struct sk_buff *skb,
			      const struct europa_desc *desc)
{
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

static bool europa_tx_up(const struct europa_nic *nic)
{
	return netif_running(nic->dev) && netif_running(nic->lower) &&
	       netif_carrier_ok(nic->lower);
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

	if (!europa_tx_up(nic))
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

/* Is there anybody a frame must pass between us and the driver? */
static bool europa_tx_direct(const struct europa_nic *nic,
			     const struct netdev_queue *txq)
{
	struct net_device *lower = nic->lower;

	if (nic->xmit != EUROPA_XMIT_AUTO)
		return nic->xmit == EUROPA_XMIT_DIRECT;
	if (rcu_dereference_bh(txq->qdisc)->enqueue || dev_nit_active(lower))
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

/* How packets that need nothing special leave by this NIC. */
static enum europa_tx_path europa_tx_path(const struct europa_nic *nic,
					  const struct netdev_queue *txq)
{
	if (!europa_tx_direct(nic, txq))
		return EUROPA_TX_QDISC;
	if (!(READ_ONCE(nic->lower->xdp_features) & NETDEV_XDP_ACT_NDO_XMIT) ||
	    nic->key.mode == EUROPA_MODE_VLAN || dev_nit_active(nic->dev) ||
	    !europa_tx_up(nic))
		return EUROPA_TX_DRIVER;
	return EUROPA_TX_FRAMES;
}

static struct netdev_queue *europa_tx_queue(const struct europa_queue *q)
{
	struct net_device *lower = q->nic->lower;

	return netdev_get_tx_queue(lower, q->index %
				   lower->real_num_tx_queues);
}

static void europa_tx_drop_frames(struct europa_queue *q)
{
	unsigned int i;

	for (i = 0; i < q->nframes; i++)
		xdp_return_frame_rx_napi(q->frames[i]);
	europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP, q->nframes);
	q->nframes = 0;
}

/* As europa_tx_flush_skbs(). */
static void europa_tx_flush_frames(struct europa_queue *q)
{
	struct net_device *lower = q->nic->lower;
	int sent;

	if (!q->nframes)
		return;
	sent = lower->netdev_ops->ndo_xdp_xmit(lower, q->nframes, q->frames,
					       XDP_XMIT_FLUSH);
	if (unlikely(sent < 0)) {
		/* it has changed its mind, or gone down */
		europa_tx_drop_frames(q);
		return;
	}
	q->nframes -= sent;
	memmove(q->frames, q->frames + sent,
		q->nframes * sizeof(q->frames[0]));
}

/* To the driver, one doorbell a batch.  What it has no room for stays. */
static void europa_tx_flush_skbs(struct europa_queue *q)
{
	struct net_device *lower = q->nic->lower;
	struct netdev_queue *txq = europa_tx_queue(q);
	struct sk_buff *skb;

	if (skb_queue_empty(&q->pending))
		return;

	if (dev_xmit_recursion()) {
		europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP,
				   skb_queue_len(&q->pending));
		__skb_queue_purge(&q->pending);
		return;
	}
	dev_xmit_recursion_inc();
	HARD_TX_LOCK(lower, txq, smp_processor_id());
	while (!netif_xmit_frozen_or_drv_stopped(txq) &&
	       (skb = __skb_dequeue(&q->pending))) {
		netdev_tx_t ret;

		ret = netdev_start_xmit(skb, lower, txq,
					!skb_queue_empty(&q->pending));
		if (!dev_xmit_complete(ret)) {
			__skb_queue_head(&q->pending, skb);
			break;
		}
	}
	HARD_TX_UNLOCK(lower, txq);
	dev_xmit_recursion_dec();
}

static void europa_tx_flush(struct europa_queue *q)
{
	europa_tx_flush_frames(q);
	europa_tx_flush_skbs(q);
}

static bool europa_tx_flushed(const struct europa_queue *q)
{
	return !q->nframes && skb_queue_empty_lockless(&q->pending);
}

/* Nothing to segment, to checksum or to tag: any driver takes it. */
static bool europa_tx_plain(const struct sk_buff *skb)
{
	return skb->ip_summed != CHECKSUM_PARTIAL && !skb_is_gso(skb) &&
	       !skb_vlan_tag_present(skb) && !skb_is_nonlinear(skb);
}

/* Give checked frames what the driver needs, and line them up for it. */
static bool europa_tx_line_up(struct europa_queue *q, struct sk_buff *skb)
{
	struct sk_buff *next;
	bool again = false;

	skb_set_queue_mapping(skb, q->index % skb->dev->real_num_tx_queues);
	if (europa_tx_plain(skb)) {
		__skb_queue_tail(&q->pending, skb);
		return true;
	}
	skb = validate_xmit_skb_list(skb, skb->dev, &again);
	if (!skb)
		return false;
	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		__skb_queue_tail(&q->pending, skb);
	}
	return true;
}

static void europa_tx_send(struct europa_queue *q, struct sk_buff *skb,
			   const struct europa_desc *desc,
			   enum europa_tx_path path)
{
	struct europa_nic *nic = q->nic;
	enum europa_counter verdict;
	unsigned int len = skb->len;
	bool sent;
	int err;

	verdict = europa_tx_check(q, skb, desc);
	if (verdict != EUROPA_CNT_TX_PACKETS) {
		europa_queue_count(q, verdict, 1);
		kfree_skb(skb);
		return;
	}

	if (dev_nit_active(nic->dev))
		dev_queue_xmit_nit(skb, nic->dev);
	if (nic->key.mode == EUROPA_MODE_VLAN)
		__vlan_hwaccel_put_tag(skb, nic->key.vlan_proto,
				       nic->key.vlan_id);
	skb->dev = nic->lower;
	europa_tx_flush_frames(q);

	if (path == EUROPA_TX_QDISC) {
		err = dev_queue_xmit(skb);
		sent = !net_xmit_eval(err);
	} else {
		sent = europa_tx_line_up(q, skb);
	}

	if (sent) {
		europa_queue_count(q, EUROPA_CNT_TX_PACKETS, 1);
		europa_queue_count(q, EUROPA_CNT_TX_BYTES, len);
	} else {
		europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP, 1);
	}
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

/*
 * Is there nothing to do to the packet but send it?  Not past skbs, though:
 * what came in order goes in order.  Frames that a busy driver has left are
 * a full burst at most.
 */
static bool europa_tx_frame_will_do(const struct europa_queue *q,
				    const struct europa_desc *desc)
{
	return skb_queue_empty(&q->pending) && q->nframes < EUROPA_TX_BURST &&
	       !(desc->flags & EUROPA_F_PUNT) && !desc->vlan_proto &&
	       !(desc->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	       desc->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE &&
	       desc->len <= EUROPA_TX_LINEAR &&
	       desc->len <= q->nic->dev->mtu + ETH_HLEN;
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

/* Copy the packet and line it up, without ever making it an skb. */
static void europa_tx_frame(struct europa_queue *q, u32 index,
			    const struct europa_desc *desc)
{
	struct europa_nic *nic = q->nic;
	struct xdp_frame *frame;
	struct ethhdr *eth;

	frame = europa_tx_frame_alloc(desc->len);
	if (unlikely(!frame)) {
		europa_queue_count(q, EUROPA_CNT_TX_NOMEM, 1);
		return;
	}
	shm_copy_from(frame->data, europa_pool_slot(q->router->pool, index) +
		      desc->offset, desc->len);
	eth = frame->data;
	if (nic->spoofchk &&
	    !ether_addr_equal(eth->h_source, nic->dev->dev_addr)) {
		europa_queue_count(q, EUROPA_CNT_TX_SPOOFED, 1);
		page_frag_free(frame);
		return;
	}
	q->frames[q->nframes++] = frame;
	europa_queue_count(q, EUROPA_CNT_TX_PACKETS, 1);
	europa_queue_count(q, EUROPA_CNT_TX_BYTES, desc->len);
}

static bool europa_tx_in_slot(const struct europa_pool *pool,
			      const struct europa_desc *desc)
{
	return desc->len >= ETH_HLEN && desc->offset <= pool->slot_size &&
	       desc->len <= pool->slot_size - desc->offset;
}

/* One slot the kernel has taken back from the router. */
static void europa_tx_slot(struct europa_queue *q, u32 index,
			   enum europa_tx_path path)
{
	struct europa_desc desc;
	struct sk_buff *skb;

	shm_copy_from(&desc, europa_pool_desc(q->router->pool, index),
		      sizeof(desc));
	if (unlikely(desc.state != EUROPA_PROCESSED)) {
		europa_queue_count(q, EUROPA_CNT_TX_BAD_STATE, 1);
		return;
	}
	if (desc.flags & EUROPA_F_DROP) {
		europa_queue_count(q, EUROPA_CNT_ROUTER_DROP, 1);
		return;
	}
	if (unlikely(!europa_tx_in_slot(q->router->pool, &desc))) {
		europa_queue_count(q, EUROPA_CNT_TX_BAD_LENGTH, 1);
		return;
	}
	if (path == EUROPA_TX_FRAMES && europa_tx_frame_will_do(q, &desc)) {
		europa_tx_frame(q, index, &desc);
		return;
	}
	skb = europa_tx_copy(q, index, &desc);
	if (!skb)
		return;
	if (desc.flags & EUROPA_F_PUNT)
		europa_tx_punt(q, skb, &desc);
	else
		europa_tx_send(q, skb, &desc, path);
}

/* Returns how many entries were taken from the txRing. */
static unsigned int europa_tx_burst(struct europa_queue *q,
				    unsigned int budget)
{
	struct europa_pool *pool = q->router->pool;
	u32 done[EUROPA_TX_BURST];
	unsigned int n, taken = 0;
	enum europa_tx_path path;
	u32 index;

	path = europa_tx_path(q->nic, europa_tx_queue(q));
	budget = min(budget, EUROPA_TX_BURST);
	for (n = 0; taken < budget; taken++) {
		index = europa_cons_peek(&q->tx);
		if (index == EUROPA_RING_NONE)
			break;
		europa_cons_next(&q->tx);

		if (unlikely(index >= pool->slots)) {
			europa_queue_count(q, EUROPA_CNT_TX_BAD_INDEX, 1);
		} else if (unlikely(!europa_pool_take_back(pool, index))) {
			europa_queue_count(q, EUROPA_CNT_TX_BAD_OWNER, 1);
		} else {
			europa_tx_slot(q, index, path);
			done[n++] = index;
		}
	}
	if (!taken)
		return 0;

	europa_cons_publish(&q->tx);
	europa_pool_put(pool, done, n);
	europa_tx_flush(q);
	return taken;
}

/**
 * europa_tx_drain_queue - send all that is on a txRing before it goes
 * @q: the attachment; frames a busy driver does not take are lost
 *
 * Context: BH off, the router's tx_lock held.
 */
void europa_tx_drain_queue(struct europa_queue *q)
{
	u32 left = q->tx.mask + 1;
	unsigned int taken;

	europa_tx_flush(q);
	do {
		taken = europa_tx_burst(q, EUROPA_TX_BURST);
		left -= min(left, taken);
	} while (taken && left);

	europa_tx_drop_frames(q);
	if (!skb_queue_empty(&q->pending)) {
		europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP,
				   skb_queue_len(&q->pending));
		__skb_queue_purge(&q->pending);
	}
}

/**
 * europa_tx_drain - take what the router has processed off its txRings
 * @r: the router
 * @budget: how many entries at most
 *
 * If somebody else is draining there is nothing to do here: who publishes
 * entries and needs them sent schedules the router's NAPI afterwards.
 *
 * Context: BH off.
 * Return: number of entries taken.
 */
unsigned int europa_tx_drain(struct europa_router *r, unsigned int budget)
{
	unsigned int taken, total = 0;
	struct europa_queue *q;
	bool more;

	if (!spin_trylock(&r->tx_lock))
		return 0;
	do {
		more = false;
		list_for_each_entry(q, &r->queues, node) {
			europa_tx_flush(q);
			if (!europa_tx_flushed(q))
				continue;
			taken = europa_tx_burst(q, budget - total);
			total += taken;
			more |= taken;
		}
	} while (more && total < budget);
	spin_unlock(&r->tx_lock);
	return total;
}

/**
 * europa_tx_pending - is there anything to drain?
 * @r: the router
 */
bool europa_tx_pending(struct europa_router *r)
{
	struct europa_queue *q;
	bool pending = false;

	rcu_read_lock();
	list_for_each_entry_rcu(q, &r->queues, node) {
		if (europa_cons_peek(&q->tx) != EUROPA_RING_NONE ||
		    !europa_tx_flushed(q)) {
			pending = true;
			break;
		}
	}
	rcu_read_unlock();
	return pending;
}
