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
	uint64_t last;			/* when it was */
	bool gap;			/* between two of these looks */
	uint64_t taken;			/* cycles, by others: more than their share */

	/* Since asked last; tests have their own. */
	bool (*switched)(void);
};

void patience_init(struct patience *p);
void patience_packets(struct patience *p);
bool patience_none(struct patience *p, uint64_t now);

/**
 * patience_end - a wait is over, or there is none
 * @p: the patience
 */
static inline void patience_end(struct patience *p)
{
	p->looks = 0;
	p->gap = false;
}

#endif /* ROUTER_PATIENCE_H */
