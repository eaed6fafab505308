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
 *	their mapping, unless the region lasts: that is mapped no more
 */
void europa_region_free(struct europa_region *region)
{
	vfree((void __force *)region->addr);
	region->addr = NULL;
}

/**
 * europa_region_page - a page of a region
 * @region: the region
 * @n: which one
 */
struct page *europa_region_page(const struct europa_region *region, size_t n)
{
	return vmalloc_to_page((void __force *)region->addr + n * PAGE_SIZE);
}

/**
 * europa_region_is_mapped - does anybody have a page of it still?
 * @region: a region that does not last
 */
bool europa_region_is_mapped(const struct europa_region *region)
{
	size_t n;

	for (n = 0; n < region->size >> PAGE_SHIFT; n++)
		if (page_count(europa_region_page(region, n)) > 1)
			return true;
	return false;
}

/*
 * What lasts is mapped without references, so that the count of a page tells
 * who else has it.  It does not go before the mapping: that holds the file,
 * which holds the socket.  What may go before holds its pages itself.
 */
static int europa_region_map_page(const struct europa_region *region,
				  struct vm_area_struct *vma,
				  unsigned long uaddr)
{
	size_t n = (uaddr - vma->vm_start) >> PAGE_SHIFT;
	struct page *page = europa_region_page(region, n);

	if (region->lasts)
		return remap_pfn_range(vma, uaddr, page_to_pfn(page),
				       PAGE_SIZE, vma->vm_page_prot);
	return vm_insert_page(vma, uaddr, page);
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
	unsigned long uaddr;
	int err;

	/* A child must not keep the pool of its parent's router alive. */
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);

	for (uaddr = vma->vm_start; uaddr < vma->vm_end; uaddr += PAGE_SIZE) {
		err = europa_region_map_page(region, vma, uaddr);
		if (err)
			return err;
	}
	return 0;
}
