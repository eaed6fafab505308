/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of one size, known by their numbers: half of what pointers take, and
 * nothing of a heap's own around each
 */
#ifndef ROUTER_SLAB_H
#define ROUTER_SLAB_H

#include <stddef.h>
#include <stdint.h>

#define SLAB_NONE	0u		/* no object's number */

struct slab {
	uint8_t *object;		/* they never move */
	size_t size;			/* of each */
	uint32_t max;			/* the last one's number at most */
	uint32_t used;			/* numbers below it, the free ones included */
	uint32_t free;			/* a list */
};

int slab_open(struct slab *slab, size_t size, uint32_t max);
void slab_close(struct slab *slab);
uint32_t slab_take(struct slab *slab);
void slab_give(struct slab *slab, uint32_t number);

static inline void *slab_at(const struct slab *slab, uint32_t number)
{
	return slab->object + number * slab->size;
}

#endif /* ROUTER_SLAB_H */
