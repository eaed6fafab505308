// SPDX-License-Identifier: GPL-2.0-only
/* Sleeping and waking: one lost wakeup hangs these tests, and so fails them */
#include <sched.h>

#include "harness.h"
#include "europa_test.h"

#define SLOTS	400

FIXTURE(sleep) {
	struct rt r;
	int a1, b1;
	uint8_t mac0[ETH_ALEN], mac1[ETH_ALEN];
	bool stop;
};

FIXTURE_SETUP(sleep)
{
	ASSERT_EQ(0, new_network());
	ASSERT_EQ(0, rt_open(&self->r, SLOTS, 2048, 2));
	ASSERT_EQ(0, rt_attach(&self->r, "eu0"));
	ASSERT_EQ(1, rt_attach(&self->r, "eu1"));
	get_mac("eu0", self->mac0);
	get_mac("eu1", self->mac1);
	self->a1 = raw_socket("a1");
	self->b1 = raw_socket("b1");
}

FIXTURE_TEARDOWN(sleep)
{
	EXPECT_TRUE(rt_accounts(&self->r));
	rt_close(&self->r);
}

/* Forwards what comes by eu0; sleeps whenever there is nothing. */
static void *forwarder(void *arg)
{
	struct _test_data_sleep *self = arg;
	struct rt *r = &self->r;
	int slot;

	while (!is_set(&self->stop)) {
		slot = rt_rx(r, 0, LIMIT_MS);
		if (slot < 0)
			break;
		memcpy(rt_data(r, slot) + ETH_ALEN, self->mac1, ETH_ALEN);
		rt_tx(r, 1, slot, 0);
	}
	return NULL;
}

/*
 * One packet at a time, at ever different moments: the router is about to
 * sleep, sleeps, or is just waking when it comes.
 */
TEST_F(sleep, one_by_one)
{
	pthread_t thread;
	uint32_t number;
	uint8_t f[2048];

	ASSERT_EQ(0, pthread_create(&thread, NULL, forwarder, self));
	for (uint32_t i = 0; i < 2000; i++) {
		send_frame(self->a1, self->mac0, i, 60);
		ASSERT_EQ(60, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
		ASSERT_TRUE(frame_intact(f, 60, &number));
		ASSERT_EQ(i, number);
		for (uint32_t spin = 0; spin < i % 7; spin++)
			sched_yield();
	}
	set_flag(&self->stop);
	send_frame(self->a1, self->mac0, 0, 60);
	pthread_join(thread, NULL);
	EXPECT_EQ(2001, rt_stats(&self->r).counter[EUROPA_CNT_RX_PACKETS]);
}

/* The kernel sleeps: its flag says so, and a call wakes it. */
TEST_F(sleep, kernel_sleeps)
{
	struct rt *r = &self->r;
	uint8_t f[2048];
	int slot = SLOTS - 1, ms;

	for (int i = 0; i < 20; i++) {
		for (ms = 0; ms < LIMIT_MS && !r->ctrl->kernel_sleeps; ms++)
			usleep(1000);
		ASSERT_EQ(1, r->ctrl->kernel_sleeps);
		while (__atomic_load_n(&r->desc[slot].state,
				       __ATOMIC_ACQUIRE) != EUROPA_EMPTY)
			usleep(100);
		r->desc[slot].offset = 128;
		r->desc[slot].len = make_frame(r->pool + slot * 2048 + 128,
					       self->mac0, self->mac1, i, 60);
		rt_tx(r, 1, slot, 0);
		ASSERT_EQ(60, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
	}
}

/* One comes by eu0 and is put on eu1's txRing, without a word to the kernel. */
static bool receive_and_publish(struct _test_data_sleep *self, uint32_t i)
{
	struct rt *r = &self->r;
	int slot;

	send_frame(self->a1, self->mac0, i, 60);
	slot = rt_rx(r, 0, LIMIT_MS);
	if (slot < 0)
		return false;
	memcpy(rt_data(r, slot) + ETH_ALEN, self->mac1, ETH_ALEN);
	r->desc[slot].flags = 0;
	r->desc[slot].state = EUROPA_PROCESSED;
	rt_publish(r, 1, slot);
	return true;
}

/* A router that sends itself is left to it, helped, and may change its mind. */
TEST_F(sleep, router_sends)
{
	struct rt *r = &self->r;
	int i, room = 4 << 20;
	uint8_t f[2048];

	ASSERT_EQ(0, setsockopt(self->b1, SOL_SOCKET, SO_RCVBUFFORCE, &room,
				sizeof(room)));
	r->ctrl->router_sends = 1;
	/* What has brought the second might have sent the first. */
	ASSERT_TRUE(receive_and_publish(self, 0));
	ASSERT_TRUE(receive_and_publish(self, 1));
	EXPECT_EQ(0, rt_stats(r).counter[EUROPA_CNT_TX_PACKETS]);
	EXPECT_EQ(1, r->ctrl->kernel_sleeps);
	ASSERT_EQ(0, rt_drain(r));
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_PACKETS, 2));

	/* It is helped only once some 256 slots are not free. */
	for (i = 2; rt_stats(r).counter[EUROPA_CNT_TX_PACKETS] == 2; i++) {
		ASSERT_LT(i, 300);
		ASSERT_TRUE(receive_and_publish(self, i));
	}
	EXPECT_LT(240, i);
	ASSERT_EQ(0, rt_drain(r));
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_PACKETS, i));

	r->ctrl->router_sends = 0;
	for (; i < 400; i++) {
		ASSERT_TRUE(receive_and_publish(self, i));
		rt_kick(r);
	}
	EXPECT_TRUE(rt_wait_count(r, EUROPA_CNT_TX_PACKETS, 400));
	for (i = 0; i < 400; i++)
		ASSERT_EQ(60, recv_frame(self->b1, f, sizeof(f), LIMIT_MS));
}

/* The kernel says which CPU it received on. */
TEST_F(sleep, rx_cpu)
{
	cpu_set_t all, one;

	EXPECT_EQ(0xffffffff, self->r.ctrl->rx_cpu);
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(all), &all));
	for (uint32_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		int tries = 0;

		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
		/* the NAPI may still be at work on the CPU before */
		do {
			send_frame(self->a1, self->mac0, cpu, 60);
			ASSERT_LE(0, rt_rx(&self->r, 0, LIMIT_MS));
			usleep(1000);
		} while (__atomic_load_n(&self->r.ctrl->rx_cpu,
					 __ATOMIC_RELAXED) != cpu &&
			 ++tries < LIMIT_MS);
		EXPECT_EQ(cpu, self->r.ctrl->rx_cpu);
	}
	EXPECT_EQ(0, sched_setaffinity(0, sizeof(all), &all));
}

TEST_F(sleep, poll_events)
{
	struct pollfd pfd = { .fd = self->r.fd,
			      .events = POLLIN | POLLOUT | POLLPRI };
	struct rt_layout layout;

	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(POLLOUT, pfd.revents);
	send_frame(self->a1, self->mac0, 0, 60);
	EXPECT_LE(0, rt_rx(&self->r, 0, LIMIT_MS));
	ASSERT_EQ(0, ip_batch("link del eu1\n"));
	pfd.events = POLLPRI;
	EXPECT_EQ(1, poll(&pfd, 1, LIMIT_MS));
	EXPECT_NE(self->r.generation, self->r.ctrl->generation);
	ASSERT_EQ(0, rt_layout(self->r.fd, &layout));
	EXPECT_EQ(1, layout.l.nics);
	EXPECT_EQ(0, poll(&pfd, 1, 0));
}

TEST_HARNESS_MAIN
