// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * l2fwd NIC NIC: the smallest router, a wire between two NICs
 *
 * The NICs were made with "europa nic add ... any", so that frames may pass
 * as they are.
 */
#include <stdio.h>
#include <string.h>

#include "europa.h"

int main(int argc, char **argv)
{
	struct europa_slot burst[32];
	struct europa_router *r;
	int err;

	if (argc != 3) {
		fprintf(stderr, "Usage: l2fwd NIC NIC\n");
		return 2;
	}
	err = europa_router_open(&r, NULL);
	if (err) {
		fprintf(stderr, "l2fwd: cannot open: %s\n", strerror(-err));
		return 1;
	}
	for (int i = 0; i < 2; i++) {
		err = europa_nic_attach(r, argv[i + 1]);
		if (err < 0) {
			fprintf(stderr, "l2fwd: %s: %s\n", argv[i + 1],
				europa_attach_strerror(err));
			return 1;
		}
	}
	while (!europa_changed(r)) {
		unsigned int n, total = 0;

		for (unsigned int i = 0; i < 2; i++) {
			n = europa_rx_burst(r, i, burst, 32);
			europa_tx_burst(r, !i, burst, n);
			total += n;
		}
		europa_kick(r);
		if (!total)
			europa_sleep(r, -1, -1);
	}
	europa_router_close(r);
	return 0;
}
