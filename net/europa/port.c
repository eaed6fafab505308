// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port: Europa on a lower netdev.  Finds the virtual NIC a received frame
 * belongs to, in constant time whatever the number of NICs
 *
 * Rules on other fields of a frame are tc's business: it runs before us on
 * the lower netdev and can set the mark that a NIC is found by.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/jhash.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>

#include "europa.h"

/* Group frames waiting for their copies to be made. */
#define EUROPA_MCAST_BACKLOG	1000

/**
 * struct europa_port - Europa on a lower netdev
 * @dev: the lower netdev; the port goes with its last NIC
 * @nics: NICs by struct europa_key
 * @any: the NIC of EUROPA_MODE_ANY
 * @list: all NICs, RCU
 * @count: number of NICs by mode; under RTNL, read without for speed
 * @users: NICs, hashed or about to be; under RTNL
 * @mcast: group frames to be copied to each NIC that wants them
 * @mcast_work: does that, out of the receive path
 * @mcast_dropped: frames that found @mcast full
 */
struct europa_port {
	struct net_device *dev;
	struct rhashtable nics;
	struct europa_nic __rcu *any;
	struct list_head list;
	unsigned int count[__EUROPA_MODE_MAX];
	unsigned int users;
	struct sk_buff_head mcast;
	struct work_struct mcast_work;
	atomic64_t mcast_dropped;
};

/* For each frame: without a call. */
static u32 europa_key_hash(const void *data, u32 len, u32 seed)
{
	return jhash2(data, sizeof(struct europa_key) / sizeof(u32), seed);
}

static int europa_key_compare(struct rhashtable_compare_arg *arg,
			      const void *obj)
{
	const struct europa_key *a = arg->key;
	const struct europa_key *b = &((const struct europa_nic *)obj)->key;

	return a->word[0] != b->word[0] || a->word[1] != b->word[1];
}

static const struct rhashtable_params europa_port_params = {
	.hashfn			= europa_key_hash,
	.obj_cmpfn		= europa_key_compare,
	.key_len		= sizeof(struct europa_key),
	.key_offset		= offsetof(struct europa_nic, key),
	.head_offset		= offsetof(struct europa_nic, hash),
	.automatic_shrinking	= true,
};

static struct europa_nic *europa_port_find(struct europa_port *port,
					   const struct europa_key *key)
{
	return rhashtable_lookup(&port->nics, key, europa_port_params);
}

static struct europa_nic *europa_port_find_mark(struct europa_port *port,
						const struct sk_buff *skb)
{
	struct europa_key key = {
		.mode = EUROPA_MODE_MARK,
		.mark = skb->mark,
	};

	if (!READ_ONCE(port->count[EUROPA_MODE_MARK]) || !skb->mark)
		return NULL;
	return europa_port_find(port, &key);
}

static struct europa_nic *europa_port_find_vlan(struct europa_port *port,
						const struct sk_buff *skb)
{
	struct europa_key key = { .mode = EUROPA_MODE_VLAN };

	if (!READ_ONCE(port->count[EUROPA_MODE_VLAN]) ||
	    !skb_vlan_tag_present(skb))
		return NULL;
	ether_addr_copy(key.mac, eth_hdr(skb)->h_dest);
	key.vlan_proto = skb->vlan_proto;
	key.vlan_id = skb_vlan_tag_get_id(skb);
	return europa_port_find(port, &key);
}

static struct europa_nic *europa_port_find_mac(struct europa_port *port,
					       const u8 *mac)
{
	struct europa_key key = { .mode = EUROPA_MODE_MAC };

	if (!READ_ONCE(port->count[EUROPA_MODE_MAC]))
		return NULL;
	ether_addr_copy(key.mac, mac);
	return europa_port_find(port, &key);
}

/**
 * europa_port_lookup - the NIC that an address belongs to
 * @port: the port
 * @mac: destination of a unicast frame that has no tag and no mark
 *
 * Context: RCU read lock held.
 * Return: the NIC or NULL: the frame is the host's own.
 */
struct europa_nic *europa_port_lookup(struct europa_port *port, const u8 *mac)
{
	return europa_port_find_mac(port, mac) ?: rcu_dereference(port->any);
}

/* The NIC a unicast frame belongs to, or NULL: the host's own. */
static struct europa_nic *europa_port_classify(struct europa_port *port,
					       const struct sk_buff *skb)
{
	return europa_port_find_mark(port, skb) ?:
	       europa_port_find_vlan(port, skb) ?:
	       europa_port_lookup(port, eth_hdr(skb)->h_dest);
}

/* Does a NIC want this group frame? */
static bool europa_port_wants(const struct europa_nic *nic,
			      const struct sk_buff *skb)
{
	const struct ethhdr *eth = eth_hdr(skb);

	if (!netif_running(nic->dev))
		return false;
	switch (nic->key.mode) {
	case EUROPA_MODE_ANY:
		return true;
	case EUROPA_MODE_MARK:
		return false;
	case EUROPA_MODE_VLAN:
		if (!skb_vlan_tag_present(skb) ||
		    skb->vlan_proto != nic->key.vlan_proto ||
		    skb_vlan_tag_get_id(skb) != nic->key.vlan_id)
			return false;
		break;
	}
	return nic->dev->flags & (IFF_PROMISC | IFF_ALLMULTI) ||
	       test_bit(europa_mc_hash(eth->h_dest), nic->mc_filter);
}

static void europa_port_mcast_one(struct europa_port *port,
				  struct sk_buff *skb)
{
	struct europa_nic *nic;
	struct sk_buff *copy;

	/* As in the receive path. */
	local_bh_disable();
	rcu_read_lock();
	list_for_each_entry_rcu(nic, &port->list, node) {
		if (!europa_port_wants(nic, skb))
			continue;
		copy = skb_clone(skb, GFP_ATOMIC);
		if (!copy)
			europa_count(nic->stats, EUROPA_CNT_RX_NOMEM, 1);
		else if (europa_receive(nic, &copy) == RX_HANDLER_ANOTHER)
			netif_rx(copy);
	}
	rcu_read_unlock();
	local_bh_enable();
}

static void europa_port_mcast_work(struct work_struct *work)
{
	struct europa_port *port = container_of(work, struct europa_port,
						mcast_work);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&port->mcast))) {
		europa_port_mcast_one(port, skb);
		consume_skb(skb);
		cond_resched();
	}
}

/* A thousand NICs mean a thousand copies: not in the receive path. */
static void europa_port_mcast(struct europa_port *port, struct sk_buff *skb)
{
	struct sk_buff *copy;

	if (skb_queue_len_lockless(&port->mcast) >= EUROPA_MCAST_BACKLOG)
		goto drop;
	copy = skb_clone(skb, GFP_ATOMIC);
	if (!copy)
		goto drop;
	skb_queue_tail(&port->mcast, copy);
	queue_work(system_unbound_wq, &port->mcast_work);
	return;

drop:
	atomic64_inc(&port->mcast_dropped);
}

static rx_handler_result_t europa_port_receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct europa_port *port;
	struct europa_nic *nic;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;
	port = rcu_dereference(skb->dev->rx_handler_data);

	if (unlikely(is_multicast_ether_addr(eth_hdr(skb)->h_dest))) {
		nic = europa_port_find_mark(port, skb);
		if (!nic) {
			europa_port_mcast(port, skb);
			return RX_HANDLER_PASS;
		}
	} else {
		nic = europa_port_classify(port, skb);
		if (!nic)
			return RX_HANDLER_PASS;
	}

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb)) {
		europa_count(nic->stats, EUROPA_CNT_RX_NOMEM, 1);
		return RX_HANDLER_CONSUMED;
	}
	*pskb = skb;
	return europa_receive(nic, pskb);
}

/**
 * europa_port_is - is Europa on this netdev?
 * @lower: a netdev
 *
 * Context: RTNL held.
 */
bool europa_port_is(const struct net_device *lower)
{
	return rtnl_dereference(lower->rx_handler) == europa_port_receive;
}

/**
 * europa_port_rcu - Europa on a netdev
 * @lower: a netdev
 *
 * Context: RCU read lock held.
 * Return: the port or NULL if there is none.
 */
struct europa_port *europa_port_rcu(const struct net_device *lower)
{
	if (rcu_access_pointer(lower->rx_handler) != europa_port_receive)
		return NULL;
	return rcu_dereference(lower->rx_handler_data);
}

/**
 * europa_port_deliver - receive a frame at once, which the stack would queue
 * @skb: a frame, past its Ethernet header, of a device with a port; consumed
 *
 * But for those the stack has a say in: group frames, which are the host's as
 * well, and frames with a tag, which VLAN devices get before us.
 *
 * Context: BH off, RCU read lock held.
 */
void europa_port_deliver(struct sk_buff *skb)
{
	if (is_multicast_ether_addr(eth_hdr(skb)->h_dest) ||
	    skb_vlan_tag_present(skb) || eth_type_vlan(skb->protocol)) {
		/* A queue of a NIC's may be none of this device's. */
		skb_set_queue_mapping(skb, 0);
		netif_rx(skb);
	} else if (europa_port_receive(&skb) != RX_HANDLER_CONSUMED) {
		netif_rx(skb);
	}
}

static struct europa_port *europa_port_create(struct net_device *lower,
					      struct netlink_ext_ack *extack)
{
	struct europa_port *port;
	int err;

	if (lower->type != ARPHRD_ETHER || lower->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "lower netdev is no Ethernet");
		return ERR_PTR(-EINVAL);
	}
	if (is_vlan_dev(lower) &&
	    !(vlan_dev_priv(lower)->flags & VLAN_FLAG_REORDER_HDR)) {
		NL_SET_ERR_MSG(extack,
			       "lower netdev leaves tags in frames (reorder_hdr off)");
		return ERR_PTR(-EINVAL);
	}
	if (netdev_is_rx_handler_busy(lower)) {
		NL_SET_ERR_MSG(extack,
			       "lower netdev is taken by a bridge, bond or macvlan");
		return ERR_PTR(-EBUSY);
	}

	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->dev = lower;
	INIT_LIST_HEAD(&port->list);
	skb_queue_head_init(&port->mcast);
	INIT_WORK(&port->mcast_work, europa_port_mcast_work);

	err = rhashtable_init(&port->nics, &europa_port_params);
	if (err)
		goto err_free;
	err = netdev_rx_handler_register(lower, europa_port_receive, port);
	if (err)
		goto err_hash;
	/* What is forwarded must not have been merged by the hardware. */
	dev_disable_lro(lower);
	return port;

err_hash:
	rhashtable_destroy(&port->nics);
err_free:
	kfree(port);
	return ERR_PTR(err);
}

/**
 * europa_port_get - Europa on a lower netdev, made with its first NIC
 * @lower: the netdev
 * @extack: says what is wrong with it
 *
 * Context: RTNL held.
 * Return: the port or ERR_PTR(-EINVAL, -EBUSY, -ENOMEM).
 */
struct europa_port *europa_port_get(struct net_device *lower,
				    struct netlink_ext_ack *extack)
{
	struct europa_port *port;

	if (europa_port_is(lower)) {
		port = rtnl_dereference(lower->rx_handler_data);
	} else {
		port = europa_port_create(lower, extack);
		if (IS_ERR(port))
			return port;
	}
	port->users++;
	return port;
}

/**
 * europa_port_put - a NIC is done with its port
 * @port: the port; freed with its last NIC
 *
 * Context: RTNL held.
 */
void europa_port_put(struct europa_port *port)
{
	if (--port->users)
		return;
	/* Waits for receivers. */
	netdev_rx_handler_unregister(port->dev);
	cancel_work_sync(&port->mcast_work);
	skb_queue_purge(&port->mcast);
	rhashtable_destroy(&port->nics);
	kfree(port);
}

/**
 * europa_port_add_nic - let a NIC receive
 * @port: its port
 * @nic: the NIC, with its key
 *
 * Context: RTNL held.
 * Return: 0, -EEXIST if another NIC has the same key, -ENOMEM.
 */
int europa_port_add_nic(struct europa_port *port, struct europa_nic *nic)
{
	int err;

	err = rhashtable_lookup_insert_fast(&port->nics, &nic->hash,
					    europa_port_params);
	if (err)
		return err;
	if (nic->key.mode == EUROPA_MODE_ANY)
		rcu_assign_pointer(port->any, nic);
	list_add_tail_rcu(&nic->node, &port->list);
	WRITE_ONCE(port->count[nic->key.mode],
		   port->count[nic->key.mode] + 1);
	nic->hashed = true;
	return 0;
}

/**
 * europa_port_del_nic - a NIC receives no more
 * @port: its port
 * @nic: the NIC; the caller waits a grace period before it frees it
 *
 * Context: RTNL held.
 */
void europa_port_del_nic(struct europa_port *port, struct europa_nic *nic)
{
	if (!nic->hashed)
		return;
	nic->hashed = false;
	WRITE_ONCE(port->count[nic->key.mode],
		   port->count[nic->key.mode] - 1);
	list_del_rcu(&nic->node);
	if (nic->key.mode == EUROPA_MODE_ANY)
		RCU_INIT_POINTER(port->any, NULL);
	rhashtable_remove_fast(&port->nics, &nic->hash, europa_port_params);
}

/**
 * europa_port_rekey - a NIC changes its MAC address
 * @port: its port
 * @nic: the NIC, of a mode that looks at addresses
 * @mac: the new address
 *
 * Context: RTNL held.
 * Return: 0, -EEXIST if another NIC has that address, with the NIC as it was,
 * -ENOMEM.
 */
int europa_port_rekey(struct europa_port *port, struct europa_nic *nic,
		      const u8 *mac)
{
	struct europa_key old = nic->key;
	int err;

	rhashtable_remove_fast(&port->nics, &nic->hash, europa_port_params);
	/* A lookup that still stands on the NIC must not see half a key. */
	synchronize_net();
	ether_addr_copy(nic->key.mac, mac);
	err = rhashtable_lookup_insert_fast(&port->nics, &nic->hash,
					    europa_port_params);
	if (!err)
		return 0;

	nic->key = old;
	if (rhashtable_lookup_insert_fast(&port->nics, &nic->hash,
					  europa_port_params)) {
		netdev_err(nic->dev, "no memory to restore the address\n");
		nic->key = old;
	}
	return err;
}

/**
 * europa_port_for_each - do something with each NIC of a lower netdev
 * @lower: a netdev that Europa is on
 * @fn: called with each NIC, which it may delete
 * @arg: argument for @fn
 *
 * Context: RTNL held.
 */
void europa_port_for_each(struct net_device *lower,
			  void (*fn)(struct europa_nic *nic, void *arg),
			  void *arg)
{
	struct europa_port *port = rtnl_dereference(lower->rx_handler_data);
	struct europa_nic *nic, *next;

	list_for_each_entry_safe(nic, next, &port->list, node)
		fn(nic, arg);
}

/**
 * europa_port_mcast_backlog - group frames lost before they were copied
 * @port: the port
 */
u64 europa_port_mcast_backlog(const struct europa_port *port)
{
	return atomic64_read(&port->mcast_dropped);
}

#if IS_ENABLED(CONFIG_EUROPA_KUNIT_TEST)
#include "port_test.c"
#endif
