// SPDX-License-Identifier: GPL-2.0-only
/*
 * simnic: a wire to another one, and what the hardware does to a frame at
 * either end
 *
 * On the wire are plain frames: cut to size, with their checksums and tags in
 * them, and no shorter than Ethernet has them.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/gso.h>
#include <net/ip6_checksum.h>

#include "simnic.h"

/* --- the end that sends ----------------------------------------------- */

/* Consumes the skb; NULL: no memory. */
static struct sk_buff *simnic_wire_encode(struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb)) {
		kfree_skb(skb);
		return NULL;
	}
	if (skb_vlan_tag_present(skb))
		skb = __vlan_hwaccel_push_inside(skb);
	return skb && !eth_skb_pad(skb) ? skb : NULL;
}

/* The receive ring takes it, or it is lost. */
static void simnic_wire_put(struct simnic_queue *q, struct sk_buff *skb)
{
	spin_lock(&q->wire.lock);
	if (q->plugged && skb_queue_len(&q->wire) < SIMNIC_RING &&
	    skb->len <= q->nic->dev->mtu + ETH_HLEN + 2 * VLAN_HLEN) {
		__skb_queue_tail(&q->wire, skb);
		skb = NULL;
	}
	spin_unlock(&q->wire.lock);
	if (skb) {
		atomic64_inc(&q->lost);
		kfree_skb(skb);
	}
}

static void simnic_wire_interrupt(struct simnic_queue *q)
{
	spin_lock(&q->wire.lock);
	if (q->plugged)
		napi_schedule(&q->napi);
	spin_unlock(&q->wire.lock);
}

static struct simnic_queue *simnic_wire_queue(struct simnic *to,
					      unsigned int queue)
{
	return &to->queue[queue % to->dev->real_num_rx_queues];
}

/**
 * simnic_wire_send - a packet is sent
 * @to: the NIC at the other end
 * @queue: by this queue
 * @skb: the packet; consumed
 *
 * Context: BH off.
 */
void simnic_wire_send(struct simnic *to, unsigned int queue,
		      struct sk_buff *skb)
{
	struct simnic_queue *q = simnic_wire_queue(to, queue);
	struct sk_buff *frame = skb, *next;

	if (skb_is_gso(skb)) {
		frame = skb_gso_segment(skb, NETIF_F_SG);
		if (IS_ERR_OR_NULL(frame)) {
			atomic64_inc(&q->lost);
			kfree_skb(skb);
			return;
		}
		consume_skb(skb);
	}
	skb_list_walk_safe(frame, frame, next) {
		skb_mark_not_on_list(frame);
		frame = simnic_wire_encode(frame);
		if (frame)
			simnic_wire_put(q, frame);
		else
			atomic64_inc(&q->lost);
	}
	simnic_wire_interrupt(q);
}

/**
 * simnic_wire_send_bytes - a frame is sent that is none of an skb
 * @to: the NIC at the other end
 * @queue: by this queue
 * @data: the frame
 * @len: its length
 *
 * Context: BH off.
 */
void simnic_wire_send_bytes(struct simnic *to, unsigned int queue,
			    const void *data, unsigned int len)
{
	struct sk_buff *skb = dev_alloc_skb(max_t(unsigned int, len, ETH_ZLEN));

	if (!skb) {
		atomic64_inc(&simnic_wire_queue(to, queue)->lost);
		return;
	}
	skb_put_data(skb, data, len);
	simnic_wire_send(to, queue, skb);
}

/* --- the end that receives -------------------------------------------- */

static bool simnic_wire_ip4(const struct iphdr *ip, unsigned int len)
{
	unsigned int head = ip->ihl * 4, all = ntohs(ip->tot_len);
	__wsum sum;

	if (len < sizeof(*ip) || ip_is_fragment(ip) || all < head || len < all)
		return false;
	sum = csum_partial((const u8 *)ip + head, all - head, 0);
	return !csum_tcpudp_magic(ip->saddr, ip->daddr, all - head,
				  ip->protocol, sum);
}

static bool simnic_wire_ip6(const struct ipv6hdr *ip, unsigned int len)
{
	unsigned int all = ntohs(ip->payload_len);

	if (len < sizeof(*ip) + all)
		return false;
	return !csum_ipv6_magic(&ip->saddr, &ip->daddr, all, ip->nexthdr,
				csum_partial(ip + 1, all, 0));
}

/* Is it TCP or UDP with the right checksum? */
static bool simnic_wire_verify(const void *frame, unsigned int len)
{
	const struct ethhdr *eth = frame;
	const struct vlan_ethhdr *veth = frame;
	__be16 proto = eth->h_proto;
	unsigned int at = ETH_HLEN;
	const struct ipv6hdr *ip6;
	const struct iphdr *ip4;

	if (proto == htons(ETH_P_8021Q)) {
		proto = veth->h_vlan_encapsulated_proto;
		at = VLAN_ETH_HLEN;
	}
	ip4 = frame + at;
	ip6 = frame + at;
	if (proto == htons(ETH_P_IP) &&
	    (ip4->protocol == IPPROTO_TCP || ip4->protocol == IPPROTO_UDP))
		return simnic_wire_ip4(ip4, len - at);
	if (proto == htons(ETH_P_IPV6) &&
	    (ip6->nexthdr == IPPROTO_TCP || ip6->nexthdr == IPPROTO_UDP))
		return simnic_wire_ip6(ip6, len - at);
	return false;
}

/**
 * simnic_wire_take - the next frame from the wire
 * @q: the queue
 *
 * Context: the queue's NAPI.
 */
struct sk_buff *simnic_wire_take(struct simnic_queue *q)
{
	struct sk_buff *skb = NULL;

	if (!skb_queue_empty_lockless(&q->wire)) {
		spin_lock(&q->wire.lock);
		skb = __skb_dequeue(&q->wire);
		spin_unlock(&q->wire.lock);
	}
	return skb;
}

/**
 * simnic_wire_receive - a frame goes to memory
 * @q: the queue
 * @skb: the frame; consumed
 * @frame: room for it
 * @a: what the hardware has to say of it
 */
void simnic_wire_receive(struct simnic_queue *q, struct sk_buff *skb,
			 u8 *frame, struct simnic_arrival *a)
{
	netdev_features_t features = q->nic->dev->features;
	const struct vlan_ethhdr *veth = (const void *)frame;

	*a = (struct simnic_arrival){ .len = skb->len };
	skb_copy_bits(skb, 0, frame, skb->len);
	consume_skb(skb);

	if (features & NETIF_F_RXCSUM)
		a->verified = simnic_wire_verify(frame, a->len);
	if (features & NETIF_F_HW_VLAN_CTAG_RX &&
	    veth->h_vlan_proto == htons(ETH_P_8021Q)) {
		a->tagged = true;
		a->tci = ntohs(veth->h_vlan_TCI);
		a->len -= VLAN_HLEN;
		memmove(frame + 2 * ETH_ALEN,
			frame + 2 * ETH_ALEN + VLAN_HLEN,
			a->len - 2 * ETH_ALEN);
	}
}

/* --- the wire --------------------------------------------------------- */

void simnic_wire_open(struct simnic_queue *q)
{
	spin_lock_bh(&q->wire.lock);
	q->plugged = true;
	spin_unlock_bh(&q->wire.lock);
}

void simnic_wire_close(struct simnic_queue *q)
{
	spin_lock_bh(&q->wire.lock);
	q->plugged = false;
	__skb_queue_purge(&q->wire);
	spin_unlock_bh(&q->wire.lock);
}

/* With RTNL. */
void simnic_wire_connect(struct simnic *a, struct simnic *b)
{
	rcu_assign_pointer(a->peer, b);
	rcu_assign_pointer(b->peer, a);
}

/* With RTNL; the other is one without a wire then. */
void simnic_wire_cut(struct simnic *nic)
{
	struct simnic *peer = rtnl_dereference(nic->peer);

	if (!peer)
		return;
	RCU_INIT_POINTER(nic->peer, NULL);
	RCU_INIT_POINTER(peer->peer, NULL);
	if (netif_running(peer->dev))
		netif_carrier_on(peer->dev);
}
