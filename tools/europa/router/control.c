// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control thread
 *
 * It makes the tables the forwarding threads read: routes from the configuration
 * and from the container's kernel, neighbours from the configuration and from
 * the kernel, and what is done to packets.  News is taken as it comes, as much
 * as there is; then those who forward see it, at once.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "cycles.h"
#include "kernel.h"

/* News at a time; a routing daemon may never stop. */
#define MAX_NEWS	1024
/*
 * All is read again once news has paused for so long, ms, as a NIC that goes takes
 * many routes with it, or after so long at most, as a routing daemon may never
 * pause.
 */
#define SETTLE_MS	20
#define STALE_MS	1000
/* As often in a row, while routes go. */
#define MAX_READS	5
#define MAX_LENGTH	128	/* of a prefix */

struct control {
	struct worker *w;		/* config->threads of them */
	struct tables *tables;		/* of all of them */
	struct config *config;
	config_source *source;
	void *arg;
	struct rib *rib;
	struct kernel kernel;
	struct netlink nl;
	struct neigh_table *neigh;	/* changed, not yet to be seen; or NULL */
	bool ip6_only;			/* are to be read again, unless all is */
	uint64_t stale_ms;		/* since when all is to be read again, or 0 */
	uint64_t news_ms;		/* last news of routes and links */
	size_t refused;			/* configured routes that had no room */
	struct ip_addr first_refused;	/* if there are any */
	unsigned long lost;		/* times that the kernel had more than we took */
	bool lossy;			/* some are, and all is not read again yet */
	int signals;
};

static void report(const char *what)
{
	fprintf(stderr, "europa-router: %s\n", what);
}

/* --- what those who forward see ----------------------------------------- */

/*
 * Routes they have seen already.  What they may still be looking at is freed
 * once they have begun another round.
 */
static void publish(struct control *ctl)
{
	struct neigh_table *old = NULL;

	if (ctl->neigh)
		old = atomic_exchange(&ctl->tables->neigh, ctl->neigh);
	else if (!rib_has_retired(ctl->rib))
		return;
	ctl->neigh = NULL;
	worker_synchronize(ctl->w, ctl->config->threads);
	rib_reclaim(ctl->rib);
	free(old);
}

/* A thread that sleeps uses no table, but its old stages may keep packets. */
static void replace_policy(struct control *ctl, struct policy *new)
{
	struct policy *old = atomic_exchange(&ctl->tables->policy, new);

	worker_synchronize(ctl->w, ctl->config->threads);
	for (unsigned int i = 0; i < ctl->config->threads; i++)
		while (atomic_load(&ctl->w[i].policy_now) != new)
			usleep(100);
	policy_free(old);
}

/* --- routes --------------------------------------------------------------- */

static bool set_configured(struct control *ctl, const struct route *r)
{
	struct hop hop = { .kind = HOP_FORWARD, .family = r->via.family,
			   .weight = 1, .nic = r->nic };

	memcpy(hop.addr, r->via.byte, sizeof(hop.addr));
	return !rib_set(ctl->rib, &r->to, RIB_CONFIG, 0, &hop, 1);
}

/*
 * The shortest prefixes first: a prefix is written over its whole range but where
 * longer ones are, so it costs least while there are few.  Of two routes to one
 * prefix the later counts.
 */
static void set_all_configured(struct control *ctl)
{
	const struct config *c = ctl->config;
	uint32_t first[MAX_LENGTH + 1] = {}, *next;

	/* Lists by length, of numbers from 1 */
	next = calloc(c->routes + 1, sizeof(*next));
	if (!next) {
		ctl->refused = c->routes;
		ctl->first_refused = c->route[0].to;
		return;
	}
	for (size_t i = c->routes; i; i--) {
		uint8_t len = c->route[i - 1].to.len;

		next[i] = first[len];
		first[len] = (uint32_t)i;
	}
	for (unsigned int len = 0; len <= MAX_LENGTH; len++)
		for (size_t i = first[len]; i; i = next[i])
			if (!set_configured(ctl, &c->route[i - 1]) &&
			    !ctl->refused++)
				ctl->first_refused = c->route[i - 1].to;
	free(next);
}

static void report_refused(const struct control *ctl)
{
	char prefix[PREFIX_SIZE];

	if (!ctl->refused)
		return;
	config_print_prefix(&ctl->first_refused, prefix);
	fprintf(stderr,
		"europa-router: %s: no room in the forwarding table for this route of the configuration, nor for %zu further ones\n",
		prefix, ctl->refused - 1);
}

static void learn_configured_once(struct control *ctl)
{
	rib_mark(ctl->rib, 0);
	ctl->refused = 0;
	set_all_configured(ctl);
	rib_sweep(ctl->rib, 1u << RIB_CONFIG, 0);
}

/* What the old routes take is free once nobody looks at it any more. */
static void learn_configured(struct control *ctl)
{
	learn_configured_once(ctl);
	if (ctl->refused && rib_has_retired(ctl->rib)) {
		publish(ctl);
		learn_configured_once(ctl);
	}
	report_refused(ctl);
}

/* --- neighbours ------------------------------------------------------------ */

/* The table as it will be seen next. */
static const struct neigh_table *next_neigh(const struct control *ctl)
{
	return ctl->neigh ?: atomic_load(&ctl->tables->neigh);
}

static void set_neigh(struct control *ctl, const struct neigh *n)
{
	if (!ctl->neigh)
		ctl->neigh = neigh_table_copy(atomic_load(&ctl->tables->neigh));
	if (!ctl->neigh || !neigh_table_put(&ctl->neigh, n))
		report("no memory for a neighbour");
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

static void read_neigh_state(struct neigh *n, uint16_t state,
			     const struct nlattr *mac)
{
	if (state & NUD_FAILED) {
		n->state = NEIGH_FAILED;
	} else if (mac && mnl_attr_get_payload_len(mac) == sizeof(n->mac) &&
		   state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE |
			    NUD_NOARP | NUD_PERMANENT)) {
		n->state = NEIGH_KNOWN;
		memcpy(n->mac, mnl_attr_get_payload(mac), sizeof(n->mac));
	}
}

static bool read_neigh(const struct control *ctl, const struct nlmsghdr *nlh,
		       struct neigh *n)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *dst = NULL, *mac = NULL;
	int nic = kernel_nic(&ctl->kernel, (uint32_t)ndm->ndm_ifindex);

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
	if (nlh->nlmsg_type == RTM_NEWNEIGH)
		read_neigh_state(n, ndm->ndm_state, mac);
	return true;
}

static bool same_neigh(const struct neigh *a, const struct neigh *b)
{
	return b->state == a->state && !memcmp(a->mac, b->mac, sizeof(a->mac));
}

/* Ask the container's stack to find a neighbour's MAC address out. */
static void solicit(struct control *ctl, uint8_t family, unsigned int nic,
		    const uint8_t *addr)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm;

	nlh->nlmsg_type = RTM_NEWNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = family == 4 ? AF_INET : AF_INET6;
	ndm->ndm_ifindex = (int)ctl->kernel.ifindex[nic];
	ndm->ndm_state = NUD_NONE;
	ndm->ndm_flags = NTF_USE;
	mnl_attr_put(nlh, NDA_DST, family == 4 ? 4 : 16, addr);
	if (netlink_send(&ctl->nl, nlh))
		report("cannot ask the kernel for a neighbour");
}

/*
 * The kernel does not see that we use a neighbour: of one that it has not heard of
 * for a while it asks whether it is still there because we say so.  What a routing
 * daemon has told it is the daemon's to keep up.
 */
static void learn_neigh(struct control *ctl, const struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct neigh *known;
	struct neigh n;

	if (!read_neigh(ctl, nlh, &n) || is_static(ctl, &n))
		return;
	known = neigh_lookup(next_neigh(ctl), n.family, n.nic, n.addr);
	if (known ? !same_neigh(known, &n) : n.state != NEIGH_UNKNOWN)
		set_neigh(ctl, &n);
	if (n.state == NEIGH_KNOWN && ndm->ndm_state & NUD_STALE &&
	    !(ndm->ndm_flags & NTF_EXT_LEARNED))
		solicit(ctl, n.family, n.nic, n.addr);
}

static void answer_asked(struct control *ctl, struct worker *w)
{
	uint32_t tail = atomic_load(&w->asked_tail);
	uint64_t n;

	if (read(w->ask_fd, &n, sizeof(n)) < 0)
		return;
	for (; tail != atomic_load(&w->asked_head); tail++) {
		const struct asked *a = &w->asked[tail % MAX_ASKED];

		solicit(ctl, a->family, a->nic, a->addr);
		atomic_store(&w->asked_tail, tail + 1);
	}
}

static int dumped_neigh(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type == RTM_NEWNEIGH)
		learn_neigh(data, nlh);
	return MNL_CB_OK;
}

/* Returns false if those known before stay, and it is to be tried again. */
static bool learn_neighbours(struct control *ctl)
{
	struct neigh_table *before = ctl->neigh;
	bool good;

	ctl->neigh = neigh_table_new();
	good = ctl->neigh;
	for (size_t i = 0; good && i < ctl->config->neighs; i++)
		set_neigh(ctl, &ctl->config->neigh[i]);
	good = good && !netlink_dump(&ctl->nl, RTM_GETNEIGH, AF_UNSPEC,
				     sizeof(struct ndmsg), dumped_neigh, ctl);
	if (good) {
		free(before);
		return true;
	}
	report("cannot read the neighbours: trying again");
	free(ctl->neigh);
	ctl->neigh = before;
	return false;
}

/* --- the kernel's news ----------------------------------------------------- */

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A NIC may have come, or another one under its name. */
static void relink(struct control *ctl)
{
	for (unsigned int i = 0; i < ctl->config->threads; i++) {
		atomic_store(&ctl->w[i].relink, true);
		worker_wake(&ctl->w[i]);
	}
}

static int on_news(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *ifi;
	struct control *ctl = data;

	switch (nlh->nlmsg_type) {
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		learn_neigh(ctl, nlh);
		return MNL_CB_OK;
	}
	ctl->news_ms = now_ms();
	kernel_news(&ctl->kernel, nlh);
	if (nlh->nlmsg_type == RTM_NEWLINK) {
		ifi = mnl_nlmsg_get_payload(nlh);
		if (kernel_nic(&ctl->kernel, (uint32_t)ifi->ifi_index) >= 0)
			relink(ctl);
	}
	return MNL_CB_OK;
}

static bool is_stale(const struct control *ctl)
{
	return ctl->kernel.stale || ctl->ip6_only;
}

/* As much as there is; returns false if some was lost. */
static bool take_news(struct control *ctl)
{
	enum netlink_news news = NETLINK_SOME;

	for (int i = 0; news == NETLINK_SOME && i < MAX_NEWS; i++)
		news = netlink_read(&ctl->nl, on_news, ctl);
	if (news != NETLINK_LOST)
		return true;
	ctl->lost++;
	if (!ctl->lossy)
		report("more news of the kernel than are kept for us, some are lost: all is read again");
	ctl->lossy = true;
	return false;
}

/* Links, nexthop objects, IPv4 routes; returns false if it is to be tried again. */
static bool read_most(struct control *ctl)
{
	struct kernel *k = &ctl->kernel;
	bool good;

	kernel_begin(k);
	good = !kernel_read(k, &ctl->nl);
	if (!good)
		report("cannot read the kernel's routes: trying again");
	if (good && take_news(ctl)) {
		kernel_end(k);
		return true;
	}
	k->stale = true;
	return false;
}

/* Returns false if some may have been missed. */
static bool read_ip6(struct control *ctl)
{
	struct kernel *k = &ctl->kernel;

	for (int i = 0; i < MAX_READS; i++) {
		kernel_begin_ip6(k);
		if (kernel_read_ip6(k, &ctl->nl) || !take_news(ctl)) {
			k->stale = true;
			return false;
		}
		if (!k->shrunk) {
			kernel_end_ip6(k);
			return true;
		}
	}
	return false;
}

/*
 * Routes and neighbours: all of them, unless IPv6 routes went whenever they were read
 * and all else is known.
 */
static void read_all(struct control *ctl)
{
	bool most = (ctl->ip6_only && !ctl->kernel.stale) || read_most(ctl);

	ctl->ip6_only = most && !read_ip6(ctl);
	ctl->kernel.stale |= !learn_neighbours(ctl);
	ctl->lossy &= is_stale(ctl);
	ctl->stale_ms = is_stale(ctl) ? now_ms() : 0;
	if (ctl->stale_ms)
		ctl->news_ms = ctl->stale_ms + STALE_MS - SETTLE_MS;
	publish(ctl);
	relink(ctl);
}

static void read_news(struct control *ctl)
{
	if (!take_news(ctl))
		ctl->kernel.stale = true;
	if (is_stale(ctl) && !ctl->stale_ms)
		ctl->stale_ms = now_ms();
	publish(ctl);
}

/* When all is to be read again, ms from now; -1: need not be. */
static int stale_wait(const struct control *ctl)
{
	uint64_t settled = ctl->news_ms + SETTLE_MS;
	uint64_t late = ctl->stale_ms + STALE_MS, now = now_ms(), due;

	if (!is_stale(ctl))
		return -1;
	due = settled < late ? settled : late;
	return due > now ? (int)(due - now) : 0;
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
	uint64_t received = 0, n;

	/* Of what is counted meanwhile the sum is to be right. */
	for (unsigned int i = 0; i < ctl->config->threads; i++) {
		n = ctl->w[i].count[COUNT_RECEIVED];
		received += n;
		printf("stat thread_%u_received %llu\n", i,
		       (unsigned long long)n);
	}
	for (int i = 0; i < COUNTS; i++)
		printf("stat %s %llu\n", count_names[i], (unsigned long long)
		       (i == COUNT_RECEIVED ? received : total(ctl, i)));
	policy_report(atomic_load(&ctl->tables->policy));
	printf("stat news_lost %lu\n", ctl->lost);
	printf("stat routes_refused %lu\n",
	       ctl->kernel.refused + ctl->refused);
	printf("stat prefixes %zu\nstat table_bytes %zu\n",
	       rib_prefixes(ctl->rib), lpm_bytes(&ctl->tables->fib.v4) +
				       lpm_bytes(&ctl->tables->fib.v6));
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
	if (a->nics != b->nics || a->slots != b->slots || a->own != b->own ||
	    a->backlog != b->backlog ||
	    a->slot_size != b->slot_size || a->threads != b->threads ||
	    a->sends != b->sends || a->busy_poll != b->busy_poll ||
	    a->cpus != b->cpus ||
	    memcmp(a->cpu, b->cpu, a->cpus * sizeof(*a->cpu)))
		return false;
	for (unsigned int i = 0; i < a->nics; i++)
		if (strcmp(a->nic[i], b->nic[i]))
			return false;
	return true;
}

/* The names of the NICs stay: the forwarding threads read them. */
static void take_config(struct control *ctl, struct config *new)
{
	struct config old = *ctl->config;

	ctl->config->route = new->route;
	ctl->config->routes = new->routes;
	ctl->config->neigh = new->neigh;
	ctl->config->neighs = new->neighs;
	new->route = old.route;
	new->neigh = old.neigh;
}

/* All of a configuration that is good, or nothing. */
static bool try_reload(struct control *ctl, struct config *new, char *error)
{
	struct policy *policy;

	if (!ctl->source(new, ctl->arg, error))
		return false;
	if (!same_start(new, ctl->config)) {
		snprintf(error, ERROR_SIZE,
			 "NICs, pool, threads, sends and busy_poll need a restart");
		return false;
	}
	policy = policy_new(new, ctl->w, error);
	if (!policy)
		return false;
	take_config(ctl, new);
	learn_configured(ctl);
	/* There may be room for them now. */
	ctl->kernel.stale |= ctl->kernel.refused > 0;
	ctl->kernel.stale |= !learn_neighbours(ctl);
	publish(ctl);
	replace_policy(ctl, policy);
	return true;
}

static void reload(struct control *ctl)
{
	struct config new = {};
	char error[ERROR_SIZE];

	if (try_reload(ctl, &new, error)) {
		printf("reloaded %zu of %zu routes\n",
		       ctl->config->routes - ctl->refused, ctl->config->routes);
		fflush(stdout);
	} else {
		fprintf(stderr, "europa-router: %s: the old configuration stays\n",
			error);
	}
	config_free(&new);
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
		{ .fd = mnl_socket_get_fd(ctl->nl.events), .events = POLLIN },
	};
	unsigned int n = ctl->config->threads;
	int wait;

	for (unsigned int i = 0; i < n; i++)
		pfd[2 + i] = (struct pollfd){ .fd = ctl->w[i].ask_fd,
					      .events = POLLIN };
	for (;;) {
		wait = stale_wait(ctl);
		if (!wait) {
			read_all(ctl);
			continue;
		}
		if (poll(pfd, 2 + n, wait) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		if (pfd[0].revents && !on_signal(ctl))
			return 0;
		if (pfd[1].revents)
			read_news(ctl);
		for (unsigned int i = 0; i < n; i++)
			if (pfd[2 + i].revents)
				answer_asked(ctl, &ctl->w[i]);
	}
}

static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Returns false without memory. */
static bool first_tables(struct control *ctl)
{
	if (getrandom(&ctl->tables->seed, sizeof(ctl->tables->seed), 0) < 0)
		ctl->tables->seed = (uint32_t)now_ms();
	atomic_store(&ctl->tables->neigh, neigh_table_new());
	ctl->rib = rib_new(&ctl->tables->fib);
	if (!ctl->rib || !atomic_load(&ctl->tables->neigh))
		return false;
	kernel_init(&ctl->kernel, ctl->config, ctl->rib);
	learn_configured(ctl);
	read_all(ctl);
	return true;
}

static bool first_policy(struct control *ctl, char *error)
{
	struct policy *policy = policy_new(ctl->config, ctl->w, error);

	atomic_store(&ctl->tables->policy, policy);
	return policy;
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
	int err;

	snprintf(error, ERROR_SIZE, "no memory");
	if (!ctl)
		return NULL;
	ctl->w = w;
	ctl->tables = w->tables;
	ctl->config = c;
	ctl->source = source;
	ctl->arg = arg;
	ctl->signals = block_signals();
	err = netlink_open(&ctl->nl);
	if (ctl->signals < 0 || err)
		snprintf(error, ERROR_SIZE, "netlink: %s",
			 strerror(err ? -err : errno));
	else if (first_tables(ctl) && first_policy(ctl, error))
		return ctl;
	control_free(ctl);
	return NULL;
}

void control_free(struct control *ctl)
{
	netlink_close(&ctl->nl);
	if (ctl->signals >= 0)
		close(ctl->signals);
	kernel_free(&ctl->kernel);
	rib_free(ctl->rib);
	free(ctl->neigh);
	policy_free(atomic_load(&ctl->tables->policy));
	free(atomic_load(&ctl->tables->neigh));
	free(ctl);
}
