/* SPDX-License-Identifier: GPL-2.0-only */
/* A topology: routers in containers, the links between them, to the host and to others. */
#ifndef EUROPA_TOPOLOGY_H
#define EUROPA_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

/* One of uplink and link is set. */
struct topo_nic {
	char *name;
	char *uplink;			/* lower netdev of the host, or tunnel */
	char *link;
	char **address;			/* ADDRESS/BITS */
	unsigned int address_count;
	char *options;			/* of lxc-hook(8), "vlan=5 spoofchk=off" */
};

struct topo_router {
	char *name;
	char *rootfs;			/* NULL: programs of the host */
	unsigned int cpu;		/* percent of one, 0: no quota */
	char *memory;			/* as LXC takes it, or NULL */
	unsigned int slots;		/* 0: default, the next two as well */
	unsigned int slot_size;
	unsigned int own;
	unsigned int threads;		/* a queue of each NIC each; 0: one */
	char *processing;		/* as in the router's configuration */
	struct topo_nic *nic;
	unsigned int nic_count;
	char **route;			/* as ip route add takes it */
	unsigned int route_count;
	char *start;			/* shell commands before the router */
};

struct topo_link {
	char *name;
	unsigned int mtu;		/* 0: default */
};

/* A VXLAN to the same network on other hosts. */
struct topo_tunnel {
	char *name;			/* of the netdev */
	unsigned int vni;
	char *local;			/* address of this host */
	char **remote;			/* those of the others; none: EVPN's */
	unsigned int remote_count;
	char *device;			/* packets leave by it; NULL: as routed */
	unsigned int port;		/* 0: default */
	unsigned int mtu;		/* 0: default */
};

struct topology {
	char *name;
	struct topo_router *router;
	unsigned int router_count;
	struct topo_link *link;
	unsigned int link_count;
	struct topo_tunnel *tunnel;
	unsigned int tunnel_count;
};

/* topology_file.c; both say themselves what is wrong */
struct topology *topology_read(const char *path);
bool topology_check(const struct topology *t);
bool topology_good_name(const char *name);
void topology_free(struct topology *t);

/* topology_up.c */
int topology_up(const struct topology *t);
int topology_down(const char *name);
int topology_status(const struct topology *t);

#endif /* EUROPA_TOPOLOGY_H */
