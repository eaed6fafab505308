/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding tables beside each other */
#ifndef BENCH_LOOKUP_H
#define BENCH_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOKUP_BURST	32

/* A prefix in network byte order. */
struct prefix {
	uint8_t addr[16];
	uint8_t len;
	uint32_t value;			/* 1 to 255 */
};

/**
 * struct table - a kind of forwarding table
 * @name: in the results
 * @family: 4 or 6
 * @open: make an empty one
 * @add: add a prefix
 * @del: remove it
 * @lookup: values of LOOKUP_BURST addresses, of 4 or 16 bytes each
 */
struct table {
	const char *name;
	int family;
	bool (*open)(void);
	bool (*add)(const struct prefix *p);
	bool (*del)(const struct prefix *p);
	void (*lookup)(const uint8_t *addr, uint32_t *value);
};

extern const struct table europa4, europa6;
extern const struct table dpdk_fib4, dpdk_fib6, dpdk_lpm4;

bool dpdk_init(void);

#endif /* BENCH_LOOKUP_H */
