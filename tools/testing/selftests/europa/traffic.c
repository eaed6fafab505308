// SPDX-License-Identifier: GPL-2.0-only
/* Frames to pool and from pool: states, ownership, counters, classification */
#include "harness.h"
#include "europa_test.h"

#define SLOTS	64

FIXTURE(traffic) {
	struct rt r;
	int a1, b1;
	uint8_t mac0[ETH_ALEN], mac1[ETH_ALEN];
};

/* What leaves by b0: a veth takes xdp_frames if its peer does GRO. */
FIXTURE_VARIANT(traffic) {
	bool frames;
};

FIXTURE_VARIANT_ADD(traffic, skbs) { .frames = false };
FIXTURE_VARIANT_ADD(traffic, frames) { .frames = true };

FIXTURE_SETUP(traffic)
{
	ASSERT_EQ(0, new_network());
	if (variant->frames)
		ASSERT_EQ(0, system("ethtool -K b1 gro on"));
	ASSERT_EQ(0, rt_open(&self->r, SLOTS, 2048, 4));
	ASSERT_EQ(0, rt_attach(&self->r, "eu0"));
	ASSERT_EQ(1, rt_attach(&self->r, "eu1"));
	get_mac("eu0", self->mac0);
	get_mac("eu1", self->mac1);
	self->a1 = raw_socket("a1");
	self->b1 = raw_socket("b1");
	ASSERT_LE(0, self->b1);
}

FIXTURE_TEARDOWN(traffic)
{
	EXPECT_TRUE(rt_accounts(&self->r));
	rt_close(&self->r);
}

static const uint8_t peer[ETH_ALEN] = { 2, 0, 0, 0, 0, 9 };

/* Makes a received frame one that eu1 may send. */
static void address(struct rt *r, int slot, const uint8_t *src)
{
	memcpy(rt_data(r, slot), peer, ETH_ALEN);
	memcpy(rt_data(r, slot) + ETH_ALEN, src, ETH_ALEN);
}

/* How many xdp_frames a veth has sent. */
static uint32_t xdp_sent(const char *ifname)
{
	uint32_t n = UINT32_MAX;
	char command[64];
	FILE *f;

	snprintf(command, sizeof(command),
		 "ethtool -S %s | sed -n 's/.*_xdp_xmit: //p'", ifname);
	f = popen(command, "r");
	if (!f)
		return n;
	if (fscanf(f, "%u", &n) != 1)
		n = UINT32_MAX;
	pclose(f);
	return n;
}

TEST_F(traffic, forward)
{
	struct rt *r = &self->r;
	uint32_t number;
	uint8_t f[2048];

	/* Several laps of the rings; every length from the least on. */
	for (uint32_t i = 0; i < 600; i++) {
		int len = 60 + (int)(i * 17 % 1455), slot;

		send_frame(self->a1, self->mac0, i, len);
		slot = rt_rx(r, 0, LIMIT_MS);
		ASSERT_LE(0, slot);
		ASSERT_EQ(EUROPA_FILLED, r->desc[slot].state);
		ASSERT_EQ(len, r->desc[slot].len);
		ASSERT_EQ(128, r->desc[slot].offset);
		address(r, slot, self->mac1);
		rt_tx(r, 1, slot, 0);
		ASSERT_EQ(len, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
		ASSERT_TRUE(frame_intact(f, len, &number));
		ASSERT_EQ(i, number);
		ASSERT_EQ(0, memcmp(f, peer, 6));
		ASSERT_EQ(0, memcmp(f + 6, self->mac1, 6));
	}
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_PACKETS, 600));
	EXPECT_EQ(600, rt_stats(r).counter[EUROPA_CNT_RX_PACKETS]);
	EXPECT_EQ(SLOTS - 4, rt_stats(r).free);
	EXPECT_EQ(variant->frames ? 600u : 0u, xdp_sent("b0"));
}

#define TRAFGEN_FRAMES	1500

/* Starts trafgen: frames of 60, 571 and 1514 bytes in turn, to @mac. */
static pid_t start_trafgen(const char *path, const uint8_t *mac)
{
	static const int fill[] = { 46, 557, 1500 };
	FILE *f = fopen(path, "w");
	pid_t child;

	if (!f)
		return -1;
	for (int i = 0; i < 3; i++) {
		fprintf(f, "{ %d, %d, %d, %d, %d, %d, ", mac[0], mac[1],
			mac[2], mac[3], mac[4], mac[5]);
		fprintf(f, "2, 0, 0, 0, 0, 1, 0x88, 0xb5, fill(0x5a, %d) }\n",
			fill[i]);
	}
	fclose(f);
	child = fork();
	if (!child) {
		char n[16];
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		snprintf(n, sizeof(n), "%d", TRAFGEN_FRAMES);
		execlp("trafgen", "trafgen", "-C", "-P", "1", "-o", "a1", "-c",
		       path, "-n", n, NULL);
		_exit(127);
	}
	return child;
}

/* At the full speed of another program: all arrive or are counted. */
TEST_F(traffic, trafgen)
{
	char path[] = "/tmp/europa-trafgen-XXXXXX";
	uint32_t received = 0, dry = 0;
	struct rt *r = &self->r;
	uint8_t f[2048];
	int slot, status, len, idle = 0;
	pid_t child;

	if (system("command -v trafgen >/dev/null"))
		SKIP(return, "trafgen is not installed");
	ASSERT_LE(0, mkstemp(path));
	child = start_trafgen(path, self->mac0);
	ASSERT_LT(0, child);
	while (received + dry < TRAFGEN_FRAMES && idle < LIMIT_MS / 100) {
		dry = rt_stats(r).counter[EUROPA_CNT_RX_POOL_EMPTY];
		slot = rt_rx(r, 0, 100);
		if (slot < 0) {
			idle++;
			continue;
		}
		idle = 0;
		address(r, slot, self->mac1);
		rt_tx(r, 1, slot, 0);
		len = recv_frame(self->b1, f, sizeof(f), LIMIT_MS);
		ASSERT_TRUE(len == 60 || len == 571 || len == 1514);
		for (int i = 14; i < len; i++)
			ASSERT_EQ(0x5a, f[i]);
		received++;
	}
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	unlink(path);
	EXPECT_LT(0, received);
	EXPECT_EQ(TRAFGEN_FRAMES, received + dry);
	EXPECT_EQ(received, rt_stats(r).counter[EUROPA_CNT_TX_PACKETS]);
}

/* All that may be received into, numbered from @first on, returned later. */
static void take_all(struct __test_metadata *_metadata, struct rt *r,
		     int *slot, uint32_t first)
{
	uint32_t number;

	for (uint32_t i = 0; i < SLOTS - 4; i++) {
		slot[i] = rt_rx(r, 0, LIMIT_MS);
		ASSERT_LE(0, slot[i]);
		ASSERT_TRUE(frame_intact(rt_data(r, slot[i]), 60, &number));
		ASSERT_EQ(first + i, number);
	}
}

TEST_F(traffic, pool_runs_dry)
{
	struct rt *r = &self->r;
	int slot[SLOTS - 4];

	for (uint32_t i = 0; i < SLOTS; i++)
		send_frame(self->a1, self->mac0, i, 60);
	take_all(_metadata, r, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_RX_WAITED, 4));
	EXPECT_EQ(0, rt_stats(r).free);
	EXPECT_EQ(SLOTS - 4, rt_stats(r).router);
	EXPECT_EQ(4, rt_stats(r).own);
	EXPECT_EQ(SLOTS - 4, rt_stats(r).counter[EUROPA_CNT_RX_PACKETS]);
	for (int i = 0; i < SLOTS - 4; i++)
		rt_tx(r, 0, slot[i], EUROPA_F_DROP);
	for (uint32_t i = SLOTS; i < 2 * SLOTS - 8; i++)
		send_frame(self->a1, self->mac0, i, 60);
	take_all(_metadata, r, slot, SLOTS - 4);
	for (int i = 0; i < SLOTS - 4; i++)
		rt_tx(r, 0, slot[i], EUROPA_F_DROP);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_ROUTER_DROP, 2 * SLOTS - 8));
	/* It is counted before it is free. */
	for (int ms = 0; ms < LIMIT_MS && rt_stats(r).free < SLOTS - 4; ms++)
		usleep(1000);
	EXPECT_EQ(SLOTS - 4, rt_stats(r).free);
	for (int i = 0; i < SLOTS - 4; i++)
		EXPECT_EQ(EUROPA_EMPTY, r->desc[slot[i]].state);
	EXPECT_EQ(0, rt_stats(r).counter[EUROPA_CNT_RX_POOL_EMPTY]);
}

/* A slot is returned, one that waits gets it; @drain: by the router's own call. */
static void one_by_one(struct __test_metadata *_metadata,
		       struct _test_data_traffic *self, bool drain)
{
	struct rt *r = &self->r;
	int slot[SLOTS - 4], first;
	uint32_t number;

	for (uint32_t i = 0; i < SLOTS + 16; i++)
		send_frame(self->a1, self->mac0, i, 60);
	take_all(_metadata, r, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_RX_WAITED, 20));
	for (uint32_t i = SLOTS - 4; i < SLOTS + 16; i++) {
		rt_tx(r, 0, slot[i % (SLOTS - 4)], EUROPA_F_DROP);
		if (drain)
			ASSERT_EQ(0, rt_drain(r));
		first = rt_rx(r, 0, LIMIT_MS);
		ASSERT_LE(0, first);
		ASSERT_TRUE(frame_intact(rt_data(r, first), 60, &number));
		ASSERT_EQ(i, number);
		slot[i % (SLOTS - 4)] = first;
	}
}

/* Those who wait get what a router returns though nothing is received. */
TEST_F(traffic, one_slot_after_the_other)
{
	one_by_one(_metadata, self, false);
}

/* So they do if it sends itself. */
TEST_F(traffic, one_slot_after_the_other_drained)
{
	self->r.ctrl->router_sends = 1;
	one_by_one(_metadata, self, true);
}

/* What a NIC had taken for itself is for those who wait at another. */
TEST_F(traffic, detached_leaves_slots)
{
	struct europa_detach_req detach = { if_nametoindex("eu1"), 0 };
	struct rt *r = &self->r;
	uint64_t received = 0;
	struct europa_stats s;

	send_frame(self->b1, self->mac1, 0, 60);
	ASSERT_LE(0, rt_rx(r, 1, LIMIT_MS));
	for (uint32_t i = 0; i < SLOTS; i++)
		send_frame(self->a1, self->mac0, i, 60);
	for (int ms = 0; ms < LIMIT_MS; ms++) {
		s = rt_stats(r);
		received = s.counter[EUROPA_CNT_RX_PACKETS];
		if (received + s.counter[EUROPA_CNT_RX_WAITED] > SLOTS)
			break;
		usleep(1000);
	}
	ASSERT_EQ(SLOTS + 1, received + s.counter[EUROPA_CNT_RX_WAITED]);
	ASSERT_GT(SLOTS - 4, received);
	for (uint64_t i = 1; i < received; i++)
		ASSERT_LE(0, rt_rx(r, 0, LIMIT_MS));
	ASSERT_EQ(0, setsockopt(r->fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_RX_PACKETS, SLOTS - 4));
}

/* SO_RCVBUF says how much may wait; the rest is lost, and counted. */
TEST_F(traffic, line_is_full)
{
	struct europa_detach_req detach = { if_nametoindex("eu0"), 0 };
	struct rt *r = &self->r;
	struct europa_stats s;
	uint64_t waited;

	ASSERT_EQ(0, rt_line(r, 0));
	for (uint32_t i = 0; i < SLOTS + 16; i++)
		send_frame(self->a1, self->mac0, i, 60);
	for (int ms = 0; ms < LIMIT_MS; ms++) {
		s = rt_stats(r);
		waited = s.counter[EUROPA_CNT_RX_WAITED];
		if (waited + s.counter[EUROPA_CNT_RX_POOL_EMPTY] >= 20)
			break;
		usleep(1000);
	}
	EXPECT_EQ(20, waited + s.counter[EUROPA_CNT_RX_POOL_EMPTY]);
	EXPECT_LT(0, waited);
	EXPECT_GT(10, waited);
	/* Nobody is left to serve those. */
	ASSERT_EQ(0, setsockopt(r->fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	EXPECT_EQ(waited, rt_stats(r).counter[EUROPA_CNT_RX_NIC_DOWN]);
}

/* Where no slot will ever be received into, nobody waits for one. */
TEST_F(traffic, all_slots_own)
{
	struct rt r;
	uint8_t mac[ETH_ALEN];

	ASSERT_EQ(0, ip_batch("link add link a0 name eu2 type europa\n"
			      "link set eu2 up\n"));
	ASSERT_EQ(0, rt_open(&r, 4, 2048, 4));
	ASSERT_EQ(0, rt_attach(&r, "eu2"));
	get_mac("eu2", mac);
	send_frame(self->a1, mac, 0, 60);
	EXPECT_TRUE(rt_wait_count(&r, EUROPA_CNT_RX_POOL_EMPTY, 1));
	EXPECT_EQ(0, rt_stats(&r).counter[EUROPA_CNT_RX_WAITED]);
	rt_close(&r);
}

/* Two NICs of a router of two slots: neither keeps the other waiting. */
TEST_F(traffic, lines_take_turns)
{
	struct europa_detach_req detach = {};
	unsigned int got[2] = {};
	struct rt r;
	int slot;

	detach.ifindex = if_nametoindex("eu0");
	ASSERT_EQ(0, setsockopt(self->r.fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	detach.ifindex = if_nametoindex("eu1");
	ASSERT_EQ(0, setsockopt(self->r.fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	ASSERT_EQ(0, rt_open(&r, 2, 2048, 0));
	ASSERT_EQ(0, rt_attach(&r, "eu0"));
	ASSERT_EQ(1, rt_attach(&r, "eu1"));
	ASSERT_EQ(0, rt_line(&r, 1 << 20));
	for (uint32_t i = 0; i < 60; i++)
		send_frame(self->a1, self->mac0, i, 60);
	ASSERT_TRUE(rt_wait_count(&r, EUROPA_CNT_RX_WAITED, 58));
	for (uint32_t i = 0; i < 60; i++)
		send_frame(self->b1, self->mac1, i, 60);
	ASSERT_TRUE(rt_wait_count(&r, EUROPA_CNT_RX_WAITED, 118));
	for (int i = 0; i < 40; i++) {
		int nic = i % 2;

		for (int ms = 0; ms < LIMIT_MS && !rt_ready(&r.nic[nic]) &&
		     !rt_ready(&r.nic[!nic]); ms++)
			usleep(1000);
		nic = rt_ready(&r.nic[nic]) ? nic : !nic;
		slot = rt_rx(&r, nic, LIMIT_MS);
		ASSERT_LE(0, slot);
		got[nic]++;
		rt_tx(&r, nic, slot, EUROPA_F_DROP);
	}
	EXPECT_LE(15, got[0]);
	EXPECT_LE(15, got[1]);
	rt_close(&r);
}

TEST_F(traffic, own_slots)
{
	struct rt *r = &self->r;
	uint8_t f[2048];

	for (uint32_t i = 0; i < 40; i++) {
		int slot = SLOTS - 4 + (int)(i % 4);

		for (int ms = 0; ms < LIMIT_MS &&
		     __atomic_load_n(&r->desc[slot].state, __ATOMIC_ACQUIRE) !=
		     EUROPA_EMPTY; ms++)
			usleep(1000);
		ASSERT_EQ(EUROPA_EMPTY, r->desc[slot].state);
		r->desc[slot].offset = 64;
		r->desc[slot].len = make_frame(r->pool + slot * 2048 + 64,
					       peer, self->mac1, i, 100);
		rt_tx(r, 1, slot, 0);
		ASSERT_EQ(100, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
	}
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_PACKETS, 40));
	EXPECT_EQ(4, rt_stats(r).own);
}

/* A full txRing when its NIC is detached: more than a driver takes at once. */
TEST_F(traffic, detach_full)
{
	struct europa_detach_req detach = {};
	struct europa_stats stats;
	uint8_t mac[ETH_ALEN];
	struct rt r;

	ASSERT_EQ(0, ip_batch("link add link b0 name eu2 type europa\n"
			      "link set eu2 up\n"));
	ASSERT_EQ(0, rt_open(&r, 1024, 2048, 1024));
	ASSERT_EQ(0, rt_attach(&r, "eu2"));
	get_mac("eu2", mac);
	for (int i = 0; i < 1024; i++) {
		r.desc[i].offset = 64;
		r.desc[i].len = make_frame(rt_data(&r, i), peer, mac, i, 60);
		r.desc[i].state = EUROPA_PROCESSED;
		rt_publish(&r, 0, i);
	}
	detach.ifindex = r.nic[0].ifindex;
	ASSERT_EQ(0, setsockopt(r.fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	stats = rt_stats(&r);
	EXPECT_EQ(1024, stats.counter[EUROPA_CNT_TX_PACKETS] +
			stats.counter[EUROPA_CNT_TX_QDISC_DROP]);
	EXPECT_LE(256, stats.counter[EUROPA_CNT_TX_PACKETS]);
	EXPECT_EQ(1024, stats.own);
	EXPECT_TRUE(rt_accounts(&r));
	rt_close(&r);
}

/* A received slot, ready to be returned by eu1. */
static int a_slot(struct rt *r, int a1, const uint8_t *dst, const uint8_t *src)
{
	int slot;

	send_frame(a1, dst, 0, 100);
	slot = rt_rx(r, 0, LIMIT_MS);
	if (slot >= 0)
		address(r, slot, src);
	return slot;
}

#define A_SLOT() a_slot(r, self->a1, self->mac0, self->mac1)

TEST_F(traffic, bad_returns)
{
	struct rt *r = &self->r;
	int slot, again;

	rt_publish(r, 1, SLOTS);
	rt_publish(r, 1, EUROPA_RING_INDEX);
	rt_publish(r, 1, 3);			/* the kernel's own */
	rt_drain(r);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_INDEX, 2));
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_OWNER, 1));

	again = A_SLOT();			/* returned twice */
	rt_tx(r, 1, again, 0);
	rt_publish(r, 1, again);
	rt_drain(r);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_OWNER, 2));

	slot = A_SLOT();
	rt_publish(r, 1, slot);			/* still FILLED */
	rt_drain(r);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_STATE, 1));

	slot = A_SLOT();
	r->desc[slot].len = 2048;
	rt_tx(r, 1, slot, 0);
	slot = A_SLOT();
	r->desc[slot].len = 13;
	rt_tx(r, 1, slot, 0);
	slot = A_SLOT();
	r->desc[slot].offset = 0xfffffff0;
	rt_tx(r, 1, slot, 0);
	slot = A_SLOT();
	r->desc[slot].len = 0xffffffff;
	rt_tx(r, 1, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_LENGTH, 4));

	slot = A_SLOT();
	r->desc[slot].len = 1515;
	rt_tx(r, 1, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_TOO_BIG, 1));

	slot = A_SLOT();
	r->desc[slot].vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	r->desc[slot].vnet.csum_start = 2000;
	rt_tx(r, 1, slot, 0);
	slot = A_SLOT();
	r->desc[slot].vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	rt_tx(r, 1, slot, 0);
	slot = A_SLOT();
	r->desc[slot].vlan_proto = 0x1234;
	rt_tx(r, 1, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_OFFLOAD, 3));

	/* One slot, thousands of packets. */
	slot = A_SLOT();
	r->desc[slot].len = 1400;
	r->desc[slot].vnet.gso_type = VIRTIO_NET_HDR_GSO_UDP;
	r->desc[slot].vnet.gso_size = htole16(600);
	rt_tx(r, 1, slot, 0);
	slot = A_SLOT();
	r->desc[slot].len = 1400;
	r->desc[slot].vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	r->desc[slot].vnet.gso_size = htole16(1);
	rt_tx(r, 1, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_OFFLOAD, 5));

	slot = A_SLOT();
	memcpy(rt_data(r, slot) + ETH_ALEN, peer, ETH_ALEN);
	rt_tx(r, 1, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_SPOOFED, 1));

	ASSERT_EQ(0, ip_batch("link set eu1 down\n"));
	slot = A_SLOT();
	rt_tx(r, 1, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_NIC_DOWN, 1));

	EXPECT_EQ(1, rt_stats(r).counter[EUROPA_CNT_TX_PACKETS]);
	EXPECT_EQ(SLOTS - 4, rt_stats(r).free);
}

struct refill {
	struct rt r;
	bool stop;
};

/* A txRing that is always full, of own slots to be dropped. */
static void *refill(void *arg)
{
	struct refill *f = arg;
	struct rt *r = &f->r;
	struct rt_nic *n = &r->nic[0];

	while (!is_set(&f->stop)) {
		uint32_t slot = n->tx_pos % 1000;

		if (n->tx_pos - __atomic_load_n(&n->tx->cons, __ATOMIC_ACQUIRE) ==
		    n->tx_entries)
			continue;
		r->desc[slot].flags = EUROPA_F_DROP;
		r->desc[slot].state = EUROPA_PROCESSED;
		rt_publish(r, 0, slot);
	}
	return NULL;
}

TEST_F(traffic, full_ring_beside)
{
	uint8_t f[2048], mac[ETH_ALEN];
	struct refill full = {};
	struct rt *r = &full.r;
	pthread_t thread;

	ASSERT_EQ(0, ip_batch("link add link a0 name eu2 type europa\n"
			      "link add link b0 name eu3 type europa\n"
			      "link set eu2 up\nlink set eu3 up\n"));
	ASSERT_EQ(0, rt_open(r, 1024, 2048, 1024));
	ASSERT_EQ(0, rt_attach(r, "eu2"));
	ASSERT_EQ(1, rt_attach(r, "eu3"));
	get_mac("eu3", mac);
	ASSERT_EQ(0, pthread_create(&thread, NULL, refill, &full));
	for (int i = 1001; i < 1005; i++) {
		r->desc[i].offset = 64;
		r->desc[i].len = make_frame(rt_data(r, i), peer, mac, i, 100);
		rt_tx(r, 1, i, 0);
		rt_drain(r);
		EXPECT_EQ(100, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
	}
	set_flag(&full.stop);
	pthread_join(thread, NULL);
	rt_close(r);
}

TEST_F(traffic, ring_full)
{
	struct europa_detach_req detach = { if_nametoindex("eu1"), 0 };
	struct rt *r = &self->r;
	struct europa_stats s;
	int slot[7], eu1;

	/* A ring of two entries that nobody consumes. */
	ASSERT_EQ(0, setsockopt(r->fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	eu1 = rt_attach_rings(r, "eu1", 0, 2, 2);
	ASSERT_EQ(2, eu1);
	for (uint32_t i = 0; i < 5; i++)
		send_frame(self->b1, self->mac1, i, 60);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_RX_WAITED, 3));
	EXPECT_EQ(2, rt_stats(r).router);
	/* To consume is enough. */
	for (int i = 0; i < 5; i++) {
		slot[i] = rt_rx(r, eu1, LIMIT_MS);
		ASSERT_LE(0, slot[i]);
	}
	ASSERT_EQ(0, rt_line(r, 0));
	for (uint32_t i = 0; i < 10; i++)
		send_frame(self->b1, self->mac1, i, 60);
	for (int ms = 0; ms < LIMIT_MS; ms++) {
		s = rt_stats(r);
		if (s.counter[EUROPA_CNT_RX_WAITED] - 3 +
		    s.counter[EUROPA_CNT_RX_RING_FULL] >= 8)
			break;
		usleep(1000);
	}
	EXPECT_LT(3, s.counter[EUROPA_CNT_RX_WAITED]);
	EXPECT_LT(0, s.counter[EUROPA_CNT_RX_RING_FULL]);
	EXPECT_EQ(0, s.counter[EUROPA_CNT_RX_POOL_EMPTY]);
	EXPECT_EQ(7, s.router);
	for (int i = 0; i < 2; i++) {
		slot[5 + i] = rt_rx(r, eu1, LIMIT_MS);
		ASSERT_LE(0, slot[5 + i]);
	}
	for (int i = 0; i < 7; i++)
		rt_tx(r, 0, slot[i], EUROPA_F_DROP);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_ROUTER_DROP, 7));
}

/* A ring smaller than the pool, all of which is with the router or on the ring. */
TEST_F(traffic, ring_full_last_slot)
{
	uint8_t mac[ETH_ALEN];
	int slot[3], eu2;
	struct rt r;

	ASSERT_EQ(0, ip_batch("link add link a0 name eu2 type europa\n"
			      "link set eu2 up\n"));
	ASSERT_EQ(0, rt_open(&r, 3, 2048, 0));
	eu2 = rt_attach_rings(&r, "eu2", 0, 2, 2);
	ASSERT_EQ(0, eu2);
	get_mac("eu2", mac);
	for (uint32_t i = 0; i < 3; i++)
		send_frame(self->a1, mac, i, 60);
	EXPECT_TRUE(rt_wait_count(&r, EUROPA_CNT_RX_WAITED, 1));
	for (int i = 0; i < 3; i++) {
		slot[i] = rt_rx(&r, eu2, LIMIT_MS);
		ASSERT_LE(0, slot[i]);
	}
	for (int i = 0; i < 2; i++)
		rt_tx(&r, eu2, slot[i], EUROPA_F_DROP);
	EXPECT_TRUE(rt_wait_count(&r, EUROPA_CNT_ROUTER_DROP, 2));
	rt_close(&r);
}

TEST_F(traffic, down_and_too_big)
{
	struct rt *r = &self->r;

	ASSERT_EQ(0, ip_batch("link set a0 mtu 9000\nlink set a1 mtu 9000\n"));
	send_frame(self->a1, self->mac0, 0, 2047);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_RX_TOO_BIG, 1));
	ASSERT_EQ(0, ip_batch("link set eu0 down\n"));
	send_frame(self->a1, self->mac0, 0, 60);
	send_frame(self->b1, self->mac1, 1, 60);
	EXPECT_LE(0, rt_rx(r, 1, LIMIT_MS));
	EXPECT_EQ(1, rt_stats(r).counter[EUROPA_CNT_RX_PACKETS]);
}

TEST_F(traffic, punt)
{
	struct rt *r = &self->r;
	int eu1 = raw_socket("eu1"), slot;
	uint8_t f[2048];

	send_frame(self->b1, self->mac1, 7, 80);
	slot = rt_rx(r, 1, LIMIT_MS);
	ASSERT_LE(0, slot);
	/* The tap has seen it on its way to the router. */
	ASSERT_EQ(80, recv_frame(eu1, f, sizeof(f), LIMIT_MS));
	rt_tx(r, 1, slot, EUROPA_F_PUNT);
	ASSERT_EQ(80, recv_frame(eu1, f, sizeof(f), LIMIT_MS));
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_PUNTED, 1));
}

/* How much the stack lets wait for it; not a netns's own.  Returns what was. */
static int set_backlog(int here, int value)
{
	static const char path[] = "/proc/sys/net/core/netdev_max_backlog";
	int init = open("/proc/1/ns/net", O_RDONLY), was = -1;
	char text[16];
	FILE *f;

	if (setns(init, CLONE_NEWNET))
		return -1;
	f = fopen(path, "r");
	if (f && fscanf(f, "%d", &was) != 1)
		was = -1;
	if (f)
		fclose(f);
	snprintf(text, sizeof(text), "%d", value);
	if (write_file(path, text))
		was = -1;
	close(init);
	return setns(here, CLONE_NEWNET) ? -1 : was;
}

/* Four that the stack is to have at once, and takes one of, or a few. */
static bool punt_four(struct _test_data_traffic *self)
{
	struct rt *r = &self->r;
	uint64_t done = rt_stats(r).counter[EUROPA_CNT_PUNTED] +
			rt_stats(r).counter[EUROPA_CNT_PUNT_DROP] + 4;
	struct europa_stats now;

	for (int slot = SLOTS - 4; slot < SLOTS; slot++) {
		struct europa_desc *d = &r->desc[slot];

		d->offset = 64;
		d->len = make_frame(rt_data(r, slot), self->mac1, peer, 1, 60);
		d->flags = EUROPA_F_PUNT;
		d->state = EUROPA_PROCESSED;
		rt_publish(r, 1, slot);
	}
	rt_kick(r);
	for (int i = 0; i < LIMIT_MS; i++) {
		now = rt_stats(r);
		if (now.counter[EUROPA_CNT_PUNTED] +
		    now.counter[EUROPA_CNT_PUNT_DROP] == done)
			return true;
		usleep(1000);
	}
	return false;
}

/* What the stack has no room for is counted once. */
TEST_F(traffic, punt_to_a_full_backlog)
{
	int here = open("/proc/self/ns/net", O_RDONLY);
	int stack = raw_socket("eu1"), was;
	bool done = true;
	uint64_t dropped;

	was = set_backlog(here, 0);
	ASSERT_LE(0, was);
	for (int i = 0; i < 100 && done; i++) {
		done = punt_four(self);
		dropped = rt_stats(&self->r).counter[EUROPA_CNT_PUNT_DROP];
		if (dropped)
			break;
	}
	EXPECT_EQ(0, set_backlog(here, was));
	ASSERT_TRUE(done);
	EXPECT_LT(0, dropped);
	EXPECT_EQ(dropped, get_dropped("eu1", false));
	EXPECT_EQ(0, get_dropped("eu1", true));
	close(stack);
}

/* Without a router a NIC is its container's: it answers ARP. */
TEST_F(traffic, plain_networking)
{
	struct europa_detach_req detach = { if_nametoindex("eu0"), 0 };
	uint8_t f[60] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6,
		0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 2,
		0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };
	struct pollfd pfd = { .fd = self->a1, .events = POLLIN };

	/* The lower netdev is in the same netns: it shall not answer. */
	ASSERT_EQ(0, write_file("/proc/sys/net/ipv4/conf/all/arp_ignore",
				"1"));
	ASSERT_EQ(0, ip_batch("addr add 10.0.0.1/24 dev eu0\n"));
	ASSERT_EQ(0, setsockopt(self->r.fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	ASSERT_EQ(60, send(self->a1, f, 60, 0));
	do {
		ASSERT_EQ(1, poll(&pfd, 1, LIMIT_MS));
		ASSERT_LE(42, recv(self->a1, f, sizeof(f), 0));
	} while (f[13] != 6 || f[21] != 2);
	EXPECT_EQ(0, memcmp(f + 22, self->mac0, 6));
}

#define LAST { 0, 0, 0 }

TEST_F(traffic, vlan)
{
	static const struct info vlan[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_VLAN },
		{ IFLA_EUROPA_VLAN_ID, 2, 5 }, LAST };
	uint8_t f[2048], mac[ETH_ALEN], tag[4] = { 0x81, 0, 0x20, 5 };
	struct rt *r = &self->r;
	int slot, tci, nic;

	ASSERT_EQ(0, nic_add("euv", "a0", vlan));
	get_mac("euv", mac);
	nic = rt_attach(r, "euv");
	ASSERT_EQ(2, nic);
	make_frame(f, mac, peer, 3, 80);
	memmove(f + 16, f + 12, 68);
	memcpy(f + 12, tag, 4);
	ASSERT_EQ(84, send(self->a1, f, 84, 0));
	slot = rt_rx(r, nic, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(80, r->desc[slot].len);
	EXPECT_EQ(0, r->desc[slot].vlan_proto);
	EXPECT_EQ(TEST_TYPE >> 8, rt_data(r, slot)[12]);
	address(r, slot, mac);
	rt_tx(r, nic, slot, 0);
	ASSERT_EQ(80, recv_frame_tci(self->a1, f, sizeof(f), LIMIT_MS, &tci));
	EXPECT_EQ(5, tci);

	/* Another VLAN is not for it; nor may it tag what it sends. */
	make_frame(f, mac, peer, 3, 80);
	memmove(f + 16, f + 12, 68);
	tag[3] = 6;
	memcpy(f + 12, tag, 4);
	ASSERT_EQ(84, send(self->a1, f, 84, 0));
	f[15] = 5;
	ASSERT_EQ(84, send(self->a1, f, 84, 0));
	slot = rt_rx(r, nic, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(2, rt_stats(r).counter[EUROPA_CNT_RX_PACKETS]);
	address(r, slot, mac);
	r->desc[slot].vlan_proto = htons(ETH_P_8021Q);
	r->desc[slot].vlan_tci = 7;
	rt_tx(r, nic, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_VLAN, 1));
}

/* A tagged frame to a NIC of mode mac keeps its tag, in the descriptor. */
TEST_F(traffic, tag_is_kept)
{
	uint8_t f[2048], tag[4] = { 0x81, 0, 0x20, 9 };
	struct rt *r = &self->r;
	int slot, tci;

	make_frame(f, self->mac0, peer, 3, 80);
	memmove(f + 16, f + 12, 68);
	memcpy(f + 12, tag, 4);
	ASSERT_EQ(84, send(self->a1, f, 84, 0));
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(80, r->desc[slot].len);
	EXPECT_EQ(htons(ETH_P_8021Q), r->desc[slot].vlan_proto);
	EXPECT_EQ(0x2009, r->desc[slot].vlan_tci);
	address(r, slot, self->mac1);
	rt_tx(r, 1, slot, 0);
	ASSERT_EQ(80, recv_frame_tci(self->b1, f, sizeof(f), LIMIT_MS, &tci));
	EXPECT_EQ(0x2009, tci);
}

/* First byte of the frame's number 42: mark 7. */
#define MARK_42 "protocol all u32 match u8 42 0xff at 0 action skbedit mark 7"

/* Packets that a netdev has received. */
static long received(const char *ifname)
{
	char line[512], name[IFNAMSIZ + 1];
	long packets, n = -1;
	FILE *f = fopen("/proc/net/dev", "r");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " %16[^:]: %*s %ld", name, &packets) == 2 &&
		    !strcmp(name, ifname))
			n = packets;
	fclose(f);
	return n;
}

/* What is captured on a NIC is not heard by its stack as well. */
TEST_F(traffic, capture)
{
	uint8_t f[2048], tag[4] = { 0x81, 0, 0x20, 9 };
	struct rt *r = &self->r;
	int tap, slot;

	ASSERT_EQ(0, ip_batch("link add link eu0 name v9 type vlan id 9\n"
			      "link set v9 up\n"));
	tap = raw_socket("eu0");
	make_frame(f, self->mac0, peer, 3, 80);
	memmove(f + 16, f + 12, 68);
	memcpy(f + 12, tag, 4);
	ASSERT_EQ(84, send(self->a1, f, 84, 0));
	send_frame(self->a1, self->mac0, 4, 70);
	for (int i = 0; i < 2; i++) {
		slot = rt_rx(r, 0, LIMIT_MS);
		ASSERT_LE(0, slot);
		rt_tx(r, 0, slot, EUROPA_F_DROP);
	}
	ASSERT_EQ(70, recv_frame(tap, f, sizeof(f), LIMIT_MS));
	EXPECT_EQ(0, received("v9"));
}

TEST_F(traffic, mark)
{
	static const struct info mark[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_MARK },
		{ IFLA_EUROPA_MARK, 4, 7 }, LAST };
	struct rt *r = &self->r;
	uint32_t number;
	int slot;

	ASSERT_EQ(0, nic_add("eum", "a0", mark));
	ASSERT_EQ(2, rt_attach(r, "eum"));
	ASSERT_EQ(0, system("tc qdisc add dev a0 clsact"));
	ASSERT_EQ(0, system("tc filter add dev a0 ingress " MARK_42));
	send_frame(self->a1, self->mac0, 42, 60);
	send_frame(self->a1, self->mac0, 43, 60);
	slot = rt_rx(r, 2, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_TRUE(frame_intact(rt_data(r, slot), 60, &number));
	EXPECT_EQ(42, number);
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_TRUE(frame_intact(rt_data(r, slot), 60, &number));
	EXPECT_EQ(43, number);
}

TEST_F(traffic, any)
{
	static const struct info any[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_ANY }, LAST };
	struct rt *r = &self->r;
	uint8_t f[2048];
	int slot;

	ASSERT_EQ(0, nic_add("eua", "a0", any));
	ASSERT_EQ(0, nic_add("eub", "b0", any));
	ASSERT_EQ(2, rt_attach(r, "eua"));
	ASSERT_EQ(3, rt_attach(r, "eub"));
	send_frame(self->a1, peer, 1, 60);		/* nobody's address */
	slot = rt_rx(r, 2, LIMIT_MS);
	ASSERT_LE(0, slot);
	rt_tx(r, 3, slot, 0);				/* as it is */
	ASSERT_EQ(60, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
	EXPECT_EQ(0, memcmp(f, peer, 6));
	send_frame(self->a1, self->mac0, 2, 60);	/* claimed by eu0 */
	EXPECT_LE(0, rt_rx(r, 0, LIMIT_MS));
	EXPECT_EQ(-1, rt_take(r, 2));
}

TEST_F(traffic, multicast)
{
	static const uint8_t all[] = { 255, 255, 255, 255, 255, 255 };
	static const struct info none[] = { LAST };
	struct rt other, *r = &self->r;
	int slot;

	ASSERT_EQ(0, nic_add("eu2", "a0", none));
	ASSERT_EQ(0, rt_open(&other, 16, 2048, 0));
	ASSERT_EQ(0, rt_attach(&other, "eu2"));
	send_frame(self->a1, all, 5, 60);
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(EUROPA_F_BROADCAST, r->desc[slot].flags);
	slot = rt_rx(&other, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(EUROPA_F_BROADCAST, other.desc[slot].flags);
	/* The NIC on the other netdev does not get it. */
	EXPECT_EQ(-1, rt_take(r, 1));
	EXPECT_TRUE(rt_accounts(&other));
	rt_close(&other);
}

/* A qdisc on the lower netdev is passed, and what it drops is counted. */
TEST_F(traffic, egress_policy)
{
	struct rt *r = &self->r;
	uint8_t f[2048];
	int slot;

	ASSERT_EQ(0, system("tc qdisc add dev b0 clsact"));
	ASSERT_EQ(0, system("tc filter add dev b0 egress matchall action drop"));
	slot = A_SLOT();
	rt_tx(r, 1, slot, 0);
	EXPECT_EQ(-1, recv_frame(self->b1, f, sizeof(f), 300));
	ASSERT_EQ(0, system("tc qdisc del dev b0 clsact"));
	slot = A_SLOT();
	rt_tx(r, 1, slot, 0);
	EXPECT_EQ(100, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
	EXPECT_EQ(SLOTS - 4, rt_stats(r).free);
}

/* A VLAN sends by another netdev: what that refuses is not sent. */
TEST_F(traffic, refused_beyond)
{
	static const struct info none[] = { LAST };
	struct rt *r = &self->r;
	uint8_t mac[ETH_ALEN];
	int slot = SLOTS - 4;

	ASSERT_EQ(0, ip_batch("link add link b0 name bv type vlan id 7\n"
			      "link set bv up\n"));
	ASSERT_EQ(0, nic_add("eu3", "bv", none));
	ASSERT_EQ(2, rt_attach(r, "eu3"));
	get_mac("eu3", mac);
	ASSERT_EQ(0, system("tc qdisc add dev b0 clsact"));
	ASSERT_EQ(0, system("tc filter add dev b0 egress matchall action drop"));
	r->desc[slot].offset = 64;
	r->desc[slot].len = make_frame(rt_data(r, slot), peer, mac, 1, 100);
	rt_tx(r, 2, slot, 0);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_QDISC_DROP, 1));
	EXPECT_EQ(0, rt_stats(r).counter[EUROPA_CNT_TX_PACKETS]);
}

/* What a driver never takes is not in the way of what comes after it. */
TEST_F(traffic, small_peer)
{
	struct rt *r = &self->r;
	uint8_t f[2048];

	ASSERT_EQ(0, ip_batch("link set b1 mtu 500\n"));
	for (uint32_t i = 0; i < 3; i++) {
		int len = i == 2 ? 100 : 1000, slot = SLOTS - 4 + (int)i;

		r->desc[slot].offset = 64;
		r->desc[slot].len = make_frame(rt_data(r, slot), peer,
					       self->mac1, i, len);
		rt_tx(r, 1, slot, 0);
	}
	EXPECT_EQ(100, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
	EXPECT_EQ(4, rt_stats(r).own);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_QDISC_DROP, 2));
	EXPECT_EQ(1, rt_stats(r).counter[EUROPA_CNT_TX_PACKETS]);
}

/* An IPv4 packet with a TCP segment, whose sum is perhaps to be computed. */
static void make_segment(struct rt *r, int slot, const uint8_t *src,
			 uint8_t number, bool partial)
{
	static const uint8_t packet[60] = {
		[12] = 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 6, 0, 0,
		10, 0, 0, 1, 10, 0, 0, 2,
		[34] = 0x30, 0x39, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10,
	};
	struct europa_desc *d = &r->desc[slot];
	uint8_t *data;

	d->offset = 64;
	d->len = sizeof(packet);
	d->vnet = (struct virtio_net_hdr){};
	if (partial) {
		d->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		d->vnet.csum_start = htole16(34);
		d->vnet.csum_offset = htole16(16);
	}
	data = rt_data(r, slot);
	memcpy(data, packet, sizeof(packet));
	memcpy(data, peer, ETH_ALEN);
	memcpy(data + ETH_ALEN, src, ETH_ALEN);
	data[59] = number;
}

/* Packets of one flow stay in order, whatever is to be done to them. */
TEST_F(traffic, order)
{
	struct pollfd pfd = { .fd = self->b1, .events = POLLIN };
	struct rt *r = &self->r;
	uint8_t f[2048];

	for (int i = 0; i < 4; i++) {
		make_segment(r, SLOTS - 4 + i, self->mac1, i, i % 2);
		r->desc[SLOTS - 4 + i].flags = 0;
		r->desc[SLOTS - 4 + i].state = EUROPA_PROCESSED;
		rt_publish(r, 1, SLOTS - 4 + i);
	}
	ASSERT_EQ(0, rt_drain(r));
	for (int i = 0; i < 4; ) {
		ASSERT_EQ(1, poll(&pfd, 1, LIMIT_MS));
		if (recv(self->b1, f, sizeof(f), 0) != 60 || f[23] != 6)
			continue;
		ASSERT_EQ(i, f[59]);
		i++;
	}
	/* xdp_frames overtake skbs, so none of the flow may be one. */
	EXPECT_EQ(0, xdp_sent("b0"));
}

TEST_HARNESS_MAIN
