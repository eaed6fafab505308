/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NET_EUROPA_POOL_H
#define _NET_EUROPA_POOL_H

#include <linux/spinlock.h>
#include <uapi/linux/europa.h>

#include "shm.h"

/* So many slots on their way are none too many; a NAPI poll receives 64. */
#define EUROPA_POOL_BUSY	256U

/* Who has a slot; kernel private, a byte a slot. */
enum europa_owner {
	EUROPA_OWNER_FREE,	/* on the stack of free slots, or got from it */
	EUROPA_OWNER_FLIGHT,	/* the kernel has filled it or is sending it */
	EUROPA_OWNER_LENT,	/* skbs have pages of it, see lend.c */
	EUROPA_OWNER_ROUTER,	/* handed out by a rxRing, to come by a txRing */
	EUROPA_OWNER_OWN,	/* own slot in the router's hands */
	__EUROPA_OWNER_MAX
};

/**
 * struct europa_lent - a slot that is lent
 * @index: which one
 * @first: its first page that is
 * @n: number of them
 */
struct europa_lent {
	u32 index;
	u32 first;
	u32 n;
};

/**
 * struct europa_pool - packet pool
 * @slots: number of slots
 * @slot_size: bytes a slot
 * @headroom: offset of a packet in a slot it was received into
 * @first_own: the slots from here on are the router's own
 * @data: the slots
 * @desc: their descriptors
 * @owner: enum europa_owner a slot
 * @page: pages of @data; set if slots can be lent
 * @lent: line of lent slots, under the router's tx_lock as the next two
 * @lent_head: position of its first one
 * @lent_tail: behind its last one
 * @lent_max: how many at most, a power of 2, or 0
 * @lock: protects @free and @nfree
 * @free: stack of free slots: the one last freed is still in the cache
 * @nfree: height of the stack
 *
 * Each owner byte has one writer at a time: who takes a slot from the stack
 * has it until it is the router's, who takes it from a txRing (under the
 * router's tx_lock) has it until it is free again.
 */
struct europa_pool {
	u32 slots;
	u32 slot_size;
	u32 headroom;
	u32 first_own;
	struct europa_region data;
	struct europa_region desc;
	u8 *owner;

	struct page **page;
	struct europa_lent *lent;
	u32 lent_head;
	u32 lent_tail;
	u32 lent_max;

	spinlock_t lock ____cacheline_aligned_in_smp;
	u32 nfree;
	u32 *free;
};

/* pool.c */
bool europa_pool_req_valid(const struct europa_pool_req *req);
struct europa_pool *europa_pool_create(const struct europa_pool_req *req);
void europa_pool_destroy(struct europa_pool *pool);
unsigned int europa_pool_get_bulk(struct europa_pool *pool, u32 *index,
				  unsigned int n);
void europa_pool_fill(struct europa_pool *pool, u32 index,
		      struct europa_desc *desc);
void europa_pool_hand_over(struct europa_pool *pool, u32 index);
bool europa_pool_take_back(struct europa_pool *pool, u32 index);
void europa_pool_untake(struct europa_pool *pool, u32 index);
void europa_pool_put(struct europa_pool *pool, const u32 *index,
		     unsigned int n);
void europa_pool_count(struct europa_pool *pool, u32 *count);

/* lend.c */
int europa_lend_init(struct europa_pool *pool);
void europa_lend_exit(struct europa_pool *pool);
bool europa_pool_may_lend(const struct europa_pool *pool, u32 index,
			  u32 offset, u32 len);
void europa_pool_lend(struct europa_pool *pool, u32 index, struct sk_buff *skb,
		      u32 offset, u32 len);
void europa_pool_reap(struct europa_pool *pool);

static inline __shm struct europa_desc *europa_pool_desc(struct europa_pool *pool,
							 u32 index)
{
	return (__shm struct europa_desc *)pool->desc.addr + index;
}

static inline __shm void *europa_pool_slot(struct europa_pool *pool, u32 index)
{
	return pool->data.addr + (u64)index * pool->slot_size;
}

/* The router has just written it: fetch it while others are looked at. */
static inline void europa_pool_prefetch(struct europa_pool *pool, u32 index)
{
	shm_prefetch(europa_pool_desc(pool, index));
}

/* Most of what the kernel may fill is with the router, or on its way back. */
static inline bool europa_pool_low(const struct europa_pool *pool)
{
	return READ_ONCE(pool->nfree) < pool->first_own / 2;
}

/*
 * More is on its way than a router has of a burst or two: it does not keep up.
 * What is lent is not on its way, but then a little help does no harm.
 */
static inline bool europa_pool_busy(const struct europa_pool *pool)
{
	return pool->first_own - READ_ONCE(pool->nfree) > EUROPA_POOL_BUSY;
}

/* It is not yet to be put back. */
static inline bool europa_pool_is_lent(const struct europa_pool *pool,
				       u32 index)
{
	return READ_ONCE(pool->owner[index]) == EUROPA_OWNER_LENT;
}

/* The largest frame a received packet may have. */
static inline u32 europa_pool_room(const struct europa_pool *pool)
{
	return pool->slot_size - pool->headroom;
}

#endif /* _NET_EUROPA_POOL_H */
