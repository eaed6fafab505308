// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nexthop objects of the container's kernel, ip-nexthop(8)
 *
 * Where net.ipv4.nexthop_compat_mode is 0 a route says only the number of one: a
 * way, or a group of ways by their numbers, which may be replaced without the
 * routes' knowing.
 */
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "objects.h"

/* As struct nexthop_grp; older headers of the kernel know one byte of the weight. */
struct member {
	uint32_t id;
	uint8_t weight;
	uint8_t weight_high;
	uint16_t reserved;
};

struct object {
	uint32_t id;
	struct way way;			/* if it is no group */
	unsigned int members;		/* of a group; 0: it is none */
	struct member member[];
};

static int compare(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static struct object *find(const struct objects *objects, uint32_t id)
{
	struct object key = { .id = id }, **found;

	found = tfind(&key, &objects->tree, compare);
	return found ? *found : NULL;
}

static void forget(struct objects *objects, struct object *old)
{
	if (!old)
		return;
	tdelete(old, &objects->tree, compare);
	free(old);
}

/**
 * way_set_gateway - the next router of a way
 * @way: where it goes
 * @family: AF_INET or AF_INET6
 * @addr: its address, not necessarily aligned
 * @len: bytes of it
 *
 * Return: false: this is no such address.
 */
bool way_set_gateway(struct way *way, int family, const void *addr, size_t len)
{
	size_t want = family == AF_INET ? 4 : 16;

	if ((family != AF_INET && family != AF_INET6) || len < want)
		return false;
	way->gateway.family = family == AF_INET ? 4 : 6;
	memcpy(way->gateway.byte, addr, want);
	return true;
}

/* What an object says; the attributes stay the message's. */
struct told_object {
	uint32_t id;
	struct way way;
	const struct nlattr *group;
};

static void read_object(struct told_object *t, const struct nlmsghdr *nlh)
{
	const struct nhmsg *nhm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	*t = (struct told_object){ .way.weight = 1 };
	mnl_attr_for_each(attr, nlh, sizeof(*nhm)) {
		switch (mnl_attr_get_type(attr)) {
		case NHA_ID:
			t->id = mnl_attr_get_u32(attr);
			break;
		case NHA_GROUP:
			t->group = attr;
			break;
		case NHA_OIF:
			t->way.ifindex = mnl_attr_get_u32(attr);
			break;
		case NHA_GATEWAY:
			way_set_gateway(&t->way, nhm->nh_family,
					mnl_attr_get_payload(attr),
					mnl_attr_get_payload_len(attr));
			break;
		case NHA_ENCAP:
			t->way.tunnel = true;
			break;
		}
	}
}

/* Of one that says so; NULL: no memory. */
static struct object *object_new(const struct told_object *t)
{
	size_t size = t->group ? mnl_attr_get_payload_len(t->group) : 0;
	struct object *o = calloc(1, sizeof(*o) + size);

	if (!o)
		return NULL;
	o->id = t->id;
	o->way = t->way;
	o->members = (unsigned int)(size / sizeof(*o->member));
	if (size)
		memcpy(o->member, mnl_attr_get_payload(t->group), size);
	return o;
}

static bool same_way(const struct way *a, const struct way *b)
{
	return a->ifindex == b->ifindex && a->tunnel == b->tunnel &&
	       a->gateway.family == b->gateway.family &&
	       !memcmp(a->gateway.byte, b->gateway.byte,
		       sizeof(a->gateway.byte));
}

static bool same(const struct object *a, const struct object *b)
{
	return same_way(&a->way, &b->way) && a->members == b->members &&
	       !memcmp(a->member, b->member, a->members * sizeof(*a->member));
}

/**
 * objects_learn - there is a new one, or another one of that number
 * @objects: those that are known
 * @nlh: the kernel's message, RTM_NEWNEXTHOP
 *
 * Return: what that is to routes; without memory the old one is forgotten all the
 * same.
 */
enum objects_news objects_learn(struct objects *objects,
				const struct nlmsghdr *nlh)
{
	enum objects_news news = OBJECTS_NEW;
	struct object *o, *old;
	struct told_object t;

	read_object(&t, nlh);
	old = find(objects, t.id);
	o = object_new(&t);
	if (o && old)
		news = same(o, old) ? OBJECTS_SAME : OBJECTS_CHANGED;
	forget(objects, old);
	if (o && tsearch(o, &objects->tree, compare))
		return news;
	free(o);
	return OBJECTS_NO_MEMORY;
}

/**
 * objects_forget - one is not there any more
 * @objects: those that are known
 * @nlh: the kernel's message, RTM_DELNEXTHOP
 */
void objects_forget(struct objects *objects, const struct nlmsghdr *nlh)
{
	struct told_object t;

	read_object(&t, nlh);
	forget(objects, find(objects, t.id));
}

/* All of them. */
void objects_free(struct objects *objects)
{
	tdestroy(objects->tree, free);
	objects->tree = NULL;
}

/* The kernel counts weights from 0. */
static unsigned int weight_of(const struct member *member)
{
	return (member->weight_high << 8 | member->weight) + 1u;
}

/**
 * objects_ways - where one leads
 * @objects: those that are known
 * @id: its number
 * @way: set to its ways
 * @max: at most so many
 *
 * Members of a group that are not there any more are left out.
 *
 * Return: how many ways it has, perhaps more than @max; 0: it is not known.
 */
unsigned int objects_ways(const struct objects *objects, uint32_t id,
			  struct way *way, unsigned int max)
{
	const struct object *o = find(objects, id), *member;
	unsigned int n = 0;

	if (o && !o->members) {
		*way = o->way;
		return 1;
	}
	for (unsigned int i = 0; o && i < o->members; i++) {
		member = find(objects, o->member[i].id);
		if (!member || member->members)
			continue;
		if (n < max) {
			way[n] = member->way;
			way[n].weight = weight_of(&o->member[i]);
		}
		n++;
	}
	return n;
}
