// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two routers at the ends of a veth: what goes from pool to pool is the same
 * and in order, whoever is in between gets it first, and it does not matter
 * who goes first
 *
 * ra -> ea -> l0 == l1 -> eb -> rb
 */
#include <linux/bpf.h>
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stddef.h>

#include "harness.h"
#include "europa_test.h"

#define SLOT_SIZE	8192
#define SLOTS		512
#define OWN		256
#define HEADERS		(ETH_HLEN + sizeof(struct iphdr) + \
			 sizeof(struct udphdr))
#define SEGMENT		1000
#define FRAMES		200
/* After something was in between, longer than the kernel waits. */
#define SETTLE_US	100000

static const uint8_t other[ETH_ALEN] = { 2, 0, 0, 0, 0, 9 };

FIXTURE(link) {
	struct rt a, b;
	uint8_t mac_a[ETH_ALEN], mac_b[ETH_ALEN];
	uint32_t sent, received;
};

FIXTURE_SETUP(link)
{
	ASSERT_EQ(0, new_netns());
	ASSERT_EQ(0, ip_batch("link add l0 type veth peer name l1\n"
			      "link set l0 up\nlink set l1 up\n"
			      "link add link l0 name ea type europa\n"
			      "link add link l1 name eb type europa\n"
			      "link set ea up\nlink set eb up\n"));
	get_mac("ea", self->mac_a);
	get_mac("eb", self->mac_b);
	ASSERT_EQ(0, rt_open(&self->a, SLOTS, SLOT_SIZE, OWN));
	ASSERT_EQ(0, rt_attach(&self->a, "ea"));
	ASSERT_EQ(0, rt_open(&self->b, SLOTS, SLOT_SIZE, 0));
	ASSERT_EQ(0, rt_attach(&self->b, "eb"));
}

FIXTURE_TEARDOWN(link)
{
	EXPECT_TRUE(rt_accounts(&self->a));
	EXPECT_TRUE(rt_accounts(&self->b));
	rt_close(&self->a);
	rt_close(&self->b);
}

/* Frames that the stack has received so far, of all netdevs. */
static unsigned long by_stack(void)
{
	FILE *f = fopen("/proc/net/softnet_stat", "r");
	unsigned long n, sum = 0;

	if (!f)
		return 0;
	while (fscanf(f, "%lx%*[^\n]", &n) == 1)
		sum += n;
	fclose(f);
	return sum;
}

static long rx_packets(const char *ifname)
{
	char path[128];
	long n = -1;
	FILE *f;

	/* /sys is of the netns it was mounted in */
	f = fopen("/proc/thread-self/net/dev", "r");
	if (!f)
		return -1;
	while (fgets(path, sizeof(path), f)) {
		char name[IFNAMSIZ + 1];
		long packets;

		if (sscanf(path, " %16[^:]: %*s %ld", name, &packets) == 2 &&
		    !strcmp(name, ifname))
			n = packets;
	}
	fclose(f);
	return n;
}

/* --- frames ----------------------------------------------------------- */

enum kind { PLAIN, CSUM, GSO, KINDS };

/* UDP, a flow each; the number is the first of its data. */
static int make_udp(uint8_t *f, const uint8_t *dst, const uint8_t *src,
		    uint32_t number, int len)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64,
			    .protocol = IPPROTO_UDP,
			    .tot_len = htons(len - ETH_HLEN),
			    .saddr = htonl(0x0a010000 + number),
			    .daddr = htonl(0x0a000002) };
	struct udphdr udp = { .source = htons(1), .dest = htons(2),
			      .len = htons(len - ETH_HLEN - sizeof(ip)) };
	uint16_t type = htons(ETH_P_IP);

	memcpy(f, dst, ETH_ALEN);
	memcpy(f + ETH_ALEN, src, ETH_ALEN);
	memcpy(f + 12, &type, 2);
	memcpy(f + ETH_HLEN, &ip, sizeof(ip));
	memcpy(f + ETH_HLEN + sizeof(ip), &udp, sizeof(udp));
	memcpy(f + HEADERS, &number, 4);
	for (int i = HEADERS + 4; i < len; i++)
		f[i] = (uint8_t)(number + i);
	return len;
}

static void describe(struct europa_desc *desc, enum kind kind)
{
	memset(&desc->vnet, 0, sizeof(desc->vnet));
	if (kind == PLAIN)
		return;
	desc->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	desc->vnet.csum_start =
		htole16(ETH_HLEN + sizeof(struct iphdr));
	desc->vnet.csum_offset = htole16(offsetof(struct udphdr, check));
	if (kind == GSO) {
		desc->vnet.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
		desc->vnet.gso_size = htole16(SEGMENT);
		desc->vnet.hdr_len = htole16(HEADERS);
	}
}

/* One of ra's own slots that is free, or -1. */
static int own_slot(struct rt *r)
{
	static uint32_t next;

	for (int i = 0; i < OWN; i++) {
		uint32_t slot = SLOTS - OWN + next++ % OWN;

		if (__atomic_load_n(&r->desc[slot].state, __ATOMIC_ACQUIRE) ==
		    EUROPA_EMPTY)
			return (int)slot;
	}
	return -1;
}

/* Put one on the txRing, to be drained by the caller; false if none is free. */
static bool put(struct rt *r, const uint8_t *dst, const uint8_t *src,
		uint32_t number, enum kind kind, int len)
{
	int slot = own_slot(r);

	if (slot < 0)
		return false;
	r->desc[slot].offset = 64;
	r->desc[slot].len = len;
	r->desc[slot].vlan_proto = 0;
	r->desc[slot].flags = 0;
	describe(&r->desc[slot], kind);
	make_udp(rt_data(r, slot), dst, src, number, len);
	r->desc[slot].state = EUROPA_PROCESSED;
	rt_publish(r, 0, (uint32_t)slot);
	return true;
}

static int len_of(enum kind kind, uint32_t number)
{
	return kind == GSO ? HEADERS + SEGMENT + 500 + (int)(number % 1000) :
			     60 + (int)(number * 17 % 1455);
}

static enum kind kind_of(uint32_t number, bool mixed)
{
	return mixed ? number * 2654435761u >> 16 & 1 ?
		       PLAIN : (number / 3 % KINDS) : PLAIN;
}

/* From ra to rb, in bursts. */
static void send_some(struct __test_metadata *_metadata,
		      struct _test_data_link *self, uint32_t n, bool mixed)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = self->sent++;
		enum kind kind = kind_of(number, mixed);

		ASSERT_TRUE(put(&self->a, self->mac_b, self->mac_a, number,
				kind, len_of(kind, number)));
		if (number % 7 == 0 || i == n - 1)
			ASSERT_LE(0, rt_drain(&self->a));
	}
}

/* By rb, all in order and as they were; from number @mixed on of all kinds. */
static void receive_as(struct __test_metadata *_metadata,
		       struct _test_data_link *self, uint32_t n, uint32_t mixed)
{
	static uint8_t want[SLOT_SIZE];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = self->received++;
		enum kind kind = kind_of(number, number >= mixed);
		int slot = rt_rx(&self->b, 0, LIMIT_MS), len;
		struct europa_desc *desc;
		uint32_t got;

		ASSERT_LE(0, slot);
		desc = &self->b.desc[slot];
		memcpy(&got, rt_data(&self->b, slot) + HEADERS, 4);
		ASSERT_EQ(number, got);
		len = make_udp(want, self->mac_b, self->mac_a, number,
			       len_of(kind, number));
		ASSERT_EQ(EUROPA_FILLED, desc->state);
		ASSERT_EQ(len, desc->len);
		ASSERT_EQ(128, desc->offset);
		ASSERT_EQ(0, desc->flags);
		ASSERT_EQ(0, memcmp(want, rt_data(&self->b, slot), len));
		ASSERT_EQ(kind == PLAIN ? 0 : VIRTIO_NET_HDR_F_NEEDS_CSUM,
			  desc->vnet.flags);
		ASSERT_EQ(kind == GSO ? VIRTIO_NET_HDR_GSO_UDP_L4 : 0,
			  desc->vnet.gso_type);
		rt_tx(&self->b, 0, slot, EUROPA_F_DROP);
	}
}

static void receive(struct __test_metadata *_metadata,
		    struct _test_data_link *self, uint32_t n, bool mixed)
{
	receive_as(_metadata, self, n, mixed ? 0 : UINT32_MAX);
}

/* So many there and back again; true if the stack had to do with it. */
static bool transfer(struct __test_metadata *_metadata,
		     struct _test_data_link *self, bool mixed)
{
	unsigned long before = by_stack();

	send_some(_metadata, self, FRAMES, mixed);
	receive(_metadata, self, FRAMES, mixed);
	return by_stack() - before > FRAMES / 2;
}

TEST_F(link, frames)
{
	for (int i = 0; i < 5; i++)
		EXPECT_FALSE(transfer(_metadata, self, false));
	EXPECT_EQ(5 * FRAMES, rx_packets("l1"));
	EXPECT_EQ(5 * FRAMES, rx_packets("eb"));
	EXPECT_EQ(5 * FRAMES, rt_stats(&self->a).counter[EUROPA_CNT_TX_PACKETS]);
	EXPECT_EQ(rt_stats(&self->a).counter[EUROPA_CNT_TX_BYTES],
		  rt_stats(&self->b).counter[EUROPA_CNT_RX_BYTES]);
}

/* What has to be an skb does not come later than slots behind it. */
TEST_F(link, order)
{
	for (int i = 0; i < 10; i++)
		EXPECT_FALSE(transfer(_metadata, self, true));
	EXPECT_EQ(10 * FRAMES, rx_packets("l1"));
	EXPECT_EQ(10 * FRAMES,
		  rt_stats(&self->b).counter[EUROPA_CNT_RX_PACKETS]);
}

static int count_frames(int fd)
{
	uint8_t f[SLOT_SIZE];
	int n = 0;

	while (recv(fd, f, sizeof(f), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

/* tcpdump on any of the netdevs sees all, and is no reason to lose order. */
TEST_F(link, taps)
{
	static const char *const where[] = { "ea", "l0", "l1", "eb" };
	int room = 16 * 1024 * 1024;

	for (int i = 0; i < ARRAY_SIZE(where); i++) {
		struct sockaddr_ll sll = { .sll_family = AF_PACKET,
					   .sll_protocol = htons(ETH_P_ALL),
					   .sll_ifindex =
						if_nametoindex(where[i]) };
		int fd = socket(AF_PACKET, SOCK_RAW, 0);

		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
		EXPECT_FALSE(transfer(_metadata, self, true));
		ASSERT_EQ(0, bind(fd, (void *)&sll, sizeof(sll)));
		transfer(_metadata, self, true);
		EXPECT_EQ(FRAMES, count_frames(fd)) {
			TH_LOG("on %s", where[i]);
		}
		send_some(_metadata, self, FRAMES / 2, true);
		close(fd);
		send_some(_metadata, self, FRAMES / 2, true);
		receive(_metadata, self, FRAMES, true);
		usleep(SETTLE_US);
	}
}

/* Who listens in another network namespace hears nothing of this one. */
TEST_F(link, taps_of_others)
{
	int ours = open("/proc/thread-self/ns/net", O_RDONLY), fd;

	ASSERT_LE(0, ours);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setns(ours, CLONE_NEWNET));
	for (int i = 0; i < 5; i++)
		EXPECT_FALSE(transfer(_metadata, self, false));
	EXPECT_EQ(0, count_frames(fd));
	close(fd);
	close(ours);
}

/* Drops what there is; returns how much. */
static int take_all(struct rt *r)
{
	int slot, n = 0;

	while ((slot = rt_take(r, 0)) >= 0) {
		rt_tx(r, 0, slot, EUROPA_F_DROP);
		n++;
	}
	return n;
}

/* A NIC with more queues than its sender's spreads flows over them. */
TEST_F(link, more_queues)
{
	uint8_t mac[ETH_ALEN];
	int got[2] = {};
	struct rt c[2];

	ASSERT_EQ(0, ip_batch("link add link l1 name ec numrxqueues 2 type europa\n"
			      "link set ec up\n"));
	get_mac("ec", mac);
	for (int q = 0; q < 2; q++) {
		ASSERT_EQ(0, rt_open(&c[q], SLOTS, SLOT_SIZE, 0));
		ASSERT_EQ(0, rt_attach_queue(&c[q], "ec", q));
	}
	for (uint32_t i = 0; i < 32; i++)
		ASSERT_TRUE(put(&self->a, mac, self->mac_a, i, PLAIN, 60));
	ASSERT_LE(0, rt_drain(&self->a));
	for (int ms = 0; ms < LIMIT_MS && got[0] + got[1] < 32; ms++) {
		for (int q = 0; q < 2; q++)
			got[q] += take_all(&c[q]);
		usleep(1000);
	}
	EXPECT_EQ(32, got[0] + got[1]);
	EXPECT_LT(0, got[0]);
	EXPECT_LT(0, got[1]);
	for (int q = 0; q < 2; q++)
		rt_close(&c[q]);
}

static bool nothing_comes(struct _test_data_link *self)
{
	return rt_rx(&self->b, 0, 200) < 0;
}

TEST_F(link, tc)
{
	uint32_t before;

	ASSERT_EQ(0, system("tc qdisc add dev l1 clsact"));
	ASSERT_EQ(0, system("tc filter add dev l1 ingress matchall action drop"));
	before = self->sent;
	send_some(_metadata, self, FRAMES, false);
	EXPECT_TRUE(nothing_comes(self));
	self->sent = before;
	ASSERT_EQ(0, system("tc qdisc del dev l1 clsact"));
	ASSERT_EQ(0, system("tc qdisc add dev l0 clsact"));
	ASSERT_EQ(0, system("tc filter add dev l0 egress matchall action drop"));
	send_some(_metadata, self, FRAMES, false);
	EXPECT_TRUE(nothing_comes(self));
	self->sent = before;
	ASSERT_EQ(0, system("tc qdisc del dev l0 clsact"));
	usleep(SETTLE_US);
	transfer(_metadata, self, false);
	usleep(SETTLE_US);
	EXPECT_FALSE(transfer(_metadata, self, false));
}

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* return XDP_DROP; attached until it is closed. */
static int drop_all(const char *ifname, uint32_t mode)
{
	struct bpf_insn insn[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
		  .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_XDP,
				.insns = (uintptr_t)insn,
				.insn_cnt = ARRAY_SIZE(insn),
				.license = (uintptr_t)"GPL" };
	union bpf_attr link = {
		.link_create = { .target_ifindex = if_nametoindex(ifname),
				 .attach_type = BPF_XDP, .flags = mode },
	};

	link.link_create.prog_fd = (uint32_t)bpf(BPF_PROG_LOAD, &load);
	return bpf(BPF_LINK_CREATE, &link);
}

TEST_F(link, xdp)
{
	for (uint32_t mode = 1U << 1; mode <= 1U << 2; mode <<= 1) {
		int prog = drop_all("l1", mode);
		uint32_t before = self->sent;

		ASSERT_LE(0, prog);
		send_some(_metadata, self, FRAMES, false);
		EXPECT_TRUE(nothing_comes(self));
		self->sent = before;
		close(prog);
		usleep(SETTLE_US);
		transfer(_metadata, self, false);
		usleep(SETTLE_US);
		EXPECT_FALSE(transfer(_metadata, self, false));
	}
}

/* In a /sys of this netns */
#define SPREAD(cpus)							\
	"unshare -m sh -c 'mount -t sysfs none /sys && "		\
	"echo " cpus " >/sys/class/net/l1/queues/rx-0/rps_cpus'"

/* Where what is received is spread over CPUs, so is what comes by a link. */
TEST_F(link, rps)
{
	ASSERT_EQ(0, system(SPREAD("1")));
	transfer(_metadata, self, false);
	EXPECT_TRUE(transfer(_metadata, self, false));
	ASSERT_EQ(0, system(SPREAD("0")));
	usleep(SETTLE_US);
	transfer(_metadata, self, false);
	usleep(SETTLE_US);
	EXPECT_FALSE(transfer(_metadata, self, false));
}

/* What finds no slot waits as an skb, and nothing overtakes it. */
TEST_F(link, pool_empty)
{
	struct europa_stats s;
	uint32_t plain;

	ASSERT_EQ(0, rt_line(&self->b, 16 << 20));
	for (int i = 0; i < SLOTS + 50; i += 50)
		send_some(_metadata, self, 50, false);
	plain = self->sent;
	EXPECT_TRUE(rt_wait_count(&self->b, EUROPA_CNT_RX_WAITED,
				  self->sent - SLOTS));
	s = rt_stats(&self->b);
	EXPECT_EQ(SLOTS, s.counter[EUROPA_CNT_RX_PACKETS]);
	EXPECT_EQ(self->sent, rt_stats(&self->a).counter[EUROPA_CNT_TX_PACKETS]);
	for (int i = 0; i < 2 * SLOTS; i += 32) {
		send_some(_metadata, self, 32, true);
		receive_as(_metadata, self, 32, plain);
	}
	EXPECT_EQ(0, rt_stats(&self->b).counter[EUROPA_CNT_RX_POOL_EMPTY]);
	receive_as(_metadata, self, self->sent - self->received, plain);
	EXPECT_FALSE(transfer(_metadata, self, false));
}

TEST_F(link, line_is_full)
{
	struct europa_stats s;
	uint64_t waited;

	ASSERT_EQ(0, rt_line(&self->b, 0));
	for (int i = 0; i < SLOTS + 50; i += 50)
		send_some(_metadata, self, 50, false);
	s = rt_stats(&self->b);
	waited = s.counter[EUROPA_CNT_RX_WAITED];
	EXPECT_LT(0, waited);
	EXPECT_EQ(SLOTS, s.counter[EUROPA_CNT_RX_PACKETS]);
	EXPECT_EQ(self->sent - SLOTS - waited,
		  s.counter[EUROPA_CNT_RX_POOL_EMPTY]);
	EXPECT_EQ(self->sent - SLOTS - waited, get_dropped("eb", false));
	EXPECT_EQ(self->sent, rt_stats(&self->a).counter[EUROPA_CNT_TX_PACKETS]);
	receive(_metadata, self, SLOTS + waited, false);
	self->received = self->sent;
	/* Not all that was returned may be EMPTY yet. */
	ASSERT_EQ(0, rt_line(&self->b, 1 << 20));
	EXPECT_FALSE(transfer(_metadata, self, false));
}

TEST_F(link, other_addresses)
{
	static const uint8_t all[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };
	int slot;

	/* of nobody, then of all, then from somebody else */
	ASSERT_TRUE(put(&self->a, other, self->mac_a, 0, PLAIN, 60));
	ASSERT_TRUE(put(&self->a, all, self->mac_a, 1, PLAIN, 60));
	ASSERT_TRUE(put(&self->a, self->mac_b, other, 2, PLAIN, 60));
	ASSERT_LE(0, rt_drain(&self->a));
	slot = rt_rx(&self->b, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(EUROPA_F_BROADCAST, self->b.desc[slot].flags);
	rt_tx(&self->b, 0, slot, EUROPA_F_DROP);
	EXPECT_TRUE(nothing_comes(self));
	EXPECT_EQ(1, rt_stats(&self->a).counter[EUROPA_CNT_TX_SPOOFED]);
	EXPECT_EQ(2, rt_stats(&self->a).counter[EUROPA_CNT_TX_PACKETS]);
}

/* A NIC without a router is one of its stack's. */
TEST_F(link, no_router)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_IP),
				   .sll_ifindex = if_nametoindex("eb") };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct europa_detach_req req = { .ifindex = if_nametoindex("eb") };

	ASSERT_EQ(0, bind(fd, (void *)&sll, sizeof(sll)));
	ASSERT_EQ(0, setsockopt(self->b.fd, SOL_EUROPA, EUROPA_DETACH, &req,
				sizeof(req)));
	send_some(_metadata, self, 10, false);
	ASSERT_EQ(1, poll(&pfd, 1, LIMIT_MS));
	EXPECT_EQ(10, count_frames(fd));
}

/* --- under load ------------------------------------------------------- */

struct load {
	struct rt *r;
	const uint8_t *dst, *src;
	bool stop;
	uint32_t n;
};

/* What comes goes back, and what is free is sent. */
static void *load(void *arg)
{
	struct load *l = arg;
	int slot;

	while (!is_set(&l->stop)) {
		for (int i = 0; i < 20; i++) {
			enum kind kind = kind_of(l->n, true);

			if (l->src &&
			    put(l->r, l->dst, l->src, l->n, kind,
				len_of(kind, l->n)))
				l->n++;
			slot = rt_take(l->r, 0);
			if (slot < 0)
				continue;
			memcpy(rt_data(l->r, slot), l->dst, ETH_ALEN);
			if (l->src)
				memcpy(rt_data(l->r, slot) + ETH_ALEN, l->src,
				       ETH_ALEN);
			rt_tx(l->r, 0, slot, l->src ? 0 : EUROPA_F_DROP);
		}
		rt_drain(l->r);
	}
	return NULL;
}

/* Both ways, each in a thread; then somebody goes. */
static void under_load(struct __test_metadata *_metadata,
		       struct _test_data_link *self, const char *commands)
{
	struct load la = { &self->a, self->mac_b, self->mac_a };
	struct load lb = { &self->b, self->mac_a, self->mac_b };
	pthread_t ta, tb;

	/* Own slots of this one as well */
	rt_close(&self->b);
	ASSERT_EQ(0, rt_open(&self->b, SLOTS, SLOT_SIZE, OWN));
	ASSERT_EQ(0, rt_attach(&self->b, "eb"));
	ASSERT_EQ(0, pthread_create(&ta, NULL, load, &la));
	ASSERT_EQ(0, pthread_create(&tb, NULL, load, &lb));
	usleep(300000);
	EXPECT_EQ(0, ip_batch(commands));
	usleep(100000);
	set_flag(&la.stop);
	set_flag(&lb.stop);
	pthread_join(ta, NULL);
	pthread_join(tb, NULL);
	EXPECT_LT(100, rt_stats(&self->a).counter[EUROPA_CNT_RX_PACKETS]);
	EXPECT_LT(100, rt_stats(&self->b).counter[EUROPA_CNT_RX_PACKETS]);
}

TEST_F(link, sender_deleted)
{
	under_load(_metadata, self, "link del ea\n");
}

TEST_F(link, receiver_deleted)
{
	under_load(_metadata, self, "link del eb\n");
}

TEST_F(link, veth_deleted)
{
	under_load(_metadata, self, "link del l0\n");
}

TEST_F(link, end_moved)
{
	ASSERT_EQ(0, ip_batch("netns add europa-link\n"));
	under_load(_metadata, self, "link set l1 netns europa-link\n"
				    "netns del europa-link\n");
}

TEST_F(link, ends_set_down)
{
	under_load(_metadata, self,
		   "link set l1 down\nlink set l1 up\nlink set eb down\n"
		   "link set eb up\nlink set ea down\nlink set ea up\n");
}

TEST_HARNESS_MAIN
