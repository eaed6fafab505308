// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forwarding in the kernel by XDP: xdp_redirect.bpf.o asks the kernel's routing
 * table; DST-MAC is what the neighbour table says
 */
#include "xdp_object.h"

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	struct forward f;

	forward_init(&f, argc, argv, "", NULL);
	forward_ways(&f, argv);
	obj = xdp_object("xdp_redirect");
	xdp_netdev(obj, (uint32_t)f.out_ifindex, f.out_ifindex);
	xdp_run(obj, f.in_ifindex);
}
