// SPDX-License-Identifier: GPL-2.0-only
/*
 * A router that writes garbage over all it has mapped, while traffic flows
 *
 * It may lose its own packets.  The kernel, the accounts and the router
 * beside it must not notice.
 */
#include <time.h>

#include "harness.h"
#include "europa_test.h"

#define SECONDS	4

FIXTURE(hostile) {
	struct rt bad, good;
	int a1, b1;
	uint8_t mac0[ETH_ALEN], mac1[ETH_ALEN];
	bool stop;
};

/* Of the pool that garbage is written to: large slots leave without a copy. */
FIXTURE_VARIANT(hostile) {
	uint32_t slot_size;
};

FIXTURE_VARIANT_ADD(hostile, small_slots) { .slot_size = 2048 };
FIXTURE_VARIANT_ADD(hostile, large_slots) { .slot_size = 68 * 1024 };

FIXTURE_SETUP(hostile)
{
	static const struct info lend[] = { { IFLA_EUROPA_LEND, 1, 1 }, {} };

	ASSERT_EQ(0, new_network());
	ASSERT_EQ(0, ip_batch("link add link a0 name eu2 type europa\n"
			      "link set eu2 up\n"));
	ASSERT_EQ(0, nic_request("eu0", NULL, lend));
	ASSERT_EQ(0, nic_request("eu1", NULL, lend));
	ASSERT_EQ(0, rt_open(&self->bad, 32, variant->slot_size, 8));
	ASSERT_EQ(0, rt_attach(&self->bad, "eu0"));
	ASSERT_EQ(1, rt_attach(&self->bad, "eu1"));
	ASSERT_EQ(0, rt_open(&self->good, 32, 2048, 0));
	ASSERT_EQ(0, rt_attach(&self->good, "eu2"));
	get_mac("eu0", self->mac0);
	get_mac("eu2", self->mac1);
	self->a1 = raw_socket("a1");
	self->b1 = raw_socket("b1");
}

FIXTURE_TEARDOWN(hostile)
{
	rt_close(&self->good);
	rt_close(&self->bad);
}

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Half of what it writes is nearly right: so the checks are reached. */
static void scribble(struct rt *r, uint32_t *seed)
{
	uint32_t x = next(seed), slot = x % r->slots;
	struct rt_nic *n = &r->nic[x >> 8 & 1];
	struct europa_desc *d = &r->desc[slot];

	switch (next(seed) % 12) {
	case 0:
		d->len = x & 1 ? x % r->slot_size : x;
		break;
	case 1:
		d->offset = x & 1 ? x % r->slot_size : x;
		break;
	case 2:
		d->state = x >> 16 & 3;
		break;
	case 3:
		d->flags = x >> 16;
		break;
	case 4:
		d->vlan_proto = x & 1 ? htons(ETH_P_8021Q) : x;
		break;
	case 5:
		for (unsigned int i = 0; i < sizeof(d->vnet); i++)
			((uint8_t *)&d->vnet)[i] = next(seed) % 70;
		break;
	case 6:
		n->rx->cons = x;
		break;
	case 7:
		n->tx->cons = x;
		break;
	case 8:
		n->rx->entry[x % n->rx_entries] = next(seed);
		break;
	case 9:
		r->ctrl->kernel_sleeps = x & 1;
		r->ctrl->router_sleeps = x >> 1 & 1;
		break;
	case 10:
		((uint32_t *)r->pool)[x % (r->pool_bytes / 4)] = next(seed);
		break;
	default:
		d->state = EUROPA_PROCESSED;
		rt_publish(r, x >> 8 & 1, x >> 20 & 1 ? slot : next(seed));
	}
}

static void *scribbler(void *arg)
{
	struct _test_data_hostile *self = arg;
	uint32_t seed = 2463534242u;

	while (!is_set(&self->stop))
		scribble(&self->bad, &seed);
	return NULL;
}

static void *drainer(void *arg)
{
	struct _test_data_hostile *self = arg;

	while (!is_set(&self->stop))
		rt_drain(&self->bad);
	return NULL;
}

TEST_F(hostile, writer)
{
	struct rt *good = &self->good;
	time_t end = time(NULL) + SECONDS;
	pthread_t thread[2];
	uint32_t number;
	int slot;

	ASSERT_EQ(0, pthread_create(&thread[0], NULL, scribbler, self));
	ASSERT_EQ(0, pthread_create(&thread[1], NULL, drainer, self));
	for (uint32_t i = 0; time(NULL) < end; i++) {
		for (int k = 0; k < 8; k++)
			send_frame(self->a1, self->mac0, i, 60 + i % 1400);
		send_frame(self->a1, self->mac1, i, 60 + i % 1400);
		slot = rt_rx(good, 0, LIMIT_MS);
		ASSERT_LE(0, slot);
		ASSERT_TRUE(frame_intact(rt_data(good, slot),
					 good->desc[slot].len, &number));
		ASSERT_EQ(i, number);
		rt_tx(good, 0, slot, EUROPA_F_DROP);
		ASSERT_TRUE(rt_accounts(&self->bad));
	}
	set_flag(&self->stop);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	EXPECT_TRUE(rt_accounts(good));
	EXPECT_TRUE(rt_accounts(&self->bad));
}

TEST_HARNESS_MAIN
