// SPDX-License-Identifier: GPL-2.0-only
/* Frames to pool from an XDP program that redirects them to a virtual NIC */
#include <linux/if_xdp.h>

#include "harness.h"
#include "europa_test.h"
#include "xdp_prog.h"

#define SLOTS	64

FIXTURE(xdp) {
	struct rt r;
	int a1, b1, link;
	uint8_t mac0[ETH_ALEN], mac1[ETH_ALEN];
};

FIXTURE_VARIANT(xdp) {
	bool simnic;
};

FIXTURE_VARIANT_ADD(xdp, veth) { false };
FIXTURE_VARIANT_ADD(xdp, simnic) { true };

FIXTURE_SETUP(xdp)
{
	int map, prog;

	ASSERT_EQ(0, new_network_of(variant->simnic));
	/* A tag that hardware takes off does not come to an XDP program. */
	if (variant->simnic)
		ASSERT_EQ(0, system("ethtool -K a0 rxvlan off"));
	get_mac("eu0", self->mac0);
	get_mac("eu1", self->mac1);
	map = new_devmap("eu0");
	ASSERT_LE(0, map);
	prog = new_prog(map);
	ASSERT_LE(0, prog);
	self->link = attach(prog, "a0");
	ASSERT_LE(0, self->link);
	self->a1 = raw_socket("a1");
	self->b1 = raw_socket("b1");
	ASSERT_LE(0, self->b1);
}

FIXTURE_TEARDOWN(xdp)
{
	if (self->r.slots) {
		EXPECT_TRUE(rt_accounts(&self->r));
		rt_close(&self->r);
	}
	/* Now, as a simnic's name is known to all network namespaces. */
	if (variant->simnic)
		EXPECT_EQ(0, ip_batch("link del a0\nlink del a1\n"
				      "link del b0\nlink del b1\n"));
}

static void open_router(struct __test_metadata *_metadata, struct rt *r)
{
	ASSERT_EQ(0, rt_open(r, SLOTS, 2048, 0));
	ASSERT_EQ(0, rt_attach(r, "eu0"));
	ASSERT_EQ(1, rt_attach(r, "eu1"));
}

TEST_F(xdp, forward)
{
	static const uint8_t peer[ETH_ALEN] = { 2, 0, 0, 0, 0, 9 };
	struct rt *r = &self->r;
	uint32_t number;
	uint8_t f[2048];

	open_router(_metadata, r);
	for (uint32_t i = 0; i < 600; i++) {
		int len = 60 + (int)(i * 17 % 1455), slot;

		send_frame(self->a1, self->mac0, i, len);
		slot = rt_rx(r, 0, LIMIT_MS);
		ASSERT_LE(0, slot);
		ASSERT_EQ(EUROPA_FILLED, r->desc[slot].state);
		ASSERT_EQ(len, r->desc[slot].len);
		ASSERT_EQ(128, r->desc[slot].offset);
		ASSERT_EQ(0, r->desc[slot].flags);
		ASSERT_EQ(0, r->desc[slot].vlan_proto);
		ASSERT_EQ(0, memcmp(rt_data(r, slot), self->mac0, ETH_ALEN));
		memcpy(rt_data(r, slot), peer, ETH_ALEN);
		memcpy(rt_data(r, slot) + ETH_ALEN, self->mac1, ETH_ALEN);
		rt_tx(r, 1, slot, 0);
		ASSERT_EQ(len, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
		ASSERT_TRUE(frame_intact(f, len, &number));
		ASSERT_EQ(i, number);
	}
	EXPECT_EQ(600, rt_stats(r).counter[EUROPA_CNT_RX_PACKETS]);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_PACKETS, 600));
	EXPECT_EQ(SLOTS, rt_stats(r).free);
}

/* What the program does not redirect is for others; what it passes, for the rx_handler. */
TEST_F(xdp, other_verdicts)
{
	struct rt *r = &self->r;
	uint32_t number;
	uint8_t f[2048];
	int slot;

	open_router(_metadata, r);
	close(self->link);
	self->link = attach(new_verdict(XDP_DROP), "a0");
	ASSERT_LE(0, self->link);
	send_frame(self->a1, self->mac0, 1, 100);
	close(self->link);
	/* A veth sends back only to who polls. */
	if (variant->simnic) {
		self->link = attach(new_verdict(XDP_TX), "a0");
		ASSERT_LE(0, self->link);
		send_frame(self->a1, self->mac0, 2, 100);
		ASSERT_EQ(100, recv_frame(self->a1, f, sizeof(f), LIMIT_MS));
		ASSERT_TRUE(frame_intact(f, 100, &number));
		EXPECT_EQ(2, number);
		close(self->link);
	}
	self->link = attach(new_verdict(XDP_PASS), "a0");
	ASSERT_LE(0, self->link);
	send_frame(self->a1, self->mac0, 3, 100);
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	ASSERT_TRUE(frame_intact(rt_data(r, slot), 100, &number));
	EXPECT_EQ(3, number);
	rt_tx(r, 0, slot, EUROPA_F_DROP);
	EXPECT_EQ(1, rt_stats(r).counter[EUROPA_CNT_RX_PACKETS]);
}

/* What finds no slot waits, and arrives in order. */
TEST_F(xdp, pool_empty)
{
	struct europa_detach_req detach = { if_nametoindex("eu0"), 0 };
	struct rt *r = &self->r;
	uint32_t number;
	int slot;

	open_router(_metadata, r);
	ASSERT_EQ(0, rt_line(r, 4 << 20));
	for (uint32_t i = 0; i < 3 * SLOTS; i++)
		send_frame(self->a1, self->mac0, i, 60);
	ASSERT_TRUE(rt_wait_count(r, EUROPA_CNT_RX_WAITED, 2 * SLOTS));
	EXPECT_EQ(SLOTS, rt_stats(r).counter[EUROPA_CNT_RX_PACKETS]);
	for (uint32_t i = 0; i < 2 * SLOTS; i++) {
		slot = rt_rx(r, 0, LIMIT_MS);
		ASSERT_LE(0, slot);
		ASSERT_TRUE(frame_intact(rt_data(r, slot), 60, &number));
		ASSERT_EQ(i, number);
		rt_tx(r, 0, slot, EUROPA_F_DROP);
	}
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_RX_PACKETS, 3 * SLOTS));
	ASSERT_EQ(0, rt_line(r, 0));
	for (uint32_t i = 0; i < SLOTS; i++)
		send_frame(self->a1, self->mac0, i, 60);
	for (int ms = 0; ms < LIMIT_MS; ms++) {
		struct europa_stats s = rt_stats(r);

		number = s.counter[EUROPA_CNT_RX_WAITED] - 2 * SLOTS;
		if (number + s.counter[EUROPA_CNT_RX_POOL_EMPTY] >= SLOTS)
			break;
		usleep(1000);
	}
	EXPECT_LT(0, number);
	EXPECT_EQ(SLOTS - number,
		  rt_stats(r).counter[EUROPA_CNT_RX_POOL_EMPTY]);
	ASSERT_EQ(0, setsockopt(r->fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	EXPECT_EQ(number, rt_stats(r).counter[EUROPA_CNT_RX_NIC_DOWN]);
}

static int send_tagged(int fd, const uint8_t *dst, uint16_t tci, int len)
{
	static const uint8_t src[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	uint8_t plain[2048], f[2048];
	uint16_t tag[2] = { htons(ETH_P_8021Q), htons(tci) };

	make_frame(plain, dst, src, 7, len);
	memcpy(f, plain, 12);
	memcpy(f + 12, tag, 4);
	memcpy(f + 16, plain + 12, (size_t)len - 12);
	return send(fd, f, (size_t)len + 4, 0) == len + 4 ? 0 : -1;
}

TEST_F(xdp, tag_goes_to_the_descriptor)
{
	struct rt *r = &self->r;
	uint32_t number;
	int slot;

	open_router(_metadata, r);
	ASSERT_EQ(0, send_tagged(self->a1, self->mac0, 0x6123, 300));
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(300, r->desc[slot].len);
	EXPECT_EQ(htons(ETH_P_8021Q), r->desc[slot].vlan_proto);
	EXPECT_EQ(0x6123, r->desc[slot].vlan_tci);
	EXPECT_TRUE(frame_intact(rt_data(r, slot), 300, &number));
	rt_tx(r, 0, slot, EUROPA_F_DROP);
}

TEST_F(xdp, group_frames_are_marked)
{
	static const uint8_t all[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };
	static const uint8_t some[ETH_ALEN] = { 1, 0, 94, 0, 0, 5 };
	struct rt *r = &self->r;
	int slot;

	open_router(_metadata, r);
	send_frame(self->a1, all, 0, 60);
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(EUROPA_F_BROADCAST, r->desc[slot].flags);
	rt_tx(r, 0, slot, EUROPA_F_DROP);
	send_frame(self->a1, some, 0, 60);
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(EUROPA_F_MULTICAST, r->desc[slot].flags);
	rt_tx(r, 0, slot, EUROPA_F_DROP);
}

/* Without a router the NIC is one of its own stack. */
TEST_F(xdp, to_the_stack)
{
	int stack = raw_socket("eu0"), tci = 0;
	uint8_t f[2048];

	send_frame(self->a1, self->mac0, 5, 200);
	EXPECT_EQ(200, recv_frame_tci(stack, f, sizeof(f), LIMIT_MS, &tci));
	EXPECT_EQ(-1, tci);
	ASSERT_EQ(0, send_tagged(self->a1, self->mac0, 0x0042, 200));
	EXPECT_EQ(200, recv_frame_tci(stack, f, sizeof(f), LIMIT_MS, &tci));
	EXPECT_EQ(0x0042, tci);
}

TEST_F(xdp, tap)
{
	struct rt *r = &self->r;
	int tap, slot;
	uint8_t f[2048];

	open_router(_metadata, r);
	tap = raw_socket("eu0");
	send_frame(self->a1, self->mac0, 5, 200);
	EXPECT_EQ(200, recv_frame(tap, f, sizeof(f), LIMIT_MS));
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(200, r->desc[slot].len);
	rt_tx(r, 0, slot, EUROPA_F_DROP);
	close(tap);
}

/* Who sends by an AF_XDP socket, without XDP, does not say where headers are. */
struct xsk {
	int fd;
	uint8_t *umem;
	struct xdp_desc *desc;
	uint32_t *producer;
};

static int xsk_ring(int fd, int option)
{
	const int entries = 8;

	return setsockopt(fd, SOL_XDP, option, &entries, sizeof(entries));
}

static int xsk_open(struct xsk *x, const char *ifname)
{
	struct sockaddr_xdp sxdp = { .sxdp_family = AF_XDP,
				     .sxdp_flags = XDP_COPY,
				     .sxdp_ifindex = if_nametoindex(ifname) };
	struct xdp_umem_reg umem = { .len = 16 * 4096, .chunk_size = 4096 };
	struct xdp_mmap_offsets off;
	socklen_t len = sizeof(off);
	uint8_t *ring;

	x->fd = socket(AF_XDP, SOCK_RAW, 0);
	x->umem = mmap(NULL, umem.len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	umem.addr = (uintptr_t)x->umem;
	if (setsockopt(x->fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) ||
	    xsk_ring(x->fd, XDP_UMEM_FILL_RING) ||
	    xsk_ring(x->fd, XDP_UMEM_COMPLETION_RING) ||
	    xsk_ring(x->fd, XDP_TX_RING) ||
	    getsockopt(x->fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &len))
		return -1;
	ring = mmap(NULL, off.tx.desc + 8 * sizeof(*x->desc),
		    PROT_READ | PROT_WRITE, MAP_SHARED, x->fd,
		    XDP_PGOFF_TX_RING);
	if (ring == MAP_FAILED)
		return -1;
	x->desc = (void *)(ring + off.tx.desc);
	x->producer = (void *)(ring + off.tx.producer);
	return bind(x->fd, (void *)&sxdp, sizeof(sxdp));
}

static int xsk_send(struct xsk *x, const uint8_t *src, uint32_t number)
{
	static const uint8_t all[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };
	uint32_t p = *x->producer;

	make_frame(x->umem + p * 4096, all, src, number, 100);
	x->desc[p % 8] = (struct xdp_desc){ .addr = p * 4096, .len = 100 };
	__atomic_store_n(x->producer, p + 1, __ATOMIC_RELEASE);
	return sendto(x->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
}

TEST_F(xdp, from_af_xdp)
{
	static const uint8_t other[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	uint32_t number;
	uint8_t f[2048];
	struct xsk x;

	ASSERT_EQ(0, xsk_open(&x, "eu1"));
	for (uint32_t i = 0; i < 4; i++) {
		ASSERT_EQ(0, xsk_send(&x, i % 2 ? self->mac1 : other, i));
		if (i % 2) {
			ASSERT_EQ(100, recv_frame(self->b1, f, sizeof(f),
						  LIMIT_MS));
			ASSERT_TRUE(frame_intact(f, 100, &number));
			EXPECT_EQ(i, number);
		}
	}
	EXPECT_EQ(2, get_dropped("eu1", true));
	close(x.fd);
}

/* What a CPU receives goes to one queue of the NIC. */
TEST_F(xdp, queue_by_cpu)
{
	struct rt r[2];
	cpu_set_t all;

	close(self->link);
	ASSERT_EQ(0, ip_batch("link del eu0\n"
			      "link add link a0 name eu0 numrxqueues 2 type europa\n"
			      "link set eu0 up\n"));
	get_mac("eu0", self->mac0);
	ASSERT_LE(0, attach(new_prog(new_devmap("eu0")), "a0"));
	for (uint32_t q = 0; q < 2; q++) {
		ASSERT_EQ(0, rt_open(&r[q], SLOTS, 2048, 0));
		ASSERT_EQ(0, rt_attach_queue(&r[q], "eu0", q));
	}
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(all), &all));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		struct rt *here = &r[cpu % 2];
		cpu_set_t one;
		int slot;

		if (!CPU_ISSET(cpu, &all))
			continue;
		/* A veth receives where the other end sends. */
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
		send_frame(self->a1, self->mac0, (uint32_t)cpu, 60);
		slot = rt_rx(here, 0, LIMIT_MS);
		ASSERT_LE(0, slot);
		rt_tx(here, 0, slot, EUROPA_F_DROP);
		ASSERT_EQ(-1, rt_take(&r[!(cpu % 2)], 0));
	}
	rt_close(&r[0]);
	rt_close(&r[1]);
}

/* The NIC is in a container, the program on the host. */
TEST_F(xdp, container)
{
	struct rt *r = &self->r;
	char command[80];
	int container, host, map, slot;

	host = open("/proc/self/ns/net", O_RDONLY);
	close(self->link);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	container = open("/proc/self/ns/net", O_RDONLY);
	ASSERT_EQ(0, setns(host, CLONE_NEWNET));
	snprintf(command, sizeof(command), "link set eu0 netns /proc/%d/fd/%d\n",
		 getpid(), container);
	ASSERT_EQ(0, ip_batch(command));
	/* A map forgets a NIC that moves: make a new one where it is now. */
	ASSERT_EQ(0, setns(container, CLONE_NEWNET));
	ASSERT_EQ(0, ip_batch("link set eu0 up\n"));
	map = new_devmap("eu0");
	ASSERT_LE(0, map);
	ASSERT_EQ(0, rt_open(r, SLOTS, 2048, 0));
	ASSERT_EQ(0, rt_attach(r, "eu0"));
	ASSERT_EQ(0, setns(host, CLONE_NEWNET));
	ASSERT_LE(0, attach(new_prog(map), "a0"));
	send_frame(self->a1, self->mac0, 5, 200);
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(200, r->desc[slot].len);
	rt_tx(r, 0, slot, EUROPA_F_DROP);
}

TEST_HARNESS_MAIN
