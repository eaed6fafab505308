// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-routes FILE GATEWAY DEV: add the routes of a file of prefixes, of the
 * gateway's family, to the kernel's main table as a routing daemon does: many in
 * a call
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_SIZE	(128 * 1024)
#define MESSAGE_MAX	128
#define LINE_SIZE	128

struct routes {
	struct mnl_socket *nl;
	uint8_t family;
	size_t addr_len;
	uint8_t gateway[16];
	uint32_t oif;
	uint32_t seq;
};

static void die(const char *what)
{
	fprintf(stderr, "bench-routes: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Of all that was sent only errors are answered, and the last one. */
static void wait_for_last(const struct routes *r)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	ssize_t len;

	do {
		len = mnl_socket_recvfrom(r->nl, buf, sizeof(buf));
		if (len < 0 || mnl_cb_run(buf, (size_t)len, 0, 0, NULL, NULL) < 0)
			die("the kernel");
	} while (((struct nlmsghdr *)buf)->nlmsg_seq != r->seq);
}

static void put_route(struct routes *r, void *at, const uint8_t *addr,
		      uint8_t len)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(at);
	struct rtmsg *rtm;

	h->nlmsg_type = RTM_NEWROUTE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE;
	h->nlmsg_seq = ++r->seq;
	rtm = mnl_nlmsg_put_extra_header(h, sizeof(*rtm));
	rtm->rtm_family = r->family;
	rtm->rtm_dst_len = len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BIRD;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put(h, RTA_DST, r->addr_len, addr);
	mnl_attr_put(h, RTA_GATEWAY, r->addr_len, r->gateway);
	mnl_attr_put_u32(h, RTA_OIF, r->oif);
}

static void flush(struct routes *r, struct mnl_nlmsg_batch *batch,
		  struct nlmsghdr *last)
{
	last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(r->nl, mnl_nlmsg_batch_head(batch),
			      mnl_nlmsg_batch_size(batch)) < 0)
		die("sendto");
	wait_for_last(r);
	mnl_nlmsg_batch_reset(batch);
}

static bool parse(const struct routes *r, char *line, uint8_t *addr,
		  uint8_t *len)
{
	char *slash = strchr(line, '/');

	if (!slash)
		return false;
	*slash = '\0';
	*len = (uint8_t)atoi(slash + 1);
	return inet_pton(r->family, line, addr) == 1;
}

static void add_all(struct routes *r, FILE *file)
{
	char *buf = malloc(BATCH_SIZE), line[LINE_SIZE];
	struct mnl_nlmsg_batch *batch;
	struct nlmsghdr *last = NULL;
	uint8_t addr[16], len;

	if (!buf)
		die("memory");
	batch = mnl_nlmsg_batch_start(buf, BATCH_SIZE);
	while (fgets(line, sizeof(line), file)) {
		if (!parse(r, line, addr, &len)) {
			errno = EINVAL;
			die(line);
		}
		last = mnl_nlmsg_batch_current(batch);
		put_route(r, last, addr, len);
		mnl_nlmsg_batch_next(batch);
		if (mnl_nlmsg_batch_size(batch) > BATCH_SIZE - MESSAGE_MAX) {
			flush(r, batch, last);
			last = NULL;
		}
	}
	if (last)
		flush(r, batch, last);
	mnl_nlmsg_batch_stop(batch);
	free(buf);
}

int main(int argc, char **argv)
{
	struct routes r = {};
	FILE *file;

	if (argc != 4) {
		fprintf(stderr, "Usage: bench-routes FILE GATEWAY DEV\n");
		return 2;
	}
	r.family = strchr(argv[2], ':') ? AF_INET6 : AF_INET;
	r.addr_len = r.family == AF_INET ? 4 : 16;
	r.oif = if_nametoindex(argv[3]);
	if (!r.oif)
		die(argv[3]);
	if (inet_pton(r.family, argv[2], r.gateway) != 1) {
		errno = EINVAL;
		die(argv[2]);
	}
	file = fopen(argv[1], "r");
	if (!file)
		die(argv[1]);
	r.nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!r.nl || mnl_socket_bind(r.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	add_all(&r, file);
	mnl_socket_close(r.nl);
	fclose(file);
	return 0;
}
