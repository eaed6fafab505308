/* SPDX-License-Identifier: GPL-2.0-only */
/* The routes of the container's kernel, followed */
#ifndef ROUTER_KERNEL_H
#define ROUTER_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "netlink.h"
#include "objects.h"
#include "rib.h"

/**
 * struct kernel - what we know of the container's kernel
 * @config: names of our NICs
 * @rib: where its routes go
 * @objects: nexthops that routes name by their number
 * @ifindex: of our NICs, 0: not there
 * @stale: routes may have changed of which the kernel says nothing
 * @shrunk: IPv6 routes have gone, or may have
 * @several: of routes to one prefix we know one, others may be there
 * @refused: routes that had no room, since all was read
 * @told: what has been reported, see kernel.c
 */
struct kernel {
	const struct config *config;
	struct rib *rib;
	struct objects objects;
	uint32_t ifindex[CONFIG_MAX_NICS];
	bool stale;
	bool shrunk;
	bool several;
	unsigned long refused;
	unsigned int told;
};

void kernel_init(struct kernel *k, const struct config *c, struct rib *rib);
int kernel_nic(const struct kernel *k, uint32_t ifindex);
int kernel_read(struct kernel *k, struct netlink *nl);
void kernel_begin(struct kernel *k);
void kernel_free(struct kernel *k);
void kernel_end(struct kernel *k);
void kernel_begin_ip6(struct kernel *k);
int kernel_read_ip6(struct kernel *k, struct netlink *nl);
void kernel_end_ip6(struct kernel *k);
int kernel_news(struct kernel *k, const struct nlmsghdr *nlh);

#endif /* ROUTER_KERNEL_H */
