// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects of one size
 *
 * They stand one after the other, in the order they were first taken in: who
 * looks at all of them goes through memory from its beginning to its end.  One
 * that was given back is the next that is taken; its first bytes say which one
 * was given back before it.
 */
#include <errno.h>
#include <string.h>

#include "reserve.h"
#include "slab.h"

static size_t slab_bytes(const struct slab *slab)
{
	return ((size_t)slab->max + 1) * slab->size;
}

/**
 * slab_open - make room for objects
 * @slab: what they are taken from
 * @size: of each, 4 bytes or more
 * @max: number of them
 *
 * Return: 0 or -ENOMEM.
 */
int slab_open(struct slab *slab, size_t size, uint32_t max)
{
	*slab = (struct slab){ .size = size, .max = max, .used = 1 };
	slab->object = reserve(slab_bytes(slab));
	return slab->object ? 0 : -ENOMEM;
}

void slab_close(struct slab *slab)
{
	unreserve(slab->object, slab_bytes(slab));
	memset(slab, 0, sizeof(*slab));
}

/**
 * slab_take - get an object
 * @slab: where from
 *
 * Return: its number, its content is anything; SLAB_NONE: there is none left.
 */
uint32_t slab_take(struct slab *slab)
{
	uint32_t number = slab->free;

	if (number)
		memcpy(&slab->free, slab_at(slab, number), sizeof(number));
	else if (slab->used <= slab->max)
		number = slab->used++;
	return number;
}

/**
 * slab_give - an object is not needed any more
 * @slab: where it is from
 * @number: its number
 *
 * The rest of it stays as it was.
 */
void slab_give(struct slab *slab, uint32_t number)
{
	memcpy(slab_at(slab, number), &slab->free, sizeof(number));
	slab->free = number;
}
