// SPDX-License-Identifier: GPL-2.0-only
/*
 * AF_XDP's protocol: a fill ring gives frames to the kernel, RX brings them
 * filled, TX gives them back, a completion ring says they were sent
 */
#include "index_ring.h"
#include "protocol.h"

static uint8_t umem[SLOTS][SLOT_SIZE] __attribute__((aligned(4096)));
static struct index_ring fill, rx, tx, completion;

static void afxdp_setup(void)
{
	memset(&fill, 0, sizeof(fill));
	memset(&rx, 0, sizeof(rx));
	memset(&tx, 0, sizeof(tx));
	memset(&completion, 0, sizeof(completion));
	for (uint32_t i = 0; i < SLOTS; i++)
		index_ring_in(&fill, i)->index = SLOTS - 1 - i;
	index_ring_publish(&fill, SLOTS);
}

static unsigned int afxdp_give(unsigned int n)
{
	n = index_ring_ready(&fill, n);
	n = index_ring_room(&rx, n);
	for (unsigned int i = 0; i < n; i++) {
		uint32_t index = index_ring_out(&fill, i)->index;

		/* the kernel believes no address */
		if (index >= SLOTS)
			__builtin_abort();
		packet_make((struct packet *)umem[index]);
		*index_ring_in(&rx, i) = (struct entry){ index, PACKET };
	}
	index_ring_release(&fill, n);
	index_ring_publish(&rx, n);
	return n;
}

static unsigned int afxdp_take(unsigned int n)
{
	n = index_ring_ready(&tx, n);
	n = index_ring_room(&completion, n);
	for (unsigned int i = 0; i < n; i++) {
		struct entry e = *index_ring_out(&tx, i);
		struct packet p;

		if (e.index >= SLOTS || e.len != sizeof(p))
			__builtin_abort();
		memcpy(&p, umem[e.index], sizeof(p));
		packet_check(&p);
		index_ring_in(&completion, i)->index = e.index;
	}
	index_ring_release(&tx, n);
	index_ring_publish(&completion, n);
	return n;
}

/* What was sent may be filled again. */
static void recycle(void)
{
	unsigned int n = index_ring_ready(&completion, BATCH);

	n = index_ring_room(&fill, n);
	for (unsigned int i = 0; i < n; i++)
		index_ring_in(&fill, i)->index =
			index_ring_out(&completion, i)->index;
	index_ring_release(&completion, n);
	index_ring_publish(&fill, n);
}

static unsigned int afxdp_route(unsigned int n)
{
	recycle();
	n = index_ring_ready(&rx, n);
	n = index_ring_room(&tx, n);
	for (unsigned int i = 0; i < n; i++) {
		struct entry e = *index_ring_out(&rx, i);

		packet_route((struct packet *)umem[e.index]);
		*index_ring_in(&tx, i) = e;
	}
	index_ring_release(&rx, n);
	index_ring_publish(&tx, n);
	return n;
}

const struct protocol afxdp_protocol = {
	.name = "afxdp",
	.setup = afxdp_setup,
	.give = afxdp_give,
	.take = afxdp_take,
	.route = afxdp_route,
};
