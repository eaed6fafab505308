// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours: a table that is replaced, never changed. */
#include <stdlib.h>
#include <string.h>

#include "neigh.h"

#define FIRST_SIZE	64

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
		table->entry[neigh_find(table, e->family, e->nic, e->addr)] = *e;
		table->used++;
	}
	to = &table->entry[neigh_find(table, n->family, n->nic, n->addr)];
	if (!to->family)
		table->used++;
	*to = *n;
	return table;
}
