/* SPDX-License-Identifier: GPL-2.0-only */
/* Nexthop objects of the container's kernel, ip-nexthop(8) */
#ifndef ROUTER_OBJECTS_H
#define ROUTER_OBJECTS_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/**
 * struct way - one way of a route, as the kernel tells it
 * @gateway: the next router; family 0: who is sent to is a neighbour
 * @ifindex: by which netdev, 0: by none
 * @weight: from 1, of several ways
 * @tunnel: into one, which only the kernel can do
 */
struct way {
	struct ip_addr gateway;
	uint32_t ifindex;
	unsigned int weight;
	bool tunnel;
};

/**
 * struct objects - those that are known
 * @tree: of tsearch(3), by number; NULL: none
 */
struct objects {
	void *tree;
};

/* What an object that was told of is to routes. */
enum objects_news {
	OBJECTS_NEW,			/* none of them has it */
	OBJECTS_SAME,
	OBJECTS_CHANGED,
	OBJECTS_NO_MEMORY,
};

enum objects_news objects_learn(struct objects *objects,
				const struct nlmsghdr *nlh);
void objects_forget(struct objects *objects, const struct nlmsghdr *nlh);
void objects_free(struct objects *objects);
unsigned int objects_ways(const struct objects *objects, uint32_t id,
			  struct way *way, unsigned int max);
bool way_set_gateway(struct way *way, int family, const void *addr, size_t len);

#endif /* ROUTER_OBJECTS_H */
