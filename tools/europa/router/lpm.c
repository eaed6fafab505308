// SPDX-License-Identifier: GPL-2.0-only
/*
 * Longest prefix match: changing the trie
 *
 * Each element has the value of the longest prefix that covers it, or leads to
 * a node with more bits.  So a prefix fills all elements of its range that are
 * not of longer ones, in the node where it ends and below; and when it goes,
 * those that are its own get what the next shorter prefix has.  A new node is as
 * the element that is to lead to it; one that has become that again is retired.
 *
 * The arrays are as large as they can ever be: nothing moves while it is read.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

#include "lpm.h"
#include "reserve.h"

#define ROOT_BITS	16
#define ROOT_SIZE	(1u << ROOT_BITS)
#define MAX_ELEMENTS	((size_t)ROOT_SIZE + (1u << 28))
#define SMALL_TABLE	((size_t)2 << 20)	/* bytes of it */
#define MAX_DEPTH	29		/* 16 bits, then 28 times 4 */

static size_t node_size(const struct lpm *lpm)
{
	return (size_t)1 << lpm->stride;
}

static size_t max_nodes(const struct lpm *lpm)
{
	return (MAX_ELEMENTS - ROOT_SIZE) / node_size(lpm);
}

/* The root is node 0. */
static size_t first_element(const struct lpm *lpm, uint32_t node)
{
	return node ? ROOT_SIZE + (node - 1) * node_size(lpm) : 0;
}

static uint32_t node_at(const struct lpm *lpm, size_t first)
{
	return (uint32_t)((first - ROOT_SIZE) / node_size(lpm)) + 1;
}

/* The bits of an address that choose the element of a node. */
static unsigned int bits_at(const struct lpm *lpm, const uint8_t *addr,
			    unsigned int bit)
{
	return addr[bit / 8] >> (8 - lpm->stride - bit % 8) &
	       (unsigned int)(node_size(lpm) - 1);
}

/*
 * What is looked up at random misses the TLB at each step.  Not the beginning:
 * most routers have few routes, and no more memory than those need.
 */
static void *reserve_elements(void)
{
	const size_t size = MAX_ELEMENTS * sizeof(uint32_t);
	uint8_t *p = reserve(size);

	if (p)
		madvise(p + SMALL_TABLE, size - SMALL_TABLE, MADV_HUGEPAGE);
	return p;
}

/**
 * lpm_open - make an empty table
 * @lpm: the table
 * @stride: LPM_STRIDE4 or LPM_STRIDE6, by the lookup there will be
 *
 * Return: 0 or -ENOMEM.
 */
int lpm_open(struct lpm *lpm, unsigned int stride)
{
	*lpm = (struct lpm){
		.stride = stride,
		.element = reserve_elements(),
		.len = reserve(MAX_ELEMENTS * sizeof(*lpm->len)),
		.nodes = 1,
	};
	lpm->next = reserve((max_nodes(lpm) + 1) * sizeof(*lpm->next));
	if (lpm->element && lpm->len && lpm->next)
		return 0;
	lpm_close(lpm);
	return -ENOMEM;
}

void lpm_close(struct lpm *lpm)
{
	unreserve(lpm->element, MAX_ELEMENTS * sizeof(*lpm->element));
	unreserve(lpm->len, MAX_ELEMENTS * sizeof(*lpm->len));
	unreserve(lpm->next, (max_nodes(lpm) + 1) * sizeof(*lpm->next));
	memset(lpm, 0, sizeof(*lpm));
}

/* Memory of what has been used so far. */
size_t lpm_bytes(const struct lpm *lpm)
{
	return first_element(lpm, lpm->nodes) *
	       (sizeof(*lpm->element) + sizeof(*lpm->len)) +
	       lpm->nodes * sizeof(*lpm->next);
}

static void set_element(struct lpm *lpm, size_t i, uint32_t value, uint8_t len)
{
	lpm->len[i] = len;
	__atomic_store_n(&lpm->element[i], value, __ATOMIC_RELEASE);
}

/* All of a node that no reader can see yet */
static void fill_new(struct lpm *lpm, size_t first, uint32_t value, uint8_t len)
{
	_Static_assert(sizeof(wchar_t) == sizeof(value), "elements are filled");
	wmemset((wchar_t *)lpm->element + first, (wchar_t)value, node_size(lpm));
	memset(lpm->len + first, len, node_size(lpm));
}

/* Makes an element lead to a node, all of which is as the element was. */
static int grow(struct lpm *lpm, size_t i)
{
	uint32_t node = lpm->free;
	size_t first;

	if (node)
		lpm->free = lpm->next[node];
	else if (lpm->nodes <= max_nodes(lpm))
		node = lpm->nodes++;
	else
		return -ENOSPC;
	first = first_element(lpm, node);
	fill_new(lpm, first, lpm->element[i], lpm->len[i]);
	set_element(lpm, i, (uint32_t)first | LPM_CHILD, 0);
	return 0;
}

/* The elements that an address leads through. */
struct path {
	size_t at[MAX_DEPTH];
	unsigned int depth;		/* number of them */
};

/*
 * Down to the node in which a prefix ends, and the first element of its range
 * there; nodes that are missing are made.  Returns the range's size or -ENOSPC.
 */
static int descend(struct lpm *lpm, struct path *path, const uint8_t *addr,
		   uint8_t len)
{
	unsigned int end = ROOT_BITS, n;
	size_t at = (size_t)(addr[0] << 8 | addr[1]);

	path->depth = 0;
	for (; len > end; end += lpm->stride) {
		path->at[path->depth++] = at;
		if (!(lpm->element[at] & LPM_CHILD) && grow(lpm, at))
			return -ENOSPC;
		at = (lpm->element[at] & ~LPM_CHILD) +
		     bits_at(lpm, addr, end);
	}
	n = 1u << (end - len);
	path->at[path->depth] = at & ~(size_t)(n - 1);
	return (int)n;
}

/* All of a node is as one element could be. */
static bool is_plain(const struct lpm *lpm, size_t first)
{
	for (size_t i = first; i < first + node_size(lpm); i++)
		if (lpm->element[i] & LPM_CHILD || lpm->len[i] != lpm->len[first] ||
		    lpm->element[i] != lpm->element[first])
			return false;
	return true;
}

/*
 * Retires nodes of a path that are not needed any more.  A prefix that fills
 * all of a node, and ends before its last bit, fills two halves or more.
 */
static void shrink(struct lpm *lpm, const struct path *path)
{
	unsigned int bits = ROOT_BITS + (path->depth - 1) * lpm->stride;

	for (unsigned int i = path->depth; i--; bits -= lpm->stride) {
		size_t first = lpm->element[path->at[i]] & ~LPM_CHILD;
		uint32_t node = node_at(lpm, first);

		/* Its one prefix must end before it. */
		if (lpm->len[first] > bits || !is_plain(lpm, first))
			return;
		set_element(lpm, path->at[i], lpm->element[first],
			    lpm->len[first]);
		lpm->next[node] = lpm->retired;
		lpm->retired = node;
	}
}

/* What is of prefixes of @min to @max bits gets a value, of one of @len bits. */
static void fill(struct lpm *lpm, size_t first, size_t n, uint8_t min,
		 uint8_t max, uint8_t len, uint32_t value)
{
	for (size_t i = first; i < first + n; i++) {
		uint32_t e = lpm->element[i];

		if (e & LPM_CHILD)
			fill(lpm, e & ~LPM_CHILD, node_size(lpm), min, max, len,
			     value);
		else if (lpm->len[i] >= min && lpm->len[i] <= max)
			set_element(lpm, i, value, len);
	}
}

/**
 * lpm_set - add a prefix, or change its value
 * @lpm: the table
 * @addr: the prefix, 4 or 16 bytes in network byte order
 * @len: its length in bits
 * @value: 1 to LPM_VALUE_MAX
 *
 * Return: 0 or -ENOSPC: the table is full, and as it was.
 */
int lpm_set(struct lpm *lpm, const uint8_t *addr, uint8_t len, uint32_t value)
{
	struct path path;
	int n = descend(lpm, &path, addr, len);

	if (n < 0) {
		path.depth--;
		shrink(lpm, &path);
		return n;
	}
	fill(lpm, path.at[path.depth], (size_t)n, 0, len, len, value);
	return 0;
}

/**
 * lpm_clear - remove a prefix
 * @lpm: the table, which has it
 * @addr: the prefix
 * @len: its length in bits
 * @shorter: length of the longest shorter prefix that covers it; 0: or none does
 * @value: the value of that; LPM_NONE: there is none
 */
void lpm_clear(struct lpm *lpm, const uint8_t *addr, uint8_t len,
	       uint8_t shorter, uint32_t value)
{
	struct path path;
	int n = descend(lpm, &path, addr, len);

	if (n < 0)
		return;
	fill(lpm, path.at[path.depth], (size_t)n, len, len, shorter, value);
	shrink(lpm, &path);
}

/**
 * lpm_reclaim - nobody looks at nodes any more that were retired before
 * @lpm: the table
 */
void lpm_reclaim(struct lpm *lpm)
{
	while (lpm->retired) {
		uint32_t node = lpm->retired;

		lpm->retired = lpm->next[node];
		lpm->next[node] = lpm->free;
		lpm->free = node;
	}
}
