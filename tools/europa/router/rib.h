/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All routes that the router has been told, of which the best one to each
 * prefix is what it forwards by
 */
#ifndef ROUTER_RIB_H
#define ROUTER_RIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "hops.h"
#include "lpm.h"

/* Who says so: of several the first counts. */
enum rib_source {
	RIB_LOCAL,			/* the kernel: the container's addresses */
	RIB_CONFIG,			/* the configuration */
	RIB_MAIN,			/* the kernel: the tables main and default */
	RIB_DEFAULT,
	RIB_SOURCES,
};

/* What packets are forwarded by; forwarding threads read it. */
struct fib {
	struct lpm v4;			/* value: of hops */
	struct lpm v6;
	struct hops hops;
};

struct rib;

struct rib *rib_new(struct fib *fib);
void rib_free(struct rib *rib);
int rib_set(struct rib *rib, const struct ip_addr *to, enum rib_source source,
	    uint32_t metric, const struct hop *hop, unsigned int n);
bool rib_get(const struct rib *rib, const struct ip_addr *to,
	     enum rib_source source, uint32_t metric, struct hop *hop,
	     unsigned int *n);
bool rib_is_fresh(const struct rib *rib, const struct ip_addr *to,
		  enum rib_source source, uint32_t metric);
void rib_clear(struct rib *rib, const struct ip_addr *to,
	       enum rib_source source, uint32_t metric);
void rib_mark(struct rib *rib, uint8_t family);
void rib_sweep(struct rib *rib, unsigned int sources, uint8_t family);
bool rib_has_retired(const struct rib *rib);
void rib_reclaim(struct rib *rib);
size_t rib_prefixes(const struct rib *rib);

#endif /* ROUTER_RIB_H */
