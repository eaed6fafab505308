// SPDX-License-Identifier: GPL-2.0-only
/* DPDK's tables: rte_fib (DIR24_8), rte_fib6 (trie) and rte_lpm */
#include <arpa/inet.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_lpm.h>

#include "lookup.h"

#define MAX_ROUTES	(2 << 20)

static struct rte_fib *fib;
static struct rte_fib6 *fib6;
static struct rte_lpm *lpm;

bool dpdk_init(void)
{
	char *argv[] = { (char *)"bench-lookup", (char *)"--no-huge",
			 (char *)"--no-shconf", (char *)"--no-pci",
			 (char *)"--no-telemetry", (char *)"-l0",
			 (char *)"-m6144", (char *)"--log-level=4", NULL };

	return rte_eal_init(sizeof(argv) / sizeof(*argv) - 1, argv) >= 0;
}

static uint32_t host_order(const uint8_t *addr)
{
	uint32_t a;

	memcpy(&a, addr, sizeof(a));
	return ntohl(a);
}

/* The addresses as DPDK wants them. */
static void all_host_order(const uint8_t *addr, uint32_t *ip)
{
	for (int i = 0; i < LOOKUP_BURST; i++)
		ip[i] = host_order(addr + 4 * i);
}

static bool fib4_open(void)
{
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8, .max_routes = MAX_ROUTES,
		.dir24_8 = { .nh_sz = RTE_FIB_DIR24_8_4B,
			     .num_tbl8 = 1 << 16 },
	};

	fib = rte_fib_create("fib", SOCKET_ID_ANY, &conf);
	return fib;
}

static bool fib4_add(const struct prefix *p)
{
	return !rte_fib_add(fib, host_order(p->addr), p->len, p->value);
}

static bool fib4_del(const struct prefix *p)
{
	return !rte_fib_delete(fib, host_order(p->addr), p->len);
}

static void fib4_lookup(const uint8_t *addr, uint32_t *value)
{
	uint64_t found[LOOKUP_BURST];
	uint32_t ip[LOOKUP_BURST];

	all_host_order(addr, ip);
	rte_fib_lookup_bulk(fib, ip, found, LOOKUP_BURST);
	for (int i = 0; i < LOOKUP_BURST; i++)
		value[i] = (uint32_t)found[i];
}

static bool fib6_open(void)
{
	struct rte_fib6_conf conf = {
		.type = RTE_FIB6_TRIE, .max_routes = MAX_ROUTES,
		.trie = { .nh_sz = RTE_FIB6_TRIE_4B, .num_tbl8 = 1 << 20 },
	};

	fib6 = rte_fib6_create("fib6", SOCKET_ID_ANY, &conf);
	return fib6;
}

static bool fib6_add(const struct prefix *p)
{
	return !rte_fib6_add(fib6, p->addr, p->len, p->value);
}

static bool fib6_del(const struct prefix *p)
{
	return !rte_fib6_delete(fib6, p->addr, p->len);
}

static void fib6_lookup(const uint8_t *addr, uint32_t *value)
{
	uint64_t found[LOOKUP_BURST];

	rte_fib6_lookup_bulk(fib6, (void *)(uintptr_t)addr, found,
			     LOOKUP_BURST);
	for (int i = 0; i < LOOKUP_BURST; i++)
		value[i] = (uint32_t)found[i];
}

static bool lpm4_open(void)
{
	struct rte_lpm_config conf = { .max_rules = MAX_ROUTES,
				       .number_tbl8s = 1 << 16 };

	lpm = rte_lpm_create("lpm", SOCKET_ID_ANY, &conf);
	return lpm;
}

static bool lpm4_add(const struct prefix *p)
{
	return !rte_lpm_add(lpm, host_order(p->addr), p->len, p->value);
}

static bool lpm4_del(const struct prefix *p)
{
	return !rte_lpm_delete(lpm, host_order(p->addr), p->len);
}

static void lpm4_lookup(const uint8_t *addr, uint32_t *value)
{
	uint32_t ip[LOOKUP_BURST];

	all_host_order(addr, ip);
	rte_lpm_lookup_bulk(lpm, ip, value, LOOKUP_BURST);
	for (int i = 0; i < LOOKUP_BURST; i++)
		value[i] = value[i] & RTE_LPM_LOOKUP_SUCCESS ?
			   value[i] & 0xffffff : 0;
}

const struct table dpdk_fib4 = { "rte_fib", 4, fib4_open, fib4_add, fib4_del,
				 fib4_lookup };
const struct table dpdk_fib6 = { "rte_fib", 6, fib6_open, fib6_add, fib6_del,
				 fib6_lookup };
const struct table dpdk_lpm4 = { "rte_lpm", 4, lpm4_open, lpm4_add, lpm4_del,
				 lpm4_lookup };
