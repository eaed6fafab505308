/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbours: which MAC address an IP address behind a NIC has. */
#ifndef ROUTER_NEIGH_H
#define ROUTER_NEIGH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum neigh_state {
	NEIGH_UNKNOWN,
	NEIGH_KNOWN,
	NEIGH_FAILED,			/* does not answer */
};

struct neigh {
	uint8_t addr[16];		/* IPv4: the first 4 bytes */
	uint16_t nic;
	uint8_t family;			/* 4 or 6, 0: free element */
	uint8_t state;			/* enum neigh_state */
	uint8_t mac[6];
};

/* A hash table with open addressing; one that is read never changes. */
struct neigh_table {
	uint32_t mask;
	uint32_t used;
	struct neigh entry[];
};

struct neigh_table *neigh_table_new(void);
struct neigh_table *neigh_table_copy(const struct neigh_table *old);
bool neigh_table_put(struct neigh_table **table, const struct neigh *n);

/* Four bytes of an address at a time. */
static inline uint32_t neigh_word(const uint8_t *addr, unsigned int i)
{
	uint32_t w;

	memcpy(&w, addr + i * sizeof(w), sizeof(w));
	return w;
}

static inline unsigned int neigh_words(uint8_t family)
{
	return family == 4 ? 1 : 4;
}

static inline uint32_t neigh_hash(uint8_t family, uint16_t nic,
				  const uint8_t *addr)
{
	uint32_t h = nic;

	for (unsigned int i = 0; i < neigh_words(family); i++)
		h = (h ^ neigh_word(addr, i)) * 0x9e3779b1u;
	return h ^ h >> 15;
}

static inline bool neigh_same(uint8_t family, const uint8_t *a,
			      const uint8_t *b)
{
	for (unsigned int i = 0; i < neigh_words(family); i++)
		if (neigh_word(a, i) != neigh_word(b, i))
			return false;
	return true;
}

/* The element of this neighbour, or the free one where it would be. */
static inline uint32_t neigh_find(const struct neigh_table *table,
				  uint8_t family, uint16_t nic,
				  const uint8_t *addr)
{
	uint32_t i = neigh_hash(family, nic, addr) & table->mask;

	for (;; i = (i + 1) & table->mask) {
		const struct neigh *n = &table->entry[i];

		if (!n->family ||
		    (n->family == family && n->nic == nic &&
		     neigh_same(family, n->addr, addr)))
			return i;
	}
}

/**
 * neigh_lookup - find a neighbour
 * @table: where
 * @family: 4 or 6
 * @nic: behind which NIC
 * @addr: its IP address
 *
 * Return: the neighbour, NULL if it is unknown.
 */
static inline const struct neigh *neigh_lookup(const struct neigh_table *table,
					       uint8_t family, uint16_t nic,
					       const uint8_t *addr)
{
	const struct neigh *n =
		&table->entry[neigh_find(table, family, nic, addr)];

	return n->family && n->state != NEIGH_UNKNOWN ? n : NULL;
}

#endif /* ROUTER_NEIGH_H */
