// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes by prefix, and what follows for the forwarding table
 *
 * The control thread's own.  It changes the forwarding table in place, one
 * prefix at a time; each change is a whole one to who reads it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rib.h"
#include "slab.h"

#define FIRST_BUCKETS	1024
#define MAX_PREFIXES	(1u << 24)
#define MAX_ROUTES	(1u << 24)

/* A route; those to one prefix are a list, the best first. */
struct rib_route {
	uint32_t next;
	uint32_t metric;
	uint32_t hops;			/* value */
	uint8_t source;			/* enum rib_source */
	bool stale;			/* not seen since rib_mark() */
};

struct rib_prefix {
	uint32_t next;			/* in a bucket */
	uint32_t route;			/* SLAB_NONE: it is not used */
	struct ip_addr to;
};

struct rib {
	struct fib *fib;
	struct slab prefix;
	struct slab route;
	uint32_t *bucket;
	size_t buckets;			/* a power of 2 */
	size_t prefixes;
	unsigned int lengths[2][129];	/* prefixes of IPv4 and IPv6 by length */
	size_t stale[RIB_SOURCES];
};

static struct rib_prefix *prefix_at(const struct rib *rib, uint32_t number)
{
	return number ? slab_at(&rib->prefix, number) : NULL;
}

static struct rib_route *route_at(const struct rib *rib, uint32_t number)
{
	return number ? slab_at(&rib->route, number) : NULL;
}

static bool is_v6(const struct ip_addr *a)
{
	return a->family == 6;
}

static struct lpm *lpm_of(const struct rib *rib, const struct ip_addr *to)
{
	return is_v6(to) ? &rib->fib->v6 : &rib->fib->v4;
}

/* --- prefixes ---------------------------------------------------------- */

static size_t hash(const struct ip_addr *a)
{
	uint64_t h = a->len | (uint64_t)a->family << 8, w;

	for (unsigned int i = 0; i < sizeof(a->byte); i += sizeof(w)) {
		memcpy(&w, a->byte + i, sizeof(w));
		h = (h ^ w) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 32;
	}
	return (size_t)h;
}

static bool same(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family == b->family && a->len == b->len &&
	       !memcmp(a->byte, b->byte, sizeof(a->byte));
}

/* Where the number of a prefix is, or would be. */
static uint32_t *find(const struct rib *rib, const struct ip_addr *to)
{
	uint32_t *link = &rib->bucket[hash(to) & (rib->buckets - 1)];

	while (*link) {
		struct rib_prefix *p = prefix_at(rib, *link);

		if (same(&p->to, to))
			break;
		link = &p->next;
	}
	return link;
}

/*
 * Four times as many, as all prefixes move then.  It goes on with the old ones
 * if there is no memory for more.
 */
static void more_buckets(struct rib *rib)
{
	size_t n = rib->buckets * 4;
	uint32_t *bucket = calloc(n, sizeof(*bucket));

	if (!bucket)
		return;
	for (uint32_t i = 1; i < rib->prefix.used; i++) {
		struct rib_prefix *p = prefix_at(rib, i);
		uint32_t *first = &bucket[hash(&p->to) & (n - 1)];

		if (!p->route)
			continue;
		p->next = *first;
		*first = i;
	}
	free(rib->bucket);
	rib->bucket = bucket;
	rib->buckets = n;
}

/* To be where it would be, with a route to follow; SLAB_NONE: no room. */
static uint32_t new_prefix(struct rib *rib, uint32_t *link,
			   const struct ip_addr *to)
{
	uint32_t number = slab_take(&rib->prefix);

	if (!number)
		return SLAB_NONE;
	*prefix_at(rib, number) = (struct rib_prefix){ .to = *to };
	*link = number;
	rib->prefixes++;
	rib->lengths[is_v6(to)][to->len]++;
	return number;
}

/* It has no route any more. */
static void remove_prefix(struct rib *rib, struct rib_prefix *p)
{
	uint32_t *link = find(rib, &p->to), number = *link;

	*link = p->next;
	rib->prefixes--;
	rib->lengths[is_v6(&p->to)][p->to.len]--;
	slab_give(&rib->prefix, number);
}

static void mask(struct ip_addr *a, unsigned int len)
{
	unsigned int whole = len / 8;

	if (len % 8)
		a->byte[whole++] &= (uint8_t)(0xff00 >> len % 8);
	memset(a->byte + whole, 0, sizeof(a->byte) - whole);
	a->len = (uint8_t)len;
}

/* The longest prefix that covers one and is shorter, or NULL. */
static const struct rib_prefix *shorter(const struct rib *rib,
					const struct ip_addr *to)
{
	struct ip_addr a = *to;

	for (unsigned int len = to->len; len--; ) {
		const struct rib_prefix *p;

		if (!rib->lengths[is_v6(to)][len])
			continue;
		mask(&a, len);
		p = prefix_at(rib, *find(rib, &a));
		if (p)
			return p;
	}
	return NULL;
}

/* --- the forwarding table ---------------------------------------------- */

static void forget(struct rib *rib, const struct ip_addr *to)
{
	const struct rib_prefix *cover = shorter(rib, to);

	lpm_clear(lpm_of(rib, to), to->byte, to->len,
		  cover ? cover->to.len : 0,
		  cover ? route_at(rib, cover->route)->hops : LPM_NONE);
}

/* --- routes ------------------------------------------------------------ */

static bool better(const struct rib_route *a, enum rib_source source,
		   uint32_t metric)
{
	return a->source != source ? a->source < source : a->metric < metric;
}

/* Where the number of a route is, or would be. */
static uint32_t *find_route(const struct rib *rib, struct rib_prefix *p,
			    enum rib_source source, uint32_t metric)
{
	uint32_t *link = &p->route;

	while (*link && better(route_at(rib, *link), source, metric))
		link = &route_at(rib, *link)->next;
	return link;
}

static bool is_route(const struct rib_route *r, enum rib_source source,
		     uint32_t metric)
{
	return r && r->source == source && r->metric == metric;
}

static const struct rib_route *get_route(const struct rib *rib,
					 const struct ip_addr *to,
					 enum rib_source source,
					 uint32_t metric)
{
	struct rib_prefix *p = prefix_at(rib, *find(rib, to));
	const struct rib_route *r;

	if (!p)
		return NULL;
	r = route_at(rib, *find_route(rib, p, source, metric));
	return is_route(r, source, metric) ? r : NULL;
}

static void refresh(struct rib *rib, struct rib_route *r)
{
	rib->stale[r->source] -= r->stale;
	r->stale = false;
}

static void remove_route(struct rib *rib, struct rib_prefix *p, uint32_t *link)
{
	uint32_t number = *link;
	struct rib_route *r = route_at(rib, number);
	bool best = number == p->route;

	*link = r->next;
	if (!p->route) {
		forget(rib, &p->to);
		remove_prefix(rib, p);
	} else if (best) {
		/* The prefix is there: this takes no node. */
		lpm_set(lpm_of(rib, &p->to), p->to.byte, p->to.len,
			route_at(rib, p->route)->hops);
	}
	hops_put(&rib->fib->hops, r->hops);
	refresh(rib, r);
	slab_give(&rib->route, number);
}

/* Returns 0 or -ENOSPC, with everything as it was. */
static int add_route(struct rib *rib, struct rib_prefix *p, uint32_t *link,
		     enum rib_source source, uint32_t metric, uint32_t hops)
{
	uint32_t number = slab_take(&rib->route);

	if (!number)
		return -ENOSPC;
	if (link == &p->route &&
	    lpm_set(lpm_of(rib, &p->to), p->to.byte, p->to.len, hops)) {
		slab_give(&rib->route, number);
		return -ENOSPC;
	}
	*route_at(rib, number) = (struct rib_route){
		.next = *link, .metric = metric, .hops = hops,
		.source = (uint8_t)source,
	};
	*link = number;
	return 0;
}

static void change_route(struct rib *rib, struct rib_prefix *p,
			 struct rib_route *r, uint32_t hops)
{
	uint32_t old = r->hops;

	refresh(rib, r);
	r->hops = hops;
	if (hops != old && r == route_at(rib, p->route))
		lpm_set(lpm_of(rib, &p->to), p->to.byte, p->to.len, hops);
	hops_put(&rib->fib->hops, old);
}

/* Of a prefix that may be new; returns 0 or -ENOSPC, with everything as it was. */
static int set_route(struct rib *rib, const struct ip_addr *to,
		     enum rib_source source, uint32_t metric, uint32_t hops)
{
	uint32_t *link = find(rib, to);
	struct rib_prefix *p = prefix_at(rib, *link ?:
					 new_prefix(rib, link, to));
	int err;

	if (!p)
		return -ENOSPC;
	link = find_route(rib, p, source, metric);
	if (is_route(route_at(rib, *link), source, metric)) {
		change_route(rib, p, route_at(rib, *link), hops);
		return 0;
	}
	err = add_route(rib, p, link, source, metric, hops);
	if (!p->route)
		remove_prefix(rib, p);
	return err;
}

/**
 * rib_set - add a route, or change where it leads
 * @rib: the routes
 * @to: its prefix
 * @source: who says so
 * @metric: of several of one source the least counts
 * @hop: where it leads, see hops_get()
 * @n: number of ways
 *
 * Return: 0 or -ENOSPC, with everything as it was.
 */
int rib_set(struct rib *rib, const struct ip_addr *to, enum rib_source source,
	    uint32_t metric, const struct hop *hop, unsigned int n)
{
	uint32_t hops = hops_get(&rib->fib->hops, hop, n);
	int err;

	if (!hops)
		return -ENOSPC;
	if (rib->prefixes >= rib->buckets)
		more_buckets(rib);
	err = set_route(rib, to, source, metric, hops);
	if (err)
		hops_put(&rib->fib->hops, hops);
	return err;
}

/**
 * rib_get - where a route leads
 * @rib: the routes
 * @to: its prefix
 * @source: who said so
 * @metric: its metric
 * @hop: HOPS_MAX_PATHS of them
 * @n: number of ways
 *
 * Return: is there such a route?
 */
bool rib_get(const struct rib *rib, const struct ip_addr *to,
	     enum rib_source source, uint32_t metric, struct hop *hop,
	     unsigned int *n)
{
	const struct rib_route *r = get_route(rib, to, source, metric);
	const struct hop *first;

	if (!r)
		return false;
	first = &rib->fib->hops.hop[r->hops];
	*n = first->others + 1u;
	memcpy(hop, first, *n * sizeof(*hop));
	return true;
}

/* Has it been set since rib_mark()? */
bool rib_is_fresh(const struct rib *rib, const struct ip_addr *to,
		  enum rib_source source, uint32_t metric)
{
	const struct rib_route *r = get_route(rib, to, source, metric);

	return r && !r->stale;
}

/**
 * rib_clear - remove a route, if it is there
 * @rib: the routes
 * @to: its prefix
 * @source: who said so
 * @metric: its metric
 */
void rib_clear(struct rib *rib, const struct ip_addr *to,
	       enum rib_source source, uint32_t metric)
{
	struct rib_prefix *p = prefix_at(rib, *find(rib, to));
	uint32_t *link;

	if (!p)
		return;
	link = find_route(rib, p, source, metric);
	if (is_route(route_at(rib, *link), source, metric))
		remove_route(rib, p, link);
}

static void mark_prefix(struct rib *rib, const struct rib_prefix *p)
{
	for (uint32_t i = p->route; i; i = route_at(rib, i)->next) {
		struct rib_route *r = route_at(rib, i);

		rib->stale[r->source] += !r->stale;
		r->stale = true;
	}
}

static bool is_of(const struct rib_prefix *p, uint8_t family)
{
	return p->route && (!family || p->to.family == family);
}

/**
 * rib_mark - routes are going to be set again
 * @rib: the routes
 * @family: those of IPv4, IPv6 or, 0, both
 */
void rib_mark(struct rib *rib, uint8_t family)
{
	for (uint32_t i = 1; i < rib->prefix.used; i++)
		if (is_of(prefix_at(rib, i), family))
			mark_prefix(rib, prefix_at(rib, i));
}

static void sweep_prefix(struct rib *rib, struct rib_prefix *p,
			 unsigned int sources)
{
	uint32_t *link = &p->route;

	while (*link) {
		const struct rib_route *r = route_at(rib, *link);

		if (r->stale && sources & 1u << r->source)
			remove_route(rib, p, link);
		else
			link = &route_at(rib, *link)->next;
	}
}

/* Mostly all routes have been set again. */
static bool has_stale(const struct rib *rib, unsigned int sources)
{
	for (unsigned int i = 0; i < RIB_SOURCES; i++)
		if (sources & 1u << i && rib->stale[i])
			return true;
	return false;
}

/**
 * rib_sweep - remove routes that were not set again
 * @rib: the routes
 * @sources: of these sources, bits 1 << RIB_...
 * @family: as of rib_mark()
 */
void rib_sweep(struct rib *rib, unsigned int sources, uint8_t family)
{
	if (!has_stale(rib, sources))
		return;
	for (uint32_t i = 1; i < rib->prefix.used; i++)
		if (is_of(prefix_at(rib, i), family))
			sweep_prefix(rib, prefix_at(rib, i), sources);
}

bool rib_has_retired(const struct rib *rib)
{
	const struct fib *fib = rib->fib;

	return fib->v4.retired || fib->v6.retired || fib->hops.retired;
}

/**
 * rib_reclaim - nobody looks any more at what was removed before
 * @rib: the routes
 */
void rib_reclaim(struct rib *rib)
{
	lpm_reclaim(&rib->fib->v4);
	lpm_reclaim(&rib->fib->v6);
	hops_reclaim(&rib->fib->hops);
}

size_t rib_prefixes(const struct rib *rib)
{
	return rib->prefixes;
}

/**
 * rib_new - no routes
 * @fib: the forwarding table to be made from them, opened here
 *
 * Return: for rib_free(), or NULL without memory.
 */
struct rib *rib_new(struct fib *fib)
{
	struct rib *rib = calloc(1, sizeof(*rib));

	if (!rib)
		return NULL;
	rib->fib = fib;
	rib->buckets = FIRST_BUCKETS;
	rib->bucket = calloc(rib->buckets, sizeof(*rib->bucket));
	if (!rib->bucket || lpm_open(&fib->v4, LPM_STRIDE4) ||
	    lpm_open(&fib->v6, LPM_STRIDE6) || hops_open(&fib->hops) ||
	    slab_open(&rib->prefix, sizeof(struct rib_prefix), MAX_PREFIXES) ||
	    slab_open(&rib->route, sizeof(struct rib_route), MAX_ROUTES)) {
		rib_free(rib);
		return NULL;
	}
	return rib;
}

/* Its forwarding table is not read any more. */
void rib_free(struct rib *rib)
{
	if (!rib)
		return;
	free(rib->bucket);
	slab_close(&rib->prefix);
	slab_close(&rib->route);
	lpm_close(&rib->fib->v4);
	lpm_close(&rib->fib->v6);
	hops_close(&rib->fib->hops);
	free(rib);
}
