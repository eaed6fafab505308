/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the two sides of Europa's protocol, which share no header. */
#ifndef EUROPA_SIDES_H
#define EUROPA_SIDES_H

struct europa_ctrl;
struct europa_ring;

void europa_router_side(void *pool, void *desc, struct europa_ring *rx,
			struct europa_ring *tx, struct europa_ctrl *ctrl);
unsigned int europa_route(unsigned int n);

#endif /* EUROPA_SIDES_H */
