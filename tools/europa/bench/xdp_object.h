/* SPDX-License-Identifier: GPL-2.0-only */
/* An XDP program from the file of an object that lies beside the executable */
#ifndef BENCH_XDP_OBJECT_H
#define BENCH_XDP_OBJECT_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libgen.h>
#include <limits.h>
#include <linux/if_link.h>
#include <signal.h>

#include "forward.h"

static inline struct bpf_object *xdp_object(const char *name)
{
	char self[PATH_MAX] = "", path[PATH_MAX + 32];
	struct bpf_object *obj;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		die("/proc/self/exe");
	snprintf(path, sizeof(path), "%s/%s.bpf.o", dirname(self), name);
	obj = bpf_object__open_file(path, NULL);
	if (!obj || bpf_object__load(obj))
		die(path);
	return obj;
}

/* A netdev that its program may redirect to. */
static inline void xdp_netdev(const struct bpf_object *obj, uint32_t key,
			      int ifindex)
{
	int map = bpf_object__find_map_fd_by_name(obj, "netdevs");

	if (bpf_map_update_elem(map, &key, &ifindex, 0))
		die("map of netdevs");
}

static inline void xdp_stop(int sig)
{
	(void)sig;
}

/* Until it is told to end. */
static inline void xdp_run(const struct bpf_object *obj, int ifindex)
{
	struct sigaction sa = { .sa_handler = xdp_stop };
	int prog = bpf_program__fd(bpf_object__next_program(obj, NULL));

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	if (bpf_xdp_attach(ifindex, prog, XDP_FLAGS_DRV_MODE, NULL))
		die("XDP program");
	forward_ready();
	pause();
	bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL);
}

#endif /* BENCH_XDP_OBJECT_H */
