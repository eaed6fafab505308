/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trust line: memory shared with a router
 *
 * Whatever lies behind a __shm pointer may be written by the router at any
 * moment, whoever the documented writer is.  This header and shm.c are the
 * only places that touch it: every read is done once, into private memory,
 * and is checked there.  sparse (make C=1) refuses any other dereference.
 */
#ifndef _NET_EUROPA_SHM_H
#define _NET_EUROPA_SHM_H

#include <linux/compiler.h>
#include <linux/mm_types.h>
#include <linux/prefetch.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <asm/barrier.h>

#ifdef __CHECKER__
#define __shm	__attribute__((noderef, address_space(__shm)))
#else
#define __shm
#endif

/**
 * struct europa_region - one area of memory a router may map
 * @addr: the kernel's mapping of it, zeroed when made
 * @size: bytes, a multiple of the page size
 * @offset: where in the socket's file the router maps it
 * @lasts: it is freed with the socket, not before
 */
struct europa_region {
	__shm void *addr;
	size_t size;
	u64 offset;
	bool lasts;
};

int europa_region_alloc(struct europa_region *region, u64 size);
void europa_region_free(struct europa_region *region);
bool europa_region_is_mapped(const struct europa_region *region);
struct page *europa_region_page(const struct europa_region *region, size_t n);
int europa_region_mmap(const struct europa_region *region,
		       struct vm_area_struct *vma);

static inline u32 shm_read(__shm const u32 *p)
{
	return READ_ONCE(*(const u32 __force *)p);
}

static inline u32 shm_read_acquire(__shm const u32 *p)
{
	/* pairs with a release on the router's side */
	return smp_load_acquire((const u32 __force *)p);
}

static inline void shm_write(__shm u32 *p, u32 val)
{
	WRITE_ONCE(*(u32 __force *)p, val);
}

static inline void shm_write_release(__shm u32 *p, u32 val)
{
	/* pairs with an acquire on the router's side */
	smp_store_release((u32 __force *)p, val);
}

static inline void shm_prefetch(__shm const void *p)
{
	prefetch((const void __force *)p);
}

/* The copy is private: check it, never look at the original again. */
static inline void shm_copy_from(void *dst, __shm const void *src, size_t len)
{
	memcpy(dst, (const void __force *)src, len);
	barrier(); /* the compiler must not read the original again either */
}

static inline void shm_copy_to(__shm void *dst, const void *src, size_t len)
{
	memcpy((void __force *)dst, src, len);
}

/* From one router's memory to another's: nobody has looked at it. */
static inline void shm_copy(__shm void *dst, __shm const void *src, size_t len)
{
	memcpy((void __force *)dst, (const void __force *)src, len);
}

static inline int shm_from_skb(__shm void *dst, const struct sk_buff *skb,
			       unsigned int len)
{
	return skb_copy_bits(skb, 0, (void __force *)dst, len);
}

static inline int shm_to_skb(struct sk_buff *skb, __shm const void *src,
			     unsigned int len)
{
	int err = skb_store_bits(skb, 0, (const void __force *)src, len);

	barrier(); /* as in shm_copy_from() */
	return err;
}

#endif /* _NET_EUROPA_SHM_H */
