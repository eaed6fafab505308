/* SPDX-License-Identifier: GPL-2.0-only */
/* Longest prefix match for IPv4 and IPv6 addresses; built once, then read. */
#ifndef ROUTER_LPM_H
#define ROUTER_LPM_H

#include <stddef.h>
#include <stdint.h>

#define LPM_NONE	0u		/* nothing matches */
#define LPM_VALUE_MAX	0x7fffffffu

/* A prefix of 4 or 16 bytes in network byte order and what it leads to. */
struct lpm_prefix {
	uint8_t addr[16];
	uint8_t len;			/* bits, 0 to 32 or 0 to 128 */
	uint32_t value;			/* 1 to LPM_VALUE_MAX */
};

/*
 * A trie: the first node has an element for each value of the first 16 bits
 * of an address, the others for each value of the next 8 bits.
 */
struct lpm {
	uint32_t *node;			/* the elements of all nodes */
	size_t used;			/* elements */
	size_t size;
};

int lpm_build(struct lpm *lpm, struct lpm_prefix *prefix, size_t n);
void lpm_free(struct lpm *lpm);

#define LPM_CHILD	0x80000000u	/* else a value */

/* Returns the value of the longest prefix of an address, or LPM_NONE. */
static inline uint32_t lpm_lookup(const struct lpm *lpm, const uint8_t *addr)
{
	uint32_t entry = lpm->node[addr[0] << 8 | addr[1]];

	for (addr += 2; entry & LPM_CHILD; addr++)
		entry = lpm->node[(entry & ~LPM_CHILD) + *addr];
	return entry;
}

#endif /* ROUTER_LPM_H */
