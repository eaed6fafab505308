// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP and UDP with checksum offload and GSO through a router arrive intact, in
 * slots that hold GSO frames whole and in slots that do not, and with each
 * combination of the netdevs' offloads on and off
 *
 *	[netns A] a1 == a0 <- eua [router] eub -> b0 == b1 [netns B]
 */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>

#include "../kselftest_harness.h"
#include "europa_test.h"

#define BYTES	(1024 * 1024)
#define SEGMENT	1000		/* bytes of UDP payload a frame */
#define SEND	(20 * SEGMENT)	/* ... a system call, a GSO frame */
#define SENDS	25
#define LAST	{ 0, 0, 0 }

FIXTURE(offload) {
	struct rt r;
	bool stop;
	uint64_t gso, csum;
};

/* Of the sender and of both lower netdevs; all else has it on. */
enum feature {
	GIVEN	= 0x01,	/* otherwise: what veth comes with */
	TSO	= 0x02,
	GSO	= 0x04,
	GRO	= 0x08,
	CSUM	= 0x10,
};

FIXTURE_VARIANT(offload) {
	int family;
	uint32_t slot_size;
	unsigned int features;
};

FIXTURE_VARIANT_ADD(offload, ipv4_large_slots) { AF_INET, 68 * 1024 };
FIXTURE_VARIANT_ADD(offload, ipv4_small_slots) { AF_INET, 2048 };
FIXTURE_VARIANT_ADD(offload, ipv6_large_slots) { AF_INET6, 68 * 1024 };
FIXTURE_VARIANT_ADD(offload, ipv6_small_slots) { AF_INET6, 2048 };

FIXTURE_VARIANT_ADD(offload, matrix_none) {
	AF_INET, 68 * 1024, GIVEN };
FIXTURE_VARIANT_ADD(offload, matrix_tso) {
	AF_INET, 68 * 1024, GIVEN | TSO };
FIXTURE_VARIANT_ADD(offload, matrix_gso) {
	AF_INET, 68 * 1024, GIVEN | GSO };
FIXTURE_VARIANT_ADD(offload, matrix_tso_gso) {
	AF_INET, 68 * 1024, GIVEN | TSO | GSO };
FIXTURE_VARIANT_ADD(offload, matrix_gro) {
	AF_INET, 68 * 1024, GIVEN | GRO };
FIXTURE_VARIANT_ADD(offload, matrix_tso_gro) {
	AF_INET, 68 * 1024, GIVEN | TSO | GRO };
FIXTURE_VARIANT_ADD(offload, matrix_gso_gro) {
	AF_INET, 68 * 1024, GIVEN | GSO | GRO };
FIXTURE_VARIANT_ADD(offload, matrix_tso_gso_gro) {
	AF_INET, 68 * 1024, GIVEN | TSO | GSO | GRO };
FIXTURE_VARIANT_ADD(offload, matrix_csum) {
	AF_INET, 68 * 1024, GIVEN | CSUM };
FIXTURE_VARIANT_ADD(offload, matrix_tso_csum) {
	AF_INET, 68 * 1024, GIVEN | TSO | CSUM };
FIXTURE_VARIANT_ADD(offload, matrix_gso_csum) {
	AF_INET, 68 * 1024, GIVEN | GSO | CSUM };
FIXTURE_VARIANT_ADD(offload, matrix_tso_gso_csum) {
	AF_INET, 68 * 1024, GIVEN | TSO | GSO | CSUM };
FIXTURE_VARIANT_ADD(offload, matrix_gro_csum) {
	AF_INET, 68 * 1024, GIVEN | GRO | CSUM };
FIXTURE_VARIANT_ADD(offload, matrix_tso_gro_csum) {
	AF_INET, 68 * 1024, GIVEN | TSO | GRO | CSUM };
FIXTURE_VARIANT_ADD(offload, matrix_gso_gro_csum) {
	AF_INET, 68 * 1024, GIVEN | GSO | GRO | CSUM };
FIXTURE_VARIANT_ADD(offload, matrix_all) {
	AF_INET, 68 * 1024, GIVEN | TSO | GSO | GRO | CSUM };

/* What depends on what is off goes off with it. */
static int set_features(const char *dev, unsigned int features)
{
	const char *const word[] = { "off", "on" };
	char command[256];

	snprintf(command, sizeof(command),
		 "ethtool -K %s tx %s tso %s tx-udp-segmentation %s gso %s gro %s rx-udp-gro-forwarding %s >/dev/null 2>&1",
		 dev, word[!!(features & CSUM)], word[!!(features & TSO)],
		 word[!!(features & TSO)], word[!!(features & GSO)],
		 word[!!(features & GRO)], word[!!(features & GRO)]);
	return system(command);
}

FIXTURE_SETUP(offload)
{
	static const struct info any[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_ANY }, LAST };

	ASSERT_EQ(0, new_netns());
	ASSERT_EQ(0, ip_batch("link add a0 type veth peer name a1\n"
			      "link add b0 type veth peer name b1\n"
			      "link set a0 up\nlink set b0 up\n"));
	if (variant->features) {
		ASSERT_EQ(0, set_features("a1", variant->features));
		ASSERT_EQ(0, set_features("a0", variant->features));
		ASSERT_EQ(0, set_features("b0", variant->features));
	}
	ASSERT_EQ(0, nic_add("eua", "a0", any));
	ASSERT_EQ(0, nic_add("eub", "b0", any));
	ASSERT_EQ(0, rt_open(&self->r, 64, variant->slot_size, 0));
	ASSERT_EQ(0, rt_attach(&self->r, "eua"));
	ASSERT_EQ(1, rt_attach(&self->r, "eub"));
}

FIXTURE_TEARDOWN(offload)
{
	rt_close(&self->r);
}

static void *patch(void *arg)
{
	struct _test_data_offload *self = arg;
	struct rt *r = &self->r;

	while (!is_set(&self->stop)) {
		int slot;

		for (int nic = 0; nic < 2; nic++) {
			while ((slot = rt_take(r, nic)) >= 0) {
				struct europa_desc *d = &r->desc[slot];

				self->gso += d->vnet.gso_type != 0;
				self->csum += d->vnet.flags &
					      VIRTIO_NET_HDR_F_NEEDS_CSUM;
				rt_tx(r, !nic, slot, 0);
			}
		}
		rt_sleep(r, 100);
	}
	return NULL;
}

static uint8_t pattern(uint32_t i)
{
	return (uint8_t)(i * 2654435761u >> 24);
}

/* A peer's two ends: it ends with a status that says where it failed. */
typedef void peer_fn(int family);

static struct sockaddr_storage server_addr(int family, socklen_t *len)
{
	struct sockaddr_storage ss = { .ss_family = family };
	struct sockaddr_in6 *sin6 = (void *)&ss;
	struct sockaddr_in *sin = (void *)&ss;

	if (family == AF_INET) {
		sin->sin_port = htons(7777);
		sin->sin_addr.s_addr = htonl(0x0a090002);
		*len = sizeof(*sin);
	} else {
		sin6->sin6_port = htons(7777);
		sin6->sin6_addr.s6_addr[0] = 0xfd;
		sin6->sin6_addr.s6_addr[15] = 2;
		*len = sizeof(*sin6);
	}
	return ss;
}

static int server_socket(int family, int type)
{
	socklen_t len;
	struct sockaddr_storage ss = server_addr(family, &len);
	int fd = socket(family, type, 0);

	return bind(fd, (void *)&ss, len) ? -1 : fd;
}

/* Again and again, until the other end is there. */
static int client_socket(int family, int type)
{
	socklen_t len;
	struct sockaddr_storage ss = server_addr(family, &len);
	int fd = socket(family, type, 0);

	while (connect(fd, (void *)&ss, len)) {
		close(fd);
		usleep(50000);
		fd = socket(family, type, 0);
	}
	return fd;
}

static void tcp_server(int family)
{
	int fd = server_socket(family, SOCK_STREAM);
	static uint8_t buf[BYTES];
	size_t done = 0;
	ssize_t n;

	if (fd < 0 || listen(fd, 1))
		_exit(4);
	fd = accept(fd, NULL, NULL);
	while (done < BYTES && (n = read(fd, buf + done, BYTES - done)) > 0)
		done += n;
	for (uint32_t i = 0; i < BYTES; i++)
		if (buf[i] != pattern(i))
			_exit(5);
	_exit(done == BYTES ? 0 : 6);
}

static void tcp_client(int family)
{
	int fd = client_socket(family, SOCK_STREAM);
	static uint8_t buf[BYTES];
	size_t done = 0;
	ssize_t n;
	char c;

	for (uint32_t i = 0; i < BYTES; i++)
		buf[i] = pattern(i);
	while (done < BYTES && (n = write(fd, buf + done, BYTES - done)) > 0)
		done += n;
	shutdown(fd, SHUT_WR);
	_exit(read(fd, &c, 1) == 0 && done == BYTES ? 0 : 7);
}

/* Past what the client said before it was heard. */
static ssize_t next_segment(int fd, uint8_t *buf)
{
	ssize_t n;

	do {
		n = read(fd, buf, 2 * SEGMENT);
	} while (n == 1);
	return n;
}

/* Answers the first datagram and then each complete SEND with a datagram. */
static void udp_server(int family)
{
	int fd = server_socket(family, SOCK_DGRAM);
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	uint8_t buf[2 * SEGMENT];

	if (fd < 0 || recvfrom(fd, buf, 1, 0, (void *)&from, &len) != 1 ||
	    connect(fd, (void *)&from, len) || write(fd, "", 1) != 1)
		_exit(4);
	for (uint32_t at = 0; at < SENDS * SEND; at += SEGMENT) {
		if (next_segment(fd, buf) != SEGMENT)
			_exit(5);
		for (uint32_t i = 0; i < SEGMENT; i++)
			if (buf[i] != pattern(at + i))
				_exit(6);
		if ((at + SEGMENT) % SEND == 0 && write(fd, "", 1) != 1)
			_exit(7);
	}
	_exit(0);
}

static void udp_client(int family)
{
	int fd = client_socket(family, SOCK_DGRAM), size = SEGMENT;
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	static uint8_t buf[SEND];
	char c;

	/* Whoever is there first waits for the other. */
	do {
		if (write(fd, "", 1) != 1 && errno != ECONNREFUSED)
			_exit(8);
		poll(&answer, 1, 200);
	} while (recv(fd, &c, 1, MSG_DONTWAIT) != 1);

	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)))
		_exit(9);
	for (uint32_t at = 0; at < SENDS * SEND; at += SEND) {
		for (uint32_t i = 0; i < SEND; i++)
			buf[i] = pattern(at + i);
		if (write(fd, buf, SEND) != SEND || read(fd, &c, 1) != 1)
			_exit(10);
	}
	_exit(0);
}

/* In a netns of its own, once the parent has moved an interface there. */
static void peer(char side, int family, peer_fn *end, int go)
{
	char c;

	if (read(go, &c, 1) != 1)
		_exit(2);
	if (ip_batch(side == 'a' ?
		     "addr add 10.9.0.1/24 dev a1\n"
		     "addr add fd00::1/64 dev a1 nodad\nlink set a1 up\n" :
		     "addr add 10.9.0.2/24 dev b1\n"
		     "addr add fd00::2/64 dev b1 nodad\nlink set b1 up\n"))
		_exit(3);
	alarm(100);
	end(family);
}

static pid_t start_peer(char side, int family, peer_fn *end, int *go)
{
	int up[2], ready[2];
	pid_t child;
	char c;

	if (pipe(up) || pipe(ready))
		return -1;
	child = fork();
	if (!child) {
		close(up[1]);
		if (unshare(CLONE_NEWNET) || write(ready[1], "r", 1) != 1)
			_exit(1);
		peer(side, family, end, up[0]);
	}
	if (read(ready[0], &c, 1) != 1)
		return -1;
	*go = up[1];
	return child;
}

/* From netns A to netns B through the router. */
static void transfer(struct __test_metadata *_metadata,
		     struct _test_data_offload *self, int family,
		     peer_fn *client, peer_fn *server)
{
	int go_a, go_b, status;
	pthread_t thread;
	char move[128];
	pid_t a, b;

	a = start_peer('a', family, client, &go_a);
	b = start_peer('b', family, server, &go_b);
	ASSERT_LT(0, a);
	ASSERT_LT(0, b);
	snprintf(move, sizeof(move),
		 "link set a1 netns %d\nlink set b1 netns %d\n", a, b);
	ASSERT_EQ(0, ip_batch(move));
	ASSERT_EQ(0, pthread_create(&thread, NULL, patch, self));
	ASSERT_EQ(1, write(go_b, "g", 1));
	ASSERT_EQ(1, write(go_a, "g", 1));
	ASSERT_EQ(b, waitpid(b, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(a, waitpid(a, &status, 0));
	EXPECT_EQ(0, status);
	set_flag(&self->stop);
	pthread_join(thread, NULL);
}

/* With veth as it comes, frames came as the stack made them: whole. */
static void check_frames(struct __test_metadata *_metadata,
			 struct _test_data_offload *self, uint32_t slot_size,
			 unsigned int features)
{
	EXPECT_TRUE(rt_accounts(&self->r));
	if (features)
		return;
	EXPECT_LT(0, self->csum);
	if (slot_size > 65536) {
		EXPECT_LT(0, self->gso);
		EXPECT_EQ(0, rt_stats(&self->r).counter[EUROPA_CNT_RX_SEGMENTED]);
	} else {
		EXPECT_EQ(0, self->gso);
		EXPECT_LT(0, rt_stats(&self->r).counter[EUROPA_CNT_RX_SEGMENTED]);
	}
}

TEST_F_TIMEOUT(offload, tcp, 150)
{
	transfer(_metadata, self, variant->family, tcp_client, tcp_server);
	check_frames(_metadata, self, variant->slot_size, variant->features);
}

TEST_F_TIMEOUT(offload, udp, 150)
{
	transfer(_metadata, self, variant->family, udp_client, udp_server);
	check_frames(_metadata, self, variant->slot_size, variant->features);
}

TEST_HARNESS_MAIN
