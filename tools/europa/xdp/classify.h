/* SPDX-License-Identifier: GPL-2.0-only */
/* What the classifier looks up; shared with the command that fills it in. */
#ifndef EUROPA_CLASSIFY_H
#define EUROPA_CLASSIFY_H

#include <linux/types.h>

#define CLASSIFY_NICS	4096	/* virtual NICs on one lower netdev */

/* The frames that are a virtual NIC's. */
struct classify_key {
	__u8 mac[6];
	__be16 vlan_proto;	/* 0: any tag or none */
	__u16 vlan_id;
	__u16 zero;
};

#endif /* EUROPA_CLASSIFY_H */
