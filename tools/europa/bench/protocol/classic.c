// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings with a producer's and a consumer's index, each cached by the other
 * side and published a batch at a time: one ring there, one back
 */
#include "index_ring.h"
#include "protocol.h"

struct entry {
	uint32_t index;
	uint32_t len;
};

INDEX_RING(index_ring, struct entry)

static uint8_t pool[SLOTS][SLOT_SIZE] __attribute__((aligned(4096)));
static struct index_ring there, back;
static uint32_t empty[SLOTS], n_empty;

static void classic_setup(void)
{
	memset(&there, 0, sizeof(there));
	memset(&back, 0, sizeof(back));
	for (n_empty = 0; n_empty < SLOTS; n_empty++)
		empty[n_empty] = SLOTS - 1 - n_empty;
}

static unsigned int classic_give(unsigned int n)
{
	unsigned int i;

	n = index_ring_room(&there, n < n_empty ? n : n_empty);
	for (i = 0; i < n; i++) {
		uint32_t index = empty[--n_empty];
		struct packet p;

		packet_make(&p);
		memcpy(pool[index], &p, sizeof(p));
		*index_ring_in(&there, i) = (struct entry){ index, PACKET };
	}
	index_ring_publish(&there, n);
	return n;
}

static unsigned int classic_take(unsigned int n)
{
	n = index_ring_ready(&back, n);
	for (unsigned int i = 0; i < n; i++) {
		struct entry e = *index_ring_out(&back, i);
		struct packet p;

		memcpy(&p, pool[e.index], sizeof(p));
		packet_check(&p);
		empty[n_empty++] = e.index;
	}
	index_ring_release(&back, n);
	return n;
}

static unsigned int classic_route(unsigned int n)
{
	n = index_ring_ready(&there, n);
	n = index_ring_room(&back, n);
	for (unsigned int i = 0; i < n; i++) {
		struct entry e = *index_ring_out(&there, i);

		packet_route((struct packet *)pool[e.index]);
		*index_ring_in(&back, i) = e;
	}
	index_ring_release(&there, n);
	index_ring_publish(&back, n);
	return n;
}

const struct protocol classic_protocol = {
	.name = "classic",
	.setup = classic_setup,
	.give = classic_give,
	.take = classic_take,
	.route = classic_route,
};
