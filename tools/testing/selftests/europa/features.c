// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual NIC has the offloads of its lower netdev, and ethtool -K on it
 * decides how packets enter slots and how they leave
 */
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stddef.h>

#include "harness.h"
#include "ethtool.h"

#define SLOTS	64
#define OWN	(SLOTS - 1)	/* the router's own slot */
#define SEGMENT	1000
#define PAYLOAD	(3 * SEGMENT)
#define HEADERS	(ETH_HLEN + sizeof(struct iphdr) + sizeof(struct tcphdr))

FIXTURE(features) {
	struct rt r;
	int a1;
	uint8_t mac[ETH_ALEN];
};

FIXTURE_SETUP(features)
{
	int on = 1;

	ASSERT_EQ(0, new_network());
	ASSERT_EQ(0, rt_open(&self->r, SLOTS, 68 * 1024, 1));
	ASSERT_EQ(0, rt_attach(&self->r, "eu0"));
	get_mac("eu0", self->mac);
	self->a1 = raw_socket("a1");
	ASSERT_EQ(0, setsockopt(self->a1, SOL_PACKET, PACKET_VNET_HDR, &on,
				sizeof(on)));
}

FIXTURE_TEARDOWN(features)
{
	EXPECT_TRUE(rt_accounts(&self->r));
	rt_close(&self->r);
}

/* --- what the lower netdev has, the NIC has --------------------------- */

static const char *const inherited[] = {
	"tx-checksum-ip-generic", "tx-tcp-segmentation",
	"tx-tcp6-segmentation", "tx-udp-segmentation", "tx-scatter-gather",
	"tx-vlan-hw-insert", "tx-vlan-stag-hw-insert",
};

TEST_F(features, inherited)
{
	for (int i = 0; i < ARRAY_SIZE(inherited); i++) {
		TH_LOG("%s", inherited[i]);
		EXPECT_EQ(1, get_feature("eu0", inherited[i]));
		ASSERT_EQ(0, set_feature("a0", inherited[i], false));
		EXPECT_EQ(0, get_feature("a0", inherited[i]));
		EXPECT_EQ(0, get_feature("eu0", inherited[i]));
		/* That of another lower netdev is not concerned. */
		EXPECT_EQ(1, get_feature("eu1", inherited[i]));
		ASSERT_EQ(0, set_feature("a0", inherited[i], true));
		EXPECT_EQ(1, get_feature("eu0", inherited[i]));
	}
}

TEST_F(features, inherited_by_a_new_one)
{
	ASSERT_EQ(0, set_feature("a0", "tx-tcp-segmentation", false));
	ASSERT_EQ(0, ip_batch("link add link a0 name eu2 type europa\n"));
	EXPECT_EQ(0, get_feature("eu2", "tx-tcp-segmentation"));
	EXPECT_EQ(1, get_feature("eu2", "tx-tcp6-segmentation"));
}

/* A number of a netdev as ip(8) tells it, or -1 */
static long link_number(const char *dev, const char *name)
{
	char command[64], line[4096], *at;
	long number = -1;
	FILE *f;

	snprintf(command, sizeof(command), "ip -d -o link show dev %s", dev);
	f = popen(command, "r");
	if (!f)
		return -1;
	if (fgets(line, sizeof(line), f)) {
		at = strstr(line, name);
		if (at)
			sscanf(at + strlen(name), "%ld", &number);
	}
	pclose(f);
	return number;
}

/* How large a packet may be that the lower netdev segments; a veth takes 512 KiB. */
TEST_F(features, limits)
{
	EXPECT_LT(65536, link_number("eu0", " tso_max_size "));
	EXPECT_EQ(link_number("a0", " tso_max_size "),
		  link_number("eu0", " tso_max_size "));
	EXPECT_EQ(link_number("a0", " tso_max_segs "),
		  link_number("eu0", " tso_max_segs "));
}

/* What is off on the NIC stays off, whatever becomes of the lower netdev's. */
TEST_F(features, its_own)
{
	for (int i = 0; i < ARRAY_SIZE(inherited); i++) {
		TH_LOG("%s", inherited[i]);
		ASSERT_EQ(0, set_feature("eu0", inherited[i], false));
		EXPECT_EQ(0, get_feature("eu0", inherited[i]));
		EXPECT_EQ(1, get_feature("a0", inherited[i]));
		ASSERT_EQ(0, set_feature("a0", inherited[i], false));
		ASSERT_EQ(0, set_feature("a0", inherited[i], true));
		EXPECT_EQ(0, get_feature("eu0", inherited[i]));
		ASSERT_EQ(0, set_feature("eu0", inherited[i], true));
		EXPECT_EQ(1, get_feature("eu0", inherited[i]));
	}
}

/* --- packets ---------------------------------------------------------- */

static uint32_t sum(const void *data, int len, uint32_t start)
{
	const uint8_t *p = data;

	for (int i = 0; i < len; i++)
		start += i % 2 ? p[i] : p[i] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

/* Of an IPv4 packet without options. */
static uint32_t pseudo_sum(const struct iphdr *ip)
{
	return sum(&ip->saddr, 8, ip->protocol + ntohs(ip->tot_len) -
				  sizeof(*ip));
}

/* A TCP packet of three segments, which are to be made, as are their sums. */
static int make_packet(uint8_t *f, struct virtio_net_hdr *h,
		       const uint8_t *dst, const uint8_t *src)
{
	struct tcphdr tcp = { .source = htons(1), .dest = htons(2), .doff = 5,
			      .ack = 1 };
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64,
			    .protocol = IPPROTO_TCP,
			    .tot_len = htons(HEADERS - ETH_HLEN + PAYLOAD),
			    .saddr = htonl(0x0a000001),
			    .daddr = htonl(0x0a000002) };

	*h = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = htole16(HEADERS), .gso_size = htole16(SEGMENT),
		.csum_start = htole16(ETH_HLEN + sizeof(ip)),
		.csum_offset = htole16(offsetof(struct tcphdr, check)) };
	ip.check = htons(~sum(&ip, sizeof(ip), 0));
	tcp.check = htons(pseudo_sum(&ip));
	memcpy(f, dst, ETH_ALEN);
	memcpy(f + ETH_ALEN, src, ETH_ALEN);
	f[12] = ETH_P_IP >> 8;
	f[13] = ETH_P_IP & 0xff;
	memcpy(f + ETH_HLEN, &ip, sizeof(ip));
	memcpy(f + ETH_HLEN + sizeof(ip), &tcp, sizeof(tcp));
	for (int i = 0; i < PAYLOAD; i++)
		f[HEADERS + i] = i % 251;
	return HEADERS + PAYLOAD;
}

/* What became of one. */
struct seen {
	int frames, gso, csum;	/* csum: to be filled in */
	int bytes;
	bool intact;
};

static void look(struct seen *seen, const uint8_t *f, int len,
		 const struct virtio_net_hdr *h)
{
	struct iphdr ip;

	seen->frames++;
	seen->gso += h->gso_type != VIRTIO_NET_HDR_GSO_NONE;
	seen->csum += h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	memcpy(&ip, f + ETH_HLEN, sizeof(ip));
	if (ntohs(ip.tot_len) != len - ETH_HLEN)
		seen->intact = false;
	if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
	    sum(f + ETH_HLEN + sizeof(ip), len - ETH_HLEN - sizeof(ip),
		pseudo_sum(&ip)) != 0xffff)
		seen->intact = false;
	for (int i = HEADERS; i < len; i++)
		if (f[i] != seen->bytes++ % 251)
			seen->intact = false;
}

/* From the wire to the router. */
static struct seen enter(struct _test_data_features *self)
{
	static const uint8_t src[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	uint8_t buf[sizeof(struct virtio_net_hdr) + HEADERS + PAYLOAD];
	struct virtio_net_hdr h;
	struct seen seen = { .intact = true };
	struct rt *r = &self->r;
	int slot;

	make_packet(buf + sizeof(h), &h, self->mac, src);
	memcpy(buf, &h, sizeof(h));
	if (send(self->a1, buf, sizeof(buf), 0) != sizeof(buf))
		perror("send");
	while (seen.bytes < PAYLOAD && (slot = rt_rx(r, 0, LIMIT_MS)) >= 0) {
		look(&seen, rt_data(r, slot), r->desc[slot].len,
		     &r->desc[slot].vnet);
		rt_tx(r, 0, slot, EUROPA_F_DROP);
	}
	return seen;
}

/* In the router's slot. */
static uint8_t *own_packet(struct _test_data_features *self)
{
	static const uint8_t dst[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct europa_desc *d = &self->r.desc[OWN];

	d->offset = 64;
	d->len = make_packet(rt_data(&self->r, OWN), &d->vnet, dst, self->mac);
	return rt_data(&self->r, OWN);
}

/* From the router to the wire. */
static struct seen leave(struct _test_data_features *self)
{
	struct pollfd pfd = { .fd = self->a1, .events = POLLIN };
	uint8_t buf[sizeof(struct virtio_net_hdr) + HEADERS + PAYLOAD];
	struct seen seen = { .intact = true };
	struct virtio_net_hdr h;

	own_packet(self);
	rt_tx(&self->r, 0, OWN, 0);
	while (seen.bytes < PAYLOAD && poll(&pfd, 1, LIMIT_MS) > 0) {
		int len = recv(self->a1, buf, sizeof(buf), 0);

		memcpy(&h, buf, sizeof(h));
		look(&seen, buf + sizeof(h), len - (int)sizeof(h), &h);
	}
	return seen;
}

/* How the packet has to arrive. */
#define EXPECT_SEEN(n, g, c, call) do {					\
	struct seen s = (call);						\
									\
	EXPECT_EQ(n, s.frames);						\
	EXPECT_EQ(g, s.gso);						\
	EXPECT_EQ(c, s.csum);						\
	EXPECT_EQ(PAYLOAD, s.bytes);					\
	EXPECT_TRUE(s.intact);						\
} while (0)

TEST_F(features, enter)
{
	EXPECT_SEEN(1, 1, 1, enter(self));

	ASSERT_EQ(0, set_feature("eu0", "rx-gro", false));
	EXPECT_SEEN(3, 0, 3, enter(self));
	ASSERT_EQ(0, set_feature("eu0", "rx-checksum", false));
	EXPECT_SEEN(3, 0, 0, enter(self));
	ASSERT_EQ(0, set_feature("eu0", "rx-gro", true));
	EXPECT_SEEN(3, 0, 0, enter(self));
	ASSERT_EQ(0, set_feature("eu0", "rx-checksum", true));
	EXPECT_SEEN(1, 1, 1, enter(self));
}

/* The same as a segment that the sender's netdev has not summed up. */
TEST_F(features, enter_segments)
{
	ASSERT_EQ(0, set_feature("a1", "tx-tcp-segmentation", false));
	EXPECT_SEEN(3, 0, 3, enter(self));
	ASSERT_EQ(0, set_feature("eu0", "rx-checksum", false));
	EXPECT_SEEN(3, 0, 0, enter(self));
}

static void check_leave(struct __test_metadata *_metadata,
			struct _test_data_features *self)
{
	EXPECT_SEEN(1, 1, 1, leave(self));

	ASSERT_EQ(0, set_feature("eu0", "tx-tcp-segmentation", false));
	EXPECT_SEEN(3, 0, 3, leave(self));
	ASSERT_EQ(0, set_feature("eu0", "tx-tcp-segmentation", true));
	EXPECT_SEEN(1, 1, 1, leave(self));

	/* Without sums there is no segmentation either. */
	ASSERT_EQ(0, set_feature("eu0", "tx-checksum-ip-generic", false));
	EXPECT_SEEN(3, 0, 0, leave(self));
	ASSERT_EQ(0, set_feature("eu0", "tx-checksum-ip-generic", true));
	EXPECT_SEEN(1, 1, 1, leave(self));

	/* The lower netdev's own count as well. */
	ASSERT_EQ(0, set_feature("a0", "tx-tcp-segmentation", false));
	EXPECT_SEEN(3, 0, 3, leave(self));
	ASSERT_EQ(0, set_feature("a0", "tx-checksum-ip-generic", false));
	EXPECT_SEEN(3, 0, 0, leave(self));
}

TEST_F(features, leave_directly)
{
	check_leave(_metadata, self);
}

TEST_F(features, leave_by_queue)
{
	static const struct info queue[] = {
		{ IFLA_EUROPA_XMIT, 1, EUROPA_XMIT_QUEUE }, {} };

	ASSERT_EQ(0, nic_request("eu0", NULL, queue));
	check_leave(_metadata, self);
}

/* One that no segments can be made of is counted once, whoever was to do it. */
static void check_malformed(struct __test_metadata *_metadata,
			    struct _test_data_features *self, const char *dev)
{
	struct tcphdr tcp;

	ASSERT_EQ(0, set_feature(dev, "tx-tcp-segmentation", false));
	for (int i = 1; i <= 3; i++) {
		uint8_t *at = own_packet(self) + HEADERS - sizeof(tcp);

		memcpy(&tcp, at, sizeof(tcp));
		tcp.doff = 4;
		memcpy(at, &tcp, sizeof(tcp));
		rt_tx(&self->r, 0, OWN, 0);
		ASSERT_TRUE(rt_wait_count(&self->r, EUROPA_CNT_TX_QDISC_DROP,
					  i));
		EXPECT_EQ(i, get_counter("eu0", "tx_qdisc_drop"));
		EXPECT_EQ(i, get_dropped("eu0", true));
	}
}

TEST_F(features, malformed)
{
	check_malformed(_metadata, self, "eu0");
}

TEST_F(features, malformed_at_the_lower)
{
	check_malformed(_metadata, self, "a0");
}

/* What a tap sees leave a0: a tag beside the frame, or in it. */
TEST_F(features, leave_tagged)
{
	static const uint8_t dst[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct europa_desc *d = &self->r.desc[OWN];
	int tap = raw_socket("a0"), off = 0, tci = -1;
	uint8_t f[2048];

	ASSERT_EQ(0, setsockopt(tap, SOL_PACKET, PACKET_IGNORE_OUTGOING, &off,
				sizeof(off)));
	for (int on = 1; on >= 0; on--) {
		ASSERT_EQ(0, set_feature("eu0", "tx-vlan-hw-insert", on));
		d->offset = 64;
		d->len = make_frame(rt_data(&self->r, OWN), dst, self->mac, 1,
				    60);
		d->vlan_proto = htons(ETH_P_8021Q);
		d->vlan_tci = 5;
		rt_tx(&self->r, 0, OWN, 0);
		if (on) {
			EXPECT_EQ(60, recv_frame_tci(tap, f, sizeof(f),
						     LIMIT_MS, &tci));
			EXPECT_EQ(5, tci);
		} else {
			EXPECT_EQ(64, recv(tap, f, sizeof(f), 0));
			EXPECT_EQ(0, memcmp(f + 12, "\x81\0\0\x05\x88\xb5", 6));
		}
	}
	close(tap);
}

TEST_HARNESS_MAIN
