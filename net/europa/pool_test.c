// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of rings, slot ownership and lent slots; part of pool.c
 *
 * The test plays the router: what it writes to shared memory goes through the
 * same accessors, forged values included.
 */
#include <kunit/test.h>

#include "ring.h"

#define TEST_ENTRIES	8

static __shm struct europa_ring *test_ring(struct kunit *test)
{
	struct europa_region region;

	KUNIT_ASSERT_EQ(test, europa_region_alloc(&region,
						  europa_ring_bytes(TEST_ENTRIES)), 0);
	return region.addr;
}

static void test_ring_free(__shm struct europa_ring *ring)
{
	struct europa_region region = { .addr = ring };

	europa_region_free(&region);
}

/* Through many laps nothing is lost, doubled or reordered. */
static void europa_ring_wraps(struct kunit *test)
{
	__shm struct europa_ring *ring = test_ring(test);
	struct europa_prod prod = { .ring = ring, .mask = TEST_ENTRIES - 1 };
	struct europa_cons cons = { .ring = ring, .mask = TEST_ENTRIES - 1 };
	u32 in = 0, out = 0, i;

	for (i = 0; i < 10 * TEST_ENTRIES; i++) {
		u32 n = i % (TEST_ENTRIES + 1);

		for (; n && !europa_prod_full(&prod, 0); n--)
			europa_prod_put(&prod, in++);
		while (europa_cons_peek(&cons) != EUROPA_RING_NONE) {
			KUNIT_EXPECT_EQ(test, europa_cons_peek(&cons), out);
			out++;
			europa_cons_next(&cons);
		}
		europa_cons_publish(&cons);
		KUNIT_EXPECT_EQ(test, in, out);
		KUNIT_EXPECT_FALSE(test, europa_prod_pending(&prod));
	}
	KUNIT_EXPECT_GT(test, in, 2 * TEST_ENTRIES);
	test_ring_free(ring);
}

/* The positions wrap at 2^32, where the lap's parity must go on. */
static void europa_ring_position_wraps(struct kunit *test)
{
	__shm struct europa_ring *ring = test_ring(test);
	u32 start = U32_MAX - 2 * TEST_ENTRIES + 1, i;
	struct europa_prod prod = {
		.ring = ring, .mask = TEST_ENTRIES - 1, .pos = start,
	};
	struct europa_cons cons = {
		.ring = ring, .mask = TEST_ENTRIES - 1, .pos = start,
	};

	europa_cons_publish(&cons);
	for (i = 0; i < 4 * TEST_ENTRIES; i++) {
		KUNIT_EXPECT_EQ(test, europa_cons_peek(&cons),
				EUROPA_RING_NONE);
		KUNIT_ASSERT_FALSE(test, europa_prod_full(&prod, 0));
		europa_prod_put(&prod, i);
		KUNIT_EXPECT_EQ(test, europa_cons_peek(&cons), i);
		europa_cons_next(&cons);
		europa_cons_publish(&cons);
	}
	KUNIT_EXPECT_EQ(test, prod.pos, 2 * TEST_ENTRIES);
	test_ring_free(ring);
}

static void europa_ring_full(struct kunit *test)
{
	__shm struct europa_ring *ring = test_ring(test);
	struct europa_prod prod = { .ring = ring, .mask = TEST_ENTRIES - 1 };
	u32 i;

	for (i = 0; i < TEST_ENTRIES; i++) {
		KUNIT_EXPECT_FALSE(test, europa_prod_full(&prod, 0));
		europa_prod_put(&prod, i);
	}
	KUNIT_EXPECT_TRUE(test, europa_prod_full(&prod, 0));
	shm_write(&ring->cons, 1);
	KUNIT_EXPECT_FALSE(test, europa_prod_full(&prod, 0));
	europa_prod_put(&prod, i);
	KUNIT_EXPECT_TRUE(test, europa_prod_full(&prod, 0));
	test_ring_free(ring);
}

/* A consumer that claims to be ahead, or far behind, makes the ring full. */
static void europa_ring_hostile_cons(struct kunit *test)
{
	static const u32 claims[] = { TEST_ENTRIES + 1, U32_MAX, 1U << 31,
				      (u32)-TEST_ENTRIES };
	__shm struct europa_ring *ring = test_ring(test);
	struct europa_prod prod = { .ring = ring, .mask = TEST_ENTRIES - 1 };
	u32 i;

	for (i = 0; i < TEST_ENTRIES; i++)
		europa_prod_put(&prod, i);
	for (i = 0; i < ARRAY_SIZE(claims); i++) {
		shm_write(&ring->cons, claims[i]);
		KUNIT_EXPECT_TRUE(test, europa_prod_full(&prod, 0));
		/* and it recovers as soon as the claim is sane again */
		shm_write(&ring->cons, TEST_ENTRIES);
		KUNIT_EXPECT_FALSE(test, europa_prod_full(&prod, 0));
		prod.cons = 0;
	}
	test_ring_free(ring);
}

/* Whatever a router scribbles, the kernel's position moves only by its own. */
static void europa_ring_hostile_entries(struct kunit *test)
{
	__shm struct europa_ring *ring = test_ring(test);
	struct europa_cons cons = { .ring = ring, .mask = TEST_ENTRIES - 1 };
	u32 i;

	for (i = 0; i < TEST_ENTRIES; i++)
		shm_write(&ring->entry[i], U32_MAX);
	for (i = 0; i < TEST_ENTRIES; i++) {
		KUNIT_EXPECT_EQ(test, europa_cons_peek(&cons),
				EUROPA_RING_INDEX);
		europa_cons_next(&cons);
	}
	/* the second lap wants the bit clear */
	KUNIT_EXPECT_EQ(test, europa_cons_peek(&cons), EUROPA_RING_NONE);
	test_ring_free(ring);
}

static struct europa_pool *test_pool_of(struct kunit *test, u32 slots, u32 own,
					u32 slot_size)
{
	const struct europa_pool_req req = {
		.slots = slots, .own = own, .slot_size = slot_size,
	};
	struct europa_pool *pool;

	KUNIT_ASSERT_TRUE(test, europa_pool_req_valid(&req));
	pool = europa_pool_create(&req);
	KUNIT_ASSERT_NOT_NULL(test, pool);
	return pool;
}

static struct europa_pool *test_pool(struct kunit *test, u32 slots, u32 own)
{
	return test_pool_of(test, slots, own, EUROPA_SLOT_SIZE_MIN);
}

static void test_count(struct kunit *test, struct europa_pool *pool,
		       u32 free, u32 flight, u32 router, u32 own)
{
	u32 count[__EUROPA_OWNER_MAX];

	europa_pool_count(pool, count);
	KUNIT_EXPECT_EQ(test, count[EUROPA_OWNER_FREE], free);
	KUNIT_EXPECT_EQ(test, count[EUROPA_OWNER_FLIGHT] +
			count[EUROPA_OWNER_LENT], flight);
	KUNIT_EXPECT_EQ(test, count[EUROPA_OWNER_ROUTER], router);
	KUNIT_EXPECT_EQ(test, count[EUROPA_OWNER_OWN], own);
	KUNIT_EXPECT_EQ(test, free + flight + router + own, pool->slots);
}

static int test_get(struct europa_pool *pool)
{
	unsigned int n;
	u32 index;

	local_bh_disable();
	n = europa_pool_get_bulk(pool, &index, 1);
	local_bh_enable();
	return n ? index : -ENOBUFS;
}

static void test_put(struct europa_pool *pool, const u32 *index,
		     unsigned int n)
{
	local_bh_disable();
	europa_pool_put(pool, index, n);
	local_bh_enable();
}

static u32 test_state(struct europa_pool *pool, u32 index)
{
	return shm_read(&europa_pool_desc(pool, index)->state);
}

static void europa_pool_limits(struct kunit *test)
{
	const struct europa_pool_req good = {
		.slots = 128, .slot_size = 2048, .own = 128, .headroom = 128,
	};
	struct europa_pool_req req;

	KUNIT_EXPECT_TRUE(test, europa_pool_req_valid(&good));
#define EXPECT_INVALID(field, value) do {				\
	req = good;							\
	req.field = (value);						\
	KUNIT_EXPECT_FALSE(test, europa_pool_req_valid(&req));		\
} while (0)
	EXPECT_INVALID(slots, 0);
	EXPECT_INVALID(slots, EUROPA_SLOTS_MIN - 1);
	EXPECT_INVALID(slots, EUROPA_SLOTS_MAX + 1);
	EXPECT_INVALID(slots, U32_MAX);
	EXPECT_INVALID(slot_size, 0);
	EXPECT_INVALID(slot_size, EUROPA_SLOT_SIZE_MIN - 64);
	EXPECT_INVALID(slot_size, EUROPA_SLOT_SIZE_MAX + 64);
	EXPECT_INVALID(slot_size, 2049);
	EXPECT_INVALID(own, 129);
	EXPECT_INVALID(headroom, 2048);
	EXPECT_INVALID(headroom, U32_MAX);
	EXPECT_INVALID(flags, 1);
	EXPECT_INVALID(reserved, 1);
#undef EXPECT_INVALID
}

/* EMPTY -> FILLED -> PROCESSED -> EMPTY, last in first out. */
static void europa_pool_cycle(struct kunit *test)
{
	struct europa_pool *pool = test_pool(test, 4, 1);
	struct europa_desc desc = {};
	u32 slot;

	test_count(test, pool, 3, 0, 0, 1);
	slot = test_get(pool);
	KUNIT_EXPECT_EQ(test, slot, 0);
	test_count(test, pool, 3, 0, 0, 1);

	europa_pool_fill(pool, slot, &desc);
	test_count(test, pool, 2, 1, 0, 1);
	europa_pool_hand_over(pool, slot);
	KUNIT_EXPECT_EQ(test, test_state(pool, slot), EUROPA_FILLED);
	test_count(test, pool, 2, 0, 1, 1);

	KUNIT_EXPECT_TRUE(test, europa_pool_take_back(pool, slot));
	test_count(test, pool, 2, 1, 0, 1);
	test_put(pool, &slot, 1);
	KUNIT_EXPECT_EQ(test, test_state(pool, slot), EUROPA_EMPTY);
	test_count(test, pool, 3, 0, 0, 1);
	KUNIT_EXPECT_EQ(test, test_get(pool), slot);
	europa_pool_destroy(pool);
}

static void europa_pool_exhaustion(struct kunit *test)
{
	struct europa_pool *pool = test_pool(test, 4, 2);
	u32 slot[2];

	slot[0] = test_get(pool);
	slot[1] = test_get(pool);
	KUNIT_EXPECT_NE(test, slot[0], slot[1]);
	KUNIT_EXPECT_LT(test, max(slot[0], slot[1]), pool->first_own);
	KUNIT_EXPECT_EQ(test, test_get(pool), -ENOBUFS);
	test_count(test, pool, 2, 0, 0, 2);

	test_put(pool, slot, 2);
	test_count(test, pool, 2, 0, 0, 2);
	KUNIT_EXPECT_GE(test, test_get(pool), 0);
	europa_pool_destroy(pool);
}

/* A slot comes back once, and only from who has it. */
static void europa_pool_illegal(struct kunit *test)
{
	struct europa_pool *pool = test_pool(test, 4, 0);
	struct europa_desc desc = {};
	u32 slot;

	/* free */
	KUNIT_EXPECT_FALSE(test, europa_pool_take_back(pool, 3));
	/* being filled */
	slot = test_get(pool);
	KUNIT_EXPECT_FALSE(test, europa_pool_take_back(pool, slot));
	/* in flight already */
	europa_pool_fill(pool, slot, &desc);
	europa_pool_hand_over(pool, slot);
	KUNIT_EXPECT_TRUE(test, europa_pool_take_back(pool, slot));
	KUNIT_EXPECT_FALSE(test, europa_pool_take_back(pool, slot));
	/* returned */
	test_put(pool, &slot, 1);
	KUNIT_EXPECT_FALSE(test, europa_pool_take_back(pool, slot));
	test_count(test, pool, 4, 0, 0, 0);

	/* a forged state changes nothing */
	shm_write(&europa_pool_desc(pool, 2)->state, EUROPA_PROCESSED);
	KUNIT_EXPECT_FALSE(test, europa_pool_take_back(pool, 2));
	test_count(test, pool, 4, 0, 0, 0);
	europa_pool_destroy(pool);
}

/* Own slots go round between router and flight, never to the free stack. */
static void europa_pool_own(struct kunit *test)
{
	struct europa_pool *pool = test_pool(test, 2, 2);
	u32 slot = 1, i;

	KUNIT_EXPECT_EQ(test, test_get(pool), -ENOBUFS);
	for (i = 0; i < 3; i++) {
		shm_write(&europa_pool_desc(pool, slot)->state,
			  EUROPA_PROCESSED);
		KUNIT_EXPECT_TRUE(test, europa_pool_take_back(pool, slot));
		KUNIT_EXPECT_FALSE(test, europa_pool_take_back(pool, slot));
		test_count(test, pool, 0, 1, 0, 1);
		test_put(pool, &slot, 1);
		KUNIT_EXPECT_EQ(test, test_state(pool, slot), EUROPA_EMPTY);
		test_count(test, pool, 0, 0, 0, 2);
	}
	KUNIT_EXPECT_EQ(test, test_get(pool), -ENOBUFS);
	europa_pool_destroy(pool);
}

#define TEST_LEND_SLOTS	16
#define TEST_LENT_MAX	(TEST_LEND_SLOTS / 4)
#define TEST_LEND_PAGES	3

static struct europa_pool *test_lend_pool(struct kunit *test)
{
	return test_pool_of(test, TEST_LEND_SLOTS, 0,
			    TEST_LEND_PAGES * PAGE_SIZE);
}

static void test_write(struct europa_pool *pool, u32 slot, u8 value)
{
	u8 byte[64];
	u32 at;

	memset(byte, value, sizeof(byte));
	for (at = 0; at < pool->slot_size; at += sizeof(byte))
		shm_copy_to(europa_pool_slot(pool, slot) + at, byte,
			    sizeof(byte));
}

/* A slot in flight, from byte 100 to its last but 100. */
static struct sk_buff *test_lend(struct kunit *test, struct europa_pool *pool,
				 u32 *slot)
{
	u32 len = TEST_LEND_PAGES * PAGE_SIZE - 200;
	struct europa_desc desc = {};
	struct sk_buff *skb;

	*slot = test_get(pool);
	KUNIT_ASSERT_LT(test, *slot, TEST_LEND_SLOTS);
	test_write(pool, *slot, *slot + 1);
	europa_pool_fill(pool, *slot, &desc);
	if (!europa_pool_may_lend(pool, *slot, 100, len))
		return NULL;
	skb = alloc_skb(0, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	europa_pool_lend(pool, *slot, skb, 100, len);
	KUNIT_EXPECT_TRUE(test, europa_pool_is_lent(pool, *slot));
	KUNIT_EXPECT_EQ(test, skb->len, len);
	return skb;
}

static void test_reap(struct europa_pool *pool)
{
	local_bh_disable();
	europa_pool_reap(pool);
	local_bh_enable();
}

/* All bytes are the slot's. */
static void test_lent_bytes(struct kunit *test, const struct sk_buff *skb,
			    u32 slot)
{
	u8 byte[64];
	int at;

	for (at = 0; at + sizeof(byte) <= skb->len; at += sizeof(byte)) {
		KUNIT_ASSERT_EQ(test, skb_copy_bits(skb, at, byte,
						    sizeof(byte)), 0);
		KUNIT_ASSERT_EQ(test, byte[0], slot + 1);
		KUNIT_ASSERT_NULL(test, memchr_inv(byte, byte[0],
						   sizeof(byte)));
	}
}

/* One page that somebody has is enough; then it is as any free slot. */
static void europa_lend_pages(struct kunit *test)
{
	struct europa_pool *pool = test_lend_pool(test);
	struct page *page;
	struct sk_buff *skb;
	u32 slot, i;

	for (i = 0; i < TEST_LEND_PAGES; i++) {
		skb = test_lend(test, pool, &slot);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		test_lent_bytes(test, skb, slot);
		test_reap(pool);
		KUNIT_EXPECT_TRUE(test, europa_pool_is_lent(pool, slot));
		KUNIT_EXPECT_FALSE(test, europa_pool_take_back(pool, slot));
		test_count(test, pool, TEST_LEND_SLOTS - 1, 1, 0, 0);

		page = skb_frag_page(&skb_shinfo(skb)->frags[i]);
		get_page(page);
		kfree_skb(skb);
		test_reap(pool);
		KUNIT_EXPECT_TRUE(test, europa_pool_is_lent(pool, slot));
		put_page(page);
		test_reap(pool);
		test_count(test, pool, TEST_LEND_SLOTS, 0, 0, 0);
		KUNIT_EXPECT_EQ(test, test_state(pool, slot), EUROPA_EMPTY);
	}
	europa_pool_destroy(pool);
}

/* A quarter; those that are kept do not stand in the way of the others. */
static void europa_lend_limit(struct kunit *test)
{
	struct europa_pool *pool = test_lend_pool(test);
	struct sk_buff *skb[TEST_LENT_MAX];
	u32 slot[TEST_LENT_MAX], other, i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < TEST_LENT_MAX; i++) {
			skb[i] = test_lend(test, pool, &slot[i]);
			KUNIT_ASSERT_NOT_NULL(test, skb[i]);
		}
		KUNIT_EXPECT_NULL(test, test_lend(test, pool, &other));
		test_put(pool, &other, 1);
		test_reap(pool);
		test_count(test, pool, TEST_LEND_SLOTS - TEST_LENT_MAX,
			   TEST_LENT_MAX, 0, 0);

		/* in any order */
		for (i = TEST_LENT_MAX; i--; ) {
			kfree_skb(skb[i]);
			test_reap(pool);
			KUNIT_EXPECT_FALSE(test,
					   europa_pool_is_lent(pool, slot[i]));
			test_count(test, pool, TEST_LEND_SLOTS - i, i, 0, 0);
		}
	}
	europa_pool_destroy(pool);
}

static void europa_lend_not(struct kunit *test)
{
	struct europa_pool *pool = test_lend_pool(test);
	u32 slot[TEST_LEND_SLOTS], i;

	/* more fragments than an skb has */
	KUNIT_EXPECT_TRUE(test, europa_pool_may_lend(pool, 0, 0, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, europa_pool_may_lend(pool, 0, 1,
						      MAX_SKB_FRAGS * PAGE_SIZE));
	/* few are left */
	for (i = 0; i < TEST_LEND_SLOTS / 2 + 1; i++)
		slot[i] = test_get(pool);
	KUNIT_EXPECT_FALSE(test, europa_pool_may_lend(pool, 0, 0, PAGE_SIZE));
	test_put(pool, slot, i);
	KUNIT_EXPECT_TRUE(test, europa_pool_may_lend(pool, 0, 0, PAGE_SIZE));
	europa_pool_destroy(pool);

	/* own slots, and too few others */
	pool = test_pool_of(test, 8, 4, PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, europa_pool_may_lend(pool, 3, 0, 100));
	KUNIT_EXPECT_FALSE(test, europa_pool_may_lend(pool, 4, 0, 100));
	europa_pool_destroy(pool);
	pool = test_pool_of(test, 8, 5, PAGE_SIZE);
	KUNIT_EXPECT_FALSE(test, europa_pool_may_lend(pool, 0, 0, 100));
	europa_pool_destroy(pool);

	/* slots that share pages */
	pool = test_pool_of(test, 8, 0, PAGE_SIZE + EUROPA_SLOT_ALIGN);
	KUNIT_EXPECT_FALSE(test, europa_pool_may_lend(pool, 0, 0, 100));
	europa_pool_destroy(pool);
}

/* What was lent is there still when the pool is not. */
static void europa_lend_outlives(struct kunit *test)
{
	struct europa_pool *pool = test_lend_pool(test);
	struct sk_buff *skb;
	u32 slot;

	skb = test_lend(test, pool, &slot);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	europa_pool_destroy(pool);
	test_lent_bytes(test, skb, slot);
	kfree_skb(skb);
}

static struct kunit_case europa_ring_cases[] = {
	KUNIT_CASE(europa_ring_wraps),
	KUNIT_CASE(europa_ring_position_wraps),
	KUNIT_CASE(europa_ring_full),
	KUNIT_CASE(europa_ring_hostile_cons),
	KUNIT_CASE(europa_ring_hostile_entries),
	{}
};

static struct kunit_case europa_pool_cases[] = {
	KUNIT_CASE(europa_pool_limits),
	KUNIT_CASE(europa_pool_cycle),
	KUNIT_CASE(europa_pool_exhaustion),
	KUNIT_CASE(europa_pool_illegal),
	KUNIT_CASE(europa_pool_own),
	{}
};

static struct kunit_case europa_lend_cases[] = {
	KUNIT_CASE(europa_lend_pages),
	KUNIT_CASE(europa_lend_limit),
	KUNIT_CASE(europa_lend_not),
	KUNIT_CASE(europa_lend_outlives),
	{}
};

static struct kunit_suite europa_ring_suite = {
	.name = "europa-ring",
	.test_cases = europa_ring_cases,
};

static struct kunit_suite europa_pool_suite = {
	.name = "europa-pool",
	.test_cases = europa_pool_cases,
};

static struct kunit_suite europa_lend_suite = {
	.name = "europa-lend",
	.test_cases = europa_lend_cases,
};

kunit_test_suites(&europa_ring_suite, &europa_pool_suite, &europa_lend_suite);
