/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room for as much as there can ever be, of memory that is not there until it is
 * written: nothing has to move while it grows.
 */
#ifndef ROUTER_RESERVE_H
#define ROUTER_RESERVE_H

#include <stddef.h>
#include <sys/mman.h>

/* Zeroes, or NULL */
static inline void *reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static inline void unreserve(void *p, size_t size)
{
	if (p)
		munmap(p, size);
}

#endif /* ROUTER_RESERVE_H */
