// SPDX-License-Identifier: GPL-2.0-only
/*
 * The container's kernel has routes by addresses, ip-route(8), and routing
 * daemons: the tables local, main and default, in that order.  They are read
 * once, then news is followed.
 *
 * The kernel does not tell of each route that goes: not of IPv4 routes by a NIC
 * that goes down, with an address, or with a nexthop object, and not of IPv6 routes
 * that only name one.  After such events all are read again.
 *
 * What we cannot do ourselves the kernel can: where a route leads elsewhere than
 * to one of our NICs, or into a tunnel, packets are punted.
 */
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel.h"

#define SOURCES	(1u << RIB_LOCAL | 1u << RIB_MAIN | 1u << RIB_DEFAULT)

/* Reported once. */
#define TOLD_MANY	0x1
#define TOLD_FULL	0x2
#define TOLD_OBJECTS	0x4

static void report_once(struct kernel *k, unsigned int what, const char *text)
{
	if (k->told & what)
		return;
	k->told |= what;
	fprintf(stderr, "europa-router: %s\n", text);
}

/**
 * kernel_init - nothing is known yet
 * @k: what will be
 * @c: names of our NICs, constant
 * @rib: where routes go
 */
void kernel_init(struct kernel *k, const struct config *c, struct rib *rib)
{
	*k = (struct kernel){ .config = c, .rib = rib, .stale = true };
}

/**
 * kernel_nic - number of one of our NICs
 * @k: what we know
 * @ifindex: of a netdev
 *
 * Return: its number, -1 if it is none of ours.
 */
int kernel_nic(const struct kernel *k, uint32_t ifindex)
{
	for (unsigned int i = 0; ifindex && i < k->config->nics; i++)
		if (k->ifindex[i] == ifindex)
			return (int)i;
	return -1;
}

/* --- a route, as the kernel tells it ------------------------------------ */

struct told_route {
	struct ip_addr to;
	enum rib_source source;
	uint32_t metric;
	uint16_t mtu;			/* 0: of its NICs */
	unsigned int n;			/* 0: it leads nowhere for now */
	struct hop hop[HOPS_MAX_PATHS];
};

static void read_way_attr(struct way *way, int family, const struct nlattr *attr)
{
	const void *payload = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	const struct rtvia *via = payload;

	switch (mnl_attr_get_type(attr)) {
	case RTA_OIF:
		way->ifindex = mnl_attr_get_u32(attr);
		break;
	case RTA_GATEWAY:
		way_set_gateway(way, family, payload, len);
		break;
	case RTA_VIA:
		/* What it leads to may be of a family that we do not know. */
		way->tunnel |= len <= sizeof(*via) ||
			       !way_set_gateway(way, via->rtvia_family,
						via->rtvia_addr,
						len - sizeof(*via));
		break;
	case RTA_ENCAP:
		way->tunnel = true;
		break;
	}
}

static void add_way(struct kernel *k, struct told_route *r,
		    const struct way *way)
{
	int nic = kernel_nic(k, way->ifindex);
	struct hop *hop;

	if (r->n == HOPS_MAX_PATHS) {
		report_once(k, TOLD_MANY,
			    "a route has more than 64 ways: the first 64 are used");
		return;
	}
	hop = &r->hop[r->n++];
	*hop = (struct hop){ .kind = HOP_PUNT,
			     .weight = way->weight > UINT16_MAX ? UINT16_MAX :
				       (uint16_t)way->weight };
	if (nic < 0 || way->tunnel)
		return;
	hop->kind = HOP_FORWARD;
	hop->nic = (uint16_t)nic;
	hop->mtu = r->mtu;
	hop->family = way->gateway.family;
	memcpy(hop->addr, way->gateway.byte, sizeof(hop->addr));
}

static void add_multipath(struct kernel *k, struct told_route *r, int family,
			  const struct nlattr *multipath, bool dead_too)
{
	const struct rtnexthop *nh = mnl_attr_get_payload(multipath);
	int left = mnl_attr_get_payload_len(multipath);

	for (; RTNH_OK(nh, left); left -= NLMSG_ALIGN(nh->rtnh_len),
				  nh = RTNH_NEXT(nh)) {
		struct way way = {
			.ifindex = (uint32_t)nh->rtnh_ifindex,
			.weight = nh->rtnh_hops + 1u,
		};
		const struct nlattr *attr;

		mnl_attr_for_each_payload((void *)RTNH_DATA(nh),
					  nh->rtnh_len - sizeof(*nh))
			read_way_attr(&way, family, attr);
		if (dead_too || !(nh->rtnh_flags & RTNH_F_DEAD))
			add_way(k, r, &way);
	}
}

/*
 * One that is not known has come, or gone, while others were read: until all has
 * been read again the kernel goes that way.
 */
static void add_object(struct kernel *k, struct told_route *r, uint32_t id)
{
	struct way way[HOPS_MAX_PATHS + 1] = {};
	unsigned int n = objects_ways(&k->objects, id, way, HOPS_MAX_PATHS + 1);

	if (!n) {
		k->stale = true;
		n = 1;
	}
	for (unsigned int i = 0; i < n && i < HOPS_MAX_PATHS + 1; i++)
		add_way(k, r, &way[i]);
}

static void add_end(struct told_route *r, enum hop_kind kind)
{
	r->hop[0] = (struct hop){ .kind = (uint8_t)kind, .weight = 1 };
	r->n = 1;
}

/*
 * Where it leads, by its type.  A way by a NIC that is down leads nowhere, but may
 * be the one that goes.
 */
static void read_ways(struct kernel *k, struct told_route *r,
		      const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	bool goes = nlh->nlmsg_type == RTM_DELROUTE;
	const struct nlattr *attr, *multipath = NULL;
	struct way way = { .weight = 1 };
	uint32_t object = 0;

	switch (rtm->rtm_type) {
	case RTN_UNICAST:
		break;
	case RTN_BLACKHOLE:
		add_end(r, HOP_DROP);
		return;
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
		add_end(r, HOP_REFUSE);
		return;
	default:			/* the kernel knows better, RTN_THROW too */
		add_end(r, HOP_PUNT);
		return;
	}
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_type(attr) == RTA_MULTIPATH)
			multipath = attr;
		else if (mnl_attr_get_type(attr) == RTA_NH_ID)
			object = mnl_attr_get_u32(attr);
		else
			read_way_attr(&way, rtm->rtm_family, attr);
	}
	if (multipath)
		add_multipath(k, r, rtm->rtm_family, multipath, goes);
	else if (object && !way.ifindex)
		add_object(k, r, object);
	else if (goes || !(rtm->rtm_flags & RTNH_F_DEAD))
		add_way(k, r, &way);
}

static bool read_table(struct told_route *r, uint32_t table)
{
	switch (table) {
	case RT_TABLE_LOCAL:
		r->source = RIB_LOCAL;
		return true;
	case RT_TABLE_MAIN:
		r->source = RIB_MAIN;
		return true;
	case RT_TABLE_DEFAULT:
		r->source = RIB_DEFAULT;
		return true;
	}
	return false;
}

static void read_metrics(struct told_route *r, const struct nlattr *metrics)
{
	const struct nlattr *attr;
	uint32_t mtu;

	mnl_attr_for_each_nested(attr, metrics) {
		if (mnl_attr_get_type(attr) != RTAX_MTU)
			continue;
		mtu = mnl_attr_get_u32(attr);
		r->mtu = mtu > UINT16_MAX ? 0 : (uint16_t)mtu;
	}
}

/* Returns false for what is none of ours: other tables, TOS, cached ones. */
static bool read_route(struct kernel *k, struct told_route *r,
		       const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	uint32_t table = rtm->rtm_table;
	const struct nlattr *attr;
	size_t len;

	if ((rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6) ||
	    rtm->rtm_tos || rtm->rtm_src_len || rtm->rtm_flags & RTM_F_CLONED ||
	    rtm->rtm_dst_len > (rtm->rtm_family == AF_INET ? 32 : 128))
		return false;
	r->to = (struct ip_addr){ .family = rtm->rtm_family == AF_INET ? 4 : 6,
				  .len = rtm->rtm_dst_len };
	r->metric = 0;
	r->mtu = 0;
	r->n = 0;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_TABLE:
			table = mnl_attr_get_u32(attr);
			break;
		case RTA_PRIORITY:
			r->metric = mnl_attr_get_u32(attr);
			break;
		case RTA_METRICS:
			read_metrics(r, attr);
			break;
		case RTA_DST:
			len = mnl_attr_get_payload_len(attr);
			if (len > sizeof(r->to.byte))
				return false;
			memcpy(r->to.byte, mnl_attr_get_payload(attr), len);
			break;
		}
	}
	if (!read_table(r, table))
		return false;
	read_ways(k, r, nlh);
	return true;
}

/* --- to the routes ------------------------------------------------------ */

static void refuse_route(struct kernel *k, const struct told_route *r)
{
	char prefix[PREFIX_SIZE];

	k->refused++;
	if (k->told & TOLD_FULL)
		return;
	k->told |= TOLD_FULL;
	config_print_prefix(&r->to, prefix);
	fprintf(stderr,
		"europa-router: %s: no room in the forwarding table, the route is not followed, nor are further ones: see routes_refused of SIGUSR1\n",
		prefix);
}

/*
 * What there is no room for does not lead where it led before.  With that gone there
 * may be room, once all is read again.
 */
static void set_route(struct kernel *k, const struct told_route *r)
{
	struct hop hop[HOPS_MAX_PATHS];
	unsigned int n;

	if (r->n && !rib_set(k->rib, &r->to, r->source, r->metric, r->hop, r->n))
		return;
	if (r->n) {
		refuse_route(k, r);
		k->stale |= rib_get(k->rib, &r->to, r->source, r->metric, hop, &n);
	}
	rib_clear(k->rib, &r->to, r->source, r->metric);
}

static bool same_way(const struct hop *a, const struct hop *b)
{
	return a->kind == b->kind && a->nic == b->nic &&
	       a->family == b->family &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

static bool has_way(const struct hop *hop, unsigned int n,
		    const struct hop *way)
{
	for (unsigned int i = 0; i < n; i++)
		if (same_way(&hop[i], way))
			return true;
	return false;
}

/*
 * Of IPv6 the kernel takes one way of a route away and says only that; of IPv4
 * what goes may be another route to the same prefix, which we do not know.
 */
static void remove_ways(struct kernel *k, const struct told_route *r)
{
	struct hop hop[HOPS_MAX_PATHS];
	struct told_route left = { .to = r->to, .source = r->source,
				   .metric = r->metric };
	unsigned int n;

	if (!rib_get(k->rib, &r->to, r->source, r->metric, hop, &n))
		return;
	if (r->to.family == 4 && r->n && r->hop[0].mtu != hop[0].mtu)
		return;
	for (unsigned int i = 0; i < n; i++)
		if (!has_way(r->hop, r->n, &hop[i]))
			left.hop[left.n++] = hop[i];
	if (left.n == n)
		return;
	if (r->to.family == 4)
		left.n = 0;
	set_route(k, &left);
	/* Without a gateway it is no way of several, but there may be others. */
	if (!left.n && (k->several ||
			(r->to.family == 6 && !r->hop[0].family)))
		k->stale = true;
}

/*
 * Is it another one to the same prefix, before or behind the one we know?  What
 * the last dump has told already is not; nor, of IPv6, one that has got more ways.
 */
static bool is_another(const struct kernel *k, const struct told_route *r,
		       const struct nlmsghdr *nlh)
{
	struct hop hop[HOPS_MAX_PATHS];
	unsigned int n;

	if (nlh->nlmsg_flags & NLM_F_REPLACE ||
	    !rib_get(k->rib, &r->to, r->source, r->metric, hop, &n))
		return false;
	if (r->to.family == 4 && n != r->n)
		return true;
	if (r->n && r->hop[0].mtu != hop[0].mtu)
		return true;
	for (unsigned int i = 0; i < n; i++)
		if (!has_way(r->hop, r->n, &hop[i]))
			return true;
	return false;
}

static void route_news(struct kernel *k, const struct nlmsghdr *nlh)
{
	struct told_route r;

	if (!read_route(k, &r, nlh))
		return;
	if (nlh->nlmsg_type == RTM_DELROUTE) {
		k->shrunk |= r.to.family == 6;
		remove_ways(k, &r);
	} else if (is_another(k, &r, nlh)) {
		k->several = true;
		k->stale = true;
	} else {
		set_route(k, &r);
	}
}

/* Of several to one prefix the kernel uses the first. */
static int dumped_route(const struct nlmsghdr *nlh, void *data)
{
	struct kernel *k = data;
	struct told_route r;

	if (nlh->nlmsg_type != RTM_NEWROUTE || !read_route(k, &r, nlh))
		return MNL_CB_OK;
	if (rib_is_fresh(k->rib, &r.to, r.source, r.metric))
		k->several |= r.to.family == 4 || r.hop[0].family;
	else
		set_route(k, &r);
	return MNL_CB_OK;
}

/* --- nexthop objects ---------------------------------------------------- */

static void learn_object(struct kernel *k, const struct nlmsghdr *nlh)
{
	enum objects_news news = objects_learn(&k->objects, nlh);

	if (news == OBJECTS_NO_MEMORY)
		report_once(k, TOLD_OBJECTS, "no memory for nexthop objects");
	k->stale |= news == OBJECTS_CHANGED || news == OBJECTS_NO_MEMORY;
}

static int dumped_object(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type == RTM_NEWNEXTHOP)
		learn_object(data, nlh);
	return MNL_CB_OK;
}

/* They may change faster than they can be read. */
static int read_objects(struct kernel *k, struct netlink *nl)
{
	int err = netlink_dump(nl, RTM_GETNEXTHOP, AF_UNSPEC,
			       sizeof(struct nhmsg), dumped_object, k);

	if (err != -EINTR)
		return err;
	k->stale = true;
	return 0;
}

/* --- links -------------------------------------------------------------- */

static void link_news(struct kernel *k, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	uint32_t ifindex = (uint32_t)ifi->ifi_index;
	const struct nlattr *attr;
	const char *name = "";
	int nic;

	if (ifi->ifi_family != AF_UNSPEC)
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			name = mnl_attr_get_str(attr);
	for (unsigned int i = 0; i < k->config->nics; i++)
		if (k->ifindex[i] == ifindex)
			k->ifindex[i] = 0;
	nic = config_find_nic(k->config, name);
	if (nic >= 0 && nlh->nlmsg_type == RTM_NEWLINK)
		k->ifindex[nic] = ifindex;
}

static int dumped_link(const struct nlmsghdr *nlh, void *data)
{
	link_news(data, nlh);
	return MNL_CB_OK;
}

/**
 * kernel_begin - all but IPv6 routes is going to be read again
 * @k: what we know
 *
 * Routes that are not there any more go last, with kernel_end(), so that no packet
 * finds none meanwhile.
 */
void kernel_begin(struct kernel *k)
{
	k->stale = false;
	k->several = false;
	k->refused = 0;
	objects_free(&k->objects);
	rib_mark(k->rib, 4);
}

/**
 * kernel_read - read links, nexthop objects and IPv4 routes
 * @k: what we know
 * @nl: how to ask
 *
 * Return: 0, or a negative errno: what was known before is still there.
 */
int kernel_read(struct kernel *k, struct netlink *nl)
{
	int err;

	err = netlink_dump(nl, RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg),
			   dumped_link, k);
	if (!err)
		err = read_objects(k, nl);
	if (!err)
		err = netlink_dump(nl, RTM_GETROUTE, AF_INET,
				   sizeof(struct rtmsg), dumped_route, k);
	return err;
}

/* They have been read: IPv4 routes that were not told are not there any more. */
void kernel_end(struct kernel *k)
{
	rib_sweep(k->rib, SOURCES, 4);
}

/* The same of IPv6 routes, after all else */
void kernel_begin_ip6(struct kernel *k)
{
	k->shrunk = false;
	rib_mark(k->rib, 6);
}

/**
 * kernel_read_ip6 - read IPv6 routes
 * @k: what we know
 * @nl: how to ask
 *
 * A dump of them may miss some if others go meanwhile: then @k->shrunk is set by the
 * news of that, and they are to be read again.
 *
 * Return: 0 or a negative errno.
 */
int kernel_read_ip6(struct kernel *k, struct netlink *nl)
{
	return netlink_dump(nl, RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg),
			    dumped_route, k);
}

void kernel_end_ip6(struct kernel *k)
{
	rib_sweep(k->rib, SOURCES, 6);
}

/* End of what we know, but for the routes. */
void kernel_free(struct kernel *k)
{
	objects_free(&k->objects);
}

/**
 * kernel_news - the kernel says that something has changed
 * @k: what we know
 * @nlh: its message
 *
 * Return: MNL_CB_OK.
 */
int kernel_news(struct kernel *k, const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		route_news(k, nlh);
		break;
	case RTM_NEWLINK:
	case RTM_DELLINK:
		link_news(k, nlh);
		k->shrunk = true;
		k->stale = true;
		break;
	case RTM_DELADDR:
		k->stale = true;
		break;
	case RTM_NEWNEXTHOP:
		learn_object(k, nlh);
		break;
	case RTM_DELNEXTHOP:
		objects_forget(&k->objects, nlh);
		k->shrunk = true;
		k->stale = true;
		break;
	}
	return MNL_CB_OK;
}
