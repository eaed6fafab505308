/* SPDX-License-Identifier: GPL-2.0-only */
/* How long a forwarding thread waits for packets before it sleeps */
#ifndef ROUTER_PATIENCE_H
#define ROUTER_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_MIN	64
#define PATIENCE_MAX	131072

struct patience {
	unsigned int most;		/* looks at empty rings before it ends */
	unsigned int looks;		/* so far */
	uint64_t spent;			/* cycles on the last one, by us alone */

	uint64_t quickest;		/* look, in cycles */
	uint64_t last;			/* round, when it was over */
	bool gap;			/* between two of these looks */
	bool rested;			/* since then */
	uint64_t taken;			/* cycles, by others: more than their share */

	bool away;			/* others had it, and no look has ended empty since */
	unsigned int backlog;		/* packets since then */
	unsigned int slots;		/* that the pool receives in */

	/* Since asked last; tests have their own. */
	bool (*switched)(void);
};

void patience_init(struct patience *p, unsigned int slots);
void patience_packets(struct patience *p, unsigned int packets, uint64_t now);
bool patience_none(struct patience *p, uint64_t now);

/**
 * patience_end - a wait is over, or there is none: we sleep now
 * @p: the patience
 */
static inline void patience_end(struct patience *p)
{
	p->looks = 0;
	p->gap = false;
	p->away = false;
	p->rested = true;
}

#endif /* ROUTER_PATIENCE_H */
