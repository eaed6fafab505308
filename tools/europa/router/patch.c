// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processing "patch": an L2 patch, NIC 0 to NIC 1 and back, 2 to 3 and so on
 *
 * For NICs the host made with mode any: frames pass as they are.
 */
#include "worker.h"

static void patch_burst(struct worker *w, unsigned int in,
			struct europa_slot *slot, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		worker_send(w, in ^ 1, &slot[i]);
}

const struct processing patch_processing = {
	.name = "patch",
	.burst = patch_burst,
};
