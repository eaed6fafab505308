// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP, UDP and SCTP through a router arrive intact, with each combination of the
 * netdevs' offloads on and off, between veths and between simulated NICs, with
 * and without a VLAN tag, in slots that hold GSO frames whole and in slots that
 * do not, by the lower netdev's queue and past it, lent and copied
 *
 *	[left] a1 == a0 <- eua [router] eub -> b0 == b1 [right]
 *	       v1 on it					v1 on it
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>

#include "harness.h"
#include "ethtool.h"
#include "xdp_prog.h"

#define BYTES	(64 * 1024)
#define CHUNK	(32 * 1024)
#define SEGMENT	1000		/* bytes of UDP payload a frame */
#define SEND	(20 * SEGMENT)	/* ... a system call, a GSO frame */
#define SENDS	3
#define VLAN	5
#define PORT	7777
#define SCTP_NODELAY	3	/* linux/sctp.h does not go with netinet/in.h */

/* Of all four netdevs. */
enum {
	TSO	= 0x01,
	GSO	= 0x02,
	GRO	= 0x04,
	CSUM	= 0x08,
	ALL	= 0x0f,
};

/* What frames the router has seen. */
struct seen {
	uint64_t gso_tcp, gso_udp, csum;
	uint64_t bytes[2];	/* without and with the tag */
};

FIXTURE(offload) {
	struct rt r;
	struct seen seen;
	bool stop, tags_in_frames;
	pthread_t router;
	int here, left, right;	/* network namespaces */
	int gro;		/* see below */
};

FIXTURE_VARIANT(offload) {
	bool simnic;
	uint32_t slot_size;
	uint8_t xmit;
	bool lend, xdp;
};

#define LARGE	(68 * 1024)
#define SMALL	2048

FIXTURE_VARIANT_ADD(offload, veth_large_direct_lent) {
	false, LARGE, EUROPA_XMIT_DIRECT, true };
FIXTURE_VARIANT_ADD(offload, veth_large_queue) {
	false, LARGE, EUROPA_XMIT_QUEUE, false };
FIXTURE_VARIANT_ADD(offload, veth_small_direct) {
	false, SMALL, EUROPA_XMIT_DIRECT, false };
FIXTURE_VARIANT_ADD(offload, simnic_large_direct) {
	true, LARGE, EUROPA_XMIT_DIRECT, false };
FIXTURE_VARIANT_ADD(offload, simnic_large_queue_lent) {
	true, LARGE, EUROPA_XMIT_QUEUE, true };
FIXTURE_VARIANT_ADD(offload, simnic_small_queue) {
	true, SMALL, EUROPA_XMIT_QUEUE, false };
FIXTURE_VARIANT_ADD(offload, simnic_small_direct_xdp) {
	true, SMALL, EUROPA_XMIT_DIRECT, false, true };

/* --- the network ------------------------------------------------------ */

static int open_netns(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* One end of a pair goes to a new netns, as number 1 or 2 there. */
static int new_peer(int here, const char *dev, int number)
{
	char command[512];
	int netns;

	if (unshare(CLONE_NEWNET))
		return -1;
	netns = open_netns();
	if (setns(here, CLONE_NEWNET))
		return -1;
	snprintf(command, sizeof(command), "link set %s netns /proc/%d/fd/%d\n",
		 dev, getpid(), netns);
	if (ip_batch(command) || setns(netns, CLONE_NEWNET))
		return -1;
	snprintf(command, sizeof(command),
		 "link set %1$s up\n"
		 "addr add 10.9.0.%2$d/24 dev %1$s\n"
		 "addr add fd00::%2$d/64 dev %1$s nodad\n"
		 "link add link %1$s name v1 type vlan id %3$d\n"
		 "link set v1 up\n"
		 "addr add 10.9.%3$d.%2$d/24 dev v1\n"
		 "addr add fd%3$02x::%2$d/64 dev v1 nodad\n",
		 dev, number, VLAN);
	if (ip_batch(command) || setns(here, CLONE_NEWNET))
		return -1;
	return netns;
}

/* A command of ours in another netns. */
#define IN_NETNS(self, netns, command) ({				\
	int in = setns(netns, CLONE_NEWNET);				\
	typeof(command) result = (command);				\
									\
	if (in || setns((self)->here, CLONE_NEWNET))			\
		abort();						\
	result;								\
})

static void count_gso(struct seen *seen, const struct virtio_net_hdr *vnet)
{
	switch (vnet->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		seen->gso_tcp++;
		break;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		seen->gso_udp++;
		break;
	}
}

static void *patch(void *arg)
{
	struct _test_data_offload *self = arg;
	struct rt *r = &self->r;
	int slot;

	while (!is_set(&self->stop)) {
		for (int nic = 0; nic < 2; nic++) {
			while ((slot = rt_take(r, nic)) >= 0) {
				struct europa_desc *d = &r->desc[slot];
				bool tag = d->vlan_proto == htons(ETH_P_8021Q) &&
					   d->vlan_tci == VLAN;

				count_gso(&self->seen, &d->vnet);
				self->seen.csum += d->vnet.flags &
						   VIRTIO_NET_HDR_F_NEEDS_CSUM;
				self->seen.bytes[tag] += d->len;
				rt_tx(r, !nic, slot, 0);
			}
		}
		rt_sleep(r, 100);
	}
	return NULL;
}

/*
 * The first socket that wants UDP_GRO patches the kernel's code, and so does the
 * end of the last, for which an emulated CPU forgets all it has translated.
 */
static int hold_udp_gro(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), one = 1;

	return setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof(one)) ? -1 : fd;
}

/* All that comes to a netdev goes to its virtual NIC. */
static int by_xdp(const char *lower, const char *nic)
{
	return attach(new_prog(new_devmap(nic)), lower);
}

FIXTURE_SETUP(offload)
{
	const struct info info[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_ANY },
		{ IFLA_EUROPA_XMIT, 1, variant->xmit },
		{ IFLA_EUROPA_LEND, 1, variant->lend },
		{},
	};

	ASSERT_EQ(0, new_netns());
	self->here = open_netns();
	self->gro = hold_udp_gro();
	ASSERT_LE(0, self->gro);
	ASSERT_EQ(0, new_wires(variant->simnic));
	ASSERT_EQ(0, ip_batch("link set a0 up\nlink set b0 up\n"));
	self->left = new_peer(self->here, "a1", 1);
	ASSERT_LE(0, self->left);
	self->right = new_peer(self->here, "b1", 2);
	ASSERT_LE(0, self->right);
	ASSERT_EQ(0, nic_add("eua", "a0", info));
	ASSERT_EQ(0, nic_add("eub", "b0", info));
	ASSERT_EQ(0, rt_open(&self->r, 64, variant->slot_size, 0));
	ASSERT_EQ(0, rt_attach(&self->r, "eua"));
	ASSERT_EQ(1, rt_attach(&self->r, "eub"));
	/* A tag that hardware takes off does not come to an XDP program. */
	self->tags_in_frames = variant->xdp;
	if (variant->xdp) {
		ASSERT_LE(0, by_xdp("a0", "eua"));
		ASSERT_LE(0, by_xdp("b0", "eub"));
	}
	ASSERT_EQ(0, pthread_create(&self->router, NULL, patch, self));
}

FIXTURE_TEARDOWN(offload)
{
	set_flag(&self->stop);
	pthread_join(self->router, NULL);
	EXPECT_TRUE(rt_accounts(&self->r));
	rt_close(&self->r);
	close(self->gro);
	/* Now, as a simnic's name is known to all network namespaces. */
	EXPECT_EQ(0, ip_batch("link del a0\nlink del b0\n"));
	if (variant->simnic) {
		EXPECT_EQ(0, IN_NETNS(self, self->left,
				      ip_batch("link del a1\n")));
		EXPECT_EQ(0, IN_NETNS(self, self->right,
				      ip_batch("link del b1\n")));
	}
}

/* Tags are put in by hardware if GSO is on, taken off if GRO is and they may be. */
static int set_or_check(struct _test_data_offload *self, const char *dev,
			unsigned int on, bool set)
{
	const struct feature f[] = {
		{ "tx-checksum-ip-generic", on & CSUM },
		{ "rx-checksum", on & CSUM },
		{ "tx-tcp-segmentation", on & TSO },
		{ "tx-tcp6-segmentation", on & TSO },
		{ "tx-udp-segmentation", on & TSO },
		{ "tx-generic-segmentation", on & GSO },
		{ "tx-vlan-hw-insert", on & GSO },
		{ "rx-gro", on & GRO },
		{ "rx-udp-gro-forwarding", on & GRO },
		{ "rx-vlan-hw-parse", on & GRO && !self->tags_in_frames },
		{},
	};

	if (set)
		return set_features(dev, f);
	return has_features(dev, f) ? 0 : -1;
}

/* What segments also computes checksums, so that is off with them. */
static int set_offloads(struct _test_data_offload *self, const char *dev,
			unsigned int on)
{
	return set_or_check(self, dev, on, true) ?:
	       set_or_check(self, dev, on & CSUM ? on : on & ~TSO, false);
}

/* --- transfers -------------------------------------------------------- */

/* What is sent, and how; from left to right. */
struct way {
	int family, type;
	bool tag;
	int protocol;
};

static uint8_t pattern[BYTES], got[CHUNK];

static void make_pattern(void)
{
	for (uint32_t i = 0; i < BYTES; i++)
		pattern[i] = (uint8_t)(i * 2654435761u >> 24);
}

static socklen_t address(struct sockaddr_storage *ss, const struct way *way,
			 int number)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	*ss = (struct sockaddr_storage){ .ss_family = way->family };
	if (way->family == AF_INET) {
		sin->sin_port = htons(PORT);
		sin->sin_addr.s_addr = htonl(0x0a090000 | number |
					     (way->tag ? VLAN << 8 : 0));
		return sizeof(*sin);
	}
	sin6->sin6_port = htons(PORT);
	sin6->sin6_addr.s6_addr[0] = 0xfd;
	sin6->sin6_addr.s6_addr[1] = way->tag ? VLAN : 0;
	sin6->sin6_addr.s6_addr[15] = number;
	return sizeof(*sin6);
}

/* Bound to the address of one end; no call takes longer than LIMIT_MS. */
static int new_socket(const struct way *way, int number)
{
	struct timeval limit = { .tv_sec = LIMIT_MS / 1000 };
	int fd = socket(way->family, way->type, way->protocol), one = 1;
	int room = 1024 * 1024;
	struct sockaddr_storage ss;
	socklen_t len = address(&ss, way, number);

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (void *)&ss, len))
		return -1;
	return fd;
}

static int connect_to(int fd, const struct way *way, int number)
{
	struct sockaddr_storage ss;
	socklen_t len = address(&ss, way, number);

	return connect(fd, (void *)&ss, len);
}

/* All of it, in whatever pieces. */
static bool receive_all(int fd, int len)
{
	for (int n, at = 0; at < len; at += n) {
		n = recv(fd, got + at, len - at, 0);
		if (n <= 0)
			return false;
	}
	return true;
}

/* When all has come the other says so.  Returns the line that fails, or 0. */
static int stream_all(int from, int to)
{
	char c = 0;

	for (int at = 0; at < BYTES; at += CHUNK) {
		if (send(from, pattern + at, CHUNK, 0) != CHUNK)
			return __LINE__;
		if (!receive_all(to, CHUNK))
			return __LINE__;
		if (memcmp(got, pattern + at, CHUNK))
			return __LINE__;
	}
	if (send(to, &c, 1, 0) != 1 || recv(from, &c, 1, 0) != 1)
		return __LINE__;
	return 0;
}

/* By a reset, after which nobody has anything to say. */
static int stream_end(int from, int to)
{
	struct linger none = { .l_onoff = 1 };
	char c;

	if (setsockopt(from, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) ||
	    close(from) || recv(to, &c, 1, 0) != -1 || errno != ECONNRESET ||
	    close(to))
		return __LINE__;
	return 0;
}

/* A connection from left to right; both ends of it, or the line that fails. */
static int connect_ends(struct _test_data_offload *self, const struct way *way,
			int *from, int *to)
{
	int door = IN_NETNS(self, self->right, new_socket(way, 2));
	bool sctp = way->protocol == IPPROTO_SCTP;
	int one = 1;

	*from = IN_NETNS(self, self->left, new_socket(way, 1));
	/* The end of a chunk is not to wait for an acknowledgment. */
	if (*from < 0 || door < 0 || listen(door, 1) ||
	    setsockopt(*from, sctp ? IPPROTO_SCTP : SOL_TCP,
		       sctp ? SCTP_NODELAY : TCP_NODELAY, &one, sizeof(one)) ||
	    connect_to(*from, way, 2))
		return __LINE__;
	*to = accept(door, NULL, NULL);
	close(door);
	return *to < 0 ? __LINE__ : 0;
}

/* TCP or SCTP. */
static int stream(struct _test_data_offload *self, const struct way *way)
{
	int from, to;

	return connect_ends(self, way, &from, &to) ?:
	       stream_all(from, to) ?: stream_end(from, to);
}

/* Of one system call: segments, or several that GRO has put together. */
static int udp_receive(int to, const uint8_t *sent)
{
	int done, n;

	for (done = 0; done < SEND; done += n) {
		n = recv(to, got, sizeof(got), 0);
		if (n <= 0 || n % SEGMENT || done + n > SEND)
			return __LINE__;
		if (memcmp(got, sent + done, n))
			return __LINE__;
	}
	return 0;
}

static int datagrams(struct _test_data_offload *self, const struct way *way)
{
	int from = IN_NETNS(self, self->left, new_socket(way, 1));
	int to = IN_NETNS(self, self->right, new_socket(way, 2));
	int size = SEGMENT, one = 1, line = 0;
	char c = 0;

	if (from < 0 || to < 0 || connect_to(from, way, 2) ||
	    connect_to(to, way, 1) ||
	    setsockopt(from, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)) ||
	    setsockopt(to, SOL_UDP, UDP_GRO, &one, sizeof(one)))
		return __LINE__;
	for (int at = 0; !line && at < SENDS * SEND; at += SEND) {
		if (send(from, pattern + at, SEND, 0) != SEND)
			return __LINE__;
		line = udp_receive(to, pattern + at);
		if (!line && (send(to, &c, 1, 0) != 1 ||
			      recv(from, &c, 1, 0) != 1))
			return __LINE__;
	}
	close(from);
	close(to);
	return line;
}

/* --- the matrix ------------------------------------------------------- */

static int set_all_offloads(struct _test_data_offload *self, unsigned int on)
{
	return set_offloads(self, "a0", on) ?: set_offloads(self, "b0", on) ?:
	       IN_NETNS(self, self->left, set_offloads(self, "a1", on)) ?:
	       IN_NETNS(self, self->right, set_offloads(self, "b1", on));
}

static uint64_t bad_offloads(struct _test_data_offload *self)
{
	static const char name[] = "tx_bad_offload";

	return get_counter("a0", name) + get_counter("b0", name) +
	       IN_NETNS(self, self->left, get_counter("a1", name)) +
	       IN_NETNS(self, self->right, get_counter("b1", name));
}

/* The router is given tags beside frames, whatever the netdevs do. */
static void transfer(struct __test_metadata *_metadata,
		     struct _test_data_offload *self, const struct way *way)
{
	uint64_t *bytes = &self->seen.bytes[way->tag], before = *bytes;
	bool udp = way->type == SOCK_DGRAM;

	ASSERT_EQ(0, udp ? datagrams(self, way) : stream(self, way))
		TH_LOG("%s over IPv%d, %s tag", udp ? "UDP" :
		       way->protocol == IPPROTO_SCTP ? "SCTP" : "TCP",
		       way->family == AF_INET ? 4 : 6,
		       way->tag ? "with" : "no");
	EXPECT_LE(udp ? SENDS * SEND : BYTES, *bytes - before);
}

static void transfer_all(struct __test_metadata *_metadata,
			 struct _test_data_offload *self)
{
	static const int family[] = { AF_INET, AF_INET6 };
	static const int type[] = { SOCK_STREAM, SOCK_DGRAM };

	for (int i = 0; i < 8; i++) {
		struct way way = { family[i / 4], type[i % 2], i / 2 % 2 };

		transfer(_metadata, self, &way);
	}
}

static uint64_t cut_frames(struct rt *r)
{
	return rt_stats(r).counter[EUROPA_CNT_RX_SEGMENTED];
}

/*
 * A descriptor cannot ask for SCTP's checksum, so the frame has it already; nor
 * for its segments, so such a frame is cut, whatever the slots hold.
 */
static void transfer_sctp(struct __test_metadata *_metadata,
			  struct _test_data_offload *self, bool large)
{
	const struct way way = { .family = AF_INET, .type = SOCK_STREAM,
				 .protocol = IPPROTO_SCTP };
	uint64_t cut = cut_frames(&self->r);
	struct seen before = self->seen;

	transfer(_metadata, self, &way);
	if (large)
		EXPECT_LT(cut, cut_frames(&self->r));
	EXPECT_EQ(before.csum, self->seen.csum);
	EXPECT_EQ(before.gso_tcp, self->seen.gso_tcp);
	EXPECT_EQ(before.gso_udp, self->seen.gso_udp);
}

/*
 * Frames come to the router whole if GRO has merged them, or if nobody has segmented
 * them: a veth hands on what its peer's stack leaves to it, a simulated NIC does as
 * hardware does.  Those that no slot holds are cut, not those of two segments that it
 * does hold.  XDP comes before all that.
 */
static void check_frames(struct __test_metadata *_metadata,
			 const struct seen *seen, uint64_t cut,
			 const struct _fixture_variant_offload *variant,
			 unsigned int on)
{
	bool left = !variant->simnic && on & CSUM;
	bool whole = !variant->xdp && (on & GRO || (left && on & TSO));
	bool fit = whole && variant->slot_size > 65536;

	EXPECT_EQ(fit, seen->gso_tcp > 0);
	EXPECT_EQ(fit, seen->gso_udp > 0);
	EXPECT_EQ(whole && !fit, cut > 0);
	EXPECT_EQ(whole || left, seen->csum > 0);
}

TEST_F(offload, matrix)
{
	uint64_t before;

	make_pattern();
	for (unsigned int on = 0; on <= ALL; on++) {
		ASSERT_EQ(0, set_all_offloads(self, on));
		self->seen = (struct seen){};
		before = cut_frames(&self->r);
		TH_LOG("TSO %s, GSO %s, GRO %s, checksum %s",
		       on & TSO ? "on" : "off", on & GSO ? "on" : "off",
		       on & GRO ? "on" : "off", on & CSUM ? "on" : "off");
		transfer_all(_metadata, self);
		check_frames(_metadata, &self->seen,
			     cut_frames(&self->r) - before, variant, on);
		/* A simulated NIC has none of SCTP's large frames. */
		if (!on || on == ALL)
			transfer_sctp(_metadata, self, on && !variant->simnic);
		if (variant->simnic)
			ASSERT_EQ(0, bad_offloads(self));
	}
}

TEST_HARNESS_MAIN
