// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bound: the same rings of indexes with the lap in the entry, and nothing
 * else: no descriptor, no owner, no check
 */
#include <europa.h>

#include "protocol.h"

struct ring {
	uint32_t entry[SLOTS] __attribute__((aligned(64)));
	uint32_t in __attribute__((aligned(64)));
	uint32_t out __attribute__((aligned(64)));
};

static uint8_t pool[SLOTS][SLOT_SIZE] __attribute__((aligned(4096)));
static struct ring there, back;
static uint32_t empty[SLOTS], n_empty;

static void put(struct ring *r, uint32_t index)
{
	__atomic_store_n(&r->entry[r->in % SLOTS],
			 index | europa_lap(r->in, SLOTS - 1),
			 __ATOMIC_RELEASE);
	r->in++;
}

static bool get(struct ring *r, uint32_t *index)
{
	uint32_t e = __atomic_load_n(&r->entry[r->out % SLOTS],
				     __ATOMIC_ACQUIRE);

	if ((e & EUROPA_RING_LAP) != europa_lap(r->out, SLOTS - 1))
		return false;
	*index = e & EUROPA_RING_INDEX;
	r->out++;
	return true;
}

static unsigned int get_batch(struct ring *r, uint32_t *index, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && get(r, &index[i]); i++)
		;
	return i;
}

static void limit_setup(void)
{
	memset(&there, 0, sizeof(there));
	memset(&back, 0, sizeof(back));
	for (n_empty = 0; n_empty < SLOTS; n_empty++)
		empty[n_empty] = SLOTS - 1 - n_empty;
}

/* The batch first, then its indexes: nobody looks at a ring's line meanwhile. */
static unsigned int limit_give(unsigned int n)
{
	unsigned int i;

	if (n > n_empty)
		n = n_empty;
	for (i = 0; i < n; i++) {
		struct packet p;

		packet_make(&p);
		memcpy(pool[empty[n_empty - 1 - i]], &p, sizeof(p));
	}
	for (i = 0; i < n; i++)
		put(&there, empty[--n_empty]);
	return n;
}

static unsigned int limit_take(unsigned int n)
{
	uint32_t index[BATCH];

	n = get_batch(&back, index, n);
	for (unsigned int i = 0; i < n; i++) {
		struct packet p;

		memcpy(&p, pool[index[i]], sizeof(p));
		packet_check(&p);
		empty[n_empty++] = index[i];
	}
	return n;
}

static unsigned int limit_route(unsigned int n)
{
	uint32_t index[BATCH];

	n = get_batch(&there, index, n);
	for (unsigned int i = 0; i < n; i++)
		packet_route((struct packet *)pool[index[i]]);
	for (unsigned int i = 0; i < n; i++)
		put(&back, index[i]);
	return n;
}

const struct protocol limit_protocol = {
	.name = "limit",
	.setup = limit_setup,
	.give = limit_give,
	.take = limit_take,
	.route = limit_route,
};
