// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control thread
 *
 * It makes the tables the forwarding threads read: the forwarding table from
 * the configuration and the addresses of the NICs, the neighbours from the
 * configuration and from the container's own IP stack.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "control.h"
#include "cycles.h"

struct control {
	struct worker *w;		/* config->threads of them */
	struct tables *tables;		/* of all of them */
	struct config *config;
	config_source *source;
	void *arg;
	struct config derived;		/* routes from the NICs' addresses */
	struct mnl_socket *events;
	struct mnl_socket *requests;
	uint32_t seq;
	int signals;
};

static void report(const char *what)
{
	fprintf(stderr, "europa-router: %s\n", what);
}

static int nic_of_ifindex(const struct control *ctl, uint32_t ifindex)
{
	char name[IF_NAMESIZE];

	return if_indextoname(ifindex, name) ?
	       config_find_nic(ctl->config, name) : -1;
}

/* --- the forwarding table ------------------------------------------- */

/*
 * Routes of less weight first: of two to one prefix the later counts.  So the
 * configuration may override a connected prefix, but not a local address.
 */
static bool merge(const struct control *ctl, struct config *all)
{
	const struct config *c = ctl->config, *d = &ctl->derived;

	*all = (struct config){ .processing = c->processing, .deny = c->deny,
				.denies = c->denies };
	for (size_t i = 0; i < d->routes; i++)
		if (!d->route[i].local && !config_push_route(all, &d->route[i]))
			return false;
	for (size_t i = 0; i < c->routes; i++)
		if (!config_push_route(all, &c->route[i]))
			return false;
	for (size_t i = 0; i < d->routes; i++)
		if (d->route[i].local && !config_push_route(all, &d->route[i]))
			return false;
	return true;
}

static void replace_fib(struct control *ctl)
{
	struct fib *new = NULL, *old;
	struct config all;

	if (merge(ctl, &all))
		new = fib_new(&all);
	free(all.route);
	if (!new) {
		report("no memory for the forwarding table: the old one stays");
		return;
	}
	old = atomic_exchange(&ctl->tables->fib, new);
	worker_synchronize(ctl->w, ctl->config->threads);
	fib_free(old);
}

/* --- neighbours ------------------------------------------------------- */

/* Puts a neighbour into a table that nobody else reads yet. */
static struct neigh_table *set_private(struct neigh_table *table,
				       const struct neigh *n)
{
	struct neigh_table *new = neigh_table_set(table, n);

	if (!new)
		return table;
	free(table);
	return new;
}

static bool is_static(const struct control *ctl, const struct neigh *n)
{
	for (size_t i = 0; i < ctl->config->neighs; i++) {
		const struct neigh *s = &ctl->config->neigh[i];

		if (s->nic == n->nic && s->family == n->family &&
		    !memcmp(s->addr, n->addr, sizeof(s->addr)))
			return true;
	}
	return false;
}

static void replace_neigh(struct control *ctl, struct neigh_table *new)
{
	struct neigh_table *old;

	if (!new)
		return;
	old = atomic_exchange(&ctl->tables->neigh, new);
	worker_synchronize(ctl->w, ctl->config->threads);
	free(old);
}

static bool parse_neigh(const struct control *ctl, const struct nlmsghdr *nlh,
			struct neigh *n)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *dst = NULL, *mac = NULL;
	int nic = nic_of_ifindex(ctl, (uint32_t)ndm->ndm_ifindex);

	if (nic < 0 || (ndm->ndm_family != AF_INET &&
			ndm->ndm_family != AF_INET6))
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm)) {
		if (mnl_attr_get_type(attr) == NDA_DST)
			dst = attr;
		else if (mnl_attr_get_type(attr) == NDA_LLADDR)
			mac = attr;
	}
	*n = (struct neigh){ .nic = (uint16_t)nic,
			     .family = ndm->ndm_family == AF_INET ? 4 : 6 };
	if (!dst || mnl_attr_get_payload_len(dst) > sizeof(n->addr))
		return false;
	memcpy(n->addr, mnl_attr_get_payload(dst),
	       mnl_attr_get_payload_len(dst));
	if (nlh->nlmsg_type == RTM_DELNEIGH)
		return true;
	if (ndm->ndm_state & NUD_FAILED) {
		n->state = NEIGH_FAILED;
	} else if (mac && mnl_attr_get_payload_len(mac) == sizeof(n->mac) &&
		   ndm->ndm_state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY |
				     NUD_PROBE | NUD_PERMANENT)) {
		n->state = NEIGH_KNOWN;
		memcpy(n->mac, mnl_attr_get_payload(mac), sizeof(n->mac));
	}
	return true;
}

static bool same_neigh(const struct neigh *a, const struct neigh *b)
{
	return a && b->state == a->state &&
	       !memcmp(a->mac, b->mac, sizeof(a->mac));
}

static void learn_neigh(struct control *ctl, const struct nlmsghdr *nlh)
{
	const struct neigh_table *now = atomic_load(&ctl->tables->neigh);
	const struct neigh *known;
	struct neigh n;

	if (!parse_neigh(ctl, nlh, &n) || is_static(ctl, &n))
		return;
	known = neigh_lookup(now, n.family, n.nic, n.addr);
	if (same_neigh(known, &n) || (!known && n.state == NEIGH_UNKNOWN))
		return;
	replace_neigh(ctl, neigh_table_set(now, &n));
}

/* Ask the container's stack to find a neighbour's MAC address out. */
static void solicit(struct control *ctl, const struct asked *a)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm;

	nlh->nlmsg_type = RTM_NEWNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE;
	nlh->nlmsg_seq = ++ctl->seq;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = a->family == 4 ? AF_INET : AF_INET6;
	ndm->ndm_ifindex = (int)if_nametoindex(ctl->config->nic[a->nic]);
	ndm->ndm_state = NUD_NONE;
	ndm->ndm_flags = NTF_USE;
	mnl_attr_put(nlh, NDA_DST, a->family == 4 ? 4 : 16, a->addr);
	if (mnl_socket_sendto(ctl->events, nlh, nlh->nlmsg_len) < 0)
		report("cannot ask the kernel for a neighbour");
}

static void answer_asked(struct control *ctl, struct worker *w)
{
	uint32_t tail = atomic_load(&w->asked_tail);
	uint64_t n;

	if (read(w->ask_fd, &n, sizeof(n)) < 0)
		return;
	for (; tail != atomic_load(&w->asked_head); tail++) {
		solicit(ctl, &w->asked[tail % MAX_ASKED]);
		atomic_store(&w->asked_tail, tail + 1);
	}
}

/* --- addresses -------------------------------------------------------- */

static void mask(struct ip_addr *a, uint8_t len)
{
	for (unsigned int i = len; i < (a->family == 4 ? 32 : 128); i++)
		a->byte[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	a->len = len;
}

static void learn_addr(struct control *ctl, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *addr = NULL;
	int nic = nic_of_ifindex(ctl, ifa->ifa_index);
	struct route r = { .local = true };

	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		if (mnl_attr_get_type(attr) == IFA_LOCAL ||
		    (mnl_attr_get_type(attr) == IFA_ADDRESS && !addr))
			addr = attr;
	}
	if (nic < 0 || !addr ||
	    mnl_attr_get_payload_len(addr) > sizeof(r.to.byte))
		return;
	r.nic = (uint16_t)nic;
	r.to.family = ifa->ifa_family == AF_INET ? 4 : 6;
	r.to.len = r.to.family == 4 ? 32 : 128;
	memcpy(r.to.byte, mnl_attr_get_payload(addr),
	       mnl_attr_get_payload_len(addr));
	config_push_route(&ctl->derived, &r);
	r.local = false;
	mask(&r.to, ifa->ifa_prefixlen);
	config_push_route(&ctl->derived, &r);
}

/* --- the kernel's news ------------------------------------------------ */

static int on_dumped(const struct nlmsghdr *nlh, void *data)
{
	struct control *ctl = data;

	if (nlh->nlmsg_type == RTM_NEWADDR)
		learn_addr(ctl, nlh);
	else if (nlh->nlmsg_type == RTM_NEWNEIGH)
		learn_neigh(ctl, nlh);
	return MNL_CB_OK;
}

static int dump(struct control *ctl, uint16_t type, size_t header)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	unsigned int port = mnl_socket_get_portid(ctl->requests);
	ssize_t len;
	int ret = MNL_CB_OK;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++ctl->seq;
	mnl_nlmsg_put_extra_header(nlh, header);
	if (mnl_socket_sendto(ctl->requests, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		len = mnl_socket_recvfrom(ctl->requests, buf, sizeof(buf));
		if (len < 0)
			return -errno;
		ret = mnl_cb_run(buf, (size_t)len, ctl->seq, port, on_dumped,
				 ctl);
	}
	return ret < 0 ? -errno : 0;
}

static void learn_addresses(struct control *ctl)
{
	ctl->derived.routes = 0;
	free(ctl->derived.route);
	ctl->derived.route = NULL;
	if (dump(ctl, RTM_GETADDR, sizeof(struct ifaddrmsg)))
		report("cannot read the addresses of the NICs");
	replace_fib(ctl);
}

static void learn_neighbours(struct control *ctl)
{
	struct neigh_table *table = neigh_table_new();

	for (size_t i = 0; table && i < ctl->config->neighs; i++)
		table = set_private(table, &ctl->config->neigh[i]);
	replace_neigh(ctl, table);
	if (dump(ctl, RTM_GETNEIGH, sizeof(struct ndmsg)))
		report("cannot read the neighbours");
}

static void relink(struct control *ctl, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	if (nic_of_ifindex(ctl, (uint32_t)ifi->ifi_index) < 0)
		return;
	for (unsigned int i = 0; i < ctl->config->threads; i++) {
		atomic_store(&ctl->w[i].relink, true);
		worker_wake(&ctl->w[i]);
	}
}

static int on_news(const struct nlmsghdr *nlh, void *data)
{
	struct control *ctl = data;

	switch (nlh->nlmsg_type) {
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		learn_neigh(ctl, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		learn_addresses(ctl);
		break;
	case RTM_NEWLINK:
		relink(ctl, nlh);
		break;
	}
	return MNL_CB_OK;
}

static void read_news(struct control *ctl)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	ssize_t len = mnl_socket_recvfrom(ctl->events, buf, sizeof(buf));

	if (len >= 0) {
		/* Errors are answers to solicit(): there is no such NIC. */
		mnl_cb_run(buf, (size_t)len, 0, 0, on_news, ctl);
	} else if (errno == ENOBUFS) {
		/* We have missed something. */
		learn_addresses(ctl);
		learn_neighbours(ctl);
	}
}

/* --- signals ---------------------------------------------------------- */

/* The sum of a counter over all threads. */
static uint64_t total(const struct control *ctl, enum count which)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < ctl->config->threads; i++)
		sum += ctl->w[i].count[which];
	return sum;
}

/* Returns false if one of the kernel's does not answer. */
static bool sum_stats(const struct control *ctl, struct europa_stats *sum)
{
	struct europa_stats s;

	memset(sum, 0, sizeof(*sum));
	for (unsigned int i = 0; i < ctl->config->threads; i++) {
		if (europa_stats(ctl->w[i].r, &s, sizeof(s)))
			return false;
		sum->slots += s.slots;
		sum->free += s.free;
		sum->router += s.router;
		sum->flight += s.flight;
		sum->own += s.own;
		for (unsigned int c = 0; c < __EUROPA_CNT_MAX; c++)
			sum->counter[c] += s.counter[c];
	}
	return true;
}

static void print_stats(struct control *ctl)
{
	struct europa_stats stats;

	for (int i = 0; i < COUNTS; i++)
		printf("stat %s %llu\n", count_names[i],
		       (unsigned long long)total(ctl, i));
	for (unsigned int i = 0; i < ctl->config->threads; i++)
		printf("stat thread_%u_received %llu\n", i,
		       (unsigned long long)ctl->w[i].count[COUNT_RECEIVED]);
	if (sum_stats(ctl, &stats)) {
		printf("stat slots %u\nstat slots_free %u\n"
		       "stat slots_router %u\nstat slots_flight %u\n"
		       "stat slots_own %u\n", stats.slots, stats.free,
		       stats.router, stats.flight, stats.own);
		for (unsigned int i = 0; i < __EUROPA_CNT_MAX; i++)
			printf("stat kernel_%s %llu\n", europa_counter_name(i),
			       (unsigned long long)stats.counter[i]);
	}
	printf("stat cycles %llu\nstat end 0\n", (unsigned long long)cycles());
	fflush(stdout);
}

/* In what is settled when the router starts. */
static bool same_start(const struct config *a, const struct config *b)
{
	if (a->nics != b->nics || a->slots != b->slots ||
	    a->slot_size != b->slot_size || a->threads != b->threads ||
	    a->cpus != b->cpus ||
	    memcmp(a->cpu, b->cpu, a->cpus * sizeof(*a->cpu)))
		return false;
	for (unsigned int i = 0; i < a->nics; i++)
		if (strcmp(a->nic[i], b->nic[i]))
			return false;
	return true;
}

static void reload(struct control *ctl)
{
	struct config new = {}, old;
	char error[ERROR_SIZE];

	if (!ctl->source(&new, ctl->arg, error)) {
		fprintf(stderr, "europa-router: %s: the old configuration stays\n",
			error);
		config_free(&new);
		return;
	}
	if (!same_start(&new, ctl->config)) {
		report("NICs, pool and threads need a restart: the old configuration stays");
		config_free(&new);
		return;
	}
	/* The names stay: the forwarding threads read them. */
	old = *ctl->config;
	ctl->config->processing = new.processing;
	ctl->config->route = new.route;
	ctl->config->routes = new.routes;
	ctl->config->neigh = new.neigh;
	ctl->config->neighs = new.neighs;
	ctl->config->deny = new.deny;
	ctl->config->denies = new.denies;
	learn_addresses(ctl);
	learn_neighbours(ctl);
	config_free(&old);
	printf("reloaded %zu routes\n", new.routes);
	fflush(stdout);
}

/* Returns false when it is time to go. */
static bool on_signal(struct control *ctl)
{
	struct signalfd_siginfo info;

	if (read(ctl->signals, &info, sizeof(info)) != sizeof(info))
		return true;
	switch (info.ssi_signo) {
	case SIGUSR1:
		print_stats(ctl);
		return true;
	case SIGHUP:
		reload(ctl);
		return true;
	}
	return false;
}

/**
 * control_run - be the control thread until SIGTERM or SIGINT
 * @ctl: the control
 *
 * Return: 0 or a negative errno.
 */
int control_run(struct control *ctl)
{
	struct pollfd pfd[2 + CONFIG_MAX_THREADS] = {
		{ .fd = ctl->signals, .events = POLLIN },
		{ .fd = mnl_socket_get_fd(ctl->events), .events = POLLIN },
	};
	unsigned int n = ctl->config->threads;

	for (unsigned int i = 0; i < n; i++)
		pfd[2 + i] = (struct pollfd){ .fd = ctl->w[i].ask_fd,
					      .events = POLLIN };
	for (;;) {
		if (poll(pfd, 2 + n, -1) < 0 && errno != EINTR)
			return -errno;
		if (pfd[0].revents && !on_signal(ctl))
			return 0;
		if (pfd[1].revents)
			read_news(ctl);
		for (unsigned int i = 0; i < n; i++)
			if (pfd[2 + i].revents)
				answer_asked(ctl, &ctl->w[i]);
	}
}

static int open_netlink(struct control *ctl)
{
	static const int groups[] = {
		RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_LINK,
	};

	ctl->requests = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	ctl->events = mnl_socket_open2(NETLINK_ROUTE,
				       SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!ctl->requests || !ctl->events ||
	    mnl_socket_bind(ctl->requests, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_bind(ctl->events, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (mnl_socket_setsockopt(ctl->events,
					  NETLINK_ADD_MEMBERSHIP,
					  (void *)&groups[i], sizeof(int)))
			return -errno;
	return 0;
}

/**
 * control_new - make the first tables
 * @w: the workers, not running yet
 * @c: the configuration
 * @source: makes it anew for a reload
 * @arg: for @source
 * @error: ERROR_SIZE bytes
 *
 * Blocks the signals it handles, for all threads made later as well.
 *
 * Return: the control or NULL.
 */
struct control *control_new(struct worker *w, struct config *c,
			    config_source *source, void *arg, char *error)
{
	struct control *ctl = calloc(1, sizeof(*ctl));
	sigset_t set;

	if (!ctl) {
		snprintf(error, ERROR_SIZE, "no memory");
		return NULL;
	}
	ctl->w = w;
	ctl->tables = w->tables;
	ctl->config = c;
	ctl->source = source;
	ctl->arg = arg;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ctl->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (ctl->signals < 0 || open_netlink(ctl)) {
		snprintf(error, ERROR_SIZE, "netlink: %s", strerror(errno));
		control_free(ctl);
		return NULL;
	}
	atomic_store(&ctl->tables->neigh, neigh_table_new());
	learn_addresses(ctl);
	learn_neighbours(ctl);
	return ctl;
}

void control_free(struct control *ctl)
{
	if (ctl->events)
		mnl_socket_close(ctl->events);
	if (ctl->requests)
		mnl_socket_close(ctl->requests);
	if (ctl->signals >= 0)
		close(ctl->signals);
	free(ctl->derived.route);
	fib_free(atomic_load(&ctl->tables->fib));
	free(atomic_load(&ctl->tables->neigh));
	free(ctl);
}
