/* SPDX-License-Identifier: GPL-2.0-only */
/* Longest prefix match for IPv4 and IPv6 addresses, changed while it is read. */
#ifndef ROUTER_LPM_H
#define ROUTER_LPM_H

#include <stddef.h>
#include <stdint.h>

#define LPM_STRIDE4	8u
#define LPM_STRIDE6	4u
#define LPM_NONE	0u		/* nothing matches */
#define LPM_VALUE_MAX	0x7fffffffu

/*
 * A trie: the first node has an element for each value of the first 16 bits of an
 * address, the others for each value of the next 8 bits, or 4 of an IPv6 address:
 * its prefixes lie far apart, and most of a larger node would be the same.
 *
 * One thread changes it, any number read.  A reader finds for each prefix the
 * old value or the new one.  A node that it may still be looking at is not used
 * again before lpm_reclaim().
 */
struct lpm {
	unsigned int stride;		/* bits a node: LPM_STRIDE4 or LPM_STRIDE6 */
	uint32_t *element;		/* of all nodes; what readers see */
	uint8_t *len;			/* of the prefix each element is from */
	uint32_t *next;			/* of each node, in a list of them */
	uint32_t nodes;			/* used so far, the free ones included */
	uint32_t free;			/* lists of nodes; 0: none */
	uint32_t retired;
};

int lpm_open(struct lpm *lpm, unsigned int stride);
void lpm_close(struct lpm *lpm);
int lpm_set(struct lpm *lpm, const uint8_t *addr, uint8_t len, uint32_t value);
void lpm_clear(struct lpm *lpm, const uint8_t *addr, uint8_t len,
	       uint8_t shorter, uint32_t value);
void lpm_reclaim(struct lpm *lpm);
size_t lpm_bytes(const struct lpm *lpm);

#define LPM_CHILD	0x80000000u	/* else a value */

static inline uint32_t lpm_element(const struct lpm *lpm, uint32_t i)
{
	return __atomic_load_n(&lpm->element[i], __ATOMIC_ACQUIRE);
}

static inline uint32_t lpm_root(const struct lpm *lpm, const uint8_t *addr)
{
	return lpm_element(lpm, (uint32_t)(addr[0] << 8 | addr[1]));
}

/*
 * The values of the longest prefixes of IPv4 addresses, or LPM_NONE.  All go down
 * the trie side by side: while one waits for memory others do.
 */
static inline void lpm_lookup4(const struct lpm *lpm,
			       const uint8_t *const *addr, uint32_t *value,
			       unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		value[i] = lpm_root(lpm, addr[i]);
	for (unsigned int b = 2; b < 4; b++)
		for (unsigned int i = 0; i < n; i++)
			if (value[i] & LPM_CHILD)
				value[i] = lpm_element(lpm, (value[i] & ~LPM_CHILD) +
							    addr[i][b]);
}

/* The same of IPv6 addresses; half a byte a step. */
static inline void lpm_lookup6(const struct lpm *lpm,
			       const uint8_t *const *addr, uint32_t *value,
			       unsigned int n)
{
	uint32_t below = 0;

	for (unsigned int i = 0; i < n; i++) {
		value[i] = lpm_root(lpm, addr[i]);
		below |= value[i];
	}
	for (unsigned int step = 4; below & LPM_CHILD; step++) {
		unsigned int shift = step & 1 ? 0 : 4;

		below = 0;
		for (unsigned int i = 0; i < n; i++) {
			if (!(value[i] & LPM_CHILD))
				continue;
			value[i] = lpm_element(lpm, (value[i] & ~LPM_CHILD) +
						    (addr[i][step / 2] >> shift & 15));
			below |= value[i];
		}
	}
}

#endif /* ROUTER_LPM_H */
