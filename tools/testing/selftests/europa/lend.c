// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large frames leave in the router's own slots: they arrive intact, no slot is
 * used again while somebody may still read it, nobody gets too many of them,
 * and it does not matter who goes first
 *
 * Who receives is a packet socket: it keeps the frames, not a copy of them.
 */
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/uio.h>

#include "harness.h"
#include "europa_test.h"

#define OWN		4
#define SLOTS		(64 + OWN)
#define LENT_MAX	16		/* a quarter */
#define SLOT_SIZE	(68 * 1024)	/* whole pages, unless they are large */
#define PRIVATE		256		/* bytes of each that are copied */
#define HEADERS		(ETH_HLEN + sizeof(struct iphdr) + \
			 sizeof(struct tcphdr))
#define SEGMENT		1400
#define LARGE		65000
#define NO_SLOT		(-1)

FIXTURE(lend) {
	struct rt r;
	int a1, b1;
	uint8_t mac0[ETH_ALEN], mac1[ETH_ALEN];
};

/* Frames come and go with what virtio says of them. */
static int gso_socket(const char *ifname)
{
	int fd = raw_socket(ifname), on = 1, room = 16 * 1024 * 1024;

	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		return -1;
	return fd;
}

static int set_lend(const char *nic, bool lend)
{
	const struct info info[] = { { IFLA_EUROPA_LEND, 1, lend }, {} };

	return nic_request(nic, NULL, info);
}

static int start_router(struct _test_data_lend *self, uint32_t slot_size)
{
	if (rt_open(&self->r, SLOTS, slot_size, OWN) ||
	    rt_attach(&self->r, "eu0") != 0 || rt_attach(&self->r, "eu1") != 1)
		return -1;
	return 0;
}

FIXTURE_SETUP(lend)
{
	ASSERT_EQ(0, new_network());
	if (SLOT_SIZE % getpagesize())
		SKIP(return, "no slot has pages of its own");
	get_mac("eu0", self->mac0);
	get_mac("eu1", self->mac1);
	ASSERT_EQ(0, set_lend("eu1", true));
	ASSERT_EQ(0, start_router(self, SLOT_SIZE));
	self->a1 = gso_socket("a1");
	self->b1 = gso_socket("b1");
	ASSERT_LE(0, self->a1);
	ASSERT_LE(0, self->b1);
}

FIXTURE_TEARDOWN(lend)
{
	EXPECT_TRUE(rt_accounts(&self->r));
	rt_close(&self->r);
}

/* --- frames ----------------------------------------------------------- */

static const uint8_t peer[ETH_ALEN] = { 2, 0, 0, 0, 0, 9 };

struct gso_frame {
	struct virtio_net_hdr h;
	uint8_t f[SLOT_SIZE];
};

static uint8_t payload(uint32_t number, int at)
{
	return (uint8_t)(((uint32_t)at * 2654435761u >> 24) + number);
}

static uint16_t ip_sum(const uint8_t *ip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return htons(~((sum & 0xffff) + (sum >> 16)));
}

/* A TCP packet of some segments, which are to be made, as are their sums. */
static void make_large(uint8_t *f, struct virtio_net_hdr *h,
		       const uint8_t *src, uint32_t number, int len)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64,
			    .protocol = IPPROTO_TCP,
			    .tot_len = htons(len - ETH_HLEN),
			    .saddr = htonl(0x0a000001),
			    .daddr = htonl(0x0a000002) };
	struct tcphdr tcp = { .source = htons(1), .dest = htons(2), .doff = 5,
			      .ack = 1 };

	*h = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = htole16(HEADERS), .gso_size = htole16(SEGMENT),
		.csum_start = htole16(ETH_HLEN + sizeof(ip)),
		.csum_offset = htole16(offsetof(struct tcphdr, check)) };
	ip.check = ip_sum((uint8_t *)&ip);
	memcpy(f, peer, ETH_ALEN);
	memcpy(f + ETH_ALEN, src, ETH_ALEN);
	f[12] = ETH_P_IP >> 8;
	f[13] = ETH_P_IP & 0xff;
	memcpy(f + ETH_HLEN, &ip, sizeof(ip));
	memcpy(f + ETH_HLEN + sizeof(ip), &tcp, sizeof(tcp));
	for (int i = HEADERS; i < len; i++)
		f[i] = payload(number, i);
}

static bool intact(const uint8_t *f, uint32_t number, int from, int to)
{
	for (int i = from; i < to; i++)
		if (f[i] != payload(number, i))
			return false;
	return true;
}

/* Through the router, which does what it has to; returns the slot. */
static int forward(struct _test_data_lend *self, uint32_t number, int len,
		   uint16_t flags)
{
	static struct gso_frame g;
	struct rt *r = &self->r;
	int slot, all = (int)sizeof(g.h) + len;

	make_large(g.f, &g.h, self->mac1, number, len);
	memcpy(g.f, self->mac0, ETH_ALEN);
	if (send(self->a1, &g, all, 0) != all)
		return NO_SLOT;
	slot = rt_rx(r, 0, LIMIT_MS);
	if (slot < 0 || r->desc[slot].len != len ||
	    !intact(rt_data(r, slot), number, HEADERS, len))
		return NO_SLOT;
	memcpy(rt_data(r, slot), peer, ETH_ALEN);
	rt_tx(r, 1, slot, flags);
	rt_drain(r);
	return slot;
}

/* The next one that has arrived; its length, or -1. */
static int receive(int fd, struct gso_frame *g)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int len;

	while (poll(&pfd, 1, LIMIT_MS) > 0) {
		len = (int)recv(fd, g, sizeof(*g), 0) - (int)sizeof(g->h);
		if (len >= (int)HEADERS && !memcmp(g->f, peer, ETH_ALEN))
			return len;
	}
	return -1;
}

static bool arrives(int fd, uint32_t number, int len)
{
	static struct gso_frame g;

	return receive(fd, &g) == len &&
	       g.h.gso_type == VIRTIO_NET_HDR_GSO_TCPV4 &&
	       intact(g.f, number, HEADERS, len);
}

/* A slot is taken back when the kernel looks, which it does now. */
static uint32_t in_flight(struct rt *r)
{
	rt_drain(r);
	return rt_stats(r).flight;
}

/* Once nobody is copying any other: it is in flight for as long. */
static bool settles(struct rt *r, uint32_t slots)
{
	for (int i = 0; i < LIMIT_MS && in_flight(r) != slots; i++)
		usleep(1000);
	return in_flight(r) == slots;
}

static bool all_back(struct rt *r)
{
	for (int i = 0; i < LIMIT_MS && in_flight(r); i++)
		usleep(1000);
	return rt_stats(r).free == SLOTS - OWN;
}

/* Once there is nothing on its way to b1 any more. */
static bool sent(struct rt *r, uint64_t frames)
{
	return rt_wait_count(r, EUROPA_CNT_TX_PACKETS, frames);
}

/* --- tests ------------------------------------------------------------ */

/* Of lengths about those that are copied, that fill pages and that fill all. */
TEST_F(lend, intact)
{
	const int len[] = { 2047, 2048, 2049, 3968, 3969, 4096, 4352, 8192,
			    30000, 65535 };
	struct rt *r = &self->r;

	for (uint32_t i = 0; i < ARRAY_SIZE(len); i++) {
		ASSERT_LE(0, forward(self, i, len[i], 0));
		EXPECT_TRUE(settles(r, len[i] > 2048));
		ASSERT_TRUE(arrives(self->b1, i, len[i]));
		EXPECT_TRUE(all_back(r));
	}
	EXPECT_TRUE(sent(r, ARRAY_SIZE(len)));
}

/* Lengths at which segments and pages end at all sorts of places. */
TEST_F(lend, segmented)
{
	static struct gso_frame g;
	int len, at;

	ASSERT_EQ(0, system("ethtool -K b0 tso off"));
	for (uint32_t i = 0; i < 20; i++) {
		len = 40000 + (int)i * 997;
		ASSERT_LE(0, forward(self, i, len, 0));
		for (at = HEADERS; at < len; ) {
			int n = receive(self->b1, &g) - (int)HEADERS;

			ASSERT_LT(0, n);
			ASSERT_GE(SEGMENT, n);
			for (int k = 0; k < n; k++)
				ASSERT_EQ(payload(i, at + k),
					  g.f[HEADERS + k]);
			at += n;
		}
		EXPECT_EQ(len, at);
	}
	EXPECT_TRUE(all_back(&self->r));
}

/* Whatever else passes does so by other slots. */
TEST_F(lend, not_used_again)
{
	struct rt *r = &self->r;
	int lent[4], slot;

	for (uint32_t i = 0; i < 4; i++) {
		lent[i] = forward(self, i, LARGE, 0);
		ASSERT_LE(0, lent[i]);
	}
	EXPECT_TRUE(settles(r, 4));
	for (uint32_t i = 0; i < 4 * SLOTS; i++) {
		slot = forward(self, 100 + i, 3000, EUROPA_F_DROP);
		ASSERT_LE(0, slot);
		for (int k = 0; k < 4; k++)
			ASSERT_NE(lent[k], slot);
		/* Nor has the router any business there now. */
		ASSERT_EQ(EUROPA_PROCESSED, r->desc[lent[i % 4]].state);
		rt_publish(r, 1, lent[i % 4]);
	}
	EXPECT_TRUE(settles(r, 4));
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_BAD_OWNER, 4 * SLOTS));
	for (uint32_t i = 0; i < 4; i++)
		ASSERT_TRUE(arrives(self->b1, i, LARGE));
	EXPECT_TRUE(all_back(r));
}

/* Who reads nothing gets a quarter of the slots, then copies. */
TEST_F(lend, never_starves)
{
	struct rt *r = &self->r;

	for (uint32_t i = 0; i < 2 * SLOTS; i++) {
		ASSERT_LE(0, forward(self, i, LARGE, 0));
		EXPECT_TRUE(settles(r, i < LENT_MAX ? i + 1 : LENT_MAX));
	}
	EXPECT_TRUE(sent(r, 2 * SLOTS));
	EXPECT_EQ(0, rt_stats(r).counter[EUROPA_CNT_RX_POOL_EMPTY]);
	for (uint32_t i = 0; i < 2 * SLOTS; i++)
		ASSERT_TRUE(arrives(self->b1, i, LARGE));
	EXPECT_TRUE(all_back(r));
}

/* Those behind a slot that is kept for long come back before it. */
TEST_F(lend, slow_receiver)
{
	int slow = gso_socket("b1");
	struct rt *r = &self->r;

	ASSERT_LE(0, slow);
	for (uint32_t i = 0; i < LENT_MAX - 1; i++)
		ASSERT_LE(0, forward(self, i, LARGE, 0));
	for (uint32_t i = 0; i < LENT_MAX - 1; i++)
		ASSERT_TRUE(arrives(self->b1, i, LARGE));
	EXPECT_TRUE(settles(r, LENT_MAX - 1));
	close(self->b1);
	self->b1 = gso_socket("b1");
	for (uint32_t i = 0; i < 2; i++)
		ASSERT_TRUE(arrives(slow, i, LARGE));
	for (int i = 0; i < LENT_MAX; i++)
		rt_drain(r);
	EXPECT_TRUE(settles(r, LENT_MAX - 3));
	close(slow);
	EXPECT_TRUE(all_back(r));
}

TEST_F(lend, receiver_closes)
{
	struct rt *r = &self->r;

	for (uint32_t i = 0; i < 8; i++)
		ASSERT_LE(0, forward(self, i, LARGE, 0));
	EXPECT_TRUE(settles(r, 8));
	close(self->b1);
	EXPECT_TRUE(all_back(r));
}

/* The NIC, then the pool: what was sent was sent. */
TEST_F(lend, router_closes)
{
	struct rt *r = &self->r;

	for (uint32_t i = 0; i < 8; i++)
		ASSERT_LE(0, forward(self, i, LARGE, 0));
	ASSERT_TRUE(sent(r, 8));
	ASSERT_EQ(0, ip_batch("link del eu1\n"));
	EXPECT_TRUE(settles(r, 8));
	ASSERT_TRUE(arrives(self->b1, 0, LARGE));
	EXPECT_TRUE(rt_accounts(r));
	rt_close(r);
	for (uint32_t i = 1; i < 8; i++)
		ASSERT_TRUE(arrives(self->b1, i, LARGE));
	ASSERT_EQ(0, ip_batch("link add link b0 name eu1 type europa\n"
			      "link set eu1 up\n"));
	ASSERT_EQ(0, start_router(self, SLOT_SIZE));
}

/* All that a router can change of what it has sent is what nobody trusts. */
TEST_F(lend, payload_only)
{
	static struct gso_frame g;
	struct rt *r = &self->r;
	int slot = forward(self, 1, LARGE, 0);

	ASSERT_LE(0, slot);
	ASSERT_TRUE(sent(r, 1));
	memset(r->pool + (size_t)slot * SLOT_SIZE, 0xee, SLOT_SIZE);
	ASSERT_EQ(LARGE, receive(self->b1, &g));
	EXPECT_EQ(0, memcmp(g.f + ETH_ALEN, self->mac1, ETH_ALEN));
	EXPECT_TRUE(intact(g.f, 1, HEADERS, PRIVATE));
	for (int i = PRIVATE; i < LARGE; i++)
		ASSERT_EQ(0xee, g.f[i]);
	EXPECT_TRUE(all_back(r));
}

/* Who refers to a page can be told only if no user refers to it. */
TEST_F(lend, no_references)
{
	struct iovec iov = { self->r.pool, SLOT_SIZE };
	int fd[2];

	ASSERT_EQ(0, pipe(fd));
	EXPECT_EQ(-1, vmsplice(fd[1], &iov, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	close(fd[0]);
	close(fd[1]);
}

/* The mapping may move and be taken apart; it holds the pool by itself. */
TEST_F(lend, mapping)
{
	struct rt *r = &self->r;
	uint8_t *moved;

	ASSERT_LE(0, forward(self, 0, LARGE, 0));
	ASSERT_TRUE(sent(r, 1));
	EXPECT_EQ(MAP_FAILED, mremap(r->pool, 0, r->pool_bytes,
				     MREMAP_MAYMOVE));
	moved = mmap(NULL, r->pool_bytes, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, moved);
	moved = mremap(r->pool, r->pool_bytes, r->pool_bytes,
		       MREMAP_MAYMOVE | MREMAP_FIXED, moved);
	ASSERT_NE(MAP_FAILED, moved);
	r->pool = moved;
	ASSERT_TRUE(arrives(self->b1, 0, LARGE));
	EXPECT_TRUE(all_back(r));

	ASSERT_LE(0, forward(self, 1, LARGE, 0));
	munmap(r->pool + SLOT_SIZE, r->pool_bytes - SLOT_SIZE);
	r->pool_bytes = SLOT_SIZE;
	munmap(r->desc, r->desc_bytes);
	munmap(r->ctrl, r->ctrl_bytes);
	close(r->fd);
	memset(r->pool, 0xee, r->pool_bytes);
	munmap(r->pool, r->pool_bytes);
	EXPECT_LT(0, receive(self->b1, &(struct gso_frame){}));
	/* The rings are mapped and hold the socket, as any mapping. */
	for (uint32_t i = 0; i < r->nics; i++) {
		munmap(r->nic[i].rx, 64 + r->nic[i].rx_entries * 4);
		munmap(r->nic[i].tx, 64 + r->nic[i].tx_entries * 4);
	}
	ASSERT_EQ(0, start_router(self, SLOT_SIZE));
}

/* The router may be waiting for just that slot. */
TEST_F(lend, own_slots)
{
	int slot = SLOTS - OWN;
	struct rt *r = &self->r;

	r->desc[slot].offset = 128;
	r->desc[slot].len = LARGE;
	make_large(rt_data(r, slot), &r->desc[slot].vnet, self->mac1, 3,
		   LARGE);
	rt_tx(r, 1, slot, 0);
	rt_drain(r);
	ASSERT_TRUE(sent(r, 1));
	EXPECT_EQ(OWN, rt_stats(r).own);
	memset(r->pool + (size_t)slot * SLOT_SIZE, 0xee, SLOT_SIZE);
	EXPECT_TRUE(arrives(self->b1, 3, LARGE));
}

/* A NIC that is not to lend copies. */
TEST_F(lend, off)
{
	struct rt *r = &self->r;

	ASSERT_EQ(0, set_lend("eu1", false));
	for (uint32_t i = 0; i < 4; i++) {
		ASSERT_LE(0, forward(self, i, LARGE, 0));
		EXPECT_TRUE(settles(r, 0));
	}
	for (uint32_t i = 0; i < 4; i++)
		ASSERT_TRUE(arrives(self->b1, i, LARGE));
}

/* Slots that share pages are copied, and all the rest is the same. */
TEST_F(lend, shared_pages)
{
	struct rt *r = &self->r;

	rt_close(r);
	ASSERT_EQ(0, start_router(self, SLOT_SIZE - 64));
	for (uint32_t i = 0; i < 4; i++) {
		ASSERT_LE(0, forward(self, i, LARGE, 0));
		EXPECT_TRUE(settles(r, 0));
	}
	for (uint32_t i = 0; i < 4; i++)
		ASSERT_TRUE(arrives(self->b1, i, LARGE));
}

TEST_HARNESS_MAIN
