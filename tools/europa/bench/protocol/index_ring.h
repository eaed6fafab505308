/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One producer, one consumer; each publishes its index and caches the other's
 *
 * INDEX_RING(NAME, ENTRY): struct NAME, a ring of ENTRYs, and its functions.
 */
#ifndef INDEX_RING_H
#define INDEX_RING_H

#include <stdint.h>

#include "protocol.h"

#define INDEX_RING_MASK	(SLOTS - 1)

/*
 * NAME_room: how many of n have room; NAME_ready: how many of n are there.
 * NAME_in, NAME_out: the i-th of these; then NAME_publish or NAME_release n.
 */
#define INDEX_RING(name, type)						\
struct name {								\
	uint32_t prod __attribute__((aligned(64)));			\
	uint32_t cons __attribute__((aligned(64)));			\
	struct {							\
		uint32_t pos, seen;					\
	} producer __attribute__((aligned(64))), consumer		\
		__attribute__((aligned(64)));				\
	type entry[SLOTS] __attribute__((aligned(64)));			\
};									\
									\
static inline unsigned int name##_room(struct name *r, unsigned int n)	\
{									\
	if (SLOTS - (r->producer.pos - r->producer.seen) < n)		\
		r->producer.seen = __atomic_load_n(&r->cons,		\
						   __ATOMIC_ACQUIRE);	\
	if (SLOTS - (r->producer.pos - r->producer.seen) < n)		\
		n = SLOTS - (r->producer.pos - r->producer.seen);	\
	return n;							\
}									\
									\
static inline type *name##_in(struct name *r, unsigned int i)		\
{									\
	return &r->entry[(r->producer.pos + i) & INDEX_RING_MASK];	\
}									\
									\
static inline void name##_publish(struct name *r, unsigned int n)	\
{									\
	r->producer.pos += n;						\
	if (n)								\
		__atomic_store_n(&r->prod, r->producer.pos,		\
				 __ATOMIC_RELEASE);			\
}									\
									\
static inline unsigned int name##_ready(struct name *r, unsigned int n)	\
{									\
	if (r->consumer.seen - r->consumer.pos < n)			\
		r->consumer.seen = __atomic_load_n(&r->prod,		\
						   __ATOMIC_ACQUIRE);	\
	if (r->consumer.seen - r->consumer.pos < n)			\
		n = r->consumer.seen - r->consumer.pos;			\
	return n;							\
}									\
									\
static inline type *name##_out(struct name *r, unsigned int i)		\
{									\
	return &r->entry[(r->consumer.pos + i) & INDEX_RING_MASK];	\
}									\
									\
static inline void name##_release(struct name *r, unsigned int n)	\
{									\
	r->consumer.pos += n;						\
	if (n)								\
		__atomic_store_n(&r->cons, r->consumer.pos,		\
				 __ATOMIC_RELEASE);			\
}

#endif /* INDEX_RING_H */
