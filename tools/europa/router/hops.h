/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What routes lead to: next hops, one or several to choose from, or an end
 *
 * Routes share them: a million routes by ten neighbours are ten of these.
 */
#ifndef ROUTER_HOPS_H
#define ROUTER_HOPS_H

#include <stdbool.h>
#include <stdint.h>

#define HOPS_MAX_PATHS	64		/* to choose from */
#define HOPS_NONE	0u

enum hop_kind {
	HOP_FORWARD,
	HOP_PUNT,			/* for the container's own stack */
	HOP_DROP,			/* a blackhole */
	HOP_REFUSE,			/* unreachable or prohibited: say so */
};

/* One way, or the first of some. */
struct hop {
	uint8_t kind;			/* enum hop_kind */
	uint8_t family;			/* of @addr; 0: the destination itself */
	uint8_t others;			/* to choose from, which follow */
	uint16_t weight;		/* how often it is chosen */
	uint16_t below;			/* chosen for a hash below this; see hops.c */
	uint16_t nic;
	uint16_t mtu;			/* the route's own; 0: the NIC's */
	uint8_t addr[16];		/* the next hop */
};

struct hops_info;

struct hops {
	struct hop *hop;		/* what readers see */
	struct hops_info *info;		/* of each, the writer's */
	uint32_t used;			/* the free ones included */
	uint32_t *bucket;		/* by content */
	uint32_t free[HOPS_MAX_PATHS + 1];	/* by number of ways */
	uint32_t retired;
	uint32_t last;			/* got; it may be gone */
};

int hops_open(struct hops *hops);
void hops_close(struct hops *hops);
uint32_t hops_get(struct hops *hops, const struct hop *hop, unsigned int n);
void hops_hold(struct hops *hops, uint32_t value);
void hops_put(struct hops *hops, uint32_t value);
void hops_reclaim(struct hops *hops);

/**
 * hops_choose - of several ways the one for a flow
 * @first: the first of them
 * @hash: of the flow
 */
static inline const struct hop *hops_choose(const struct hop *first,
					    uint16_t hash)
{
	const struct hop *hop = first;

	while (hop < first + first->others && hash > hop->below)
		hop++;
	return hop;
}

#endif /* ROUTER_HOPS_H */
