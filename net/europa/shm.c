// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory shared with a router: allocate, map, free
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "shm.h"

/**
 * europa_region_alloc - get zeroed memory that a router may map
 * @region: filled in but for its offset
 * @size: bytes, rounded up to whole pages
 *
 * The memory is charged to the memory cgroup of the caller.
 *
 * Return: 0 or -ENOMEM.
 */
int europa_region_alloc(struct europa_region *region, u64 size)
{
	size = PAGE_ALIGN(size);
	if (!size || size > (u64)totalram_pages() << PAGE_SHIFT ||
	    size > SIZE_MAX)
		return -ENOMEM;

	region->addr = (void __force __shm *)
		__vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
	if (!region->addr)
		return -ENOMEM;
	region->size = size;
	return 0;
}

/**
 * europa_region_free - give the memory back
 * @region: may be unused; pages that are still mapped live on as long as
 *	their mapping
 */
void europa_region_free(struct europa_region *region)
{
	vfree((void __force *)region->addr);
	region->addr = NULL;
}

/**
 * europa_region_mmap - map a region into a router
 * @region: what to map
 * @vma: where, no larger than the region
 *
 * Return: 0 or a negative errno from the page tables.
 */
int europa_region_mmap(const struct europa_region *region,
		       struct vm_area_struct *vma)
{
	void *addr = (void __force *)region->addr;
	unsigned long uaddr;
	int err;

	/* A child must not keep the pool of its parent's router alive. */
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);

	for (uaddr = vma->vm_start; uaddr < vma->vm_end; uaddr += PAGE_SIZE) {
		err = vm_insert_page(vma, uaddr, vmalloc_to_page(addr));
		if (err)
			return err;
		addr += PAGE_SIZE;
	}
	return 0;
}
