// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours: a table that is replaced, never changed. */
#include <stdlib.h>
#include <string.h>

#include "neigh.h"

#define FIRST_SIZE	64

static size_t addr_len(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

/* Four bytes of an address at a time. */
static uint32_t word(const uint8_t *addr, size_t i)
{
	uint32_t w;

	memcpy(&w, addr + i, sizeof(w));
	return w;
}

static uint32_t hash(uint8_t family, uint16_t nic, const uint8_t *addr)
{
	uint32_t h = nic;

	for (size_t i = 0; i < addr_len(family); i += 4)
		h = (h ^ word(addr, i)) * 0x9e3779b1u;
	return h ^ h >> 15;
}

static bool same_addr(uint8_t family, const uint8_t *a, const uint8_t *b)
{
	for (size_t i = 0; i < addr_len(family); i += 4)
		if (word(a, i) != word(b, i))
			return false;
	return true;
}

/* The element of this neighbour, or the free one where it would be. */
static uint32_t find(const struct neigh_table *table, uint8_t family,
		     uint16_t nic, const uint8_t *addr)
{
	uint32_t i = hash(family, nic, addr) & table->mask;

	for (;; i = (i + 1) & table->mask) {
		const struct neigh *n = &table->entry[i];

		if (!n->family ||
		    (n->family == family && n->nic == nic &&
		     same_addr(family, n->addr, addr)))
			return i;
	}
}

static struct neigh_table *table_alloc(uint32_t size)
{
	struct neigh_table *table =
		calloc(1, sizeof(*table) + size * sizeof(table->entry[0]));

	if (table)
		table->mask = size - 1;
	return table;
}

struct neigh_table *neigh_table_new(void)
{
	return table_alloc(FIRST_SIZE);
}

/**
 * neigh_table_set - a copy of a table with one neighbour changed or added
 * @old: the table
 * @n: the neighbour
 *
 * Return: the copy, for free(), or NULL without memory.
 */
struct neigh_table *neigh_table_set(const struct neigh_table *old,
				    const struct neigh *n)
{
	uint32_t size = old->mask + 1;
	struct neigh_table *table;
	struct neigh *to;

	if (old->used * 2 >= size)
		size *= 2;
	table = table_alloc(size);
	if (!table)
		return NULL;
	for (uint32_t i = 0; i <= old->mask; i++) {
		const struct neigh *e = &old->entry[i];

		if (!e->family)
			continue;
		table->entry[find(table, e->family, e->nic, e->addr)] = *e;
		table->used++;
	}
	to = &table->entry[find(table, n->family, n->nic, n->addr)];
	if (!to->family)
		table->used++;
	*to = *n;
	return table;
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
const struct neigh *neigh_lookup(const struct neigh_table *table,
				 uint8_t family, uint16_t nic,
				 const uint8_t *addr)
{
	const struct neigh *n = &table->entry[find(table, family, nic, addr)];

	return n->family && n->state != NEIGH_UNKNOWN ? n : NULL;
}
