// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's end of a rxRing: a queue's EMPTY slots, and its filled ones
 *
 *	pool -> store -> [filled by rx.c] -> filled -> rxRing
 *
 * Slots are taken from the pool so many at a time and published so many at a
 * time, or by the router's NAPI, which each frame schedules.  Else the router
 * and the CPU that receives would fight for the pool's lock and for a line of
 * the ring with each frame.
 */
#include <linux/minmax.h>
#include <linux/rculist.h>

#include "europa.h"
#include "pool.h"

/*
 * Slots that a queue may keep to itself, in store or unpublished: of so many
 * all queues together an eighth, if they can.
 */
static unsigned int europa_rxring_share(const struct europa_queue *q,
					u32 slots)
{
	return clamp(slots / (8 * READ_ONCE(q->router->attached)), 1,
		     min(EUROPA_RX_BATCH, q->rx.mask / 2 + 1));
}

static bool europa_rxring_slot(struct europa_queue *q, u32 *index)
{
	struct europa_pool *pool = q->router->pool;
	unsigned int share;

	if (!q->nstore && READ_ONCE(pool->nfree)) {
		share = europa_rxring_share(q, READ_ONCE(pool->nfree));
		q->nstore = europa_pool_get_bulk(pool, q->store, share);
	}
	if (unlikely(!q->nstore))
		return false;
	*index = q->store[--q->nstore];
	return true;
}

/* At once; the rxRing has room for all. */
static void europa_rxring_publish(struct europa_queue *q)
{
	struct europa_pool *pool = q->router->pool;
	unsigned int i;

	for (i = 0; i < q->nfilled; i++) {
		europa_pool_hand_over(pool, q->filled[i]);
		europa_prod_put(&q->rx, q->filled[i]);
	}
	q->nfilled = 0;
}

/**
 * europa_rxring_reserve - get an EMPTY slot, and room for it on the rxRing
 * @q: the attachment
 * @index: set to the slot
 *
 * Context: BH off, the queue's rx_lock held.
 * Return: EUROPA_CNT_RX_PACKETS, or the reason why the frame has to wait.
 */
enum europa_counter europa_rxring_reserve(struct europa_queue *q, u32 *index)
{
	if (unlikely(!europa_rxring_slot(q, index))) {
		/* The sooner the router gives some back. */
		europa_rxring_publish(q);
		return EUROPA_CNT_RX_POOL_EMPTY;
	}
	if (unlikely(europa_prod_full(&q->rx, q->nfilled))) {
		europa_rxring_publish(q);
		europa_rxring_unreserve(q, *index);
		/* There is nothing to have them in store for. */
		europa_pool_put(q->router->pool, q->store, q->nstore);
		q->nstore = 0;
		return EUROPA_CNT_RX_RING_FULL;
	}
	return EUROPA_CNT_RX_PACKETS;
}

/**
 * europa_rxring_unreserve - the slot is not needed
 * @q: the attachment
 * @index: the slot that was reserved last
 *
 * Context: as europa_rxring_reserve().
 */
void europa_rxring_unreserve(struct europa_queue *q, u32 index)
{
	q->store[q->nstore++] = index;
}

/**
 * europa_rxring_fill - describe what a slot holds, and line it up
 * @q: the attachment
 * @index: the slot that was reserved last, its data written
 * @desc: its descriptor
 *
 * Context: as europa_rxring_reserve(); the router's NAPI is scheduled after.
 */
void europa_rxring_fill(struct europa_queue *q, u32 index,
			struct europa_desc *desc)
{
	struct europa_pool *pool = q->router->pool;

	europa_pool_fill(pool, index, desc);
	q->filled[q->nfilled++] = index;
	if (q->nfilled >= europa_rxring_share(q, pool->slots))
		europa_rxring_publish(q);
}

/**
 * europa_rxring_flush - let the router have what was received
 * @r: the router
 *
 * Context: BH off.
 */
void europa_rxring_flush(struct europa_router *r)
{
	struct europa_queue *q;

	rcu_read_lock();
	list_for_each_entry_rcu(q, &r->queues, node) {
		if (!READ_ONCE(q->nfilled))
			continue;
		spin_lock(&q->rx_lock);
		europa_rxring_publish(q);
		spin_unlock(&q->rx_lock);
	}
	rcu_read_unlock();
}

/**
 * europa_rxring_end - nothing is received by an attachment any more
 * @q: the attachment; what the router has not been given, or waits, is lost
 *
 * Context: BH off.
 */
void europa_rxring_end(struct europa_queue *q)
{
	struct europa_pool *pool = q->router->pool;

	europa_queue_count(q, EUROPA_CNT_RX_NIC_DOWN,
			   q->nfilled + europa_line_end(q));
	europa_pool_put(pool, q->filled, q->nfilled);
	europa_pool_put(pool, q->store, q->nstore);
}
