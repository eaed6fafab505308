// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * raw NIC: print what a NIC receives, with nothing but the kernel's header
 *
 * Shows the whole protocol: make a pool, attach, map, take entries from the
 * rxRing, give slots back by the txRing, sleep.
 */
#include <errno.h>
#include <linux/europa.h>
#include <net/if.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#ifndef AF_EUROPA
#define AF_EUROPA	46
#define SOL_EUROPA	288
#endif

static void die(const char *what)
{
	fprintf(stderr, "raw: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *map(int fd, uint64_t offset, uint64_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       (off_t)offset);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static uint32_t lap(uint32_t pos, uint32_t entries)
{
	return pos & entries ? 0 : EUROPA_RING_LAP;
}

int main(int argc, char **argv)
{
	struct europa_pool_req pool = { .slots = 128, .slot_size = 2048,
					.headroom = EUROPA_HEADROOM };
	struct europa_attach_req attach = {};
	struct {
		struct europa_layout head;
		struct europa_nic_layout nic;
	} layout;
	socklen_t len = sizeof(layout);
	struct europa_ring *rx, *tx;
	struct europa_desc *desc;
	struct europa_ctrl *ctrl;
	uint32_t rx_pos = 0, tx_pos = 0;
	uint8_t *slots;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "Usage: raw NIC\n");
		return 2;
	}
	fd = socket(AF_EUROPA, SOCK_RAW, 0);
	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_EUROPA, EUROPA_POOL, &pool, sizeof(pool)))
		die("pool");
	attach.ifindex = if_nametoindex(argv[1]);
	if (setsockopt(fd, SOL_EUROPA, EUROPA_ATTACH, &attach, sizeof(attach)))
		die(argv[1]);
	if (getsockopt(fd, SOL_EUROPA, EUROPA_LAYOUT, &layout, &len))
		die("layout");

	slots = map(fd, layout.head.pool_offset, layout.head.pool_size);
	desc = map(fd, layout.head.desc_offset, layout.head.desc_map_size);
	ctrl = map(fd, layout.head.ctrl_offset, layout.head.ctrl_size);
	rx = map(fd, layout.nic.rx_offset, layout.nic.rx_size);
	tx = map(fd, layout.nic.tx_offset, layout.nic.tx_size);

	for (;;) {
		uint32_t i = rx_pos & (layout.nic.rx_entries - 1);
		uint32_t entry = __atomic_load_n(&rx->entry[i],
						 __ATOMIC_ACQUIRE);
		uint32_t slot = entry & EUROPA_RING_INDEX;
		uint8_t *frame;

		if ((entry & EUROPA_RING_LAP) !=
		    lap(rx_pos, layout.nic.rx_entries)) {
			struct pollfd pfd = { .fd = fd, .events = POLLIN };

			/* Say so, look again, sleep. */
			__atomic_store_n(&ctrl->router_sleeps, 1,
					 __ATOMIC_SEQ_CST);
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
			if (__atomic_load_n(&rx->entry[i],
					    __ATOMIC_ACQUIRE) == entry)
				poll(&pfd, 1, -1);
			__atomic_store_n(&ctrl->router_sleeps, 0,
					 __ATOMIC_RELAXED);
			continue;
		}
		__atomic_store_n(&rx->cons, ++rx_pos, __ATOMIC_RELEASE);

		frame = slots + (uint64_t)slot * layout.head.slot_size +
			desc[slot].offset;
		printf("%u bytes, type %02x%02x\n", desc[slot].len, frame[12],
		       frame[13]);
		fflush(stdout);

		/* Give it back to be freed; without the flag it is sent. */
		desc[slot].flags = EUROPA_F_DROP;
		desc[slot].state = EUROPA_PROCESSED;
		i = tx_pos & (layout.nic.tx_entries - 1);
		__atomic_store_n(&tx->entry[i],
				 slot | lap(tx_pos, layout.nic.tx_entries),
				 __ATOMIC_RELEASE);
		tx_pos++;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(&ctrl->kernel_sleeps, __ATOMIC_RELAXED))
			sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
	}
}
