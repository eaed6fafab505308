// SPDX-License-Identifier: GPL-2.0-only
/* TPACKET_V3 blocks in, a TPACKET_V2 ring out, both mapped */
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "forward.h"

#define BLOCK_MIN	(1u << 12)
#define BLOCK_MAX	(1u << 16)
#define OUT_MAX		(1u << 21)	/* bytes */

struct in {
	int fd;
	uint8_t *ring;
	unsigned int blocks, block_size, next;
};

struct out {
	int fd;
	uint8_t *ring;
	unsigned int frames, frame_size, next;
};

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int max(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

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

/* Each has room for a frame at least. */
static unsigned int block_size(const struct forward *f, unsigned int bytes)
{
	return max(min(bytes, max(BLOCK_MAX, f->slot_size)),
		   max(BLOCK_MIN, f->slot_size));
}

/* Four blocks at least, if they are not too small then: one fills, one is read. */
static void open_in(struct in *in, const struct forward *f)
{
	unsigned int bytes = f->slots * f->slot_size;
	struct tpacket_req3 req = {
		.tp_frame_size = f->slot_size,
		.tp_frame_nr = f->slots,
		.tp_retire_blk_tov = 1,	/* ms */
	};

	in->block_size = block_size(f, bytes / 4);
	in->blocks = bytes / in->block_size;
	req.tp_block_size = in->block_size;
	req.tp_block_nr = in->blocks;
	in->fd = forward_in_socket(f);
	in->ring = ring(in->fd, TPACKET_V3, PACKET_RX_RING, &req, sizeof(req),
			bytes);
	forward_spread(in->fd, f);
}

static void open_out(struct out *out, const struct forward *f)
{
	unsigned int bytes;
	struct tpacket_req req = { .tp_frame_size = f->slot_size };

	out->frames = min(f->slots, OUT_MAX / f->slot_size);
	out->frame_size = f->slot_size;
	bytes = out->frames * out->frame_size;
	req.tp_block_size = block_size(f, bytes);
	req.tp_block_nr = bytes / req.tp_block_size;
	req.tp_frame_nr = out->frames;
	out->fd = forward_out_socket(f);
	out->ring = ring(out->fd, TPACKET_V2, PACKET_TX_RING, &req,
			 sizeof(req), bytes);
}

static void kick(const struct out *out)
{
	send(out->fd, NULL, 0, MSG_DONTWAIT);
}

static void put(struct out *out, const uint8_t *frame, uint32_t len)
{
	struct tpacket2_hdr *h = (void *)(out->ring +
				      out->next * out->frame_size);

	while (__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) !=
	       TP_STATUS_AVAILABLE)
		kick(out);
	memcpy((uint8_t *)h + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll),
	       frame, len);
	h->tp_len = len;
	__atomic_store_n(&h->tp_status, TP_STATUS_SEND_REQUEST,
			 __ATOMIC_RELEASE);
	out->next = (out->next + 1) % out->frames;
}

/* Returns where the next one is. */
static uint8_t *forward_some(const struct forward *f, struct out *out,
			     uint8_t *p, uint32_t n)
{
	const uint8_t *to[BATCH];
	uint8_t *frame[BATCH];
	uint32_t len[BATCH];

	for (uint32_t i = 0; i < n; i++) {
		struct tpacket3_hdr *h = (void *)p;

		frame[i] = p + h->tp_mac;
		len[i] = h->tp_snaplen;
		p += h->tp_next_offset;
	}
	forward_burst(f, frame, len, n, to);
	for (uint32_t i = 0; i < n; i++)
		if (to[i])
			put(out, frame[i] - f->head,
			    len[i] + (uint32_t)f->head);
	return p;
}

static void forward_block(const struct forward *f, struct out *out,
			  const struct tpacket_block_desc *block)
{
	uint8_t *p = (uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;
	uint32_t left = block->hdr.bh1.num_pkts;

	while (left) {
		uint32_t n = min(left, BATCH);

		p = forward_some(f, out, p, n);
		left -= n;
	}
	kick(out);
}

static void forward_all(const struct forward *f, struct in *in, struct out *out)
{
	struct pollfd pfd = { .fd = in->fd, .events = POLLIN };

	for (;;) {
		struct tpacket_block_desc *block =
			(void *)(in->ring + in->next * in->block_size);
		uint32_t *status = &block->hdr.bh1.block_status;

		if (!(__atomic_load_n(status, __ATOMIC_ACQUIRE) &
		      TP_STATUS_USER)) {
			poll(&pfd, 1, -1);
			continue;
		}
		forward_block(f, out, block);
		__atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		in->next = (in->next + 1) % in->blocks;
	}
}

int main(int argc, char **argv)
{
	struct in in[QUEUES_MAX] = {};
	struct out out = {};
	struct forward f;
	unsigned int queue;

	forward_init(&f, argc, argv, "", NULL);
	forward_ways(&f, argv);
	for (unsigned int i = 0; i < f.queues; i++)
		open_in(&in[i], &f);
	queue = forward_workers(&f);
	open_out(&out, &f);
	forward_ready();
	forward_all(&f, &in[queue], &out);
}
