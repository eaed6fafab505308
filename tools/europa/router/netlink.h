/* SPDX-License-Identifier: GPL-2.0-only */
/* rtnetlink: asking for what there is, and hearing of what changes */
#ifndef ROUTER_NETLINK_H
#define ROUTER_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netlink {
	struct mnl_socket *events;
	struct mnl_socket *requests;
	uint32_t seq;
	char *buf;
	bool behind;			/* older news than some lost are queued */
};

/* What netlink_read() has to say. */
enum netlink_news {
	NETLINK_NONE,			/* for now */
	NETLINK_SOME,
	NETLINK_LOST,			/* what there is must be asked for again */
};

int netlink_open(struct netlink *nl);
void netlink_close(struct netlink *nl);
int netlink_dump(struct netlink *nl, uint16_t type, uint8_t family,
		 size_t header, mnl_cb_t cb, void *data);
int netlink_send(struct netlink *nl, struct nlmsghdr *nlh);
enum netlink_news netlink_read(struct netlink *nl, mnl_cb_t cb, void *data);

#endif /* ROUTER_NETLINK_H */
