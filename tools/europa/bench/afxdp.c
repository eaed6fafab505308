// SPDX-License-Identifier: GPL-2.0-only
/*
 * AF_XDP with libxdp: one UMEM, a socket on each netdev, batches of 64, wakeups
 * only where needed; with a 4th argument also back, from OUT to IN, to the MAC
 * address that it is
 *
 *  -b	by busy polling
 *  -g	in generic mode, for netdevs without the native one
 *
 * libxdp's own program needs BTF in the kernel, so here is one without.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <xdp/xsk.h>

#include "forward.h"

#define FRAME_SIZE	SLOT_SIZE
#define RING_MAX	2048u

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL	69
#define SO_BUSY_POLL_BUDGET	70
#endif

struct port {
	struct xsk_socket *xsk;
	struct xsk_ring_cons rx, comp;
	struct xsk_ring_prod tx, fill;
	int fd;
};

static volatile sig_atomic_t stopped;
static uint8_t *umem_area;
static unsigned int frames;
static bool busy;
static uint32_t mode = XDP_FLAGS_DRV_MODE;
static struct port port[2];

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* return bpf_redirect_map(map, ctx->rx_queue_index, XDP_PASS); */
static int load_prog(int map)
{
	struct bpf_insn insn[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_1,
		  .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3,
		  .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "afxdp", "GPL", insn,
			     sizeof(insn) / sizeof(insn[0]), NULL);
}

/* Returns the map of sockets by queue. */
static int attach(int ifindex)
{
	int map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "xsks", 4, 4, QUEUES_MAX,
				 NULL);
	int prog;

	if (map < 0)
		die("XSKMAP");
	prog = load_prog(map);
	if (prog < 0 || bpf_xdp_attach(ifindex, prog, mode, NULL))
		die("XDP program");
	return map;
}

static void receive(int map, uint32_t queue, int xsk)
{
	if (bpf_map_update_elem(map, &queue, &xsk, 0))
		die("XSKMAP");
}

static void busy_poll(int fd)
{
	int on = 1, usec = 20, budget = BATCH;

	if (setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &usec, sizeof(usec)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget,
		       sizeof(budget)))
		die("busy poll");
}

static void open_port(struct port *p, const char *ifname, uint32_t queue,
		      struct xsk_umem *umem)
{
	struct xsk_socket_config config = {
		.rx_size = frames < RING_MAX ? frames : RING_MAX,
		.tx_size = frames < RING_MAX ? frames : RING_MAX,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.xdp_flags = mode,
		.bind_flags = XDP_USE_NEED_WAKEUP,
	};
	int err = xsk_socket__create_shared(&p->xsk, ifname, queue, umem,
					    &p->rx, &p->tx, &p->fill, &p->comp,
					    &config);

	if (err) {
		errno = -err;
		die(ifname);
	}
	p->fd = xsk_socket__fd(p->xsk);
}

/* Frames for the receiver to fill. */
static void fill(struct port *p, const uint64_t *addr, uint32_t n)
{
	uint32_t at;

	while (xsk_ring_prod__reserve(&p->fill, n, &at) != n)
		;
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&p->fill, at + i) = addr[i];
	xsk_ring_prod__submit(&p->fill, n);
}

/* What has been sent is filled again. */
static uint32_t recycle(struct port *in, struct port *out)
{
	uint64_t addr[BATCH];
	uint32_t at, n = xsk_ring_cons__peek(&out->comp, BATCH, &at);

	for (uint32_t i = 0; i < n; i++)
		addr[i] = *xsk_ring_cons__comp_addr(&out->comp, at + i);
	if (n) {
		xsk_ring_cons__release(&out->comp, n);
		fill(in, addr, n);
	}
	return n;
}

/* A call sends 32 at most, and says EAGAIN if there are more. */
static void wake_tx(struct port *out)
{
	int calls = BATCH / 32 + 1;

	if (!busy && !xsk_ring_prod__needs_wakeup(&out->tx))
		return;
	while (sendto(out->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 &&
	       errno == EAGAIN && --calls)
		;
}

static void transmit(struct port *in, struct port *out,
		     const struct xdp_desc *desc, uint32_t n)
{
	uint32_t at;

	while (xsk_ring_prod__reserve(&out->tx, n, &at) != n) {
		wake_tx(out);
		recycle(in, out);
	}
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__tx_desc(&out->tx, at + i) = desc[i];
	xsk_ring_prod__submit(&out->tx, n);
	wake_tx(out);
}

static uint32_t forward_batch(const struct forward *f, struct port *in,
			      struct port *out)
{
	struct xdp_desc send[BATCH];
	uint64_t drop[BATCH];
	const uint8_t *to[BATCH];
	uint8_t *frame[BATCH];
	uint32_t len[BATCH], at, n = xsk_ring_cons__peek(&in->rx, BATCH, &at);
	uint32_t sends = 0, drops = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *d = xsk_ring_cons__rx_desc(&in->rx,
								  at + i);

		frame[i] = umem_area + d->addr;
		len[i] = d->len;
	}
	if (!n)
		return 0;
	xsk_ring_cons__release(&in->rx, n);
	forward_burst(f, frame, len, n, to);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t addr = (uint64_t)(frame[i] - umem_area);

		if (to[i])
			send[sends++] = (struct xdp_desc){ .addr = addr,
							   .len = len[i] };
		else
			drop[drops++] = addr;
	}
	if (sends)
		transmit(in, out, send, sends);
	if (drops)
		fill(in, drop, drops);
	return n;
}

/* Nothing was there: have the driver polled, or sleep until something is. */
static void wait_for_work(int ways)
{
	struct pollfd pfd[] = { { .fd = port[0].fd, .events = POLLIN },
				{ .fd = port[1].fd, .events = POLLIN } };

	for (int i = 0; busy && i < ways; i++)
		recvfrom(port[i].fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
	if (!busy)
		poll(pfd, (nfds_t)ways, 100);
}

/* Way 0 leads from port 0 to port 1, way 1 back. */
static void forward_until_stopped(const struct forward *f, int ways)
{
	while (!stopped) {
		uint32_t n = 0;

		for (int i = 0; i < ways; i++) {
			recycle(&port[i], &port[!i]);
			n += forward_batch(&f[i], &port[i], &port[!i]);
		}
		if (!n)
			wait_for_work(ways);
	}
}

/* What a way receives into; all of the memory is shared among the ways. */
static void give_frames(int ways)
{
	for (uint64_t i = 0; i < frames; i++) {
		uint64_t addr = i * FRAME_SIZE;

		fill(&port[i % (uint64_t)ways], &addr, 1);
	}
}

static void open_ports(const struct forward *f, uint32_t queue)
{
	size_t size = (size_t)frames * FRAME_SIZE;
	struct xsk_umem *umem;
	struct xsk_umem_config config = {
		.fill_size = frames,
		.comp_size = frames,
		.frame_size = FRAME_SIZE,
	};

	umem_area = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (umem_area == MAP_FAILED ||
	    xsk_umem__create(&umem, umem_area, size, &port[0].fill,
			     &port[0].comp, &config))
		die("UMEM");
	open_port(&port[0], f->in, queue, umem);
	open_port(&port[1], f->out, queue, umem);
	for (int i = 0; busy && i < 2; i++)
		busy_poll(port[i].fd);
}

static void option(int c)
{
	if (c == 'b')
		busy = true;
	else
		mode = XDP_FLAGS_SKB_MODE;
}

int main(int argc, char **argv)
{
	struct forward f[2];
	int map[2], ways = 1;
	uint32_t queue;

	forward_init(&f[0], argc, argv, "bg", option);
	frames = f[0].slots;
	ways += forward_back(&f[1], &f[0], argv);
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	for (int i = 0; i < ways; i++)
		map[i] = attach(f[i].in_ifindex);
	queue = forward_workers(&f[0]);
	open_ports(f, queue);
	give_frames(ways);
	for (int i = 0; i < ways; i++)
		receive(map[i], queue, port[i].fd);
	forward_ready();
	forward_until_stopped(f, ways);
	for (int i = 0; i < ways && !queue; i++)
		bpf_xdp_detach(f[i].in_ifindex, mode, NULL);
}
