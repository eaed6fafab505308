// SPDX-License-Identifier: GPL-2.0-only
/*
 * Longest prefix match: building the trie
 *
 * Prefixes go in by growing length.  So a prefix finds nothing longer than
 * itself in the node it ends in, and fills its range of elements there; a new
 * node starts as copies of the element it hangs from.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lpm.h"

#define ROOT_BITS	16
#define NODE_BITS	8

static int by_length_and_value(const void *a, const void *b)
{
	const struct lpm_prefix *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* Returns the position of a new node with all elements equal, or 0. */
static size_t new_node(struct lpm *lpm, unsigned int bits, uint32_t entry)
{
	size_t pos = lpm->used, n = (size_t)1 << bits;

	if (pos + n > lpm->size) {
		size_t size = lpm->size ? lpm->size * 2 : 4 << ROOT_BITS;
		uint32_t *node = NULL;

		if (size <= LPM_CHILD)
			node = realloc(lpm->node, size * sizeof(*node));
		if (!node)
			return 0;
		lpm->node = node;
		lpm->size = size;
	}
	for (size_t i = 0; i < n; i++)
		lpm->node[pos + i] = entry;
	lpm->used += n;
	return pos;
}

static int insert(struct lpm *lpm, const struct lpm_prefix *p)
{
	unsigned int end = ROOT_BITS, bits = ROOT_BITS, first, n;
	size_t node = 0, i;

	while (p->len > end) {
		i = node + (bits == ROOT_BITS ? p->addr[0] << 8 | p->addr[1] :
						p->addr[end / 8 - 1]);
		if (!(lpm->node[i] & LPM_CHILD)) {
			size_t child = new_node(lpm, NODE_BITS, lpm->node[i]);

			if (!child)
				return -ENOMEM;
			lpm->node[i] = (uint32_t)child | LPM_CHILD;
		}
		node = lpm->node[i] & ~LPM_CHILD;
		bits = NODE_BITS;
		end += NODE_BITS;
	}

	n = 1u << (end - p->len);
	first = bits == ROOT_BITS ? p->addr[0] << 8 | p->addr[1] :
				    p->addr[end / 8 - 1];
	first &= ~(n - 1);
	for (i = first; i < first + n; i++)
		lpm->node[node + i] = p->value;
	return 0;
}

/**
 * lpm_build - make a table from prefixes
 * @lpm: the table
 * @prefix: the prefixes, sorted here; of equal ones the largest value counts
 * @n: how many
 *
 * Return: 0 or -ENOMEM.
 */
int lpm_build(struct lpm *lpm, struct lpm_prefix *prefix, size_t n)
{
	int err = 0;

	memset(lpm, 0, sizeof(*lpm));
	qsort(prefix, n, sizeof(*prefix), by_length_and_value);
	new_node(lpm, ROOT_BITS, LPM_NONE);
	if (!lpm->used)
		return -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		err = insert(lpm, &prefix[i]);
	if (err)
		lpm_free(lpm);
	return err;
}

void lpm_free(struct lpm *lpm)
{
	free(lpm->node);
	memset(lpm, 0, sizeof(*lpm));
}
