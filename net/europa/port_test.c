// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of classification; part of port.c
 */
#include <kunit/test.h>

static const u8 test_mac_a[ETH_ALEN] = { 2, 0, 0, 0, 0, 0xa };
static const u8 test_mac_b[ETH_ALEN] = { 2, 0, 0, 0, 0, 0xb };

static struct europa_port *test_port(struct kunit *test)
{
	struct europa_port *port = kunit_kzalloc(test, sizeof(*port),
						 GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, port);
	INIT_LIST_HEAD(&port->list);
	KUNIT_ASSERT_EQ(test, rhashtable_init(&port->nics,
					      &europa_port_params), 0);
	return port;
}

static struct europa_nic *test_nic(struct kunit *test, enum europa_mode mode,
				   const u8 *mac, u16 vlan_id, u32 mark)
{
	struct europa_nic *nic = kunit_kzalloc(test, sizeof(*nic), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, nic);
	nic->key.mode = mode;
	nic->key.mark = mark;
	nic->key.vlan_id = vlan_id;
	if (vlan_id)
		nic->key.vlan_proto = htons(ETH_P_8021Q);
	if (mac)
		ether_addr_copy(nic->key.mac, mac);
	return nic;
}

static struct sk_buff *test_skb(struct kunit *test, const u8 *dest,
				u16 vlan_id, u32 mark)
{
	struct sk_buff *skb = alloc_skb(ETH_ZLEN, GFP_KERNEL);
	struct ethhdr *eth;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	eth = skb_put_zero(skb, ETH_ZLEN);
	ether_addr_copy(eth->h_dest, dest);
	skb_reset_mac_header(skb);
	if (vlan_id)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), vlan_id);
	skb->mark = mark;
	return skb;
}

static void test_classify(struct kunit *test, struct europa_port *port,
			  const u8 *dest, u16 vlan_id, u32 mark,
			  const struct europa_nic *expected)
{
	struct sk_buff *skb = test_skb(test, dest, vlan_id, mark);

	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, europa_port_classify(port, skb), expected);
	rcu_read_unlock();
	kfree_skb(skb);
}

/* mark, then MAC and VLAN, then MAC, then any */
static void europa_port_order(struct kunit *test)
{
	struct europa_port *port = test_port(test);
	struct europa_nic *mac, *vlan, *mark, *any;

	mac = test_nic(test, EUROPA_MODE_MAC, test_mac_a, 0, 0);
	vlan = test_nic(test, EUROPA_MODE_VLAN, test_mac_a, 10, 0);
	mark = test_nic(test, EUROPA_MODE_MARK, NULL, 0, 7);
	any = test_nic(test, EUROPA_MODE_ANY, NULL, 0, 0);

	test_classify(test, port, test_mac_a, 10, 7, NULL);
	KUNIT_ASSERT_EQ(test, europa_port_add_nic(port, any), 0);
	test_classify(test, port, test_mac_a, 10, 7, any);
	KUNIT_ASSERT_EQ(test, europa_port_add_nic(port, mac), 0);
	test_classify(test, port, test_mac_a, 10, 7, mac);
	KUNIT_ASSERT_EQ(test, europa_port_add_nic(port, vlan), 0);
	test_classify(test, port, test_mac_a, 10, 7, vlan);
	KUNIT_ASSERT_EQ(test, europa_port_add_nic(port, mark), 0);
	test_classify(test, port, test_mac_a, 10, 7, mark);

	/* each looks at its own fields only */
	test_classify(test, port, test_mac_b, 0, 7, mark);
	test_classify(test, port, test_mac_a, 10, 0, vlan);
	test_classify(test, port, test_mac_a, 11, 0, mac);
	test_classify(test, port, test_mac_a, 0, 8, mac);
	test_classify(test, port, test_mac_b, 10, 0, any);

	europa_port_del_nic(port, any);
	test_classify(test, port, test_mac_b, 10, 0, NULL);
	europa_port_del_nic(port, mark);
	europa_port_del_nic(port, vlan);
	test_classify(test, port, test_mac_a, 10, 7, mac);
	europa_port_del_nic(port, mac);
	test_classify(test, port, test_mac_a, 10, 7, NULL);
	rhashtable_destroy(&port->nics);
}

static void europa_port_taken(struct kunit *test)
{
	struct europa_port *port = test_port(test);
	struct europa_nic *nic[2];
	int mode;

	for (mode = EUROPA_MODE_MAC; mode < __EUROPA_MODE_MAX; mode++) {
		nic[0] = test_nic(test, mode, test_mac_a, 0, 0);
		nic[1] = test_nic(test, mode, test_mac_a, 0, 0);
		KUNIT_EXPECT_EQ(test, europa_port_add_nic(port, nic[0]), 0);
		KUNIT_EXPECT_EQ(test, europa_port_add_nic(port, nic[1]),
				-EEXIST);
		KUNIT_EXPECT_FALSE(test, nic[1]->hashed);
		/* of no effect, as it is not there */
		europa_port_del_nic(port, nic[1]);
		KUNIT_EXPECT_EQ(test, port->count[mode], 1);
		europa_port_del_nic(port, nic[0]);
		KUNIT_EXPECT_EQ(test, port->count[mode], 0);
	}
	rhashtable_destroy(&port->nics);
}

/* A thousand NICs, each found by its own address. */
static void europa_port_many(struct kunit *test)
{
	struct europa_port *port = test_port(test);
	struct europa_nic **nic;
	u8 mac[ETH_ALEN] = { 2 };
	int i;

	nic = kunit_kcalloc(test, 1000, sizeof(*nic), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, nic);
	for (i = 0; i < 1000; i++) {
		put_unaligned_be16(i, mac + 4);
		nic[i] = test_nic(test, EUROPA_MODE_MAC, mac, 0, 0);
		KUNIT_ASSERT_EQ(test, europa_port_add_nic(port, nic[i]), 0);
	}
	for (i = 0; i < 1000; i++) {
		put_unaligned_be16(i, mac + 4);
		test_classify(test, port, mac, 0, 0, nic[i]);
		europa_port_del_nic(port, nic[i]);
	}
	rhashtable_destroy(&port->nics);
}

static struct kunit_case europa_port_cases[] = {
	KUNIT_CASE(europa_port_order),
	KUNIT_CASE(europa_port_taken),
	KUNIT_CASE(europa_port_many),
	{}
};

static struct kunit_suite europa_port_suite = {
	.name = "europa-port",
	.test_cases = europa_port_cases,
};

kunit_test_suite(europa_port_suite);
