// SPDX-License-Identifier: GPL-2.0-only
/* A driver has no room for what is to be sent: nothing is lost, nobody forgotten */
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stddef.h>

#include "harness.h"
#include "ethtool.h"

#define SLOTS	256

static const uint8_t peer[ETH_ALEN] = { 2, 0, 0, 0, 0, 9 };

FIXTURE(stuck) {
	struct rt r;
	int b1;
	uint8_t mac[ETH_ALEN];
};

static int set_room(bool room)
{
	return write_file("/sys/kernel/debug/simnic/b0/room", room ? "1" : "0");
}

FIXTURE_SETUP(stuck)
{
	static const struct info direct[] = {
		{ IFLA_EUROPA_XMIT, 1, EUROPA_XMIT_DIRECT }, {} };
	int room = 4 * 1024 * 1024;

	ASSERT_EQ(0, new_network_of(true));
	ASSERT_EQ(0, nic_request("eu1", NULL, direct));
	get_mac("eu1", self->mac);
	self->b1 = raw_socket("b1");
	ASSERT_EQ(0, setsockopt(self->b1, SOL_SOCKET, SO_RCVBUFFORCE, &room,
				sizeof(room)));
	ASSERT_EQ(0, rt_open(&self->r, SLOTS, 2048, SLOTS));
	ASSERT_EQ(0, rt_attach(&self->r, "eu1"));
	ASSERT_EQ(0, set_room(false));
}

FIXTURE_TEARDOWN(stuck)
{
	EXPECT_TRUE(rt_accounts(&self->r));
	rt_close(&self->r);
	EXPECT_EQ(0, ip_batch("link del a0\nlink del a1\n"
			      "link del b0\nlink del b1\n"));
}

/* With a tag, so that it is an skb: of those none is ever given up. */
static void publish(struct _test_data_stuck *self, uint32_t slot)
{
	struct rt *r = &self->r;
	struct europa_desc *d = &r->desc[slot];

	d->offset = 64;
	d->len = make_frame(rt_data(r, slot), peer, self->mac, slot, 100);
	d->vlan_proto = htons(ETH_P_8021Q);
	d->vlan_tci = 5;
	d->state = EUROPA_PROCESSED;
	rt_publish(r, 0, slot);
}

static void *make_room(void *unused)
{
	usleep(100 * 1000);
	set_room(true);
	return NULL;
}

TEST_F(stuck, wakes_who_waits)
{
	struct pollfd pfd = { .fd = self->r.fd, .events = POLLOUT };
	struct rt *r = &self->r;
	pthread_t thread;
	uint8_t f[2048];

	publish(self, 0);
	rt_drain(r);
	__atomic_store_n(&r->ctrl->router_sleeps, 1, __ATOMIC_SEQ_CST);
	ASSERT_EQ(0, poll(&pfd, 1, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, make_room, NULL));
	EXPECT_EQ(1, poll(&pfd, 1, LIMIT_MS));
	EXPECT_EQ(POLLOUT, pfd.revents);
	pthread_join(thread, NULL);
	EXPECT_EQ(100, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
}

/* What waits for room does so in order, however long the driver takes. */
TEST_F(stuck, keeps_order)
{
	uint32_t number;
	uint8_t f[2048];

	for (uint32_t i = 0; i < SLOTS; i++)
		publish(self, i);
	for (int i = 0; i < 10; i++)
		rt_drain(&self->r);
	ASSERT_EQ(0, set_room(true));
	for (uint32_t i = 0; i < SLOTS; i++) {
		ASSERT_EQ(100, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
		ASSERT_TRUE(frame_intact(f, 100, &number));
		ASSERT_EQ(i, number);
	}
	EXPECT_TRUE(rt_wait_count(&self->r, EUROPA_CNT_TX_PACKETS, SLOTS));
}

/* Of packets that leave together the last rings the doorbell. */
TEST_F(stuck, one_doorbell)
{
	uint64_t before;

	ASSERT_EQ(0, set_room(true));
	before = get_counter("b0", "tx_doorbells");
	for (uint32_t i = 0; i < 8; i++)
		publish(self, i);
	rt_drain(&self->r);
	ASSERT_TRUE(rt_wait_count(&self->r, EUROPA_CNT_TX_PACKETS, 8));
	EXPECT_EQ(before + 1, get_counter("b0", "tx_doorbells"));
}

#define HEADERS		(ETH_HLEN + sizeof(struct iphdr) + \
			 sizeof(struct udphdr))
#define SEGMENT		100
#define SEGMENTS	19
#define LARGE		64

/* UDP to be segmented; each segment begins with its number. */
static void publish_large(struct _test_data_stuck *self, uint32_t slot)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64,
			    .protocol = IPPROTO_UDP,
			    .tot_len = htons(HEADERS - ETH_HLEN +
					     SEGMENTS * SEGMENT),
			    .saddr = htonl(0x0a010001),
			    .daddr = htonl(0x0a000002) };
	struct udphdr udp = { .source = htons(1), .dest = htons(2),
			      .len = htons(sizeof(udp) + SEGMENTS * SEGMENT) };
	struct europa_desc *d = &self->r.desc[slot];
	uint16_t type = htons(ETH_P_IP);
	uint8_t *f;

	d->offset = 64;
	f = rt_data(&self->r, slot);
	memcpy(f, peer, ETH_ALEN);
	memcpy(f + ETH_ALEN, self->mac, ETH_ALEN);
	memcpy(f + 12, &type, 2);
	memcpy(f + ETH_HLEN, &ip, sizeof(ip));
	memcpy(f + ETH_HLEN + sizeof(ip), &udp, sizeof(udp));
	for (uint32_t i = 0; i < SEGMENTS; i++) {
		uint32_t number = slot * SEGMENTS + i;

		memcpy(f + HEADERS + i * SEGMENT, &number, sizeof(number));
	}
	d->len = HEADERS + SEGMENTS * SEGMENT;
	d->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	d->vnet.csum_start = htole16(ETH_HLEN + sizeof(ip));
	d->vnet.csum_offset = htole16(offsetof(struct udphdr, check));
	d->vnet.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
	d->vnet.gso_size = htole16(SEGMENT);
	d->vnet.hdr_len = htole16(HEADERS);
	d->state = EUROPA_PROCESSED;
	rt_publish(&self->r, 0, slot);
}

/* The number of the next one that is received, or -1 */
static long next_segment(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint32_t number;
	uint8_t f[2048];

	while (poll(&pfd, 1, LIMIT_MS) > 0) {
		if (recv(fd, f, sizeof(f), 0) != HEADERS + SEGMENT ||
		    memcmp(f, peer, ETH_ALEN))
			continue;
		memcpy(&number, f + HEADERS, sizeof(number));
		return number;
	}
	return -1;
}

/*
 * Of what has to be segmented no more is taken than is wanted, and all in order.
 * Entries between them that name no slot count once.
 */
TEST_F(stuck, segments)
{
	uint32_t left = 0;

	ASSERT_EQ(0, system("ethtool -K b0 tx-udp-segmentation off"));
	for (uint32_t i = 0; i < LARGE; i++) {
		publish_large(self, i);
		if (i % 16 == 15)
			rt_publish(&self->r, 0, SLOTS);
	}
	for (int i = 0; i < 10; i++)
		rt_drain(&self->r);
	for (uint32_t i = 0; i < LARGE; i++)
		left += self->r.desc[i].state == EUROPA_PROCESSED;
	EXPECT_LE(LARGE / 2, left);
	ASSERT_EQ(0, set_room(true));
	for (long i = 0; i < LARGE * SEGMENTS; i++)
		ASSERT_EQ(i, next_segment(self->b1));
	EXPECT_TRUE(rt_wait_count(&self->r, EUROPA_CNT_TX_PACKETS,
				  LARGE * SEGMENTS));
	EXPECT_TRUE(rt_wait_count(&self->r, EUROPA_CNT_TX_BAD_INDEX,
				  LARGE / 16));
	EXPECT_EQ(LARGE / 16,
		  rt_stats(&self->r).counter[EUROPA_CNT_TX_BAD_INDEX]);
}

/* What the driver segments is one packet to us, whoever has made it. */
TEST_F(stuck, large)
{
	uint32_t left = 0;

	ASSERT_EQ(0, system("ethtool -K b0 tx-udp-segmentation on"));
	ASSERT_EQ(0, set_room(true));
	for (uint32_t i = 0; i < LARGE; i++)
		publish_large(self, i);
	__atomic_store_n(&self->r.ctrl->router_sends, 1, __ATOMIC_SEQ_CST);
	ASSERT_EQ(0, rt_drain(&self->r));
	for (uint32_t i = 0; i < LARGE; i++)
		left += self->r.desc[i].state == EUROPA_PROCESSED;
	EXPECT_EQ(0, left);
	EXPECT_TRUE(rt_wait_count(&self->r, EUROPA_CNT_TX_PACKETS, LARGE));
}

TEST_F(stuck, detached)
{
	struct europa_detach_req detach = { self->r.nic[0].ifindex, 0 };
	struct rt *r = &self->r;

	for (uint32_t i = 0; i < SLOTS; i++)
		publish(self, i);
	ASSERT_EQ(0, setsockopt(r->fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	EXPECT_EQ(SLOTS, rt_stats(r).counter[EUROPA_CNT_TX_QDISC_DROP]);
	EXPECT_EQ(SLOTS, rt_stats(r).own);
	EXPECT_EQ(SLOTS, get_dropped("eu1", true));
}

TEST_HARNESS_MAIN
