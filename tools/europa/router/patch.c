// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage "patch": an L2 patch, NIC 0 to NIC 1 and back, 2 to 3 and so on
 *
 * For NICs the host made with mode any: frames pass as they are.
 */
#include <stdio.h>

#include "stage.h"
#include "worker.h"

static bool patch_init(struct europa_stage *s, config_setting_t *settings,
		       char *error)
{
	(void)settings;
	if (europa_stage_nics(s) % 2 == 0)
		return true;
	snprintf(error, EUROPA_STAGE_ERROR, "needs pairs of NICs");
	return false;
}

static void patch_burst(struct europa_stage *s, unsigned int in,
			struct europa_slot *slot, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		worker_send(s->worker, in ^ 1, &slot[i]);
}

const struct europa_stage_type patch_stage = {
	.version = EUROPA_STAGE_VERSION,
	.last	 = true,
	.init	 = patch_init,
	.burst	 = patch_burst,
};
