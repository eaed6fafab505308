// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual NIC: ethtool
 */
#include <linux/ethtool.h>

#include "europa.h"

/* By enum europa_counter: part of the ABI. */
static const char europa_counter_names[][ETH_GSTRING_LEN] = {
	[EUROPA_CNT_RX_PACKETS]		= "rx_packets",
	[EUROPA_CNT_RX_BYTES]		= "rx_bytes",
	[EUROPA_CNT_TX_PACKETS]		= "tx_packets",
	[EUROPA_CNT_TX_BYTES]		= "tx_bytes",
	[EUROPA_CNT_PUNTED]		= "punted",
	[EUROPA_CNT_ROUTER_DROP]	= "router_drop",
	[EUROPA_CNT_RX_SEGMENTED]	= "rx_segmented",
	[EUROPA_CNT_RX_WAITED]		= "rx_waited",
	[EUROPA_CNT_RX_POOL_EMPTY]	= "rx_pool_empty",
	[EUROPA_CNT_RX_RING_FULL]	= "rx_ring_full",
	[EUROPA_CNT_RX_TOO_BIG]		= "rx_too_big",
	[EUROPA_CNT_RX_ERROR]		= "rx_error",
	[EUROPA_CNT_RX_NIC_DOWN]	= "rx_nic_down",
	[EUROPA_CNT_RX_NOMEM]		= "rx_nomem",
	[EUROPA_CNT_TX_BAD_INDEX]	= "tx_bad_index",
	[EUROPA_CNT_TX_BAD_OWNER]	= "tx_bad_owner",
	[EUROPA_CNT_TX_BAD_STATE]	= "tx_bad_state",
	[EUROPA_CNT_TX_BAD_LENGTH]	= "tx_bad_length",
	[EUROPA_CNT_TX_TOO_BIG]		= "tx_too_big",
	[EUROPA_CNT_TX_BAD_OFFLOAD]	= "tx_bad_offload",
	[EUROPA_CNT_TX_BAD_VLAN]	= "tx_bad_vlan",
	[EUROPA_CNT_TX_SPOOFED]		= "tx_spoofed",
	[EUROPA_CNT_TX_NOMEM]		= "tx_nomem",
	[EUROPA_CNT_TX_NIC_DOWN]	= "tx_nic_down",
	[EUROPA_CNT_TX_QDISC_DROP]	= "tx_qdisc_drop",
	[EUROPA_CNT_PUNT_DROP]		= "punt_drop",
	/* the lower netdev's, the same for each of its NICs */
	[__EUROPA_CNT_MAX]		= "port_mcast_backlog",
};

static void europa_get_drvinfo(struct net_device *dev,
			       struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "europa", sizeof(info->driver));
}

static int europa_get_link_ksettings(struct net_device *dev,
				     struct ethtool_link_ksettings *cmd)
{
	const struct europa_nic *nic = netdev_priv(dev);

	return __ethtool_get_link_ksettings(nic->lower, cmd);
}

/* As many as it was made with: ip link add ... numrxqueues N. */
static void europa_get_channels(struct net_device *dev,
				struct ethtool_channels *channels)
{
	channels->max_rx = dev->num_rx_queues;
	channels->rx_count = dev->real_num_rx_queues;
	channels->max_tx = dev->num_tx_queues;
	channels->tx_count = dev->real_num_tx_queues;
}

static int europa_get_sset_count(struct net_device *dev, int sset)
{
	BUILD_BUG_ON(ARRAY_SIZE(europa_counter_names) != __EUROPA_CNT_MAX + 1);

	return sset == ETH_SS_STATS ? __EUROPA_CNT_MAX + 1 : -EOPNOTSUPP;
}

static void europa_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		memcpy(data, europa_counter_names,
		       sizeof(europa_counter_names));
}

static void europa_get_ethtool_stats(struct net_device *dev,
				     struct ethtool_stats *stats, u64 *data)
{
	const struct europa_nic *nic = netdev_priv(dev);

	europa_counters_sum(nic->stats, data);
	data[__EUROPA_CNT_MAX] = europa_port_mcast_backlog(nic->port);
}

const struct ethtool_ops europa_ethtool_ops = {
	.get_drvinfo		= europa_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= europa_get_link_ksettings,
	.get_channels		= europa_get_channels,
	.get_sset_count		= europa_get_sset_count,
	.get_strings		= europa_get_strings,
	.get_ethtool_stats	= europa_get_ethtool_stats,
};
