// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual NIC: a netdev on top of a lower netdev, rtnl kind "europa"
 *
 * What it receives goes to the router attached to it, or without one up its
 * own stack.  What its own stack sends goes straight to the lower netdev.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>
#include <net/xdp.h>

#include "europa.h"
#include "main.h"
#include "pool.h"

#define EUROPA_NIC_FEATURES	(EUROPA_NIC_INHERITED | NETIF_F_RXCSUM |     \
				 NETIF_F_HW_VLAN_CTAG_FILTER |		     \
				 NETIF_F_HW_VLAN_STAG_FILTER)

static struct rtnl_link_ops europa_link_ops;

/**
 * europa_nic_is - is this netdev a virtual NIC of ours?
 * @dev: any netdev
 */
bool europa_nic_is(const struct net_device *dev)
{
	return dev->rtnl_link_ops == &europa_link_ops;
}

/* Whoever rules the lower netdev is the host. */
static bool europa_nic_host(const struct europa_nic *nic)
{
	return ns_capable(dev_net(nic->lower)->user_ns, CAP_NET_ADMIN);
}

/* The stack behind the NIC sends. */
static netdev_tx_t europa_nic_xmit(struct sk_buff *skb,
				   struct net_device *dev)
{
	struct europa_nic *nic = netdev_priv(dev);
	unsigned int len = skb->len;
	int err;

	if (unlikely(!pskb_may_pull(skb, ETH_HLEN))) {
		europa_count(nic->stats, EUROPA_CNT_TX_BAD_LENGTH, 1);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	/* Not all who send have said where the MAC header is. */
	if (nic->spoofchk &&
	    !ether_addr_equal(skb_eth_hdr(skb)->h_source, dev->dev_addr)) {
		europa_count(nic->stats, EUROPA_CNT_TX_SPOOFED, 1);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	skb_scrub_packet(skb, europa_nic_crosses_netns(nic));
	if (nic->key.mode == EUROPA_MODE_VLAN) {
		/* A tag of the stack's own becomes the inner one. */
		if (skb_vlan_tag_present(skb))
			skb = __vlan_hwaccel_push_inside(skb);
		if (!skb) {
			europa_count(nic->stats, EUROPA_CNT_TX_NOMEM, 1);
			return NETDEV_TX_OK;
		}
		__vlan_hwaccel_put_tag(skb, nic->key.vlan_proto,
				       nic->key.vlan_id);
	}
	skb->dev = nic->lower;
	err = dev_queue_xmit(skb);
	if (!net_xmit_eval(err))
		dev_sw_netstats_tx_add(dev, 1, len);
	else
		europa_count(nic->stats, EUROPA_CNT_TX_QDISC_DROP, 1);
	return NETDEV_TX_OK;
}

static int europa_nic_open(struct net_device *dev)
{
	struct europa_nic *nic = netdev_priv(dev);
	int err;

	if (nic->key.mode == EUROPA_MODE_ANY)
		return dev_set_promiscuity(nic->lower, 1);

	err = dev_uc_add(nic->lower, dev->dev_addr);
	if (err)
		return err;
	if (dev->flags & IFF_ALLMULTI)
		err = dev_set_allmulti(nic->lower, 1);
	if (err)
		goto err_uc;
	if (nic->key.mode == EUROPA_MODE_VLAN)
		err = vlan_vid_add(nic->lower, nic->key.vlan_proto,
				   nic->key.vlan_id);
	if (err)
		goto err_allmulti;
	return 0;

err_allmulti:
	if (dev->flags & IFF_ALLMULTI)
		dev_set_allmulti(nic->lower, -1);
err_uc:
	dev_uc_del(nic->lower, dev->dev_addr);
	return err;
}

static int europa_nic_stop(struct net_device *dev)
{
	struct europa_nic *nic = netdev_priv(dev);

	dev_mc_unsync(nic->lower, dev);
	if (nic->key.mode == EUROPA_MODE_ANY) {
		dev_set_promiscuity(nic->lower, -1);
		return 0;
	}
	if (nic->key.mode == EUROPA_MODE_VLAN)
		vlan_vid_del(nic->lower, nic->key.vlan_proto,
			     nic->key.vlan_id);
	if (dev->flags & IFF_ALLMULTI)
		dev_set_allmulti(nic->lower, -1);
	dev_uc_del(nic->lower, dev->dev_addr);
	return 0;
}

static void europa_nic_change_rx_flags(struct net_device *dev, int change)
{
	struct europa_nic *nic = netdev_priv(dev);

	if (netif_running(dev) && change & IFF_ALLMULTI &&
	    nic->key.mode != EUROPA_MODE_ANY)
		dev_set_allmulti(nic->lower,
				 dev->flags & IFF_ALLMULTI ? 1 : -1);
}

static void europa_nic_set_rx_mode(struct net_device *dev)
{
	DECLARE_BITMAP(filter, EUROPA_MC_FILTER_SIZE);
	struct europa_nic *nic = netdev_priv(dev);
	struct netdev_hw_addr *ha;

	bitmap_zero(filter, EUROPA_MC_FILTER_SIZE);
	__set_bit(europa_mc_hash(dev->broadcast), filter);
	netdev_for_each_mc_addr(ha, dev)
		__set_bit(europa_mc_hash(ha->addr), filter);
	bitmap_copy(nic->mc_filter, filter, EUROPA_MC_FILTER_SIZE);
	dev_mc_sync(nic->lower, dev);
}

static int europa_nic_set_mac(struct net_device *dev, void *p)
{
	struct europa_nic *nic = netdev_priv(dev);
	struct sockaddr *addr = p;
	int err;

	if (!is_valid_ether_addr(addr->sa_data))
		return -EADDRNOTAVAIL;
	if (ether_addr_equal(dev->dev_addr, addr->sa_data))
		return 0;
	/* Not to send, nor to receive, in the host's place. */
	if ((nic->spoofchk ||
	     ether_addr_equal(nic->lower->dev_addr, addr->sa_data)) &&
	    !europa_nic_host(nic))
		return -EPERM;

	if (netif_running(dev) && nic->key.mode != EUROPA_MODE_ANY) {
		err = dev_uc_add(nic->lower, addr->sa_data);
		if (err)
			return err;
	}
	if (nic->key.mode == EUROPA_MODE_MAC ||
	    nic->key.mode == EUROPA_MODE_VLAN) {
		err = europa_port_rekey(nic->port, nic, addr->sa_data);
		if (err)
			goto err_uc;
	}
	if (netif_running(dev) && nic->key.mode != EUROPA_MODE_ANY)
		dev_uc_del(nic->lower, dev->dev_addr);
	eth_hw_addr_set(dev, addr->sa_data);
	return 0;

err_uc:
	if (netif_running(dev))
		dev_uc_del(nic->lower, addr->sa_data);
	return err;
}

/* As europa_router_limit_mtu() has it at most. */
static int europa_nic_change_mtu(struct net_device *dev, int mtu)
{
	struct europa_nic *nic = netdev_priv(dev);
	struct europa_queue *q;
	unsigned int i;

	WRITE_ONCE(dev->mtu, mtu);
	for (i = 0; i < dev->num_rx_queues; i++) {
		q = rtnl_dereference(nic->queue[i]);
		if (q)
			europa_router_changed(q->router);
	}
	return 0;
}

static int europa_nic_vlan_add(struct net_device *dev, __be16 proto, u16 vid)
{
	struct europa_nic *nic = netdev_priv(dev);

	return vlan_vid_add(nic->lower, proto, vid);
}

static int europa_nic_vlan_kill(struct net_device *dev, __be16 proto, u16 vid)
{
	struct europa_nic *nic = netdev_priv(dev);

	vlan_vid_del(nic->lower, proto, vid);
	return 0;
}

/*
 * All drops are in our counters; ethtool -S says why.  But the core has counted
 * what netif_rx() refused, EUROPA_CNT_PUNT_DROP, and adds it to these.
 */
static void europa_nic_get_stats(struct net_device *dev,
				 struct rtnl_link_stats64 *stats)
{
	struct europa_nic *nic = netdev_priv(dev);
	u64 sum[__EUROPA_CNT_MAX];
	int i;

	europa_counters_sum(nic->stats, sum);
	dev_fetch_sw_netstats(stats, dev->tstats);
	stats->rx_packets += sum[EUROPA_CNT_RX_PACKETS];
	stats->rx_bytes += sum[EUROPA_CNT_RX_BYTES];
	stats->tx_packets += sum[EUROPA_CNT_TX_PACKETS];
	stats->tx_bytes += sum[EUROPA_CNT_TX_BYTES];
	for (i = EUROPA_CNT_DROPS; i < EUROPA_CNT_TX_BAD_INDEX; i++)
		stats->rx_dropped += sum[i];
	for (; i < EUROPA_CNT_PUNT_DROP; i++)
		stats->tx_dropped += sum[i];
}

/*
 * A host's XDP program on the lower netdev classifies by redirecting: to send
 * a frame to a virtual NIC is to let it receive the frame.
 */
static int europa_nic_xdp_xmit(struct net_device *dev, int n,
			       struct xdp_frame **frames, u32 flags)
{
	struct europa_nic *nic = netdev_priv(dev);

	if (unlikely(flags & ~XDP_XMIT_FLAGS_MASK))
		return -EINVAL;
	if (unlikely(!netif_running(dev))) {
		europa_count(nic->stats, EUROPA_CNT_RX_NIC_DOWN, n);
		return -ENETDOWN;
	}
	rcu_read_lock();
	europa_receive_frames(nic, frames, n);
	rcu_read_unlock();
	return n;
}

static netdev_features_t europa_nic_fix_features(struct net_device *dev,
						 netdev_features_t features)
{
	const struct europa_nic *nic = netdev_priv(dev);

	return features & (europa_nic_inherits(nic) | ~EUROPA_NIC_INHERITED);
}

static int europa_nic_get_iflink(const struct net_device *dev)
{
	const struct europa_nic *nic = netdev_priv(dev);

	return READ_ONCE(nic->lower->ifindex);
}

static int europa_nic_init_dev(struct net_device *dev)
{
	struct europa_nic *nic = netdev_priv(dev);
	struct net_device *lower = nic->lower;

	nic->stats = europa_counters_alloc();
	if (!nic->stats)
		return -ENOMEM;
	nic->queue = kcalloc(dev->num_rx_queues, sizeof(*nic->queue),
			     GFP_KERNEL_ACCOUNT);
	if (!nic->queue) {
		free_percpu(nic->stats);
		nic->stats = NULL;
		return -ENOMEM;
	}

	dev->lltx = true;
	dev->features = EUROPA_NIC_FEATURES;
	dev->hw_features = EUROPA_NIC_FEATURES;
	dev->vlan_features = EUROPA_NIC_OFFLOADS;
	dev->hw_enc_features = EUROPA_NIC_OFFLOADS;
	netif_inherit_tso_max(dev, lower);
	dev->xdp_features = NETDEV_XDP_ACT_NDO_XMIT;
	dev->hard_header_len = lower->hard_header_len;
	dev->needed_headroom = lower->needed_headroom;
	dev->needed_tailroom = lower->needed_tailroom;
	netdev_lockdep_set_classes(dev);
	netdev_hold(lower, &nic->tracker, GFP_KERNEL);
	return 0;
}

/* The last user of the lower netdev is gone, receivers included. */
static void europa_nic_uninit_dev(struct net_device *dev)
{
	struct europa_nic *nic = netdev_priv(dev);

	europa_port_del_nic(nic->port, nic);
	europa_port_put(nic->port);
}

static void europa_nic_free_dev(struct net_device *dev)
{
	struct europa_nic *nic = netdev_priv(dev);

	kfree(nic->queue);
	free_percpu(nic->stats);
	netdev_put(nic->lower, &nic->tracker);
}

static const struct net_device_ops europa_nic_ops = {
	.ndo_init		= europa_nic_init_dev,
	.ndo_uninit		= europa_nic_uninit_dev,
	.ndo_open		= europa_nic_open,
	.ndo_stop		= europa_nic_stop,
	.ndo_start_xmit		= europa_nic_xmit,
	.ndo_change_rx_flags	= europa_nic_change_rx_flags,
	.ndo_set_rx_mode	= europa_nic_set_rx_mode,
	.ndo_set_mac_address	= europa_nic_set_mac,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_change_mtu		= europa_nic_change_mtu,
	.ndo_fix_features	= europa_nic_fix_features,
	.ndo_xdp_xmit		= europa_nic_xdp_xmit,
	.ndo_get_stats64	= europa_nic_get_stats,
	.ndo_get_iflink		= europa_nic_get_iflink,
	.ndo_vlan_rx_add_vid	= europa_nic_vlan_add,
	.ndo_vlan_rx_kill_vid	= europa_nic_vlan_kill,
};

static void europa_nic_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->max_mtu = ETH_MAX_MTU;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_NO_QUEUE;
	netif_keep_dst(dev);
	dev->netdev_ops = &europa_nic_ops;
	dev->ethtool_ops = &europa_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
}

static const struct nla_policy europa_nic_policy[IFLA_EUROPA_MAX + 1] = {
	[IFLA_EUROPA_MODE]	 = NLA_POLICY_MAX(NLA_U8,
						  __EUROPA_MODE_MAX - 1),
	[IFLA_EUROPA_VLAN_ID]	 = NLA_POLICY_RANGE(NLA_U16, 1,
						    VLAN_N_VID - 2),
	[IFLA_EUROPA_VLAN_PROTO] = { .type = NLA_BE16 },
	[IFLA_EUROPA_MARK]	 = NLA_POLICY_MIN(NLA_U32, 1),
	[IFLA_EUROPA_SPOOFCHK]	 = NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_EUROPA_XMIT]	 = NLA_POLICY_MAX(NLA_U8,
						  __EUROPA_XMIT_MAX - 1),
	[IFLA_EUROPA_ROUTER]	 = { .type = NLA_REJECT },
	[IFLA_EUROPA_LEND]	 = NLA_POLICY_MAX(NLA_U8, 1),
};

static int europa_nic_validate(struct nlattr *tb[], struct nlattr *data[],
			       struct netlink_ext_ack *extack)
{
	if (!tb[IFLA_ADDRESS])
		return 0;
	if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN)
		return -EINVAL;
	if (!is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS])))
		return -EADDRNOTAVAIL;
	return 0;
}

/* The key but for the address. */
static int europa_nic_parse_key(struct europa_key *key, struct nlattr *data[],
				struct netlink_ext_ack *extack)
{
	bool vlan, mark;

	if (data && data[IFLA_EUROPA_MODE])
		key->mode = nla_get_u8(data[IFLA_EUROPA_MODE]);

	vlan = data && data[IFLA_EUROPA_VLAN_ID];
	mark = data && data[IFLA_EUROPA_MARK];
	if (key->mode == EUROPA_MODE_VLAN ? !vlan : vlan) {
		NL_SET_ERR_MSG(extack,
			       "a VLAN id goes with mode vlan and no other");
		return -EINVAL;
	}
	if (key->mode == EUROPA_MODE_MARK ? !mark : mark) {
		NL_SET_ERR_MSG(extack, "a mark goes with mode mark and no other");
		return -EINVAL;
	}
	if (key->mode == EUROPA_MODE_MARK)
		key->mark = nla_get_u32(data[IFLA_EUROPA_MARK]);
	if (key->mode != EUROPA_MODE_VLAN)
		return 0;

	key->vlan_id = nla_get_u16(data[IFLA_EUROPA_VLAN_ID]);
	key->vlan_proto = htons(ETH_P_8021Q);
	if (data[IFLA_EUROPA_VLAN_PROTO])
		key->vlan_proto = nla_get_be16(data[IFLA_EUROPA_VLAN_PROTO]);
	if (!eth_type_vlan(key->vlan_proto)) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_EUROPA_VLAN_PROTO],
				    "VLAN protocol is 802.1Q or 802.1ad");
		return -EPROTONOSUPPORT;
	}
	return 0;
}

/* What may be changed later, too. */
static int europa_nic_parse_policy(struct europa_nic *nic,
				   struct nlattr *data[],
				   struct netlink_ext_ack *extack)
{
	u8 spoofchk = nic->spoofchk;

	if (!data)
		return 0;
	if (data[IFLA_EUROPA_SPOOFCHK])
		spoofchk = nla_get_u8(data[IFLA_EUROPA_SPOOFCHK]);
	if (spoofchk && nic->key.mode == EUROPA_MODE_ANY) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_EUROPA_SPOOFCHK],
				    "mode any has no address to check");
		return -EINVAL;
	}
	WRITE_ONCE(nic->spoofchk, spoofchk);
	if (data[IFLA_EUROPA_XMIT])
		WRITE_ONCE(nic->xmit, nla_get_u8(data[IFLA_EUROPA_XMIT]));
	if (data[IFLA_EUROPA_LEND])
		WRITE_ONCE(nic->lend, nla_get_u8(data[IFLA_EUROPA_LEND]));
	return 0;
}

static struct net_device *europa_nic_find_lower(struct net *net,
						struct nlattr *tb[],
						struct netlink_ext_ack *extack)
{
	struct net_device *lower;

	if (!tb[IFLA_LINK]) {
		NL_SET_ERR_MSG(extack, "a lower netdev is needed (link DEV)");
		return ERR_PTR(-EINVAL);
	}
	lower = __dev_get_by_index(net, nla_get_u32(tb[IFLA_LINK]));
	if (!lower) {
		NL_SET_ERR_MSG(extack, "no such lower netdev");
		return ERR_PTR(-ENODEV);
	}
	if (europa_nic_is(lower)) {
		NL_SET_ERR_MSG(extack, "lower netdev is a Europa NIC itself");
		return ERR_PTR(-EINVAL);
	}
	return lower;
}

static int europa_nic_register(struct europa_nic *nic,
			       struct netlink_ext_ack *extack)
{
	struct net_device *dev = nic->dev;
	int err;

	nic->port = europa_port_get(nic->lower, extack);
	if (IS_ERR(nic->port))
		return PTR_ERR(nic->port);

	dev->priv_destructor = europa_nic_free_dev;
	/* Once ndo_init() has succeeded, failure puts the port as well. */
	err = register_netdevice(dev);
	if (err) {
		if (dev->reg_state == NETREG_UNINITIALIZED && !nic->stats)
			europa_port_put(nic->port);
		return err;
	}
	err = europa_port_add_nic(nic->port, nic);
	if (err) {
		if (err == -EEXIST)
			NL_SET_ERR_MSG(extack,
				       "another NIC of the lower netdev gets these frames");
		goto err_unregister;
	}
	err = netdev_upper_dev_link(nic->lower, dev, extack);
	if (err)
		goto err_unregister;
	netif_stacked_transfer_operstate(nic->lower, dev);
	linkwatch_fire_event(dev);
	return 0;

err_unregister:
	unregister_netdevice(dev);
	return err;
}

static int europa_nic_newlink(struct net *src_net, struct net_device *dev,
			      struct nlattr *tb[], struct nlattr *data[],
			      struct netlink_ext_ack *extack)
{
	struct europa_nic *nic = netdev_priv(dev);
	struct net_device *lower;
	int err;

	lower = europa_nic_find_lower(src_net, tb, extack);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	nic->dev = dev;
	nic->lower = lower;

	err = europa_nic_parse_key(&nic->key, data, extack);
	if (err)
		return err;
	nic->spoofchk = nic->key.mode != EUROPA_MODE_ANY;
	err = europa_nic_parse_policy(nic, data, extack);
	if (err)
		return err;

	if (!tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);
	if (nic->key.mode == EUROPA_MODE_MAC ||
	    nic->key.mode == EUROPA_MODE_VLAN)
		ether_addr_copy(nic->key.mac, dev->dev_addr);
	if (!tb[IFLA_MTU])
		dev->mtu = lower->mtu;
	if (dev->mtu > lower->mtu) {
		NL_SET_ERR_MSG(extack, "MTU is larger than the lower netdev's");
		return -EINVAL;
	}
	dev->max_mtu = lower->mtu;
	return europa_nic_register(nic, extack);
}

/* A NIC that goes, or moves to another netns, loses its routers. */
static void europa_nic_detach_all(struct europa_nic *nic)
{
	unsigned int i;

	for (i = 0; i < nic->dev->num_rx_queues; i++) {
		struct europa_queue *q = rtnl_dereference(nic->queue[i]);
		struct europa_router *r;

		if (!q)
			continue;
		r = q->router;
		mutex_lock(&r->lock);
		europa_queue_detach(q);
		mutex_unlock(&r->lock);
	}
}

static void europa_nic_dellink(struct net_device *dev, struct list_head *head)
{
	struct europa_nic *nic = netdev_priv(dev);

	/*
	 * The lower netdev may go in the same batch, before it: it forgets
	 * the NIC, and what its routers have sent leaves while it is there.
	 */
	europa_port_del_nic(nic->port, nic);
	europa_nic_detach_all(nic);
	unregister_netdevice_queue(dev, head);
	netdev_upper_dev_unlink(nic->lower, dev);
}

static int europa_nic_changelink(struct net_device *dev, struct nlattr *tb[],
				 struct nlattr *data[],
				 struct netlink_ext_ack *extack)
{
	struct europa_nic *nic = netdev_priv(dev);

	if (!data)
		return 0;
	if (!europa_nic_host(nic)) {
		NL_SET_ERR_MSG(extack,
			       "only who administrates the lower netdev may change this");
		return -EPERM;
	}
	if (data[IFLA_EUROPA_MODE] || data[IFLA_EUROPA_VLAN_ID] ||
	    data[IFLA_EUROPA_VLAN_PROTO] || data[IFLA_EUROPA_MARK]) {
		NL_SET_ERR_MSG(extack,
			       "what a NIC receives is settled when it is made");
		return -EOPNOTSUPP;
	}
	return europa_nic_parse_policy(nic, data, extack);
}

static size_t europa_nic_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u8)) +	/* IFLA_EUROPA_MODE */
	       nla_total_size(sizeof(u16)) +	/* IFLA_EUROPA_VLAN_ID */
	       nla_total_size(sizeof(u16)) +	/* IFLA_EUROPA_VLAN_PROTO */
	       nla_total_size(sizeof(u32)) +	/* IFLA_EUROPA_MARK */
	       nla_total_size(sizeof(u8)) +	/* IFLA_EUROPA_SPOOFCHK */
	       nla_total_size(sizeof(u8)) +	/* IFLA_EUROPA_XMIT */
	       nla_total_size(sizeof(u32)) +	/* IFLA_EUROPA_ROUTER */
	       nla_total_size(sizeof(u8));	/* IFLA_EUROPA_LEND */
}

static int europa_nic_fill_info(struct sk_buff *skb,
				const struct net_device *dev)
{
	const struct europa_nic *nic = netdev_priv(dev);
	const struct europa_key *key = &nic->key;

	if (nla_put_u8(skb, IFLA_EUROPA_MODE, key->mode) ||
	    nla_put_u8(skb, IFLA_EUROPA_SPOOFCHK, nic->spoofchk) ||
	    nla_put_u8(skb, IFLA_EUROPA_XMIT, nic->xmit) ||
	    nla_put_u32(skb, IFLA_EUROPA_ROUTER, nic->attached) ||
	    nla_put_u8(skb, IFLA_EUROPA_LEND, nic->lend))
		return -EMSGSIZE;
	if (key->mode == EUROPA_MODE_VLAN &&
	    (nla_put_u16(skb, IFLA_EUROPA_VLAN_ID, key->vlan_id) ||
	     nla_put_be16(skb, IFLA_EUROPA_VLAN_PROTO, key->vlan_proto)))
		return -EMSGSIZE;
	if (key->mode == EUROPA_MODE_MARK &&
	    nla_put_u32(skb, IFLA_EUROPA_MARK, key->mark))
		return -EMSGSIZE;
	return 0;
}

static struct net *europa_nic_get_link_net(const struct net_device *dev)
{
	const struct europa_nic *nic = netdev_priv(dev);

	return dev_net(nic->lower);
}

static struct rtnl_link_ops europa_link_ops = {
	.kind		= "europa",
	.priv_size	= sizeof(struct europa_nic),
	.setup		= europa_nic_setup,
	.maxtype	= IFLA_EUROPA_MAX,
	.policy		= europa_nic_policy,
	.validate	= europa_nic_validate,
	.newlink	= europa_nic_newlink,
	.changelink	= europa_nic_changelink,
	.dellink	= europa_nic_dellink,
	.get_size	= europa_nic_get_size,
	.fill_info	= europa_nic_fill_info,
	.get_link_net	= europa_nic_get_link_net,
};

static void europa_lower_operstate(struct europa_nic *nic, void *arg)
{
	netif_stacked_transfer_operstate(nic->lower, nic->dev);
}

static void europa_lower_napi(struct europa_nic *nic, void *arg)
{
	unsigned int i;

	for (i = 0; i < nic->dev->num_rx_queues; i++) {
		struct europa_queue *q = rtnl_dereference(nic->queue[i]);

		if (q)
			europa_queue_find_napi(q);
	}
}

static void europa_lower_mtu(struct europa_nic *nic, void *arg)
{
	europa_router_limit_mtu(nic);
	if (nic->dev->mtu > nic->lower->mtu)
		dev_set_mtu(nic->dev, nic->lower->mtu);
}

static void europa_lower_features(struct europa_nic *nic, void *arg)
{
	netif_inherit_tso_max(nic->dev, nic->lower);
	nic->dev->needed_headroom = nic->lower->needed_headroom;
	nic->dev->needed_tailroom = nic->lower->needed_tailroom;
	netdev_update_features(nic->dev);
}

static void europa_lower_gone(struct europa_nic *nic, void *arg)
{
	europa_nic_dellink(nic->dev, arg);
}

static int europa_lower_event(struct net_device *lower, unsigned long event)
{
	LIST_HEAD(kill);

	switch (event) {
	case NETDEV_UP:
		europa_port_for_each(lower, europa_lower_napi, NULL);
		fallthrough;
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		europa_port_for_each(lower, europa_lower_operstate, NULL);
		break;
	case NETDEV_CHANGEMTU:
		europa_port_for_each(lower, europa_lower_mtu, NULL);
		break;
	case NETDEV_FEAT_CHANGE:
		europa_port_for_each(lower, europa_lower_features, NULL);
		break;
	case NETDEV_PRE_TYPE_CHANGE:
		return NOTIFY_BAD;
	case NETDEV_UNREGISTER:
		/* It may just be moving to another netns. */
		if (lower->reg_state != NETREG_UNREGISTERING)
			break;
		europa_port_for_each(lower, europa_lower_gone, &kill);
		unregister_netdevice_many(&kill);
		break;
	}
	return NOTIFY_DONE;
}

static int europa_netdev_event(struct notifier_block *unused,
			       unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (europa_nic_is(dev)) {
		if (event == NETDEV_UNREGISTER)
			europa_nic_detach_all(netdev_priv(dev));
		return NOTIFY_DONE;
	}
	if (europa_port_is(dev))
		return europa_lower_event(dev, event);
	return NOTIFY_DONE;
}

static struct notifier_block europa_netdev_notifier = {
	.notifier_call = europa_netdev_event,
};

int europa_nic_init(void)
{
	int err;

	err = register_netdevice_notifier(&europa_netdev_notifier);
	if (err)
		return err;
	err = rtnl_link_register(&europa_link_ops);
	if (err)
		unregister_netdevice_notifier(&europa_netdev_notifier);
	return err;
}

void europa_nic_exit(void)
{
	/* Deletes every NIC there is. */
	rtnl_link_unregister(&europa_link_ops);
	unregister_netdevice_notifier(&europa_netdev_notifier);
}
