/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the classifier looks up; shared with the command that fills it in.
 *
 * A table of keys, which BPF reads without a call and which changes a key at a
 * time, atomically.  A key is in one of CLASSIFY_PROBES places from the one it
 * hashes to on; the virtual NIC is in the same place of a devmap.
 */
#ifndef EUROPA_CLASSIFY_H
#define EUROPA_CLASSIFY_H

#include <linux/types.h>

#define CLASSIFY_BITS	13
#define CLASSIFY_PLACES	(1U << CLASSIFY_BITS)
#define CLASSIFY_PROBES	16

/* No MAC address and VLAN have these keys. */
#define CLASSIFY_FREE	0ULL	/* a search ends here */
#define CLASSIFY_GONE	1ULL	/* a search goes on */

/* How a NIC's frames are tagged. */
#define CLASSIFY_ANY	0	/* in any way, or not */
#define CLASSIFY_8021Q	1
#define CLASSIFY_8021AD	2

/* MAC address, kind of tag, VLAN */
static inline __u64 classify_key(const void *mac, __u32 kind, __u32 vlan_id)
{
	const __u16 *word = mac;

	return (__u64)word[0] << 48 | (__u64)word[1] << 32 |
	       (__u64)word[2] << 16 | kind << 12 | vlan_id;
}

static inline __u32 classify_place(__u64 key, __u32 probe)
{
	__u64 hash = key * 0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio */

	return ((hash >> (64 - CLASSIFY_BITS)) + probe) & (CLASSIFY_PLACES - 1);
}

/*
 * Rules come before that, for frames by what else is in their heads.  A rule is a
 * key that leads to a place of another devmap, its own.  Of several that match the
 * one whose field is first here counts.
 */
enum classify_field {
	/* Of frames without a tag: */
	CLASSIFY_VXLAN,		/* VNI, in UDP to CLASSIFY_VXLAN_PORT */
	CLASSIFY_GRE,		/* key */
	CLASSIFY_UDP,		/* destination port */
	CLASSIFY_IP,		/* destination address: a prefix */
	/* 802.1ad << 12 | 802.1Q in it */
	CLASSIFY_QINQ,
	CLASSIFY_VLAN,		/* 802.1Q */
	CLASSIFY_MAC,		/* destination: the first byte is the highest */
	CLASSIFY_FIELDS
};

#define CLASSIFY_RULES		1024U
/* With one to spare, for a rule that is exchanged. */
#define CLASSIFY_RULE_PLACES	(CLASSIFY_RULES + 1)
#define CLASSIFY_VXLAN_PORT	4789

static inline __u64 classify_rule(enum classify_field field, __u64 value)
{
	return (__u64)field << 48 | value;
}

/* @len: bits of @data, of the family in its first byte and of the address. */
struct classify_prefix {
	__u32 len;
	__u8 data[20];
};

#define CLASSIFY_FAMILY_BITS	8

#endif /* EUROPA_CLASSIFY_H */
