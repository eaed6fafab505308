// SPDX-License-Identifier: GPL-2.0-only
/* Europa's protocol, the router's side: from the library's own header */
#include <europa.h>
#include <stdlib.h>

#include "europa_sides.h"
#include "protocol.h"

static struct europa_router router;

void europa_router_side(void *pool, void *desc, struct europa_ring *rx,
			struct europa_ring *tx, struct europa_ctrl *ctrl)
{
	router = (struct europa_router){ .slots = SLOTS,
					 .slot_size = SLOT_SIZE,
					 .pool = pool, .desc = desc,
					 .ctrl = ctrl,
					 .nics = 1 };
	router.nic[0].rx.ring = rx;
	router.nic[0].rx.mask = SLOTS - 1;
	router.nic[0].tx.ring = tx;
	router.nic[0].tx.mask = SLOTS - 1;
}

unsigned int europa_route(unsigned int n)
{
	struct europa_slot slot[BATCH];

	n = europa_rx_burst(&router, 0, slot, n);
	for (unsigned int i = 0; i < n; i++)
		packet_route((struct packet *)europa_data(&router, &slot[i]));
	n = europa_tx_burst(&router, 0, slot, n);
	/* As europa_kick() does after a round. */
	if (n && europa_needs_wakeup(&router))
		abort();
	return n;
}
