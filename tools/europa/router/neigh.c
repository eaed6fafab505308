// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours: a table that is replaced, never changed while it is read. */
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

static struct neigh_table *copy_to(const struct neigh_table *old, uint32_t size)
{
	struct neigh_table *table = table_alloc(size);

	for (uint32_t i = 0; table && i <= old->mask; i++) {
		const struct neigh *e = &old->entry[i];

		/* One that is unknown need not be there. */
		if (!e->family || e->state == NEIGH_UNKNOWN)
			continue;
		table->entry[neigh_find(table, e->family, e->nic, e->addr)] = *e;
		table->used++;
	}
	return table;
}

/**
 * neigh_table_copy - a table to be changed before others read it
 * @old: the table
 *
 * Return: the copy, for free(), or NULL without memory.
 */
struct neigh_table *neigh_table_copy(const struct neigh_table *old)
{
	return copy_to(old, old->mask + 1);
}

/**
 * neigh_table_put - add a neighbour, or change it
 * @table: the table, which may become another one
 * @n: the neighbour
 *
 * Return: false without memory.
 */
bool neigh_table_put(struct neigh_table **table, const struct neigh *n)
{
	struct neigh_table *bigger;
	struct neigh *to;

	if ((*table)->used * 2 > (*table)->mask) {
		bigger = copy_to(*table, ((*table)->mask + 1) * 2);
		if (!bigger)
			return false;
		free(*table);
		*table = bigger;
	}
	to = &(*table)->entry[neigh_find(*table, n->family, n->nic, n->addr)];
	if (!to->family)
		(*table)->used++;
	*to = *n;
	return true;
}
