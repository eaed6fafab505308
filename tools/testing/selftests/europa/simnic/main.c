// SPDX-License-Identifier: GPL-2.0-only
/* simnic: the netdev */
#include <linux/bpf.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <net/rtnetlink.h>

#include "simnic.h"

/* Of packets with and without a tag. */
#define SIMNIC_OFFLOADS	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM |  \
			 NETIF_F_HIGHDMA | NETIF_F_ALL_TSO |		    \
			 NETIF_F_GSO_UDP_L4 | NETIF_F_RXCSUM)
#define SIMNIC_FEATURES	(SIMNIC_OFFLOADS | NETIF_F_HW_VLAN_CTAG_TX |	    \
			 NETIF_F_HW_VLAN_CTAG_RX)

static struct rtnl_link_ops simnic_link_ops;

/* There is light if both ends are up, or if there is no wire. */
static void simnic_carrier_on(struct simnic *nic)
{
	struct simnic *peer = rtnl_dereference(nic->peer);

	if (peer && !netif_running(peer->dev))
		return;
	netif_carrier_on(nic->dev);
	if (peer)
		netif_carrier_on(peer->dev);
}

static void simnic_carrier_off(struct simnic *nic)
{
	struct simnic *peer = rtnl_dereference(nic->peer);

	netif_carrier_off(nic->dev);
	if (peer)
		netif_carrier_off(peer->dev);
}

static int simnic_open(struct net_device *dev)
{
	struct simnic *nic = netdev_priv(dev);
	unsigned int i;
	int err;

	for (i = 0; i < dev->real_num_rx_queues; i++) {
		err = simnic_rx_open(&nic->queue[i]);
		if (err)
			goto err_close;
	}
	netif_tx_start_all_queues(dev);
	simnic_carrier_on(nic);
	return 0;

err_close:
	while (i--)
		simnic_rx_close(&nic->queue[i]);
	return err;
}

static int simnic_stop(struct net_device *dev)
{
	struct simnic *nic = netdev_priv(dev);
	unsigned int i;

	simnic_carrier_off(nic);
	netif_tx_stop_all_queues(dev);
	for (i = 0; i < dev->real_num_rx_queues; i++)
		simnic_rx_close(&nic->queue[i]);
	return 0;
}

static void simnic_read(const struct simnic_stats *s, u64 *packets,
			u64 *bytes, u64 *missed)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&s->syncp);
		*packets = u64_stats_read(&s->packets);
		*bytes = u64_stats_read(&s->bytes);
		*missed = u64_stats_read(&s->missed);
	} while (u64_stats_fetch_retry(&s->syncp, start));
}

/* What is counted for drivers that look how they are used. */
static void simnic_read_use(const struct simnic *nic, u64 *bad_offloads,
			    u64 *doorbells)
{
	unsigned int i, start;
	u64 bad, rung;

	*bad_offloads = 0;
	*doorbells = 0;
	for (i = 0; i < nic->dev->real_num_tx_queues; i++) {
		const struct simnic_stats *s = &nic->queue[i].tx;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			bad = u64_stats_read(&s->bad_offload);
			rung = u64_stats_read(&s->doorbells);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		*bad_offloads += bad;
		*doorbells += rung;
	}
}

static void simnic_get_stats(struct net_device *dev,
			     struct rtnl_link_stats64 *stats)
{
	struct simnic *nic = netdev_priv(dev);
	u64 packets, bytes, missed, doorbells;
	unsigned int i;

	for (i = 0; i < dev->real_num_rx_queues; i++) {
		simnic_read(&nic->queue[i].rx, &packets, &bytes, &missed);
		stats->rx_packets += packets;
		stats->rx_bytes += bytes;
		stats->rx_missed_errors += missed +
					   atomic64_read(&nic->queue[i].lost);
	}
	for (i = 0; i < dev->real_num_tx_queues; i++) {
		simnic_read(&nic->queue[i].tx, &packets, &bytes, &missed);
		stats->tx_packets += packets;
		stats->tx_bytes += bytes;
	}
	simnic_read_use(nic, &stats->tx_errors, &doorbells);
}

static int simnic_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct simnic *nic = netdev_priv(dev);
	struct bpf_prog *old;

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	old = rcu_replace_pointer(nic->prog, bpf->prog, rtnl_is_locked());
	if (old)
		bpf_prog_put(old);
	return 0;
}

static int simnic_init(struct net_device *dev)
{
	struct simnic *nic = netdev_priv(dev);
	unsigned int i;

	nic->dev = dev;
	mutex_init(&nic->lock);
	nic->next.burst = 1;
	nic->next.flows = 1;
	for (i = 0; i < SIMNIC_MAX_QUEUES; i++) {
		struct simnic_queue *q = &nic->queue[i];

		q->nic = nic;
		q->index = i;
		q->cpu = i % nr_cpu_ids;
		skb_queue_head_init(&q->wire);
		spin_lock_init(&q->tx_lock);
		u64_stats_init(&q->rx.syncp);
		u64_stats_init(&q->tx.syncp);
	}
	netdev_lockdep_set_classes(dev);
	return 0;
}

static void simnic_uninit(struct net_device *dev)
{
	simnic_wire_cut(netdev_priv(dev));
	simnic_traffic_del(netdev_priv(dev));
}

static int simnic_get_iflink(const struct net_device *dev)
{
	const struct simnic *nic = netdev_priv(dev), *peer;
	int iflink;

	rcu_read_lock();
	peer = rcu_dereference(nic->peer);
	iflink = READ_ONCE((peer ? peer->dev : dev)->ifindex);
	rcu_read_unlock();
	return iflink;
}

static const struct net_device_ops simnic_ops = {
	.ndo_init		= simnic_init,
	.ndo_uninit		= simnic_uninit,
	.ndo_open		= simnic_open,
	.ndo_stop		= simnic_stop,
	.ndo_start_xmit		= simnic_start_xmit,
	.ndo_xdp_xmit		= simnic_xdp_xmit,
	.ndo_bpf		= simnic_bpf,
	.ndo_get_stats64	= simnic_get_stats,
	.ndo_get_iflink		= simnic_get_iflink,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
};

static int simnic_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? 2 : -EOPNOTSUPP;
}

static void simnic_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset != ETH_SS_STATS)
		return;
	ethtool_puts(&data, "tx_bad_offload");
	ethtool_puts(&data, "tx_doorbells");
}

static void simnic_get_ethtool_stats(struct net_device *dev,
				     struct ethtool_stats *stats, u64 *data)
{
	simnic_read_use(netdev_priv(dev), &data[0], &data[1]);
}

static const struct ethtool_ops simnic_ethtool_ops = {
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= simnic_get_sset_count,
	.get_strings		= simnic_get_strings,
	.get_ethtool_stats	= simnic_get_ethtool_stats,
};

static void simnic_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &simnic_ops;
	dev->ethtool_ops = &simnic_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_UNICAST_FLT;
	dev->max_mtu = ETH_DATA_LEN;
	dev->features = SIMNIC_FEATURES;
	dev->hw_features = SIMNIC_FEATURES;
	dev->vlan_features = SIMNIC_OFFLOADS;
	dev->xdp_features = NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT |
			    NETDEV_XDP_ACT_NDO_XMIT;
	eth_hw_addr_random(dev);
}

/* *peer: the NIC at the other end of the wire, NULL if there is to be none. */
static int simnic_find_peer(struct net *net, struct nlattr *tb[],
			    struct netlink_ext_ack *extack,
			    struct simnic **peer)
{
	struct net_device *dev;

	*peer = NULL;
	if (!tb[IFLA_LINK])
		return 0;
	dev = __dev_get_by_index(net, nla_get_u32(tb[IFLA_LINK]));
	if (!dev || dev->rtnl_link_ops != &simnic_link_ops) {
		NL_SET_ERR_MSG(extack, "the wire's other end is no simnic");
		return -EINVAL;
	}
	*peer = netdev_priv(dev);
	if (rtnl_dereference((*peer)->peer)) {
		NL_SET_ERR_MSG(extack, "it has a wire");
		return -EBUSY;
	}
	return 0;
}

static int simnic_newlink(struct net *src_net, struct net_device *dev,
			  struct nlattr *tb[], struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	struct simnic *peer;
	int err;

	if (max(dev->num_rx_queues, dev->num_tx_queues) > SIMNIC_MAX_QUEUES) {
		NL_SET_ERR_MSG(extack, "too many queues");
		return -EINVAL;
	}
	err = simnic_find_peer(src_net, tb, extack, &peer);
	if (err)
		return err;
	err = register_netdevice(dev);
	if (err)
		return err;
	netif_carrier_off(dev);
	if (peer) {
		netif_carrier_off(peer->dev);
		simnic_wire_connect(netdev_priv(dev), peer);
	}
	simnic_traffic_add(netdev_priv(dev));
	return 0;
}

static struct net *simnic_get_link_net(const struct net_device *dev)
{
	const struct simnic *nic = netdev_priv(dev);
	const struct simnic *peer = rtnl_dereference(nic->peer);

	return dev_net(peer ? peer->dev : dev);
}

static struct rtnl_link_ops simnic_link_ops = {
	.kind		= "simnic",
	.priv_size	= sizeof(struct simnic),
	.setup		= simnic_setup,
	.newlink	= simnic_newlink,
	.get_link_net	= simnic_get_link_net,
};

static int __init simnic_module_init(void)
{
	int err = simnic_traffic_init();

	if (err)
		return err;
	err = rtnl_link_register(&simnic_link_ops);
	if (err)
		simnic_traffic_exit();
	return err;
}

static void __exit simnic_module_exit(void)
{
	rtnl_link_unregister(&simnic_link_ops);
	simnic_traffic_exit();
}

module_init(simnic_module_init);
module_exit(simnic_module_exit);

MODULE_DESCRIPTION("Simulated NIC for measurements");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK("simnic");
