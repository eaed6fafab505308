// SPDX-License-Identifier: GPL-2.0-only
/* Who goes first: NIC, lower netdev, netns, socket, mapping, process */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "harness.h"
#include "europa_test.h"

FIXTURE(lifetime) {
	struct rt r;
	int a1;
	uint8_t mac0[ETH_ALEN], mac1[ETH_ALEN];
};

FIXTURE_SETUP(lifetime)
{
	ASSERT_EQ(0, new_network());
	ASSERT_EQ(0, rt_open(&self->r, 32, 2048, 2));
	ASSERT_EQ(0, rt_attach(&self->r, "eu0"));
	ASSERT_EQ(1, rt_attach(&self->r, "eu1"));
	get_mac("eu0", self->mac0);
	get_mac("eu1", self->mac1);
	self->a1 = raw_socket("a1");
}

FIXTURE_TEARDOWN(lifetime)
{
}

static uint32_t nics_of(int fd)
{
	struct rt_layout layout;

	return rt_layout(fd, &layout) ? ~0u : layout.l.nics;
}

/* Slots that came by a NIC that is gone go back by another. */
TEST_F(lifetime, nic_deleted)
{
	struct rt *r = &self->r;
	int slot[4];

	for (int i = 0; i < 4; i++) {
		send_frame(self->a1, self->mac0, i, 60);
		slot[i] = rt_rx(r, 0, LIMIT_MS);
		ASSERT_LE(0, slot[i]);
	}
	rt_tx(r, 0, slot[0], EUROPA_F_DROP);
	ASSERT_EQ(0, ip_batch("link del eu0\n"));
	EXPECT_EQ(1, nics_of(r->fd));
	EXPECT_EQ(3, rt_stats(r).router);
	for (int i = 1; i < 4; i++)
		rt_tx(r, 1, slot[i], EUROPA_F_DROP);
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_ROUTER_DROP, 4));
	EXPECT_EQ(30, rt_stats(r).free);
	/* The rings it had are still mapped: writing there harms nobody. */
	memset(r->nic[0].tx->entry, 0xff, 32 * 4);
	memset(r->nic[0].rx, 0xff, 64);
	rt_close(r);
}

TEST_F(lifetime, lower_deleted)
{
	ASSERT_EQ(0, ip_batch("link del a1\n"));
	EXPECT_EQ(0, if_nametoindex("eu0"));
	EXPECT_EQ(1, nics_of(self->r.fd));
	EXPECT_TRUE(rt_accounts(&self->r));
	rt_close(&self->r);
}

/* Both in one go, the lower netdev first. */
TEST_F(lifetime, group_deleted)
{
	ASSERT_EQ(0, ip_batch("link set b0 group 7\n"
			      "link set eu1 group 7\n"
			      "link del group 7\n"));
	EXPECT_EQ(0, if_nametoindex("eu1"));
	EXPECT_EQ(0, if_nametoindex("b0"));
	EXPECT_EQ(1, nics_of(self->r.fd));
	rt_close(&self->r);
}

TEST_F(lifetime, nic_moved)
{
	pid_t child = fork();

	if (!child) {
		unshare(CLONE_NEWNET);
		pause();
		_exit(0);
	}
	for (int i = 0; i < 100; i++) {
		char move[64];

		usleep(10000);
		snprintf(move, sizeof(move), "link set eu0 netns %d\n", child);
		if (!ip_batch(move) && !if_nametoindex("eu0"))
			break;
	}
	EXPECT_EQ(0, if_nametoindex("eu0"));
	EXPECT_EQ(1, nics_of(self->r.fd));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	rt_close(&self->r);
}

/* ... and told why */
static bool mtu_refused(const char *dev, int mtu)
{
	char command[96], line[256] = "";
	FILE *f;

	snprintf(command, sizeof(command), "ip link set %s mtu %d 2>&1", dev,
		 mtu);
	f = popen(command, "r");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	return pclose(f) && strstr(line, "mtu greater than device maximum");
}

TEST_F(lifetime, mtu)
{
	struct rt *r = &self->r;

	EXPECT_TRUE(mtu_refused("eu0", 2000));
	ASSERT_EQ(0, ip_batch("link set a0 mtu 9000\n"));
	/* Too large for the slots. */
	EXPECT_TRUE(mtu_refused("eu0", 2000));
	EXPECT_EQ(0, ip_batch("link set eu0 mtu 1400\n"));
	EXPECT_NE(r->generation, r->ctrl->generation);
	/* The lower netdev's may shrink under the NIC's; the NIC follows. */
	EXPECT_EQ(0, ip_batch("link set a0 mtu 1000\n"));
	EXPECT_TRUE(mtu_refused("eu0", 1400));
	EXPECT_EQ(0, ip_batch("link set a0 mtu 9000\nlink set eu0 mtu 1400\n"));
	EXPECT_TRUE(mtu_refused("eu0", 2000));
	rt_close(r);
	EXPECT_EQ(0, ip_batch("link set eu0 mtu 9000\n"));
	EXPECT_TRUE(mtu_refused("eu0", 9001));
}

TEST_F(lifetime, address)
{
	static const uint8_t mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 0x77 };
	struct rt *r = &self->r;
	int slot;

	ASSERT_EQ(0, ip_batch("link set eu0 address 02:00:00:00:00:77\n"));
	send_frame(self->a1, self->mac0, 1, 60);
	send_frame(self->a1, mac, 2, 60);
	slot = rt_rx(r, 0, LIMIT_MS);
	ASSERT_LE(0, slot);
	EXPECT_EQ(2, rt_data(r, slot)[14]);
	EXPECT_EQ(1, rt_stats(r).counter[EUROPA_CNT_RX_PACKETS]);
	/* Another NIC's address is taken. */
	ASSERT_EQ(0, ip_batch("link add link a0 name eu2 type europa\n"));
	EXPECT_NE(0, ip_batch("link set eu2 address 02:00:00:00:00:77\n"));
	rt_close(r);
}

/* Root of a container, with eu0 moved there: 0, or what went wrong. */
static int try_addresses(int ready, int go, const uint8_t *lower)
{
	char c, command[64];

	/* Without a map, root would be nobody in what it executes. */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) ||
	    write_file("/proc/self/uid_map", "0 0 1") ||
	    write(ready, "r", 1) != 1 || read(go, &c, 1) != 1)
		return 1;
	if (ip_batch("link set eu0 address 02:00:00:00:00:78\n"))
		return 2;
	snprintf(command, sizeof(command),
		 "link set eu0 address %02x:%02x:%02x:%02x:%02x:%02x\n",
		 lower[0], lower[1], lower[2], lower[3], lower[4], lower[5]);
	if (!ip_batch(command))
		return 3;
	return 0;
}

/* A NIC without spoofchk may change its address, not to the host's. */
TEST_F(lifetime, address_in_container)
{
	static const struct info off[] = { { IFLA_EUROPA_SPOOFCHK, 1, 0 },
					   { 0, 0, 0 } };
	int ready[2], go[2], status;
	uint8_t lower[ETH_ALEN];
	char c, move[64];
	pid_t child;

	rt_close(&self->r);
	get_mac("a0", lower);
	ASSERT_EQ(0, nic_request("eu0", NULL, off));
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(go));
	child = fork();
	if (!child)
		_exit(try_addresses(ready[1], go[0], lower));
	ASSERT_EQ(1, read(ready[0], &c, 1));
	snprintf(move, sizeof(move), "link set eu0 netns %d\n", child);
	ASSERT_EQ(0, ip_batch(move));
	ASSERT_EQ(1, write(go[1], "g", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

/* A socket belongs to the netns it was made in, whoever holds it. */
TEST_F(lifetime, netns)
{
	struct europa_detach_req detach = { if_nametoindex("eu0"), 0 };
	uint32_t eu0 = if_nametoindex("eu0");
	int stranger;

	ASSERT_EQ(0, setsockopt(self->r.fd, SOL_EUROPA, EUROPA_DETACH, &detach,
				sizeof(detach)));
	ASSERT_EQ(0, new_netns());
	stranger = socket(AF_EUROPA, SOCK_RAW, 0);
	ASSERT_EQ(0, rt_pool(stranger, 16, 2048, 0));
	EXPECT_EQ(-ENODEV, rt_attach_req(stranger, eu0, 0, 0));
	EXPECT_EQ(0, rt_attach_req(self->r.fd, eu0, 0, 0));
	close(stranger);
	rt_close(&self->r);
}

static void send_fd(int to, int fd)
{
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr c; } control;
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	control.c.cmsg_level = SOL_SOCKET;
	control.c.cmsg_type = SCM_RIGHTS;
	control.c.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.c), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != 1)
		perror("sendmsg");
}

static int recv_fd(int from)
{
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr c; } control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(from, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.c), sizeof(fd));
	return fd;
}

/* What a process in another netns may do with a socket it was given. */
static int use_passed_fd(int fd, uint32_t eu1)
{
	struct europa_detach_req detach = { eu1, 0 };

	if (nics_of(fd) != 2)
		return 1;
	if (setsockopt(fd, SOL_EUROPA, EUROPA_DETACH, &detach, sizeof(detach)))
		return 2;
	if (rt_attach_req(fd, eu1, 0, 0))
		return 3;
	if (sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0))
		return 4;
	return 0;
}

TEST_F(lifetime, fd_passed)
{
	uint32_t eu1 = if_nametoindex("eu1");
	struct rt *r = &self->r;
	int pair[2], status;
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	child = fork();
	if (!child) {
		close(r->fd);
		_exit(unshare(CLONE_NEWNET) ? 9 :
		      use_passed_fd(recv_fd(pair[1]), eu1));
	}
	send_fd(pair[0], r->fd);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	send_frame(self->a1, self->mac0, 1, 60);
	EXPECT_LE(0, rt_rx(r, 0, LIMIT_MS));
	EXPECT_TRUE(rt_accounts(r));
	rt_close(r);
}

/* Its NICs go with a netns; the socket pins it until then. */
TEST_F(lifetime, netns_exit)
{
	int fd[2];
	pid_t child;
	char c;

	ASSERT_EQ(0, pipe(fd));
	child = fork();
	if (!child) {
		struct rt r;

		_exit(new_network() || rt_open(&r, 32, 2048, 0) ||
		      rt_attach(&r, "eu0") || write(fd[1], "x", 1) != 1);
	}
	ASSERT_EQ(1, read(fd[0], &c, 1));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	rt_close(&self->r);
}

TEST_F(lifetime, fork)
{
	int status;
	pid_t child = fork();

	if (!child) {
		/* Not mapped here: a child must not share the rings. */
		signal(SIGSEGV, SIG_DFL);
		_exit(self->r.ctrl->generation);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
	rt_close(&self->r);
}

/* As long as something is mapped the router lives. */
TEST_F(lifetime, mapping_outlives_fd)
{
	struct rt *r = &self->r, other;

	close(r->fd);
	send_frame(self->a1, self->mac0, 9, 60);
	for (int i = 0; i < LIMIT_MS && !rt_ready(&r->nic[0]); i++)
		usleep(1000);
	EXPECT_LE(0, rt_take(r, 0));
	ASSERT_EQ(0, rt_open(&other, 16, 2048, 0));
	EXPECT_EQ(-EBUSY, rt_attach(&other, "eu0"));
	r->fd = -1;
	rt_close(r);
	EXPECT_EQ(0, rt_attach(&other, "eu0"));
	rt_close(&other);
}

/* What the router has published before it closes is sent. */
TEST_F(lifetime, close_with_packets)
{
	struct rt *r = &self->r;
	int a1 = self->a1, slot;
	uint8_t f[2048];

	for (int i = 0; i < 10; i++)
		send_frame(a1, self->mac0, i, 60);
	for (int i = 0; i < 5; i++) {
		slot = rt_rx(r, 0, LIMIT_MS);
		ASSERT_LE(0, slot);
		memcpy(rt_data(r, slot) + 6, self->mac0, ETH_ALEN);
		r->desc[slot].flags = 0;
		r->desc[slot].state = EUROPA_PROCESSED;
		rt_publish(r, 0, slot);
	}
	rt_close(r);
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(60, recv_frame(a1, f, sizeof(f), LIMIT_MS));
}

/* Routers that are killed at any moment, under traffic. */
TEST_F(lifetime, kill_storm)
{
	struct rt r;

	rt_close(&self->r);
	for (int round = 0; round < 15; round++) {
		pid_t child = fork();

		if (!child) {
			int slot;

			if (rt_open(&r, 32, 2048, 0) || rt_attach(&r, "eu0"))
				_exit(1);
			while ((slot = rt_rx(&r, 0, LIMIT_MS)) >= 0)
				rt_tx(&r, 0, slot, slot & 1 ? EUROPA_F_DROP :
							      EUROPA_F_PUNT);
			_exit(0);
		}
		for (int i = 0; i < 100 + round * 20; i++)
			send_frame(self->a1, self->mac0, i, 60 + i);
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, NULL, 0));
	}
	ASSERT_EQ(0, rt_open(&r, 32, 2048, 0));
	ASSERT_EQ(0, rt_attach(&r, "eu0"));
	send_frame(self->a1, self->mac0, 1, 60);
	EXPECT_LE(0, rt_rx(&r, 0, LIMIT_MS));
	EXPECT_TRUE(rt_accounts(&r));
	rt_close(&r);
}

/* So many packets come by eu0 and leave by it again. */
static bool echo(struct rt *r, const uint8_t *mac, int n)
{
	int slot;

	while (n--) {
		slot = rt_rx(r, 0, LIMIT_MS);
		if (slot < 0)
			return false;
		memcpy(rt_data(r, slot) + ETH_ALEN, mac, ETH_ALEN);
		rt_tx(r, 0, slot, 0);
	}
	return true;
}

/*
 * Routers that go while packets flow, so that somebody polls for them or is
 * about to: with their NICs, after them, and after one that came back.
 */
TEST_F(lifetime, close_storm)
{
	struct europa_detach_req detach = { if_nametoindex("eu0"), 0 };
	pid_t child;
	struct rt r;

	rt_close(&self->r);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (uint32_t i = 0;; i++)
			send_frame(self->a1, self->mac0, i, 60);
	}
	for (int round = 0; round < 60; round++) {
		ASSERT_EQ(0, rt_open(&r, 32, 2048, 0));
		ASSERT_EQ(0, rt_attach(&r, "eu0"));
		ASSERT_TRUE(echo(&r, self->mac0, 1 + round % 7));
		if (round % 3)
			ASSERT_EQ(0, setsockopt(r.fd, SOL_EUROPA, EUROPA_DETACH,
						&detach, sizeof(detach)));
		if (round % 3 == 2)
			ASSERT_EQ(0, rt_attach_req(r.fd, detach.ifindex, 0, 0));
		ASSERT_TRUE(rt_accounts(&r));
		rt_close(&r);
	}
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	ASSERT_EQ(0, rt_open(&r, 32, 2048, 0));
	ASSERT_EQ(0, rt_attach(&r, "eu0"));
	send_frame(self->a1, self->mac0, 1, 60);
	EXPECT_TRUE(echo(&r, self->mac0, 1));
	EXPECT_TRUE(rt_accounts(&r));
	rt_close(&r);
}

static int unload(void)
{
	return syscall(SYS_delete_module, "europa", O_NONBLOCK) ? errno : 0;
}

/* Refused while a socket is open; then it takes its NICs with it. */
TEST_F(lifetime, unload)
{
	int err;

	for (int round = 0; round < 4; round++) {
		struct rt r;
		pid_t child;

		if (round) {
			ASSERT_EQ(0, new_network());
			ASSERT_EQ(0, rt_open(&self->r, 32, 2048, 2));
			ASSERT_EQ(0, rt_attach(&self->r, "eu0"));
			get_mac("eu0", self->mac0);
			self->a1 = raw_socket("a1");
		}
		child = fork();
		if (!child) {
			close(self->r.fd);
			for (uint32_t i = 0;; i++)
				send_frame(self->a1, self->mac0, i, 60);
		}
		EXPECT_LE(0, rt_rx(&self->r, 0, LIMIT_MS));
		err = unload();
		if (err == ENOENT) {
			kill(child, SIGKILL);
			SKIP(return, "europa is not a module");
		}
		EXPECT_EQ(EWOULDBLOCK, err);
		rt_close(&self->r);
		for (int i = 0; i < LIMIT_MS && (err = unload()); i++)
			usleep(1000);
		EXPECT_EQ(0, err);
		EXPECT_EQ(0, if_nametoindex("eu0"));
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, NULL, 0));
		ASSERT_EQ(0, system("modprobe europa"));
		ASSERT_EQ(0, rt_open(&r, 16, 2048, 0));
		rt_close(&r);
	}
}

TEST_HARNESS_MAIN
