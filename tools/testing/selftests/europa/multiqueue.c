// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several queues: a NIC with two, a router, socket and pool for each, as the
 * threads of one router have them
 *
 * The lower netdev is a tap: what is written to its queue's file is received on
 * that queue, what is sent by a queue is read from that file.
 */
#include <linux/if_tun.h>

#include "harness.h"
#include "europa_test.h"

#define SLOTS	64
#define QUEUES	2

static const uint8_t peer[ETH_ALEN] = { 2, 0, 0, 0, 0, 9 };

FIXTURE(multiqueue) {
	struct rt r[QUEUES];
	int tap[QUEUES], listener;
	uint8_t mac0[ETH_ALEN], mac1[ETH_ALEN];
};

/* One more queue of tap t0. */
static int tap_queue(void)
{
	struct ifreq ifr = { .ifr_name = "t0", .ifr_flags = IFF_TAP |
			     IFF_NO_PI | IFF_MULTI_QUEUE };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	return fd < 0 || ioctl(fd, TUNSETIFF, &ifr) ? -1 : fd;
}

static int open_worker(struct rt *r, uint32_t queue)
{
	if (rt_open(r, SLOTS, 2048, 0) || rt_attach_queue(r, "eu0", queue) != 0)
		return -1;
	return rt_attach_queue(r, "eu1", queue) == 1 ? 0 : -1;
}

/* t0 <- eu0 [two routers] eu1 -> b0 == b1 */
FIXTURE_SETUP(multiqueue)
{
	static const struct info direct[] = {
		{ IFLA_EUROPA_XMIT, 1, EUROPA_XMIT_DIRECT }, {},
	};

	ASSERT_EQ(0, new_netns());
	for (int q = 0; q < QUEUES; q++) {
		self->tap[q] = tap_queue();
		ASSERT_LE(0, self->tap[q]);
	}
	ASSERT_EQ(0, ip_batch("link set t0 up\n"
			      "link add b0 numtxqueues 2 type veth peer name b1 numtxqueues 1\n"
			      "link set b0 up\nlink set b1 up\n"
			      "link add link t0 name eu0 numrxqueues 2 type europa\n"
			      "link add link b0 name eu1 numrxqueues 2 type europa\n"
			      "link set eu0 up\nlink set eu1 up\n"));
	ASSERT_EQ(0, nic_request("eu0", NULL, direct));
	get_mac("eu0", self->mac0);
	get_mac("eu1", self->mac1);
	for (uint32_t q = 0; q < QUEUES; q++)
		ASSERT_EQ(0, open_worker(&self->r[q], q));
	/* While somebody listens packets leave as skbs, not as xdp_frames. */
	self->listener = raw_socket("eu0");
	ASSERT_LE(0, self->listener);
}

FIXTURE_TEARDOWN(multiqueue)
{
	for (int q = 0; q < QUEUES; q++) {
		EXPECT_TRUE(rt_accounts(&self->r[q]));
		rt_close(&self->r[q]);
	}
}

/* A frame is received on a queue of the tap. */
static int arrive(int tap, const uint8_t *mac, uint32_t number)
{
	uint8_t f[60];

	make_frame(f, mac, peer, number, sizeof(f));
	return write(tap, f, sizeof(f)) == sizeof(f) ? 0 : -1;
}

/* The queue of the tap that the next test frame has left by; its number. */
static int left_by(const int *tap, uint32_t *number)
{
	struct pollfd pfd[QUEUES] = { { .fd = tap[0], .events = POLLIN },
				      { .fd = tap[1], .events = POLLIN } };
	uint8_t f[2048];

	while (poll(pfd, QUEUES, LIMIT_MS) > 0) {
		int q = !(pfd[0].revents & POLLIN);
		ssize_t len = read(tap[q], f, sizeof(f));

		if (len >= 18 && f[12] == TEST_TYPE >> 8 &&
		    f[13] == (TEST_TYPE & 0xff))
			return frame_intact(f, (int)len, number) ? q : -1;
	}
	return -1;
}

/* The next frame of a router goes back by where it came from. */
static int64_t bounce(struct rt *r, const uint8_t *mac)
{
	int slot = rt_rx(r, 0, LIMIT_MS);
	uint32_t number;

	if (slot < 0 || !frame_intact(rt_data(r, slot), 60, &number))
		return -1;
	memcpy(rt_data(r, slot), peer, ETH_ALEN);
	memcpy(rt_data(r, slot) + ETH_ALEN, mac, ETH_ALEN);
	rt_tx(r, 0, slot, 0);
	return number;
}

/* Each has its queue's frames, and they leave by that queue. */
TEST_F(multiqueue, each_its_own)
{
	uint32_t number;

	for (uint32_t i = 0; i < 420; i++) {
		uint32_t q = i / 3 % QUEUES;

		ASSERT_EQ(0, arrive(self->tap[q], self->mac0, i));
		ASSERT_EQ(i, bounce(&self->r[q], self->mac0));
		ASSERT_EQ(q, left_by(self->tap, &number));
		ASSERT_EQ(i, number);
		ASSERT_EQ(-1, rt_take(&self->r[!q], 0));
	}
	for (int q = 0; q < QUEUES; q++)
		EXPECT_TRUE(rt_wait_count(&self->r[q], EUROPA_CNT_TX_PACKETS,
					  210));
}

/*
 * A driver chooses the queue of xdp_frames by CPU: until an attachment has
 * settled on one, its packets leave by their own queue.
 */
TEST_F(multiqueue, frames_by_cpu)
{
	struct rt *r = &self->r[0];
	uint32_t number, i = 0;
	cpu_set_t all, one;
	int q;

	close(self->listener);
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(all), &all));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
		for (int n = 0; n < 200; n++, i++) {
			ASSERT_EQ(0, arrive(self->tap[0], self->mac0, i));
			ASSERT_EQ(i, bounce(r, self->mac0));
			q = left_by(self->tap, &number);
			ASSERT_EQ(i, number);
			ASSERT_TRUE(q == 0 || q == cpu % QUEUES);
			if (!n)
				EXPECT_EQ(0, q);
		}
		EXPECT_EQ(cpu % QUEUES, q);
	}
}

struct worker {
	struct rt *r;
	const uint8_t *mac;
	uint32_t done;
};

#define EACH	500

static void *work(void *arg)
{
	struct worker *w = arg;

	while (w->done < EACH && bounce(w->r, w->mac) == w->done)
		w->done++;
	return NULL;
}

/* Both at once, a thread each: all come back, in order. */
TEST_F(multiqueue, threads)
{
	uint32_t number, next[QUEUES] = {};
	struct worker w[QUEUES];
	pthread_t thread[QUEUES];

	for (int q = 0; q < QUEUES; q++) {
		w[q] = (struct worker){ &self->r[q], self->mac0 };
		ASSERT_EQ(0, pthread_create(&thread[q], NULL, work, &w[q]));
	}
	for (uint32_t i = 0; i < EACH; i++) {
		for (int q = 0; q < QUEUES; q++)
			ASSERT_EQ(0, arrive(self->tap[q], self->mac0, i));
		/* No more in flight than fit the pool. */
		while (i + 1 - next[0] > SLOTS / 2 ||
		       i + 1 - next[1] > SLOTS / 2) {
			int q = left_by(self->tap, &number);

			ASSERT_LE(0, q);
			ASSERT_EQ(next[q]++, number);
		}
	}
	for (int q = 0; q < QUEUES; q++) {
		pthread_join(thread[q], NULL);
		EXPECT_EQ(EACH, w[q].done);
		EXPECT_EQ(EACH, rt_stats(&self->r[q]).counter[EUROPA_CNT_RX_PACKETS]);
	}
}

/* One router dies: the other has its frames, until there is another. */
TEST_F(multiqueue, one_dies)
{
	struct rt *r = self->r;

	ASSERT_EQ(0, arrive(self->tap[1], self->mac0, 1));
	ASSERT_EQ(1, bounce(&r[1], self->mac0));
	rt_close(&r[1]);
	ASSERT_EQ(0, arrive(self->tap[1], self->mac0, 2));
	ASSERT_EQ(0, arrive(self->tap[0], self->mac0, 3));
	EXPECT_EQ(2, bounce(&r[0], self->mac0));
	EXPECT_EQ(3, bounce(&r[0], self->mac0));
	ASSERT_EQ(0, open_worker(&r[1], 1));
	ASSERT_EQ(0, arrive(self->tap[1], self->mac0, 4));
	EXPECT_EQ(4, bounce(&r[1], self->mac0));
	EXPECT_EQ(2, rt_stats(&r[0]).counter[EUROPA_CNT_RX_PACKETS]);
}

TEST_F(multiqueue, no_such_queue)
{
	struct rt r;

	ASSERT_EQ(0, rt_open(&r, SLOTS, 2048, 0));
	EXPECT_EQ(-EBUSY, rt_attach_queue(&r, "eu0", 1));
	EXPECT_EQ(-EINVAL, rt_attach_queue(&r, "eu0", 2));
	rt_close(&r);
	EXPECT_EQ(0, system("ethtool -l eu0 | grep -q '^RX:[[:space:]]*2'"));
}

/* Packets that the transmit queues of b0 have sent, by mq's counters. */
static uint32_t queue_sent(int queue)
{
	uint32_t n = UINT32_MAX;
	char line[256];
	FILE *f;

	snprintf(line, sizeof(line), "tc -s class show dev b0 classid 1:%d",
		 queue + 1);
	f = popen(line, "r");
	if (!f)
		return n;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " Sent %*u bytes %u pkt", &n) == 1)
			break;
	pclose(f);
	return n;
}

/* Through a qdisc as well, whatever the flow. */
TEST_F(multiqueue, qdisc)
{
	uint8_t f[2048];
	int slot, b1;

	ASSERT_EQ(0, system("tc qdisc replace dev b0 root handle 1: mq"));
	b1 = raw_socket("b1");
	for (int q = 0; q < QUEUES; q++) {
		for (uint32_t i = 0; i < 10; i++) {
			struct rt *r = &self->r[q];

			ASSERT_EQ(0, arrive(self->tap[q], self->mac0, i));
			slot = rt_rx(r, 0, LIMIT_MS);
			ASSERT_LE(0, slot);
			memcpy(rt_data(r, slot), peer, ETH_ALEN);
			memcpy(rt_data(r, slot) + ETH_ALEN, self->mac1,
			       ETH_ALEN);
			rt_tx(r, 1, slot, 0);
			ASSERT_EQ(60, recv_frame(b1, f, sizeof(f), LIMIT_MS));
		}
		EXPECT_EQ(q ? 10 : 0, queue_sent(1));
		EXPECT_EQ(10, queue_sent(0));
	}
	close(b1);
}

/* UDP from a port of its own for each flow. */
static void send_flow(int fd, const uint8_t *dst, uint16_t port)
{
	uint8_t f[60] = { [12] = 8, [14] = 0x45, [17] = 46, [22] = 64,
			  [23] = 17, [26] = 10, [29] = 1, [30] = 10, [33] = 2,
			  [34] = (uint8_t)(port >> 8), [35] = (uint8_t)port,
			  [37] = 9, [39] = 26 };

	memcpy(f, dst, ETH_ALEN);
	memcpy(f + ETH_ALEN, peer, ETH_ALEN);
	if (send(fd, f, sizeof(f), 0) != sizeof(f))
		perror("send");
}

/* Which router has the next frame of eu1, which it drops; -1: none. */
static int who_has_it(struct rt *r)
{
	for (int ms = 0; ms < LIMIT_MS; ms++) {
		for (int q = 0; q < QUEUES; q++) {
			int slot = rt_take(&r[q], 1);

			if (slot < 0)
				continue;
			rt_tx(&r[q], 1, slot, EUROPA_F_DROP);
			return q;
		}
		usleep(1000);
	}
	return -1;
}

/* A veth says nothing of queues: flows are spread, and each stays in place. */
TEST_F(multiqueue, flows_are_spread)
{
	int b1 = raw_socket("b1"), of[32], got[QUEUES] = {};

	for (int i = 0; i < 96; i++) {
		int port = i % 32, q;

		send_flow(b1, self->mac1, (uint16_t)(1000 + port));
		q = who_has_it(self->r);
		ASSERT_LE(0, q);
		if (i < 32)
			of[port] = q;
		EXPECT_EQ(of[port], q);
		got[q]++;
	}
	EXPECT_LT(0, got[0]);
	EXPECT_LT(0, got[1]);
	close(b1);
}

TEST_HARNESS_MAIN
