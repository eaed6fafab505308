/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NET_EUROPA_LINK_H
#define _NET_EUROPA_LINK_H

#include <linux/if_ether.h>

#include "europa.h"

/**
 * struct europa_link - a burst that crosses a link
 * @peer: the lower netdev at the other end
 * @port: Europa on it
 * @to: the attachment that frames to @mac go to, or NULL
 * @mac: the destination of the last frame
 * @tx_packets: frames copied in this burst
 * @tx_bytes: bytes in them
 * @rx_packets: of those, what @to has received
 * @rx_bytes: bytes in them
 */
struct europa_link {
	struct net_device *peer;
	struct europa_port *port;
	struct europa_queue *to;
	u8 mac[ETH_ALEN];
	unsigned int tx_packets;
	u64 tx_bytes;
	unsigned int rx_packets;
	u64 rx_bytes;
};

enum europa_xmit_path europa_link_begin(struct europa_queue *q,
					struct europa_link *link,
					enum europa_xmit_path path);
bool europa_link_slot(struct europa_queue *q, u32 index,
		      const struct europa_desc *desc);
bool europa_link_flush(struct europa_queue *q);
void europa_link_end(struct europa_queue *q);

#endif /* _NET_EUROPA_LINK_H */
