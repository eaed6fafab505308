// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtnetlink, by two sockets: one hears of changes, by the other is asked.
 *
 * A dump that says it was interrupted is begun again: what it has told twice does
 * no harm.  Dumps of routes do not say so.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"

#define BUF_SIZE	(256 * 1024)
/* The kernel keeps as much for us until we read it; as root, more is allowed. */
#define EVENTS_SIZE	(8 * 1024 * 1024)
#define MAX_TRIES	10
/* More messages than it keeps. */
#define MAX_FORGOTTEN	65536

#ifndef RTNLGRP_NEXTHOP
#define RTNLGRP_NEXTHOP	32
#endif

static int join(struct netlink *nl)
{
	static const int groups[] = {
		RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
		RTNLGRP_NEXTHOP,
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (mnl_socket_setsockopt(nl->events, NETLINK_ADD_MEMBERSHIP,
					  (void *)&groups[i], sizeof(int)))
			return -errno;
	return 0;
}

/* More room for bursts of news, so far as we may. */
static void more_room(struct netlink *nl)
{
	int fd = mnl_socket_get_fd(nl->events), size = EVENTS_SIZE;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/**
 * netlink_open - hear of links, neighbours, addresses, routes and nexthops
 * @nl: to be closed by netlink_close() in any case
 *
 * Return: 0 or a negative errno.
 */
int netlink_open(struct netlink *nl)
{
	memset(nl, 0, sizeof(*nl));
	nl->buf = malloc(BUF_SIZE);
	if (!nl->buf)
		return -ENOMEM;
	nl->requests = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	nl->events = mnl_socket_open2(NETLINK_ROUTE,
				      SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!nl->requests || !nl->events ||
	    mnl_socket_bind(nl->requests, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_bind(nl->events, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	more_room(nl);
	return join(nl);
}

void netlink_close(struct netlink *nl)
{
	if (nl->events)
		mnl_socket_close(nl->events);
	if (nl->requests)
		mnl_socket_close(nl->requests);
	free(nl->buf);
	memset(nl, 0, sizeof(*nl));
}

/* @cb may send something meanwhile: @seq is the dump's. */
static int receive_dump(struct netlink *nl, uint32_t seq, mnl_cb_t cb,
			void *data)
{
	unsigned int port = mnl_socket_get_portid(nl->requests);
	int ret = MNL_CB_OK;
	ssize_t len;

	while (ret > MNL_CB_STOP) {
		len = mnl_socket_recvfrom(nl->requests, nl->buf, BUF_SIZE);
		if (len < 0)
			return -errno;
		ret = mnl_cb_run(nl->buf, (size_t)len, seq, port, cb, data);
	}
	return ret < 0 ? -errno : 0;
}

/* After a failure there may be more of the same dump: not with a new socket. */
static int renew(struct netlink *nl)
{
	if (nl->requests)
		mnl_socket_close(nl->requests);
	nl->requests = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl->requests ||
	    mnl_socket_bind(nl->requests, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	return 0;
}

/**
 * netlink_dump - all that there is of something
 * @nl: from netlink_open()
 * @type: RTM_GET...
 * @family: AF_INET, AF_INET6 or AF_UNSPEC
 * @header: size of the header that the request has; its first byte is @family
 * @cb: called for each, for some of them more than once
 * @data: for @cb
 *
 * Return: 0 or a negative errno.
 */
int netlink_dump(struct netlink *nl, uint16_t type, uint8_t family,
		 size_t header, mnl_cb_t cb, void *data)
{
	char buf[256];
	int err = -EINTR;
	uint32_t seq;

	if (!nl->requests && renew(nl))
		return -errno;
	for (int i = 0; err == -EINTR && i < MAX_TRIES; i++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
		uint8_t *h;

		nlh->nlmsg_type = type;
		nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		seq = ++nl->seq;
		nlh->nlmsg_seq = seq;
		h = mnl_nlmsg_put_extra_header(nlh, header);
		*h = family;
		if (mnl_socket_sendto(nl->requests, nlh, nlh->nlmsg_len) < 0)
			return -errno;
		err = receive_dump(nl, seq, cb, data);
		if (err && renew(nl))
			return err;
	}
	return err;
}

/* Asks for something; an error would come among the news. */
int netlink_send(struct netlink *nl, struct nlmsghdr *nlh)
{
	nlh->nlmsg_seq = ++nl->seq;
	return mnl_socket_sendto(nl->events, nlh, nlh->nlmsg_len) < 0 ?
	       -errno : 0;
}

/*
 * What is queued is older than what was lost, and until it is gone the kernel does
 * not say that it loses more.  Returns false if more comes than can be thrown away.
 */
static bool forget_news(struct netlink *nl)
{
	for (int i = 0; i < MAX_FORGOTTEN; i++)
		if (mnl_socket_recvfrom(nl->events, nl->buf, BUF_SIZE) < 0 &&
		    errno == EAGAIN)
			return true;
	return false;
}

/**
 * netlink_read - some news
 * @nl: from netlink_open()
 * @cb: called for each message
 * @data: for @cb
 *
 * Return: NETLINK_LOST if some were lost; a dump begun after it knows more than
 * what is still to be read.
 */
enum netlink_news netlink_read(struct netlink *nl, mnl_cb_t cb, void *data)
{
	ssize_t len = -1;

	if (!nl->behind) {
		len = mnl_socket_recvfrom(nl->events, nl->buf, BUF_SIZE);
		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return NETLINK_NONE;
	}
	if (len < 0) {
		nl->behind = !forget_news(nl);
		return NETLINK_LOST;
	}
	/* Errors among them are answers to what was sent; nothing is lost. */
	mnl_cb_run(nl->buf, (size_t)len, 0, 0, cb, data);
	return NETLINK_SOME;
}
