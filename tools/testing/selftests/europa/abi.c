// SPDX-License-Identifier: GPL-2.0-only
/* Every bad argument has its errno, and leaves nothing half done behind. */
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "harness.h"
#include "europa_test.h"

#define GOOD_POOL { .slots = 16, .slot_size = 2048, .headroom = 128 }

static void drop_cap(int cap)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	syscall(SYS_capget, &h, d);
	d[cap / 32].effective &= ~(1u << cap % 32);
	d[cap / 32].permitted &= ~(1u << cap % 32);
	syscall(SYS_capset, &h, d);
}

TEST(create)
{
	ASSERT_EQ(0, new_netns());
	EXPECT_EQ(-1, socket(AF_EUROPA, SOCK_DGRAM, 0));
	EXPECT_EQ(ESOCKTNOSUPPORT, errno);
	EXPECT_EQ(-1, socket(AF_EUROPA, SOCK_RAW, 1));
	EXPECT_EQ(EPROTONOSUPPORT, errno);
	drop_cap(CAP_NET_RAW);
	EXPECT_EQ(-1, socket(AF_EUROPA, SOCK_RAW, 0));
	EXPECT_EQ(EPERM, errno);
}

/* Root of its own user namespace may, in a netns of that. */
TEST(create_in_userns)
{
	ASSERT_EQ(0, unshare(CLONE_NEWUSER | CLONE_NEWNET));
	EXPECT_LE(0, socket(AF_EUROPA, SOCK_RAW, 0));
}

FIXTURE(abi) {
	int fd;
	uint32_t eu0, a0;
};

FIXTURE_SETUP(abi)
{
	ASSERT_EQ(0, new_network());
	self->fd = socket(AF_EUROPA, SOCK_RAW, 0);
	ASSERT_LE(0, self->fd);
	self->eu0 = if_nametoindex("eu0");
	self->a0 = if_nametoindex("a0");
}

FIXTURE_TEARDOWN(abi)
{
	close(self->fd);
}

static int set(int fd, int opt, const void *arg, socklen_t len)
{
	return setsockopt(fd, SOL_EUROPA, opt, arg, len) ? -errno : 0;
}

static int set_pool(int fd, struct europa_pool_req req)
{
	return set(fd, EUROPA_POOL, &req, sizeof(req));
}

#define POOL(...) set_pool(self->fd, (struct europa_pool_req){ __VA_ARGS__ })

TEST_F(abi, pool)
{
	struct { struct europa_pool_req req; uint32_t more; } big = {
		.req = GOOD_POOL, .more = 1 };

	EXPECT_EQ(-EINVAL, POOL(.slots = 1, .slot_size = 2048));
	EXPECT_EQ(-EINVAL, POOL(.slots = (1 << 20) + 1, .slot_size = 2048));
	EXPECT_EQ(-EINVAL, POOL(.slots = 16, .slot_size = 192));
	EXPECT_EQ(-EINVAL, POOL(.slots = 16, .slot_size = 2000));
	EXPECT_EQ(-EINVAL, POOL(.slots = 16, .slot_size = 128 * 1024 + 64));
	EXPECT_EQ(-EINVAL, POOL(.slots = 16, .slot_size = 2048, .own = 17));
	EXPECT_EQ(-EINVAL, POOL(.slots = 16, .slot_size = 2048,
				.headroom = 2047));
	EXPECT_EQ(-EINVAL, POOL(.slots = 16, .slot_size = 2048,
				.headroom = 0xffffffff));
	EXPECT_EQ(-EINVAL, POOL(.slots = 16, .slot_size = 2048, .flags = 1));
	EXPECT_EQ(-EINVAL, POOL(.slots = 16, .slot_size = 2048,
				.reserved = 1));
	EXPECT_EQ(-EINVAL, set(self->fd, EUROPA_POOL, &big, 8));
	EXPECT_EQ(-E2BIG, set(self->fd, EUROPA_POOL, &big, sizeof(big)));
	EXPECT_EQ(-EFAULT, set(self->fd, EUROPA_POOL, (void *)8,
			       sizeof(big.req)));
	EXPECT_EQ(0, POOL(.slots = 16, .slot_size = 2048));
	EXPECT_EQ(-EBUSY, POOL(.slots = 16, .slot_size = 2048));
}

TEST_F(abi, smallest_pool)
{
	EXPECT_EQ(0, POOL(.slots = 2, .slot_size = 256, .own = 2));
}

TEST_F(abi, attach)
{
	struct europa_attach_req req = { .ifindex = self->eu0 };
	int other;

	EXPECT_EQ(-ENOTCONN, rt_attach_req(self->fd, self->eu0, 0, 0));
	ASSERT_EQ(0, set_pool(self->fd, (struct europa_pool_req)GOOD_POOL));
	EXPECT_EQ(-ENODEV, rt_attach_req(self->fd, 9999, 0, 0));
	EXPECT_EQ(-EOPNOTSUPP, rt_attach_req(self->fd, self->a0, 0, 0));
	EXPECT_EQ(-EINVAL, rt_attach_req(self->fd, self->eu0, 3, 0));
	EXPECT_EQ(-EINVAL, rt_attach_req(self->fd, self->eu0, 0, 1));
	EXPECT_EQ(-EINVAL, rt_attach_req(self->fd, self->eu0, 1 << 21, 0));
	req.queue = 1;
	EXPECT_EQ(-EINVAL, set(self->fd, EUROPA_ATTACH, &req, sizeof(req)));
	req.queue = 0;
	req.reserved[1] = 1;
	EXPECT_EQ(-EINVAL, set(self->fd, EUROPA_ATTACH, &req, sizeof(req)));
	EXPECT_EQ(-EINVAL, set(self->fd, EUROPA_ATTACH, &req, 4));
	EXPECT_EQ(-EFAULT, set(self->fd, EUROPA_ATTACH, (void *)8,
			       sizeof(req)));
	EXPECT_EQ(0, rt_attach_req(self->fd, self->eu0, 0, 0));

	other = socket(AF_EUROPA, SOCK_RAW, 0);
	ASSERT_EQ(0, set_pool(other, (struct europa_pool_req)GOOD_POOL));
	EXPECT_EQ(-EBUSY, rt_attach_req(other, self->eu0, 0, 0));
	close(self->fd);
	EXPECT_EQ(0, rt_attach_req(other, self->eu0, 0, 0));
	self->fd = other;
}

TEST_F(abi, attach_small_slots)
{
	ASSERT_EQ(0, POOL(.slots = 16, .slot_size = 1024));
	EXPECT_EQ(-EMSGSIZE, rt_attach_req(self->fd, self->eu0, 0, 0));
	ASSERT_EQ(0, ip_batch("link set eu0 mtu 576\n"));
	EXPECT_EQ(0, rt_attach_req(self->fd, self->eu0, 0, 0));
}

TEST_F(abi, detach)
{
	struct europa_detach_req req = { self->eu0, 0 };

	ASSERT_EQ(0, set_pool(self->fd, (struct europa_pool_req)GOOD_POOL));
	EXPECT_EQ(-ENODEV, set(self->fd, EUROPA_DETACH, &req, sizeof(req)));
	EXPECT_EQ(-EINVAL, set(self->fd, EUROPA_DETACH, &req, 4));
	ASSERT_EQ(0, rt_attach_req(self->fd, self->eu0, 0, 0));
	req.queue = 1;
	EXPECT_EQ(-ENODEV, set(self->fd, EUROPA_DETACH, &req, sizeof(req)));
	req.queue = 0;
	EXPECT_EQ(0, set(self->fd, EUROPA_DETACH, &req, sizeof(req)));
	EXPECT_EQ(0, rt_attach_req(self->fd, self->eu0, 0, 0));
}

TEST_F(abi, memlock)
{
	struct rlimit none = { 4 * 1024, 4 * 1024 };

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &none));
	drop_cap(CAP_IPC_LOCK);
	EXPECT_EQ(-ENOBUFS, set_pool(self->fd,
				     (struct europa_pool_req)GOOD_POOL));
}

/* Rings count until nobody has them mapped, also those of a NIC that has gone. */
TEST_F(abi, memlock_rings)
{
	struct rlimit limit = { 256 * 1024, 256 * 1024 };
	struct europa_detach_req detach = { self->eu0, 0 };
	struct rt_layout layout;
	void *ring;

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	drop_cap(CAP_IPC_LOCK);
	ASSERT_EQ(0, set_pool(self->fd, (struct europa_pool_req)GOOD_POOL));
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, rt_attach_req(self->fd, self->eu0, 16384, 16384));
		ASSERT_EQ(0, rt_layout(self->fd, &layout));
		ring = rt_map(self->fd, layout.nic[0].rx_offset,
			      layout.nic[0].rx_size);
		ASSERT_NE(MAP_FAILED, ring);
		ASSERT_EQ(0, setsockopt(self->fd, SOL_EUROPA, EUROPA_DETACH,
					&detach, sizeof(detach)));
		EXPECT_EQ(-ENOBUFS, rt_attach_req(self->fd, self->eu0, 16384,
						  16384));
		ASSERT_EQ(0, munmap(ring, layout.nic[0].rx_size));
	}
}

TEST_F(abi, options)
{
	struct rt_layout layout;
	socklen_t len = 2;
	uint32_t size;

	EXPECT_EQ(-ENOPROTOOPT, set(self->fd, 99, &len, sizeof(len)));
	EXPECT_EQ(-1, setsockopt(self->fd, SOL_SOCKET + 77, EUROPA_POOL, &len,
				 sizeof(len)));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, rt_layout(self->fd, &layout));
	EXPECT_EQ(ENOTCONN, errno);
	ASSERT_EQ(0, set_pool(self->fd, (struct europa_pool_req)GOOD_POOL));
	EXPECT_EQ(-1, getsockopt(self->fd, SOL_EUROPA, EUROPA_LAYOUT, &layout,
				 &len));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, getsockopt(self->fd, SOL_EUROPA, EUROPA_POOL, &layout,
				 &(socklen_t){ sizeof(layout) }));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, getsockopt(self->fd, SOL_EUROPA, EUROPA_STATS, (void *)8,
				 &(socklen_t){ 64 }));
	EXPECT_EQ(EFAULT, errno);

	/* The first word says how much there is. */
	len = sizeof(size);
	ASSERT_EQ(0, getsockopt(self->fd, SOL_EUROPA, EUROPA_LAYOUT, &size,
				&len));
	EXPECT_EQ(sizeof(struct europa_layout), size);
	ASSERT_EQ(0, rt_attach_req(self->fd, self->eu0, 0, 0));
	ASSERT_EQ(0, rt_layout(self->fd, &layout));
	EXPECT_EQ(sizeof(struct europa_layout) +
		  sizeof(struct europa_nic_layout), layout.l.size);
	EXPECT_EQ(1, layout.l.nics);
	EXPECT_EQ(16, layout.nic[0].rx_entries);
	EXPECT_EQ(1500, layout.nic[0].mtu);
	EXPECT_EQ(64, layout.l.desc_size);
}

TEST_F(abi, mmap)
{
	struct rt_layout layout;
	void *p;

	EXPECT_EQ(MAP_FAILED, rt_map(self->fd, 0, 4096));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_EQ(0, set_pool(self->fd, (struct europa_pool_req)GOOD_POOL));
	ASSERT_EQ(0, rt_layout(self->fd, &layout));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, layout.l.pool_size, PROT_READ,
				   MAP_PRIVATE, self->fd,
				   layout.l.pool_offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, rt_map(self->fd, layout.l.pool_offset,
				     layout.l.pool_size + 4096));
	EXPECT_EQ(MAP_FAILED, rt_map(self->fd, layout.l.pool_offset + 4096,
				     4096));
	EXPECT_EQ(MAP_FAILED, rt_map(self->fd, 1ull << 40, 4096));
	p = rt_map(self->fd, layout.l.pool_offset, 4096);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, munmap(p, 4096));
}

TEST_F(abi, calls)
{
	struct sockaddr sa = {};
	int usec = 50;
	char byte = 0;

	EXPECT_EQ(-1, sendto(self->fd, NULL, 0, 0, NULL, 0));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, recv(self->fd, NULL, 0, MSG_DONTWAIT));
	EXPECT_EQ(ENOTCONN, errno);
	ASSERT_EQ(0, set_pool(self->fd, (struct europa_pool_req)GOOD_POOL));
	EXPECT_EQ(0, sendto(self->fd, NULL, 0, MSG_DONTWAIT, NULL, 0));
	EXPECT_EQ(-1, sendto(self->fd, &byte, 1, 0, NULL, 0));
	EXPECT_EQ(EMSGSIZE, errno);
	EXPECT_EQ(-1, sendto(self->fd, NULL, 0, 0, &sa, sizeof(sa)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, recv(self->fd, NULL, 0, MSG_DONTWAIT));
	EXPECT_EQ(-1, recv(self->fd, &byte, 1, 0));
	EXPECT_EQ(EMSGSIZE, errno);
	EXPECT_EQ(0, setsockopt(self->fd, SOL_SOCKET, SO_BUSY_POLL, &usec,
				sizeof(usec)));
	EXPECT_EQ(0, recv(self->fd, NULL, 0, MSG_DONTWAIT));
	ASSERT_EQ(0, rt_attach_req(self->fd, self->eu0, 0, 0));
	EXPECT_EQ(0, recv(self->fd, NULL, 0, MSG_DONTWAIT));
	EXPECT_EQ(-1, bind(self->fd, &sa, sizeof(sa)));
	EXPECT_EQ(EOPNOTSUPP, errno);
}

#define LAST { 0, 0, 0 }

TEST_F(abi, link)
{
	static const struct info none[] = { LAST };
	static const struct info mode[] = {
		{ IFLA_EUROPA_MODE, 1, __EUROPA_MODE_MAX }, LAST };
	static const struct info vlan_alone[] = {
		{ IFLA_EUROPA_VLAN_ID, 2, 5 }, LAST };
	static const struct info no_vlan[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_VLAN }, LAST };
	static const struct info vlan_0[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_VLAN },
		{ IFLA_EUROPA_VLAN_ID, 2, 0 }, LAST };
	static const struct info bad_proto[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_VLAN },
		{ IFLA_EUROPA_VLAN_ID, 2, 5 },
		{ IFLA_EUROPA_VLAN_PROTO, 2, 0x1234 }, LAST };
	static const struct info mark_0[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_MARK },
		{ IFLA_EUROPA_MARK, 4, 0 }, LAST };
	static const struct info any[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_ANY }, LAST };
	static const struct info any_checked[] = {
		{ IFLA_EUROPA_MODE, 1, EUROPA_MODE_ANY },
		{ IFLA_EUROPA_SPOOFCHK, 1, 1 }, LAST };
	static const struct info router[] = {
		{ IFLA_EUROPA_ROUTER, 4, 1 }, LAST };
	static const struct info spoofchk[] = {
		{ IFLA_EUROPA_SPOOFCHK, 1, 0 }, LAST };
	static const struct info lend_2[] = {
		{ IFLA_EUROPA_LEND, 1, 2 }, LAST };

	EXPECT_EQ(-EINVAL, nic_request("x", "a0", mode) ? -EINVAL : 0);
	EXPECT_EQ(-EINVAL, nic_request("x", "a0", vlan_alone));
	EXPECT_EQ(-EINVAL, nic_request("x", "a0", no_vlan));
	EXPECT_EQ(-ERANGE, nic_request("x", "a0", vlan_0));
	EXPECT_EQ(-EPROTONOSUPPORT, nic_request("x", "a0", bad_proto));
	EXPECT_EQ(-ERANGE, nic_request("x", "a0", mark_0));
	EXPECT_EQ(-EINVAL, nic_request("x", "a0", any_checked));
	EXPECT_EQ(-EINVAL, nic_request("x", "a0", router));
	EXPECT_EQ(-ERANGE, nic_request("x", "a0", lend_2));
	EXPECT_EQ(-EINVAL, nic_request("x", "eu0", none));
	EXPECT_EQ(-EINVAL, nic_request("x", "lo", none));
	EXPECT_EQ(-ENODEV, nic_request("x", "nonesuch", none));
	EXPECT_EQ(-EEXIST, nic_request("eu0", "a0", none));
	EXPECT_EQ(0, nic_request("x", "a0", any));
	EXPECT_EQ(-EEXIST, nic_request("y", "a0", any));
	EXPECT_EQ(-EOPNOTSUPP, nic_request("eu0", NULL, any));
	EXPECT_EQ(0, nic_request("eu0", NULL, spoofchk));

	/* A VLAN device that leaves tags where headers are looked for. */
	ASSERT_EQ(0, ip_batch("link add link a1 name v5 type vlan id 5 reorder_hdr off\n"));
	EXPECT_EQ(-EINVAL, nic_request("z", "v5", none));
	ASSERT_EQ(0, ip_batch("link del v5\n"));

	/* A bridge has taken the netdev. */
	ASSERT_EQ(0, ip_batch("link add br0 type bridge\n"
			      "link set a1 master br0\n"));
	EXPECT_EQ(-EBUSY, nic_request("z", "a1", none));
	/* Failures leave nothing: the port goes with its last NIC. */
	ASSERT_EQ(0, ip_batch("link del eu0\nlink del x\n"
			      "link set a0 master br0\n"));
}

TEST_HARNESS_MAIN
