// SPDX-License-Identifier: GPL-2.0-only
/* TPACKET_V3 blocks in, a TPACKET_V2 ring out, both mapped */
#include <poll.h>
#include <sys/mman.h>

#include "forward.h"

#define BLOCKS		64
#define BLOCK_SIZE	(1 << 16)
#define FRAMES		1024
#define FRAME_SIZE	2048

struct out {
	int fd;
	uint8_t *ring;
	unsigned int next;
};

static uint8_t *ring(int fd, int version, int name, void *req, size_t len,
		     size_t size)
{
	void *map;

	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, name, req, (socklen_t)len))
		die("packet ring");
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap of a packet ring");
	return map;
}

static uint8_t *open_in(int fd)
{
	struct tpacket_req3 req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = FRAME_SIZE,
		.tp_frame_nr = BLOCKS * (BLOCK_SIZE / FRAME_SIZE),
		.tp_retire_blk_tov = 1,	/* ms */
	};

	return ring(fd, TPACKET_V3, PACKET_RX_RING, &req, sizeof(req),
		    BLOCKS * BLOCK_SIZE);
}

static uint8_t *open_out(int fd)
{
	struct tpacket_req req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = FRAMES / (BLOCK_SIZE / FRAME_SIZE),
		.tp_frame_size = FRAME_SIZE,
		.tp_frame_nr = FRAMES,
	};

	return ring(fd, TPACKET_V2, PACKET_TX_RING, &req, sizeof(req),
		    FRAMES * FRAME_SIZE);
}

static void kick(const struct out *out)
{
	send(out->fd, NULL, 0, MSG_DONTWAIT);
}

static void put(struct out *out, const uint8_t *frame, uint32_t len)
{
	struct tpacket2_hdr *h = (void *)(out->ring + out->next * FRAME_SIZE);

	while (__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) !=
	       TP_STATUS_AVAILABLE)
		kick(out);
	memcpy((uint8_t *)h + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll),
	       frame, len);
	h->tp_len = len;
	__atomic_store_n(&h->tp_status, TP_STATUS_SEND_REQUEST,
			 __ATOMIC_RELEASE);
	out->next = (out->next + 1) % FRAMES;
}

static void forward_block(const struct forward *f, struct out *out,
			  const struct tpacket_block_desc *block)
{
	uint32_t n = block->hdr.bh1.num_pkts;
	uint8_t *p = (uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;

	while (n--) {
		struct tpacket3_hdr *h = (void *)p;

		if (forward_frame(f, p + h->tp_mac, h->tp_snaplen))
			put(out, p + h->tp_mac, h->tp_snaplen);
		p += h->tp_next_offset;
	}
	kick(out);
}

int main(int argc, char **argv)
{
	struct pollfd pfd = { .events = POLLIN };
	unsigned int next = 0;
	struct forward f;
	struct out out = {};
	uint8_t *in;

	forward_init(&f, argc, argv);
	pfd.fd = forward_socket(f.in_ifindex, ETH_P_ALL);
	out.fd = forward_socket(f.out_ifindex, 0);
	in = open_in(pfd.fd);
	out.ring = open_out(out.fd);
	for (;;) {
		struct tpacket_block_desc *block =
			(void *)(in + next * BLOCK_SIZE);
		uint32_t *status = &block->hdr.bh1.block_status;

		if (!(__atomic_load_n(status, __ATOMIC_ACQUIRE) &
		      TP_STATUS_USER)) {
			poll(&pfd, 1, -1);
			continue;
		}
		forward_block(&f, &out, block);
		__atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		next = (next + 1) % BLOCKS;
	}
}
