/* SPDX-License-Identifier: GPL-2.0-only */
/* One producer, one consumer; each publishes its index and caches the other's. */
#ifndef INDEX_RING_H
#define INDEX_RING_H

#include <stdint.h>

#include "protocol.h"

#define INDEX_RING_MASK	(SLOTS - 1)

struct entry {
	uint32_t index;
	uint32_t len;
};

struct index_ring {
	uint32_t prod __attribute__((aligned(64)));
	uint32_t cons __attribute__((aligned(64)));
	struct {
		uint32_t pos, seen;
	} producer __attribute__((aligned(64))), consumer
		__attribute__((aligned(64)));
	struct entry entry[SLOTS] __attribute__((aligned(64)));
};

/* How many of @n have room. */
static inline unsigned int index_ring_room(struct index_ring *r,
					   unsigned int n)
{
	if (SLOTS - (r->producer.pos - r->producer.seen) < n)
		r->producer.seen = __atomic_load_n(&r->cons, __ATOMIC_ACQUIRE);
	if (SLOTS - (r->producer.pos - r->producer.seen) < n)
		n = SLOTS - (r->producer.pos - r->producer.seen);
	return n;
}

static inline struct entry *index_ring_in(struct index_ring *r, unsigned int i)
{
	return &r->entry[(r->producer.pos + i) & INDEX_RING_MASK];
}

static inline void index_ring_publish(struct index_ring *r, unsigned int n)
{
	r->producer.pos += n;
	if (n)
		__atomic_store_n(&r->prod, r->producer.pos, __ATOMIC_RELEASE);
}

/* How many of @n are there. */
static inline unsigned int index_ring_ready(struct index_ring *r,
					    unsigned int n)
{
	if (r->consumer.seen - r->consumer.pos < n)
		r->consumer.seen = __atomic_load_n(&r->prod, __ATOMIC_ACQUIRE);
	if (r->consumer.seen - r->consumer.pos < n)
		n = r->consumer.seen - r->consumer.pos;
	return n;
}

static inline struct entry *index_ring_out(struct index_ring *r,
					   unsigned int i)
{
	return &r->entry[(r->consumer.pos + i) & INDEX_RING_MASK];
}

static inline void index_ring_release(struct index_ring *r, unsigned int n)
{
	r->consumer.pos += n;
	if (n)
		__atomic_store_n(&r->cons, r->consumer.pos, __ATOMIC_RELEASE);
}

#endif /* INDEX_RING_H */
