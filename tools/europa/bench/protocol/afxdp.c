// SPDX-License-Identifier: GPL-2.0-only
/*
 * AF_XDP's protocol: a fill ring gives frames to the kernel, RX brings them
 * filled, TX gives them back, a completion ring says they were sent
 */
#include "index_ring.h"
#include "protocol.h"

/* Of linux/if_xdp.h */
struct desc {
	uint64_t addr;
	uint32_t len;
	uint32_t options;
};

INDEX_RING(addr_ring, uint64_t)
INDEX_RING(desc_ring, struct desc)

static uint8_t umem[SLOTS * SLOT_SIZE] __attribute__((aligned(4096)));
static struct addr_ring fill, completion;
static struct desc_ring rx, tx;
/* Of XDP_USE_NEED_WAKEUP: the kernel's, never set here */
static uint32_t fill_wakeup, tx_wakeup;

static bool needs_wakeup(const uint32_t *flag)
{
	return __atomic_load_n(flag, __ATOMIC_RELAXED);
}

static void afxdp_setup(void)
{
	memset(&fill, 0, sizeof(fill));
	memset(&rx, 0, sizeof(rx));
	memset(&tx, 0, sizeof(tx));
	memset(&completion, 0, sizeof(completion));
	for (uint32_t i = 0; i < SLOTS; i++)
		*addr_ring_in(&fill, i) = (SLOTS - 1 - i) * SLOT_SIZE;
	addr_ring_publish(&fill, SLOTS);
}

static unsigned int afxdp_give(unsigned int n)
{
	n = addr_ring_ready(&fill, n);
	n = desc_ring_room(&rx, n);
	for (unsigned int i = 0; i < n; i++) {
		uint64_t addr = *addr_ring_out(&fill, i);
		struct packet p;

		/* the kernel believes no address */
		if (addr > sizeof(umem) - SLOT_SIZE)
			__builtin_abort();
		packet_make(&p);
		memcpy(umem + addr, &p, sizeof(p));
		*desc_ring_in(&rx, i) = (struct desc){ addr, PACKET, 0 };
	}
	addr_ring_release(&fill, n);
	desc_ring_publish(&rx, n);
	return n;
}

static unsigned int afxdp_take(unsigned int n)
{
	n = desc_ring_ready(&tx, n);
	n = addr_ring_room(&completion, n);
	for (unsigned int i = 0; i < n; i++) {
		struct desc d = *desc_ring_out(&tx, i);
		struct packet p;

		if (d.addr > sizeof(umem) - SLOT_SIZE || d.len != sizeof(p))
			__builtin_abort();
		memcpy(&p, umem + d.addr, sizeof(p));
		packet_check(&p);
		*addr_ring_in(&completion, i) = d.addr;
	}
	desc_ring_release(&tx, n);
	addr_ring_publish(&completion, n);
	return n;
}

/* What was sent may be filled again. */
static void recycle(void)
{
	unsigned int n = addr_ring_ready(&completion, BATCH);

	n = addr_ring_room(&fill, n);
	for (unsigned int i = 0; i < n; i++)
		*addr_ring_in(&fill, i) = *addr_ring_out(&completion, i);
	addr_ring_release(&completion, n);
	addr_ring_publish(&fill, n);
}

static unsigned int afxdp_route(unsigned int n)
{
	recycle();
	n = desc_ring_ready(&rx, n);
	n = desc_ring_room(&tx, n);
	for (unsigned int i = 0; i < n; i++) {
		struct desc d = *desc_ring_out(&rx, i);

		packet_route((struct packet *)(umem + d.addr));
		*desc_ring_in(&tx, i) = d;
	}
	desc_ring_release(&rx, n);
	desc_ring_publish(&tx, n);
	if (needs_wakeup(&fill_wakeup) || needs_wakeup(&tx_wakeup))
		__builtin_abort();
	return n;
}

const struct protocol afxdp_protocol = {
	.name = "afxdp",
	.setup = afxdp_setup,
	.give = afxdp_give,
	.take = afxdp_take,
	.route = afxdp_route,
};
