/* SPDX-License-Identifier: GPL-2.0-only */
/* What the router is told: by its command line, its file, and its NICs. */
#ifndef ROUTER_CONFIG_H
#define ROUTER_CONFIG_H

#include <libconfig.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "neigh.h"

#define CONFIG_MAX_NICS	64
#define CONFIG_MAX_THREADS	256
#define ERROR_SIZE	256
#define PREFIX_SIZE	64	/* of one as text */

/* An IP address of either family, or a prefix of one. */
struct ip_addr {
	uint8_t family;			/* 4, 6, or 0: none */
	uint8_t len;			/* of the prefix in bits */
	uint8_t byte[16];
};

struct route {
	struct ip_addr to;
	struct ip_addr via;		/* family 0: the destination itself */
	uint16_t nic;
};

struct config {
	char nic[CONFIG_MAX_NICS][IF_NAMESIZE];
	unsigned int nics;
	uint32_t slots;
	uint32_t slot_size;
	uint32_t own;			/* slots to write packets of our own into */
	uint32_t backlog;		/* bytes that may wait for a slot; 0: default */
	bool sends;
	bool busy_poll;
	uint32_t threads;		/* each has a queue of each NIC */
	unsigned int cpu[CONFIG_MAX_THREADS];	/* where they run */
	unsigned int cpus;		/* 0: anywhere */
	config_setting_t *chain;	/* groups that name stages, in order */
	config_t *named;		/* a chain of one is of; or NULL */
	config_t *file;			/* the others are of; or NULL */
	struct route *route;
	size_t routes;
	struct neigh *neigh;		/* static ones */
	size_t neighs;
};

/* Adding says what is wrong in @error and returns false. */
bool config_add_nic(struct config *c, const char *name, char *error);
bool config_add_route(struct config *c, const char *text, char *error);
bool config_add_neigh(struct config *c, const char *text, char *error);
bool config_set_stage(struct config *c, const char *name, char *error);
unsigned int config_stages(const struct config *c);
const char *config_stage_name(const struct config *c, unsigned int i);
config_setting_t *config_stage(const struct config *c, unsigned int i);
bool config_set_number(uint32_t *value, const char *text, char *error);
bool config_set_cpus(struct config *c, const char *text, char *error);
bool config_check(const struct config *c, char *error);
bool config_load(struct config *c, const char *path, char *error);
bool config_load_routes(struct config *c, const char *path, char *error);
bool config_parse_prefix(struct ip_addr *a, char *text);
void config_print_prefix(const struct ip_addr *a, char *text);
const char *config_read_prefix4(struct ip_addr *a, const char *text);
bool config_push_route(struct config *c, const struct route *r);
int config_find_nic(const struct config *c, const char *name);
void config_free(struct config *c);

#endif /* ROUTER_CONFIG_H */
