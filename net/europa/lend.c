// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lent slots: what a large frame carries is sent from where it is
 *
 * An skb refers to the slot's pages, with a reference on each, and to nothing
 * else of the pool.  So whoever frees it need not know where they are from; and
 * as vfree() gives up one reference a page, they outlive the pool if need be.
 *
 * The slot is the pool's again when no page of it has a reference but the
 * pool's.  The count alone tells that, as routers' mappings have none (see
 * europa_region_mmap()).  All others are to be waited for: skbs and what was
 * made of them, pipes, and mappings of who receives TCP without a copy.  Who
 * writes or reads packets gets a reference from another one, so none comes after
 * the last; what takes one by itself (memory hotplug for instance) looks at the
 * page and not into it.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "pool.h"

/* Slots taken back at a time, and slots found still lent until giving up. */
#define EUROPA_REAP_MAX		64
#define EUROPA_REAP_BUSY	8

static unsigned int europa_slot_pages(const struct europa_pool *pool)
{
	return pool->slot_size >> PAGE_SHIFT;
}

/**
 * europa_lend_init - prepare a pool to lend slots
 * @pool: the pool, its memory allocated
 *
 * At most a quarter of the slots to receive into is lent, so that who never
 * reads what it is sent takes no more from the others.
 *
 * Return: 0, also if it cannot lend any, or -ENOMEM.
 */
int europa_lend_init(struct europa_pool *pool)
{
	size_t i, pages = pool->data.size >> PAGE_SHIFT;
	u32 max = pool->first_own / 4;

	/* A page of two slots would have two reasons to be referred to. */
	if (!max || !IS_ALIGNED(pool->slot_size, PAGE_SIZE))
		return 0;

	max = rounddown_pow_of_two(max);
	pool->lent = kvmalloc_array(max, sizeof(*pool->lent),
				    GFP_KERNEL_ACCOUNT);
	pool->page = kvmalloc_array(pages, sizeof(*pool->page),
				    GFP_KERNEL_ACCOUNT);
	if (!pool->lent || !pool->page)
		return -ENOMEM;
	for (i = 0; i < pages; i++) {
		pool->page[i] = europa_region_page(&pool->data, i);
		cond_resched();
	}
	pool->lent_max = max;
	return 0;
}

/**
 * europa_lend_exit - end of a pool; who has pages of it keeps them
 * @pool: the pool
 */
void europa_lend_exit(struct europa_pool *pool)
{
	kvfree(pool->page);
	kvfree(pool->lent);
}

/**
 * europa_pool_may_lend - can what is in a slot be sent without a copy?
 * @pool: the pool
 * @index: a slot in flight
 * @offset: of the bytes in question in the slot
 * @len: number of them
 *
 * Own slots are not lent: the router may wait for just that one.
 *
 * Context: the router's tx_lock held.
 */
bool europa_pool_may_lend(const struct europa_pool *pool, u32 index,
			  u32 offset, u32 len)
{
	return pool->lent_tail - pool->lent_head < pool->lent_max &&
	       index < pool->first_own && !europa_pool_low(pool) &&
	       PFN_UP(offset_in_page(offset) + len) <= MAX_SKB_FRAGS;
}

/**
 * europa_pool_lend - make bytes in a slot part of an skb
 * @pool: the pool
 * @index: the slot; not for europa_pool_put() after this
 * @skb: has no fragments yet
 * @offset: of the bytes in the slot
 * @len: number of them; europa_pool_may_lend()
 *
 * What becomes of the skb does not matter.
 *
 * Context: the router's tx_lock held.
 */
void europa_pool_lend(struct europa_pool *pool, u32 index, struct sk_buff *skb,
		      u32 offset, u32 len)
{
	struct page **page = pool->page +
			     (size_t)index * europa_slot_pages(pool) +
			     (offset >> PAGE_SHIFT);
	u32 n, i = 0, first = offset >> PAGE_SHIFT;

	for (offset = offset_in_page(offset); len; len -= n) {
		n = min_t(u32, len, PAGE_SIZE - offset);
		get_page(*page);
		skb_add_rx_frag(skb, i++, *page++, offset, n, PAGE_SIZE);
		offset = 0;
	}
	/* Sums are computed of a copy, and nobody decrypts in place. */
	skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;

	WRITE_ONCE(pool->owner[index], EUROPA_OWNER_LENT);
	pool->lent[pool->lent_tail++ & (pool->lent_max - 1)] =
		(struct europa_lent){ .index = index, .first = first, .n = i };
}

/* The last page first: it is the last that an skb gives up. */
static bool europa_lent_busy(const struct europa_pool *pool,
			     const struct europa_lent *lent)
{
	struct page **page = pool->page +
			     (size_t)lent->index * europa_slot_pages(pool) +
			     lent->first;
	unsigned int n = lent->n;

	while (n--) {
		if (page_ref_count(page[n]) > 1)
			return true;
	}
	return false;
}

/**
 * europa_pool_reap - take lent slots back that nobody refers to any more
 * @pool: the pool
 *
 * Slots that are still lent go to the end of the line, so that those behind
 * them have their turn.
 *
 * Context: BH off, the router's tx_lock held.
 */
void europa_pool_reap(struct europa_pool *pool)
{
	unsigned int n = 0, busy = 0;
	u32 end = pool->lent_tail;
	u32 index[EUROPA_REAP_MAX];

	while (pool->lent_head != end && n < EUROPA_REAP_MAX &&
	       busy < EUROPA_REAP_BUSY) {
		struct europa_lent lent =
			pool->lent[pool->lent_head++ & (pool->lent_max - 1)];

		if (europa_lent_busy(pool, &lent)) {
			pool->lent[pool->lent_tail++ & (pool->lent_max - 1)] =
				lent;
			busy++;
		} else {
			index[n++] = lent.index;
		}
	}
	if (!n)
		return;
	/* They have read all before put_page(); we write after this. */
	smp_mb();
	europa_pool_put(pool, index, n);
}
