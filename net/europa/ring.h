/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rings of slot indexes: one producer, one consumer, on two sides of the
 * trust line
 *
 * An entry carries its own validity, the parity of the ring's lap, so the
 * consumer polls the line it is going to read anyway and the producer
 * publishes no index.  The consumer's position goes back lazily.
 *
 *	producer				consumer
 *
 *	load cons (acquire)	(D)		load entry (acquire)	(B)
 *	write slot, descriptor, state		if the lap bit is new:
 *	store entry (release)	(A)		  read state, descriptor, slot
 *						  store cons (release)	(C)
 *
 * (A) pairs with (B): whoever sees the entry sees the slot behind it.
 * (C) pairs with (D): the producer overwrites an entry only after the
 * consumer has read it.
 *
 * The kernel's position is private.  The other side's is a hint: a router
 * that lies about it loses its own packets.
 */
#ifndef _NET_EUROPA_RING_H
#define _NET_EUROPA_RING_H

#include <linux/log2.h>
#include <uapi/linux/europa.h>

#include "shm.h"

#define EUROPA_RING_NONE	U32_MAX

/**
 * struct europa_prod - the kernel's end of a rxRing
 * @ring: the shared ring
 * @mask: its entries - 1
 * @pos: entries written so far
 * @cons: what the router was last seen to have consumed
 */
struct europa_prod {
	__shm struct europa_ring *ring;
	u32 mask;
	u32 pos;
	u32 cons;
};

/**
 * struct europa_cons - the kernel's end of a txRing
 * @ring: the shared ring
 * @mask: its entries - 1
 * @pos: entries read so far
 */
struct europa_cons {
	__shm struct europa_ring *ring;
	u32 mask;
	u32 pos;
};

static inline u64 europa_ring_bytes(u32 entries)
{
	return sizeof(struct europa_ring) + (u64)entries * sizeof(u32);
}

static inline u32 europa_ring_lap(u32 pos, u32 mask)
{
	return pos & (mask + 1) ? 0 : EUROPA_RING_LAP;
}

/* Is there no room for another entry after @ahead more? */
static inline bool europa_prod_full(struct europa_prod *p, u32 ahead)
{
	if (p->pos + ahead - p->cons <= p->mask)
		return false;
	p->cons = shm_read_acquire(&p->ring->cons);		/* (D) */
	return p->pos + ahead - p->cons > p->mask;
}

/* Only if not full. */
static inline void europa_prod_put(struct europa_prod *p, u32 index)
{
	u32 entry = index | europa_ring_lap(p->pos, p->mask);

	shm_write_release(&p->ring->entry[p->pos & p->mask], entry); /* (A) */
	p->pos++;
}

/* True while the router has something to read, as far as it says. */
static inline bool europa_prod_pending(const struct europa_prod *p)
{
	return shm_read(&p->ring->cons) != READ_ONCE(p->pos);
}

/* Index of the next slot, unchecked, or EUROPA_RING_NONE. */
static inline u32 europa_cons_peek(const struct europa_cons *c)
{
	u32 pos = READ_ONCE(c->pos);
	u32 entry;

	entry = shm_read_acquire(&c->ring->entry[pos & c->mask]); /* (B) */
	if ((entry & EUROPA_RING_LAP) != europa_ring_lap(pos, c->mask))
		return EUROPA_RING_NONE;
	return entry & EUROPA_RING_INDEX;
}

static inline void europa_cons_next(struct europa_cons *c)
{
	WRITE_ONCE(c->pos, c->pos + 1);
}

/* To where it was before; what was read after that has not been published. */
static inline void europa_cons_rewind(struct europa_cons *c, u32 pos)
{
	WRITE_ONCE(c->pos, pos);
}

static inline void europa_cons_publish(const struct europa_cons *c)
{
	shm_write_release(&c->ring->cons, c->pos);		/* (C) */
}

#endif /* _NET_EUROPA_RING_H */
