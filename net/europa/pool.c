// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packet pool: who has which slot
 *
 * The state in a slot's descriptor is the handshake between two honest
 * sides.  What the kernel relies on is the owner byte, which the router
 * cannot reach.
 */
#include <linux/if_ether.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "pool.h"

/**
 * europa_pool_req_valid - check the size of a pool
 * @req: from the user, already copied
 *
 * Return: whether a pool may be like this.
 */
bool europa_pool_req_valid(const struct europa_pool_req *req)
{
	return !req->flags && !req->reserved &&
	       req->slots >= EUROPA_SLOTS_MIN &&
	       req->slots <= EUROPA_SLOTS_MAX &&
	       req->slot_size >= EUROPA_SLOT_SIZE_MIN &&
	       req->slot_size <= EUROPA_SLOT_SIZE_MAX &&
	       req->slot_size % EUROPA_SLOT_ALIGN == 0 &&
	       req->own <= req->slots &&
	       req->headroom <= req->slot_size - ETH_ZLEN;
}

/**
 * europa_pool_create - make a packet pool
 * @req: its size, valid
 *
 * Return: the pool or NULL if there is no memory for it.
 */
struct europa_pool *europa_pool_create(const struct europa_pool_req *req)
{
	struct europa_pool *pool;
	u32 i;

	BUILD_BUG_ON(sizeof(struct europa_desc) != 64);

	pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);
	if (!pool)
		return NULL;

	pool->slots = req->slots;
	pool->slot_size = req->slot_size;
	pool->headroom = req->headroom;
	pool->first_own = req->slots - req->own;
	spin_lock_init(&pool->lock);

	pool->owner = kvzalloc(req->slots, GFP_KERNEL_ACCOUNT);
	pool->free = kvmalloc_array(req->slots, sizeof(u32),
				    GFP_KERNEL_ACCOUNT);
	if (!pool->owner || !pool->free)
		goto err_free;
	if (europa_region_alloc(&pool->data, (u64)req->slots * req->slot_size))
		goto err_free;
	pool->data.lasts = true;
	if (europa_region_alloc(&pool->desc,
				(u64)req->slots * sizeof(struct europa_desc)))
		goto err_free;
	if (europa_lend_init(pool))
		goto err_free;

	/* The lowest slot is on top of the stack. */
	for (i = pool->first_own; i--; )
		pool->free[pool->nfree++] = i;
	memset(pool->owner + pool->first_own, EUROPA_OWNER_OWN, req->own);
	return pool;

err_free:
	europa_pool_destroy(pool);
	return NULL;
}

/**
 * europa_pool_destroy - free a pool nobody uses any more
 * @pool: the pool
 */
void europa_pool_destroy(struct europa_pool *pool)
{
	europa_lend_exit(pool);
	europa_region_free(&pool->desc);
	europa_region_free(&pool->data);
	kvfree(pool->free);
	kvfree(pool->owner);
	kfree(pool);
}

/**
 * europa_pool_get_bulk - get EMPTY slots to fill
 * @pool: the pool
 * @index: room for @n indexes
 * @n: how many are wanted
 *
 * The caller fills each and hands it over to the router, or puts it back.
 *
 * Context: BH off.
 * Return: how many there were.
 */
unsigned int europa_pool_get_bulk(struct europa_pool *pool, u32 *index,
				  unsigned int n)
{
	unsigned int i;

	spin_lock(&pool->lock);
	n = min(n, pool->nfree);
	for (i = 0; i < n; i++)
		index[i] = pool->free[--pool->nfree];
	spin_unlock(&pool->lock);
	return n;
}

/**
 * europa_pool_fill - describe what a slot now holds
 * @pool: the pool
 * @index: a slot got by europa_pool_get_bulk(), its data written
 * @desc: its descriptor; the state is set here
 */
void europa_pool_fill(struct europa_pool *pool, u32 index,
		      struct europa_desc *desc)
{
	WRITE_ONCE(pool->owner[index], EUROPA_OWNER_FLIGHT);
	desc->state = EUROPA_FILLED;
	shm_copy_to(europa_pool_desc(pool, index), desc,
		    offsetof(struct europa_desc, user));
}

/**
 * europa_pool_hand_over - make a filled slot the router's
 * @pool: the pool
 * @index: the slot
 *
 * The caller then publishes the index on a rxRing, which also orders all that
 * was written here.
 */
void europa_pool_hand_over(struct europa_pool *pool, u32 index)
{
	WRITE_ONCE(pool->owner[index], EUROPA_OWNER_ROUTER);
}

/**
 * europa_pool_take_back - take a slot that a txRing names
 * @pool: the pool
 * @index: below the number of slots
 *
 * Return: false if it was not the router's to return.
 */
bool europa_pool_take_back(struct europa_pool *pool, u32 index)
{
	u8 owner = READ_ONCE(pool->owner[index]);

	if (owner != EUROPA_OWNER_ROUTER && owner != EUROPA_OWNER_OWN)
		return false;
	WRITE_ONCE(pool->owner[index], EUROPA_OWNER_FLIGHT);
	return true;
}

/**
 * europa_pool_untake - a slot that was taken back stays where it is
 * @pool: the pool
 * @index: the slot, which nothing was done to
 */
void europa_pool_untake(struct europa_pool *pool, u32 index)
{
	WRITE_ONCE(pool->owner[index], index >= pool->first_own ?
				       EUROPA_OWNER_OWN : EUROPA_OWNER_ROUTER);
}

/**
 * europa_pool_put - slots are EMPTY again
 * @pool: the pool
 * @index: slots in flight or lent, or got and not filled: ordinary ones become
 *	free, own ones the router's
 * @n: number of them
 *
 * Context: BH off.
 */
void europa_pool_put(struct europa_pool *pool, const u32 *index,
		     unsigned int n)
{
	unsigned int i;

	spin_lock(&pool->lock);
	for (i = 0; i < n; i++) {
		bool own = index[i] >= pool->first_own;

		/* The owner first: EMPTY invites the router to use it again. */
		WRITE_ONCE(pool->owner[index[i]],
			   own ? EUROPA_OWNER_OWN : EUROPA_OWNER_FREE);
		shm_write_release(&europa_pool_desc(pool, index[i])->state,
				  EUROPA_EMPTY);
		if (!own)
			pool->free[pool->nfree++] = index[i];
	}
	spin_unlock(&pool->lock);
}

/**
 * europa_pool_count - count the slots by owner
 * @pool: the pool
 * @count: __EUROPA_OWNER_MAX numbers, which add up to the slots of the pool
 *
 * Without the lock: a router may ask as often as it likes, and it is nobody's
 * business to wait for that.
 */
void europa_pool_count(struct europa_pool *pool, u32 *count)
{
	u32 i;

	memset(count, 0, __EUROPA_OWNER_MAX * sizeof(*count));
	for (i = 0; i < pool->slots; i++)
		count[READ_ONCE(pool->owner[i])]++;
}

#if IS_ENABLED(CONFIG_EUROPA_KUNIT_TEST)
#include "pool_test.c"
#endif
