// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of the router's parts that need no kernel; TAP on output. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ip.h"
#include "worker.h"

static int test, failed;

static void ok(bool good, const char *what)
{
	printf("%sok %d %s\n", good ? "" : "not ", ++test, what);
	failed += !good;
}

/* The longest match by looking at every prefix. */
static uint32_t slow_lookup(const struct lpm_prefix *p, size_t n,
			    const uint8_t *addr)
{
	uint32_t best = LPM_NONE;
	int len = -1;

	for (size_t i = 0; i < n; i++) {
		bool match = true;

		for (unsigned int b = 0; b < p[i].len && match; b++)
			match = !((addr[b / 8] ^ p[i].addr[b / 8]) &
				  0x80 >> b % 8);
		if (match && (p[i].len > len ||
			      (p[i].len == len && p[i].value > best))) {
			best = p[i].value;
			len = p[i].len;
		}
	}
	return best;
}

static void random_prefix(struct lpm_prefix *p, unsigned int bits)
{
	/* Few values a byte, so that prefixes nest. */
	for (unsigned int i = 0; i < bits / 8; i++)
		p->addr[i] = (uint8_t)(random() % 3 << (random() % 8));
	p->len = (uint8_t)(random() % (int)(bits + 1));
	for (unsigned int b = p->len; b < bits; b++)
		p->addr[b / 8] &= (uint8_t)~(0x80 >> b % 8);
}

static bool lpm_agrees(unsigned int bits)
{
	struct lpm_prefix p[500] = {};
	uint8_t addr[16];
	struct lpm lpm;
	bool same = true;

	for (uint32_t i = 0; i < 500; i++) {
		random_prefix(&p[i], bits);
		p[i].value = i + 1;
	}
	if (lpm_build(&lpm, p, 500))
		return false;
	for (int i = 0; i < 20000 && same; i++) {
		/* Near one of the prefixes. */
		memcpy(addr, p[random() % 500].addr, sizeof(addr));
		addr[random() % (int)(bits / 8)] ^= (uint8_t)random();
		same = lpm_lookup(&lpm, addr) == slow_lookup(p, 500, addr);
	}
	lpm_free(&lpm);
	return same;
}

static void test_lpm(void)
{
	struct lpm lpm;
	uint8_t addr[16] = { 10 };

	ok(!lpm_build(&lpm, NULL, 0) && lpm_lookup(&lpm, addr) == LPM_NONE,
	   "an empty table matches nothing");
	lpm_free(&lpm);
	ok(lpm_agrees(32), "IPv4 lookups agree with a linear search");
	ok(lpm_agrees(128), "IPv6 lookups agree with a linear search");
}

static void test_neigh(void)
{
	struct neigh_table *table = neigh_table_new(), *next;
	struct neigh n = { .family = 4, .state = NEIGH_KNOWN };
	bool all = true;

	for (unsigned int i = 0; i < 1000; i++) {
		n.addr[2] = (uint8_t)(i >> 8);
		n.addr[3] = (uint8_t)i;
		n.mac[5] = (uint8_t)i;
		next = neigh_table_set(table, &n);
		free(table);
		table = next;
	}
	for (unsigned int i = 0; i < 1000; i++) {
		uint8_t addr[4] = { 0, 0, (uint8_t)(i >> 8), (uint8_t)i };
		const struct neigh *found = neigh_lookup(table, 4, 0, addr);

		all &= found && found->mac[5] == (uint8_t)i;
	}
	ok(all, "1000 neighbours are found");
	ok(!neigh_lookup(table, 4, 1, n.addr) &&
	   !neigh_lookup(table, 6, 0, n.addr),
	   "not behind another NIC nor in the other family");
	n.state = NEIGH_UNKNOWN;
	next = neigh_table_set(table, &n);
	ok(neigh_lookup(table, 4, 0, n.addr) &&
	   !neigh_lookup(next, 4, 0, n.addr),
	   "a change is in the copy only");
	free(table);
	free(next);
}

static uint16_t ip_sum(const uint8_t *ip, unsigned int len)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < len; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* A good UDP packet of 46 bytes; then one byte is changed. */
static int check4(unsigned int at, uint8_t value, uint32_t len, bool resum)
{
	uint8_t f[64] = { [12] = 8, [14] = 0x45, [17] = 46, [22] = 64,
			  [23] = 17, [26] = 10, [29] = 1, [30] = 10, [33] = 2 };
	uint16_t sum = ip_sum(f + 14, 20);

	memcpy(f + 24, &sum, 2);
	f[at] = value;
	if (resum) {
		memset(f + 24, 0, 2);
		sum = ip_sum(f + 14, 20);
		memcpy(f + 24, &sum, 2);
	}
	return ipv4_check(f, len);
}

static int check6(unsigned int at, uint8_t value, uint32_t len)
{
	uint8_t f[64] = { [12] = 0x86, [13] = 0xdd, [14] = 0x60, [19] = 6,
			  [20] = 17, [21] = 64, [22] = 0xfd, [37] = 1,
			  [38] = 0xfd, [53] = 2 };

	f[at] = value;
	return ipv6_check(f, len, false);
}

static void test_ip(void)
{
	ok(check4(0, 0, 60, false) == VERDICT_FORWARD, "IPv4: good");
	ok(check4(0, 0, 33, false) == COUNT_TRUNCATED, "IPv4: truncated");
	ok(check4(14, 0x55, 60, true) == COUNT_BAD_VERSION, "IPv4: version");
	ok(check4(14, 0x44, 60, true) == COUNT_BAD_VERSION, "IPv4: ihl < 5");
	ok(check4(14, 0x4f, 60, true) == COUNT_TRUNCATED,
	   "IPv4: header longer than the frame");
	ok(check4(14, 0x46, 60, true) != VERDICT_FORWARD, "IPv4: options");
	ok(check4(17, 47, 60, true) == COUNT_BAD_LENGTH,
	   "IPv4: length larger than the frame");
	ok(check4(17, 19, 60, true) == COUNT_BAD_LENGTH,
	   "IPv4: length smaller than the header");
	ok(check4(25, 0, 60, false) == COUNT_BAD_CHECKSUM, "IPv4: checksum");
	ok(check4(26, 127, 60, true) == COUNT_BAD_ADDRESS,
	   "IPv4: from loopback");
	ok(check4(26, 0, 60, true) == COUNT_BAD_ADDRESS, "IPv4: from nobody");
	ok(check4(30, 224, 60, true) == VERDICT_PUNT, "IPv4: multicast");
	ok(check6(0, 0, 60) == VERDICT_FORWARD, "IPv6: good");
	ok(check6(0, 0, 53) == COUNT_TRUNCATED, "IPv6: truncated");
	ok(check6(14, 0x50, 60) == COUNT_BAD_VERSION, "IPv6: version");
	ok(check6(19, 7, 60) == COUNT_BAD_LENGTH,
	   "IPv6: length larger than the frame");
	ok(check6(22, 0xff, 60) == COUNT_BAD_ADDRESS, "IPv6: from multicast");
	ok(check6(38, 0xff, 60) == VERDICT_PUNT, "IPv6: multicast");
	ok(check6(20, 0, 60) == VERDICT_PUNT, "IPv6: hop-by-hop options");
}

static void test_config(void)
{
	static const char *const bad_routes[] = {
		"", "10.0.0.0/33 dev eu0", "10.0.0.1/8 dev eu0", "10.0.0.0/8",
		"10.0.0.0/8 dev eu9", "10.0.0.0/8 via fd00::1 dev eu0",
		"10.0.0.0/8 via x dev eu0", "10.0.0.0/8 dev", "x dev eu0",
		"10.0.0.0/ dev eu0", "10.0.0.0/8 dev eu0 metric 1",
	};
	struct config c = {};
	char error[ERROR_SIZE];
	bool all = true;

	ok(config_add_nic(&c, "eu0", error) &&
	   !config_add_nic(&c, "eu0", error) &&
	   !config_add_nic(&c, "a_name_of_16_cha", error),
	   "config: names of NICs");
	for (size_t i = 0; i < sizeof(bad_routes) / sizeof(*bad_routes); i++)
		if (config_add_route(&c, bad_routes[i], error)) {
			printf("# taken: '%s'\n", bad_routes[i]);
			all = false;
		}
	ok(all && !c.routes, "config: bad routes are refused");
	ok(config_add_route(&c, "default via 10.0.0.1 dev eu0", error) &&
	   c.route[0].to.family == 4 && !c.route[0].to.len &&
	   config_add_route(&c, "default via fd00::1 dev eu0", error) &&
	   c.route[1].to.family == 6 && c.routes == 2,
	   "config: default routes");
	ok(config_add_neigh(&c, "10.0.0.1 lladdr 02:00:00:00:00:01 dev eu0",
			    error) &&
	   !config_add_neigh(&c, "10.0.0.1 lladdr 02:00 dev eu0", error) &&
	   c.neighs == 1, "config: neighbours");
	ok(config_add_deny(&c, "udp 53", error) &&
	   !config_add_deny(&c, "udp 65536", error) &&
	   !config_add_deny(&c, "icmp 1", error), "config: denied ports");
	ok(config_set_number(&c.slots, "4096", error) && c.slots == 4096 &&
	   !config_set_number(&c.slots, "", error) &&
	   !config_set_number(&c.slots, "0", error) &&
	   !config_set_number(&c.slots, "-1", error) &&
	   !config_set_number(&c.slots, "4k", error) &&
	   !config_set_number(&c.slots, "4294967296", error) &&
	   c.slots == 4096, "config: numbers");
	ok(config_set_cpus(&c, "3,0", error) && c.cpus == 2 && c.cpu[0] == 3 &&
	   !config_set_cpus(&c, "0,", error) &&
	   !config_set_cpus(&c, "0-1", error) &&
	   !config_set_cpus(&c, "-1", error) &&
	   !config_set_cpus(&c, "70000", error), "config: CPUs");
	c.threads = 2;
	ok(config_set_cpus(&c, "0", error) && !config_check(&c, error) &&
	   config_set_cpus(&c, "0,0", error) && config_check(&c, error),
	   "config: a CPU for each thread");
	config_free(&c);
}

/* What becomes of a file of routes with this text. */
static bool load_routes(struct config *c, const char *text, char *error)
{
	char path[] = "/tmp/routes.XXXXXX";
	int fd = mkstemp(path);
	bool loaded = false;

	if (fd < 0)
		return false;
	if (write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		loaded = config_load_routes(c, path, error);
	close(fd);
	unlink(path);
	return loaded;
}

static void test_routes_file(void)
{
	static const char many[] =
		"# comment\n\n  10.1.0.0/16 via 10.0.0.1 dev eu0 \r\n"
		"default dev eu0# the rest\nfd00::/8\tdev\teu0";
	struct config c = {};
	char error[ERROR_SIZE] = "";

	ok(config_add_nic(&c, "eu0", error) && load_routes(&c, many, error) &&
	   c.routes == 3 && c.route[0].to.len == 16 &&
	   c.route[0].via.byte[3] == 1 && !c.route[1].to.len &&
	   c.route[2].to.family == 6, "routes file: one a line, comments");
	ok(load_routes(&c, "", error) && c.routes == 3, "routes file: empty");
	ok(!load_routes(&c, "10.2.0.0/16 dev eu0\n\n10.0.0.1/8 dev eu0\n",
			error) && strstr(error, "line 3: route: bad prefix"),
	   "routes file: the line of a mistake is told");
	ok(!config_load_routes(&c, "/nowhere/routes", error) &&
	   strstr(error, "/nowhere/routes: No such file"),
	   "routes file: one that is missing is told");
	config_free(&c);
}

/* A thread that looks at the epoch now and then, as a forwarding one does. */
static void *slow_reader(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&w->stop)) {
		usleep(1000);
		atomic_store(&w->seen, atomic_load(&w->tables->epoch));
	}
	return NULL;
}

static void test_synchronize(void)
{
	static struct tables tables;
	static struct worker w[3] = {
		{ .tables = &tables }, { .tables = &tables },
		{ .tables = &tables, .seen = SEEN_ASLEEP },
	};
	bool all = true;

	for (int i = 0; i < 3; i++)
		w[i].wake_fd = -1;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&w[i].thread, NULL, slow_reader, &w[i]))
			abort();
	for (uint64_t epoch = 1; epoch < 10; epoch++) {
		worker_synchronize(w, 3);
		all &= atomic_load(&w[0].seen) == epoch &&
		       atomic_load(&w[1].seen) == epoch;
	}
	ok(all, "tables: all threads that are awake are waited for");
	for (int i = 0; i < 2; i++) {
		atomic_store(&w[i].stop, true);
		pthread_join(w[i].thread, NULL);
	}
}

int main(void)
{
	srandom(1);
	test_lpm();
	test_neigh();
	test_ip();
	test_config();
	test_routes_file();
	test_synchronize();
	printf("1..%d\n", test);
	return failed ? 1 : 0;
}
