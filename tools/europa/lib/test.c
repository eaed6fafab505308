// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test of libeuropa: slots that NICs leave behind when they go; needs the
 * kernel.  TAP on output.
 */
#include "../../testing/selftests/europa/europa_test.h"
#include "europa.h"

#define SLOTS	16

static struct europa_router *r;
static int test, failed;

static void ok(bool good, const char *what)
{
	printf("%sok %d %s\n", good ? "" : "not ", ++test, what);
	failed += !good;
}

static uint64_t count(int counter)
{
	struct europa_stats s;

	return europa_stats(r, &s, sizeof(s)) ? UINT64_MAX :
						s.counter[counter];
}

static bool counted(int counter, uint64_t value)
{
	for (int i = 0; i < LIMIT_MS && count(counter) < value; i++)
		usleep(1000);
	return count(counter) == value;
}

/* Is no slot anybody's? */
static bool all_free(void)
{
	struct europa_stats s;

	return !europa_stats(r, &s, sizeof(s)) && s.free == SLOTS;
}

/* A NIC is sent so many packets, which are on its rxRing then. */
static bool fill(const char *nic, const char *peer, unsigned int n)
{
	uint64_t before = count(EUROPA_CNT_RX_PACKETS);
	int fd = raw_socket(peer);
	uint8_t mac[ETH_ALEN];

	get_mac(nic, mac);
	for (unsigned int i = 0; i < n; i++)
		send_frame(fd, mac, i, 60);
	close(fd);
	return counted(EUROPA_CNT_RX_PACKETS, before + n);
}

/* One packet is on its way out by a NIC of which nobody has said it is gone. */
static void test_deleted(int eu0, int eu1)
{
	struct europa_slot slot;
	bool good;

	ok(fill("eu0", "a1", 4) && europa_rx_burst(r, eu0, &slot, 1) == 1,
	   "a NIC has packets");
	good = !ip_batch("link del eu0\n") && europa_changed(r) &&
	       europa_tx_burst(r, eu0, &slot, 1) == 1;
	europa_kick(r);
	ok(good && !europa_relayout(r) && !r->nic[eu0].ifindex,
	   "it is deleted");
	ok(r->nic[eu1].ifindex == if_nametoindex("eu1"),
	   "the other keeps its place");
	ok(counted(EUROPA_CNT_ROUTER_DROP, 4) && all_free(),
	   "its slots go back by the other");
}

/* The last NIC goes: what it leaves waits for another one. */
static int test_last(int eu1)
{
	int eu2;

	ok(fill("eu1", "b1", 3) && !ip_batch("link del eu1\n") &&
	   !europa_relayout(r) && !r->nic[eu1].ifindex && !all_free(),
	   "the last NIC is deleted");
	eu2 = ip_batch("link add link b0 name eu2 type europa\n"
		       "link set eu2 up\n") ? -1 : europa_nic_attach(r, "eu2");
	ok(eu2 >= 0, "a new one is attached");
	ok(counted(EUROPA_CNT_ROUTER_DROP, 7) && all_free(),
	   "the slots go back by the new one");
	return eu2;
}

/* What a NIC has sent is no longer the router's to give back. */
static void test_detached(int eu2)
{
	int eu3 = ip_batch("link add link a0 name eu3 type europa\n"
			   "link set eu3 up\n") ? -1 :
						  europa_nic_attach(r, "eu3");
	struct europa_slot slot[2];
	bool good;

	ok(eu3 >= 0 && eu3 != eu2, "a second one is attached");
	good = fill("eu3", "a1", 4) && europa_rx_burst(r, eu3, slot, 2) == 2;
	if (good) {
		get_mac("eu3", europa_data(r, &slot[0]) + ETH_ALEN);
		get_mac("eu3", europa_data(r, &slot[1]) + ETH_ALEN);
		good = europa_tx_burst(r, eu3, slot, 2) == 2;
		europa_kick(r);
	}
	ok(good && counted(EUROPA_CNT_TX_PACKETS, 2), "it sends");
	ok(!europa_nic_detach(r, eu3) && !r->nic[eu3].ifindex,
	   "it is detached");
	ok(counted(EUROPA_CNT_ROUTER_DROP, 9) && all_free(),
	   "what it has not sent goes back");
	ok(!count(EUROPA_CNT_TX_BAD_OWNER), "no slot goes back twice");
}

/* The kernel doubles it, as it counts what packets take. */
static int backlog(const struct europa_router *router)
{
	int bytes = 0;
	socklen_t len = sizeof(bytes);

	getsockopt(router->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &len);
	return bytes / 2;
}

static void test_backlog(void)
{
	struct europa_opts opts = { .slots = SLOTS, .backlog = 100000 };
	struct europa_router *other;

	ok(backlog(r) == 2 << 20, "two MiB may wait for a slot");
	if (europa_router_open(&other, &opts)) {
		ok(false, "a second router");
		return;
	}
	ok(backlog(other) == 100000, "as much as is asked for may wait");
	europa_router_close(other);
}

int main(void)
{
	struct europa_opts opts = { .slots = SLOTS };
	int eu0, eu1;

	if (new_network() || europa_router_open(&r, &opts)) {
		perror("setting up");
		return 1;
	}
	eu0 = europa_nic_attach(r, "eu0");
	eu1 = europa_nic_attach(r, "eu1");
	ok(eu0 >= 0 && eu1 >= 0 && eu0 != eu1, "two NICs are attached");
	if (!failed) {
		test_deleted(eu0, eu1);
		test_detached(test_last(eu1));
	}
	test_backlog();
	europa_router_close(r);
	printf("1..%d\n", test);
	return failed ? 1 : 0;
}
