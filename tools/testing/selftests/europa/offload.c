// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP with checksum offload and GSO through a router arrives intact, in slots
 * that hold GSO frames whole and in slots that do not
 *
 *	[netns A] a1 == a0 <- eua [router] eub -> b0 == b1 [netns B]
 */
#include <netinet/in.h>
#include <signal.h>

#include "../kselftest_harness.h"
#include "europa_test.h"

#define BYTES	(2 << 20)
#define LAST	{ 0, 0, 0 }

FIXTURE(offload) {
	struct rt r;
	bool stop;
	uint64_t gso, csum;
};

FIXTURE_VARIANT(offload) {
	uint32_t slot_size;
};

FIXTURE_VARIANT_ADD(offload, large_slots) { .slot_size = 68 * 1024 };
FIXTURE_VARIANT_ADD(offload, small_slots) { .slot_size = 2048 };

FIXTURE_SETUP(offload)
{
	static const struct info any[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_ANY }, LAST };

	ASSERT_EQ(0, new_netns());
	ASSERT_EQ(0, ip_batch("link add a0 type veth peer name a1\n"
			      "link add b0 type veth peer name b1\n"
			      "link set a0 up\nlink set b0 up\n"));
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

/* In a netns of its own with @ifname moved into it by the parent. */
static void peer(bool server, int go)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(7777) };
	static uint8_t buf[BYTES];
	int fd, on = 1;
	size_t done = 0;
	ssize_t n;
	char c;

	if (read(go, &c, 1) != 1)
		_exit(2);
	if (ip_batch(server ?
		     "addr add 10.9.0.2/24 dev b1\nlink set b1 up\n" :
		     "addr add 10.9.0.1/24 dev a1\nlink set a1 up\n"))
		_exit(3);
	alarm(100);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (server) {
		if (bind(fd, (void *)&sin, sizeof(sin)) || listen(fd, 1))
			_exit(4);
		fd = accept(fd, NULL, NULL);
		while (done < BYTES &&
		       (n = read(fd, buf + done, BYTES - done)) > 0)
			done += n;
		for (uint32_t i = 0; i < BYTES; i++)
			if (buf[i] != pattern(i))
				_exit(5);
		_exit(done == BYTES ? 0 : 6);
	}
	for (uint32_t i = 0; i < BYTES; i++)
		buf[i] = pattern(i);
	sin.sin_addr.s_addr = htonl(0x0a090002);
	while (connect(fd, (void *)&sin, sizeof(sin))) {
		close(fd);
		usleep(50000);
		fd = socket(AF_INET, SOCK_STREAM, 0);
	}
	while (done < BYTES && (n = write(fd, buf + done, BYTES - done)) > 0)
		done += n;
	shutdown(fd, SHUT_WR);
	_exit(read(fd, &c, 1) == 0 && done == BYTES ? 0 : 7);
}

static pid_t start_peer(bool server, int *go)
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
		peer(server, up[0]);
	}
	if (read(ready[0], &c, 1) != 1)
		return -1;
	*go = up[1];
	return child;
}

TEST_F_TIMEOUT(offload, tcp, 150)
{
	int go_a, go_b, status;
	pthread_t thread;
	pid_t a, b;
	char move[128];

	a = start_peer(false, &go_a);
	b = start_peer(true, &go_b);
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

	/* Frames came as the sender's stack made them, not computed. */
	EXPECT_LT(0, self->csum);
	if (variant->slot_size > 65536) {
		EXPECT_LT(0, self->gso);
		EXPECT_EQ(0, rt_stats(&self->r).counter[EUROPA_CNT_RX_SEGMENTED]);
	} else {
		EXPECT_EQ(0, self->gso);
		EXPECT_LT(0, rt_stats(&self->r).counter[EUROPA_CNT_RX_SEGMENTED]);
	}
	EXPECT_TRUE(rt_accounts(&self->r));
}

TEST_HARNESS_MAIN
