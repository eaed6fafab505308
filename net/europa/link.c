// SPDX-License-Identifier: GPL-2.0-only
/*
 * Link: from one router's pool to another's
 *
 * Where a veth has Europa at both ends, and nobody in between who would see
 * or stop a frame, the frame is copied from slot to slot.  What a descriptor
 * cannot carry over just so, to be segmented, summed up or tagged, is an skb
 * as ever, but one that the other end receives at once: a veth queues it, and
 * the slots behind it would overtake it there.
 *
 * BH is off from europa_link_begin() to europa_link_end(), so what RCU protects
 * stays, though the read lock is not held all the while.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <net/netdev_rx_queue.h>
#include <net/rps.h>
#include <net/rtnetlink.h>

#include "link.h"
#include "pool.h"

/*
 * What a veth has queued the other way is received by then; but for what was sent
 * while this went by, of which under load some is overtaken, once.
 */
#define EUROPA_LINK_SETTLED	max(HZ / 50, 2)

static struct net_device *europa_link_peer(struct net_device *lower)
{
	const struct rtnl_link_ops *ops = lower->rtnl_link_ops;

	/* A netkit has a peer as well, and programs in between. */
	if (!ops || strcmp(ops->kind, "veth") ||
	    lower->pcpu_stat_type != NETDEV_PCPU_STAT_TSTATS ||
	    !lower->netdev_ops->ndo_get_peer_dev)
		return NULL;
	return lower->netdev_ops->ndo_get_peer_dev(lower);
}

static bool europa_link_has_xdp(const struct net_device *peer)
{
	unsigned int i;

	for (i = 0; i < __MAX_XDP_MODE; i++) {
		if (READ_ONCE(peer->xdp_state[i].prog) ||
		    READ_ONCE(peer->xdp_state[i].link))
			return true;
	}
	return false;
}

/* Is what is received spread over CPUs, by any of its queues? */
static bool europa_link_has_rps(const struct net_device *peer)
{
#ifdef CONFIG_RPS
	unsigned int i;

	if (!static_branch_unlikely(&rps_needed))
		return false;
	for (i = 0; i < READ_ONCE(peer->real_num_rx_queues); i++) {
		if (rcu_access_pointer(peer->_rx[i].rps_map) ||
		    rcu_access_pointer(peer->_rx[i].rps_flow_table))
			return true;
	}
#endif
	return false;
}

/* Would anybody see what the other end receives before Europa does? */
static bool europa_link_is_watched(struct net_device *peer)
{
#ifdef CONFIG_NET_XGRESS
	if (rcu_access_pointer(peer->tcx_ingress))
		return true;
#endif
#ifdef CONFIG_NETFILTER_INGRESS
	if (rcu_access_pointer(peer->nf_hooks_ingress))
		return true;
#endif
	return europa_tapped(peer) || peer->features & NETIF_F_GRO ||
	       europa_link_has_xdp(peer) || europa_link_has_rps(peer);
}

static bool europa_link_find(const struct europa_queue *q,
			     struct europa_link *link)
{
	const struct europa_nic *nic = q->nic;

	link->peer = europa_link_peer(nic->lower);
	if (!link->peer)
		return false;
	link->port = europa_port_rcu(link->peer);
	return link->port && europa_xmit_up(nic) && netif_running(link->peer) &&
	       !europa_tapped(nic->dev) && !europa_tapped(nic->lower) &&
	       !europa_link_is_watched(link->peer);
}

/* If what was sent the other way has had its time to arrive. */
static bool europa_link_open(struct europa_queue *q, struct europa_link *link,
			     enum europa_xmit_path path)
{
	bool found;

	rcu_read_lock();
	found = path != EUROPA_XMIT_QDISC && europa_link_find(q, link);
	rcu_read_unlock();
	if (!found) {
		/* 0: it has always been by link */
		q->link_wait = (jiffies + EUROPA_LINK_SETTLED) | 1;
		return false;
	}
	if (unlikely(q->link_wait)) {
		if (time_before(jiffies, q->link_wait))
			return false;
		q->link_wait = 0;
	}
	return true;
}

/**
 * europa_link_begin - a burst is about to be sent
 * @q: the attachment
 * @link: for as long as the burst
 * @path: how it leaves otherwise
 *
 * Context: BH off, the router's tx_lock held.
 * Return: EUROPA_XMIT_LINK if it crosses a link, else @path.
 */
enum europa_xmit_path europa_link_begin(struct europa_queue *q,
					struct europa_link *link,
					enum europa_xmit_path path)
{
	*link = (struct europa_link){};
	if (!europa_link_open(q, link, path))
		return path;
	q->link = link;
	return EUROPA_XMIT_LINK;
}

/* Enough for the attachment that frames were copied to. */
static void europa_link_leave(struct europa_link *link)
{
	struct europa_queue *to = link->to;

	if (!to)
		return;
	if (link->rx_packets) {
		europa_queue_count(to, EUROPA_CNT_RX_PACKETS, link->rx_packets);
		europa_queue_count(to, EUROPA_CNT_RX_BYTES, link->rx_bytes);
	}
	europa_poll_schedule(to->router);
	link->rx_packets = 0;
	link->rx_bytes = 0;
	link->to = NULL;
}

/*
 * The NIC that a frame is for.  One with more queues than the sender's spreads
 * flows over them, for which the frame must be looked at.  RCU read lock held.
 */
static struct europa_nic *europa_link_nic(const struct europa_queue *q,
					  const struct europa_link *link,
					  const u8 *mac)
{
	struct europa_nic *nic = europa_port_lookup(link->port, mac);

	return nic && nic->dev->real_num_rx_queues <=
	       q->nic->dev->real_num_rx_queues ? nic : NULL;
}

/* The attachment that a frame goes to; NULL: it is for somebody else. */
static struct europa_queue *europa_link_lookup(const struct europa_queue *q,
					       const struct europa_link *link)
{
	struct europa_queue *to = NULL;
	struct europa_nic *nic;

	rcu_read_lock();
	nic = europa_link_nic(q, link, link->mac);
	if (nic && netif_running(nic->dev) && !europa_tapped(nic->dev))
		to = europa_rx_queue(nic, q->index);
	rcu_read_unlock();
	return to;
}

static bool europa_link_enter(struct europa_queue *q, struct europa_link *link,
			      const u8 *mac)
{
	struct europa_queue *to;

	if (link->to && ether_addr_equal(link->mac, mac))
		return true;
	europa_link_leave(link);
	ether_addr_copy(link->mac, mac);
	to = europa_link_lookup(q, link);
	if (!to)
		return false;
	europa_poll_before_rx(to->router);
	link->to = to;
	return true;
}

/* As the stack would, if anybody wants to know. */
static u64 europa_link_timestamp(void)
{
	return static_branch_unlikely(&netstamp_needed_key) ?
	       ktime_get_real_ns() : 0;
}

/* One frame; its header was copied and looked at. */
static enum europa_counter europa_link_copy(struct europa_queue *to,
					    __shm const void *from,
					    const struct ethhdr *eth, u32 len)
{
	struct europa_pool *pool = to->router->pool;
	struct europa_desc desc = {
		.offset	= pool->headroom,
		.len	= len,
		.nic	= to->id,
		.timestamp = europa_link_timestamp(),
	};
	enum europa_counter verdict;
	u32 index, at = pool->headroom;

	if (unlikely(len > europa_pool_room(pool)))
		return EUROPA_CNT_RX_TOO_BIG;
	verdict = europa_rx_serve_some(to, 1);
	if (likely(verdict == EUROPA_CNT_RX_PACKETS))
		verdict = europa_rxring_reserve(to, &index);
	if (unlikely(verdict != EUROPA_CNT_RX_PACKETS))
		return verdict;
	shm_copy_to(europa_pool_slot(pool, index) + at, eth, ETH_HLEN);
	at += ETH_HLEN;
	shm_copy(europa_pool_slot(pool, index) + at, from + ETH_HLEN,
		 len - ETH_HLEN);
	europa_rxring_fill(to, index, &desc);
	return verdict;
}

/* Returns false if it has to wait for a slot, as an skb. */
static bool europa_link_receive(struct europa_link *link,
				__shm const void *from,
				const struct ethhdr *eth, u32 len)
{
	enum europa_counter verdict;
	bool waits;

	spin_lock(&link->to->rx_lock);
	verdict = europa_link_copy(link->to, from, eth, len);
	waits = unlikely(europa_rx_may_wait(verdict)) &&
		europa_line_has_room(link->to);
	spin_unlock(&link->to->rx_lock);
	if (waits)
		return false;
	if (likely(verdict == EUROPA_CNT_RX_PACKETS)) {
		link->rx_packets++;
		link->rx_bytes += len;
	} else {
		europa_queue_count(link->to, verdict, 1);
	}
	link->tx_packets++;
	link->tx_bytes += len;
	return true;
}

/* Returns false if it has to be an skb. */
static bool europa_link_frame(struct europa_queue *q, __shm const void *from,
			      u32 len)
{
	struct europa_link *link = q->link;
	struct ethhdr eth __aligned(2);

	shm_copy_from(&eth, from, ETH_HLEN);
	/* Who is in a group, or behind a tag, is for others to find out. */
	if (q->nic->key.mode == EUROPA_MODE_VLAN ||
	    is_multicast_ether_addr(eth.h_dest) || eth_type_vlan(eth.h_proto) ||
	    len > READ_ONCE(link->peer->mtu) + ETH_HLEN)
		return false;
	if (q->nic->spoofchk &&
	    !ether_addr_equal(eth.h_source, q->nic->dev->dev_addr)) {
		europa_queue_count(q, EUROPA_CNT_TX_SPOOFED, 1);
		return true;
	}
	/* They were there before. */
	if (unlikely(!skb_queue_empty(&q->pending)))
		europa_xmit_flush(q);
	return europa_link_enter(q, link, eth.h_dest) &&
	       europa_link_receive(link, from, &eth, len);
}

/**
 * europa_link_slot - copy a frame to the slot of another router
 * @q: the attachment it leaves by; the burst crosses a link
 * @index: the slot
 * @desc: what the router says of it, checked; there is nothing to do to the
 *	frame but send it
 *
 * Nothing is relied on but the Ethernet header: that is the one that was
 * looked at, whatever the router writes meanwhile.
 *
 * Context: BH off, the router's tx_lock held.
 * Return: false if it has to be an skb.
 */
bool europa_link_slot(struct europa_queue *q, u32 index,
		      const struct europa_desc *desc)
{
	return europa_link_frame(q, europa_pool_slot(q->router->pool, index) +
				 desc->offset, desc->len);
}

/* As a veth, but that it does not wait, and to the queue that slots go to. */
static void europa_link_skb(struct europa_queue *q, struct sk_buff *skb)
{
	struct net_device *lower = q->nic->lower;
	unsigned int len = skb->len;

	rcu_read_lock();
	if (europa_link_nic(q, q->link, skb->data))
		skb_record_rx_queue(skb, q->index);
	if (__dev_forward_skb(q->link->peer, skb)) {
		europa_queue_count(q, EUROPA_CNT_TX_QDISC_DROP, 1);
	} else {
		dev_sw_netstats_tx_add(lower, 1, len);
		europa_queue_count(q, EUROPA_CNT_TX_PACKETS, 1);
		europa_queue_count(q, EUROPA_CNT_TX_BYTES, len);
		europa_port_deliver(skb);
	}
	rcu_read_unlock();
}

/**
 * europa_link_flush - hand to the other end the skbs that are lined up
 * @q: the attachment
 *
 * Context: BH off, the router's tx_lock held.
 * Return: false if it is the driver's to take them.
 */
bool europa_link_flush(struct europa_queue *q)
{
	struct sk_buff *skb;

	if (!q->link)
		return false;
	europa_link_leave(q->link);
	while ((skb = __skb_dequeue(&q->pending)))
		europa_link_skb(q, skb);
	return true;
}

/**
 * europa_link_end - a burst was sent
 * @q: the attachment; nothing is lined up if the burst crossed a link
 *
 * Context: BH off, the router's tx_lock held.
 */
void europa_link_end(struct europa_queue *q)
{
	struct europa_link *link = q->link;

	if (!link)
		return;
	europa_link_leave(link);
	q->link = NULL;
	if (!link->tx_packets)
		return;
	dev_sw_netstats_tx_add(q->nic->lower, link->tx_packets, link->tx_bytes);
	europa_queue_count(q, EUROPA_CNT_TX_PACKETS, link->tx_packets);
	europa_queue_count(q, EUROPA_CNT_TX_BYTES, link->tx_bytes);
}
