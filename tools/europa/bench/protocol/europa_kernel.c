// SPDX-License-Identifier: GPL-2.0-only
/* Europa's protocol, the kernel's side: from the kernel's own sources */
#include "../../../../net/europa/ring.h"
#include "../../../../net/europa/pool.c"

#include "europa_sides.h"
#include "protocol.h"

static struct europa_pool *pool;
static struct europa_prod rx;
static struct europa_cons tx;
static struct europa_ctrl ctrl;

int europa_region_alloc(struct europa_region *region, u64 size)
{
	region->addr = aligned_alloc(4096, (size + 4095) & ~4095ul);
	if (!region->addr)
		return -ENOMEM;
	memset(region->addr, 0, size);
	region->size = size;
	return 0;
}

void europa_region_free(struct europa_region *region)
{
	free(region->addr);
}

/* These slots are too small to be lent. */
int europa_lend_init(struct europa_pool *p)
{
	return p->slot_size < 4096 ? 0 : -ENOMEM;
}

void europa_lend_exit(struct europa_pool *p)
{
	(void)p;
}

static struct europa_ring *new_ring(void)
{
	size_t size = europa_ring_bytes(SLOTS);
	void *ring = aligned_alloc(64, (size + 63) & ~63ul);

	return ring ? memset(ring, 0, size) : NULL;
}

static void europa_setup(void)
{
	struct europa_pool_req req = { .slots = SLOTS, .slot_size = SLOT_SIZE,
				       .headroom = EUROPA_HEADROOM };

	pool = europa_pool_create(&req);
	rx = (struct europa_prod){ .ring = new_ring(), .mask = SLOTS - 1 };
	tx = (struct europa_cons){ .ring = new_ring(), .mask = SLOTS - 1 };
	if (!pool || !rx.ring || !tx.ring)
		abort();
	europa_router_side(pool->data.addr, pool->desc.addr, rx.ring, tx.ring,
			   &ctrl);
}

static unsigned int europa_give(unsigned int n)
{
	u32 index[BATCH];
	unsigned int i;

	n = europa_pool_get_bulk(pool, index, n);
	for (i = 0; i < n; i++) {
		struct europa_desc desc = { .offset = pool->headroom,
					    .len = PACKET };
		struct packet p;

		packet_make(&p);
		shm_copy_to(europa_pool_slot(pool, index[i]) + pool->headroom,
			    &p, sizeof(p));
		europa_pool_fill(pool, index[i], &desc);
	}
	for (i = 0; i < n && !europa_prod_full(&rx, 0); i++) {
		europa_pool_hand_over(pool, index[i]);
		europa_prod_put(&rx, index[i]);
	}
	/* As europa_poll() does after a batch: nobody sleeps here. */
	smp_mb();
	if (shm_read(&ctrl.router_sleeps))
		abort();
	return i;
}

/* As europa_tx_slot() does. */
static void take_slot(u32 index)
{
	struct europa_desc desc;
	struct packet p;

	shm_copy_from(&desc, europa_pool_desc(pool, index), sizeof(desc));
	if (desc.state != EUROPA_PROCESSED || desc.len != sizeof(p) ||
	    desc.offset > pool->slot_size - sizeof(p))
		abort();
	shm_copy_from(&p, europa_pool_slot(pool, index) + desc.offset,
		      sizeof(p));
	packet_check(&p);
}

static unsigned int europa_take(unsigned int n)
{
	u32 done[BATCH], index;
	unsigned int i;

	for (i = 0; i < n; i++) {
		index = europa_cons_peek(&tx);
		if (index == EUROPA_RING_NONE)
			break;
		europa_cons_next(&tx);
		if (index >= pool->slots || !europa_pool_take_back(pool, index))
			abort();
		europa_pool_prefetch(pool, index);
		done[i] = index;
	}
	if (!i)
		return 0;
	for (n = 0; n < i; n++)
		take_slot(done[n]);
	europa_cons_publish(&tx);
	europa_pool_put(pool, done, i);
	return i;
}

const struct protocol europa_protocol = {
	.name = "europa",
	.setup = europa_setup,
	.give = europa_give,
	.take = europa_take,
	.route = europa_route,
};
