/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbours: which MAC address an IP address behind a NIC has. */
#ifndef ROUTER_NEIGH_H
#define ROUTER_NEIGH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum neigh_state {
	NEIGH_UNKNOWN,
	NEIGH_KNOWN,
	NEIGH_FAILED,			/* does not answer */
};

struct neigh {
	uint8_t addr[16];		/* IPv4: the first 4 bytes */
	uint16_t nic;
	uint8_t family;			/* 4 or 6, 0: free element */
	uint8_t state;			/* enum neigh_state */
	uint8_t mac[6];
};

/* A hash table with open addressing; a reader sees one that never changes. */
struct neigh_table {
	uint32_t mask;
	uint32_t used;
	struct neigh entry[];
};

struct neigh_table *neigh_table_new(void);
struct neigh_table *neigh_table_set(const struct neigh_table *old,
				    const struct neigh *n);
const struct neigh *neigh_lookup(const struct neigh_table *table,
				 uint8_t family, uint16_t nic,
				 const uint8_t *addr);

#endif /* ROUTER_NEIGH_H */
