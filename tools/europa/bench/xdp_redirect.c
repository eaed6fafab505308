// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forwarding in the kernel by XDP: loads xdp_redirect.bpf.o beside it, which
 * asks the kernel's routing table; DST-MAC is what the neighbour table says
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libgen.h>
#include <limits.h>
#include <linux/if_link.h>
#include <signal.h>

#include "forward.h"

static void stop(int sig)
{
	(void)sig;
}

static struct bpf_object *load(void)
{
	char self[PATH_MAX] = "", path[PATH_MAX + 32];
	struct bpf_object *obj;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		die("/proc/self/exe");
	snprintf(path, sizeof(path), "%s/xdp_redirect.bpf.o", dirname(self));
	obj = bpf_object__open_file(path, NULL);
	if (!obj || bpf_object__load(obj))
		die(path);
	return obj;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = stop };
	struct bpf_object *obj;
	struct forward f;
	int map, prog;

	forward_init(&f, argc, argv);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	obj = load();
	map = bpf_object__find_map_fd_by_name(obj, "netdevs");
	if (bpf_map_update_elem(map, &f.out_ifindex, &f.out_ifindex, 0))
		die(f.out);
	prog = bpf_program__fd(bpf_object__next_program(obj, NULL));
	if (bpf_xdp_attach(f.in_ifindex, prog, XDP_FLAGS_DRV_MODE, NULL))
		die(f.in);
	pause();
	bpf_xdp_detach(f.in_ifindex, XDP_FLAGS_DRV_MODE, NULL);
}
