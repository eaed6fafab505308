// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-lookup FILE4 FILE6: how long a table of these prefixes takes to make, to
 * change and to look up in, and how much memory it takes
 *
 * Lines of "lookup,TABLE,FAMILY,METRIC,VALUE,UNIT,1".  All tables must agree on
 * what they find.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lookup.h"

#define ADDRESSES	(1 << 16)	/* a multiple of LOOKUP_BURST */
#define ROUNDS		32
#define CHANGES		20000

static struct prefix *prefix;
static size_t prefixes;
static uint8_t *addresses;		/* of 4 or 16 bytes each */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static long resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!f || fscanf(f, "%*s %ld", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void die(const char *what)
{
	fprintf(stderr, "bench-lookup: %s\n", what);
	exit(1);
}

static void read_prefixes(const char *path, int family)
{
	FILE *f = fopen(path, "r");
	char line[128], *slash;
	size_t room = 0;

	if (!f)
		die(path);
	for (prefixes = 0; fgets(line, sizeof(line), f); prefixes++) {
		struct prefix *p;

		if (prefixes == room) {
			room = room ? room * 2 : 1 << 16;
			prefix = realloc(prefix, room * sizeof(*prefix));
			if (!prefix)
				die("no memory");
		}
		p = &prefix[prefixes];
		memset(p, 0, sizeof(*p));
		slash = strchr(line, '/');
		if (!slash)
			die(line);
		*slash = '\0';
		if (inet_pton(family == 4 ? AF_INET : AF_INET6, line,
			      p->addr) != 1)
			die(line);
		p->len = (uint8_t)atoi(slash + 1);
		p->value = (uint32_t)(1 + random() % 255);
	}
	fclose(f);
}

/* At random of the prefixes, and what follows them. */
static void make_addresses(int family)
{
	unsigned int bytes = family == 4 ? 4 : 16;

	free(addresses);
	addresses = malloc(ADDRESSES * bytes);
	if (!addresses)
		die("no memory");
	for (size_t i = 0; i < ADDRESSES; i++) {
		const struct prefix *p = &prefix[random() % (long)prefixes];
		uint8_t *a = addresses + i * bytes;

		for (unsigned int b = 0; b < bytes; b++) {
			int keep = (int)p->len - (int)b * 8;
			uint8_t mask = keep <= 0 ? 0xff :
				       keep >= 8 ? 0 : (uint8_t)(0xff >> keep);

			a[b] = (uint8_t)(p->addr[b] | (random() & mask));
		}
	}
}

static void result(const struct table *t, const char *metric, double value,
		   const char *unit)
{
	printf("lookup,%s,%d,%s,%.1f,%s,1\n", t->name, t->family, metric,
	       value, unit);
	fflush(stdout);
}

/* The sum of what is found. */
static uint64_t lookups(const struct table *t)
{
	unsigned int bytes = t->family == 4 ? 4 : 16;
	uint32_t value[LOOKUP_BURST];
	uint64_t sum = 0;

	for (size_t i = 0; i < ADDRESSES; i += LOOKUP_BURST) {
		t->lookup(addresses + i * bytes, value);
		for (int k = 0; k < LOOKUP_BURST; k++)
			sum += value[k];
	}
	return sum;
}

static uint64_t measure(const struct table *t)
{
	long before = resident_kib();
	uint64_t sum;
	double start;

	if (!t->open())
		die("cannot make a table");
	start = now();
	for (size_t i = 0; i < prefixes; i++)
		if (!t->add(&prefix[i]))
			die("cannot add a prefix");
	result(t, "build_ms", (now() - start) / 1e6, "ms");
	result(t, "kib", (double)(resident_kib() - before), "KiB");

	sum = lookups(t);
	start = now();
	for (int i = 0; i < ROUNDS; i++)
		lookups(t);
	result(t, "lookup_ns", (now() - start) / ((double)ROUNDS * ADDRESSES),
	       "ns");

	start = now();
	for (size_t i = 0; i < CHANGES; i++) {
		const struct prefix *p = &prefix[i * 7919 % prefixes];

		if (!t->del(p) || !t->add(p))
			die("cannot change a prefix");
	}
	result(t, "update_ns", (now() - start) / (2.0 * CHANGES), "ns");
	if (lookups(t) != sum)
		die("after changes it finds something else");
	return sum;
}

int main(int argc, char **argv)
{
	static const struct table *const all[] = {
		&europa4, &dpdk_fib4, &dpdk_lpm4, &europa6, &dpdk_fib6,
	};
	int family = 0;
	uint64_t sum = 0;

	if (argc != 3)
		die("usage: bench-lookup FILE4 FILE6");
	if (!dpdk_init())
		die("DPDK does not start");
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		uint64_t found;

		if (all[i]->family != family) {
			family = all[i]->family;
			read_prefixes(argv[family == 4 ? 1 : 2], family);
			make_addresses(family);
			sum = 0;
		}
		found = measure(all[i]);
		if (sum && found != sum)
			die("tables do not agree");
		sum = found;
	}
	return 0;
}
