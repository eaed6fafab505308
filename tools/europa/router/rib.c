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

#define FIRST_BUCKETS	1024

/* A route; those to one prefix are a list, the best first. */
struct rib_route {
	struct rib_route *next;
	uint32_t metric;
	uint32_t hops;			/* value */
	uint8_t source;			/* enum rib_source */
	bool stale;			/* not seen since rib_mark() */
};

struct rib_prefix {
	struct rib_prefix *next;	/* in a bucket */
	struct rib_route *route;
	struct ip_addr to;
};

struct rib {
	struct fib *fib;
	struct rib_prefix **bucket;
	size_t buckets;			/* a power of 2 */
	size_t prefixes;
	unsigned int lengths[2][129];	/* prefixes of IPv4 and IPv6 by length */
};

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

/* Where the pointer to a prefix is, or would be. */
static struct rib_prefix **find(const struct rib *rib,
				const struct ip_addr *to)
{
	struct rib_prefix **link = &rib->bucket[hash(to) & (rib->buckets - 1)];

	while (*link && !same(&(*link)->to, to))
		link = &(*link)->next;
	return link;
}

/* It goes on with the old buckets if there is no memory for more. */
static void more_buckets(struct rib *rib)
{
	size_t n = rib->buckets * 2;
	struct rib_prefix **bucket = calloc(n, sizeof(*bucket));

	if (!bucket)
		return;
	for (size_t i = 0; i < rib->buckets; i++) {
		while (rib->bucket[i]) {
			struct rib_prefix *p = rib->bucket[i];
			size_t to = hash(&p->to) & (n - 1);

			rib->bucket[i] = p->next;
			p->next = bucket[to];
			bucket[to] = p;
		}
	}
	free(rib->bucket);
	rib->bucket = bucket;
	rib->buckets = n;
}

static struct rib_prefix *new_prefix(struct rib *rib, const struct ip_addr *to)
{
	struct rib_prefix *p = calloc(1, sizeof(*p)), **link;

	if (!p)
		return NULL;
	if (rib->prefixes >= rib->buckets)
		more_buckets(rib);
	link = find(rib, to);
	p->to = *to;
	*link = p;
	rib->prefixes++;
	rib->lengths[is_v6(to)][to->len]++;
	return p;
}

static void remove_prefix(struct rib *rib, struct rib_prefix **link)
{
	struct rib_prefix *p = *link;

	*link = p->next;
	rib->prefixes--;
	rib->lengths[is_v6(&p->to)][p->to.len]--;
	free(p);
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
		struct rib_prefix *p;

		if (!rib->lengths[is_v6(to)][len])
			continue;
		mask(&a, len);
		p = *find(rib, &a);
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
		  cover ? cover->route->hops : LPM_NONE);
}

/* --- routes ------------------------------------------------------------ */

static bool better(const struct rib_route *a, enum rib_source source,
		   uint32_t metric)
{
	return a->source != source ? a->source < source : a->metric < metric;
}

static struct rib_route **find_route(struct rib_prefix *p,
				     enum rib_source source, uint32_t metric)
{
	struct rib_route **link = &p->route;

	while (*link && better(*link, source, metric))
		link = &(*link)->next;
	return link;
}

static bool is_route(const struct rib_route *r, enum rib_source source,
		     uint32_t metric)
{
	return r && r->source == source && r->metric == metric;
}

static struct rib_route *get_route(const struct rib *rib,
				   const struct ip_addr *to,
				   enum rib_source source, uint32_t metric)
{
	struct rib_prefix *p = *find(rib, to);
	struct rib_route *r = p ? *find_route(p, source, metric) : NULL;

	return is_route(r, source, metric) ? r : NULL;
}

static void remove_route(struct rib *rib, struct rib_prefix **prefix,
			 struct rib_route **link)
{
	struct rib_prefix *p = *prefix;
	struct rib_route *r = *link;
	bool best = r == p->route;

	*link = r->next;
	if (!p->route) {
		forget(rib, &p->to);
		remove_prefix(rib, prefix);
	} else if (best) {
		/* The prefix is there: this takes no node. */
		lpm_set(lpm_of(rib, &p->to), p->to.byte, p->to.len,
			p->route->hops);
	}
	hops_put(&rib->fib->hops, r->hops);
	free(r);
}

/* Returns 0 or a negative errno, with everything as it was. */
static int add_route(struct rib *rib, struct rib_prefix *p,
		     struct rib_route **link, enum rib_source source,
		     uint32_t metric, uint32_t hops)
{
	struct rib_route *r = malloc(sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	*r = (struct rib_route){ .next = *link, .metric = metric,
				 .hops = hops, .source = (uint8_t)source };
	if (link == &p->route) {
		err = lpm_set(lpm_of(rib, &p->to), p->to.byte, p->to.len, hops);
		if (err) {
			free(r);
			return err;
		}
	}
	*link = r;
	return 0;
}

static void change_route(struct rib *rib, struct rib_prefix *p,
			 struct rib_route *r, uint32_t hops)
{
	uint32_t old = r->hops;

	r->stale = false;
	r->hops = hops;
	if (hops != old && r == p->route)
		lpm_set(lpm_of(rib, &p->to), p->to.byte, p->to.len, hops);
	hops_put(&rib->fib->hops, old);
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
 * Return: 0, -ENOMEM or -ENOSPC, with everything as it was.
 */
int rib_set(struct rib *rib, const struct ip_addr *to, enum rib_source source,
	    uint32_t metric, const struct hop *hop, unsigned int n)
{
	struct rib_prefix *p = *find(rib, to);
	uint32_t hops = hops_get(&rib->fib->hops, hop, n);
	struct rib_route **link;
	int err = -ENOMEM;

	if (!hops)
		return -ENOSPC;
	if (!p)
		p = new_prefix(rib, to);
	if (p) {
		link = find_route(p, source, metric);
		if (is_route(*link, source, metric)) {
			change_route(rib, p, *link, hops);
			return 0;
		}
		err = add_route(rib, p, link, source, metric, hops);
		if (err && !p->route)
			remove_prefix(rib, find(rib, to));
	}
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
	struct rib_prefix **p = find(rib, to);
	struct rib_route **link;

	if (!*p)
		return;
	link = find_route(*p, source, metric);
	if (is_route(*link, source, metric))
		remove_route(rib, p, link);
}

/**
 * rib_mark - all routes are going to be set again
 * @rib: the routes
 */
void rib_mark(struct rib *rib)
{
	for (size_t i = 0; i < rib->buckets; i++)
		for (struct rib_prefix *p = rib->bucket[i]; p; p = p->next)
			for (struct rib_route *r = p->route; r; r = r->next)
				r->stale = true;
}

static void sweep_prefix(struct rib *rib, struct rib_prefix **link,
			 unsigned int sources)
{
	struct rib_prefix *p = *link;
	struct rib_route **r = &p->route;

	while (*link == p && *r) {
		if ((*r)->stale && sources & 1u << (*r)->source)
			remove_route(rib, link, r);
		else
			r = &(*r)->next;
	}
}

/**
 * rib_sweep - remove routes that were not set again
 * @rib: the routes
 * @sources: of these sources, bits 1 << RIB_...
 */
void rib_sweep(struct rib *rib, unsigned int sources)
{
	for (size_t i = 0; i < rib->buckets; i++) {
		struct rib_prefix **link = &rib->bucket[i];

		while (*link) {
			struct rib_prefix *p = *link;

			sweep_prefix(rib, link, sources);
			if (*link == p)
				link = &p->next;
		}
	}
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
	    lpm_open(&fib->v6, LPM_STRIDE6) ||
	    hops_open(&fib->hops)) {
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
	for (size_t i = 0; rib->bucket && i < rib->buckets; i++) {
		while (rib->bucket[i]) {
			struct rib_prefix *p = rib->bucket[i];

			while (p->route) {
				struct rib_route *r = p->route;

				p->route = r->next;
				free(r);
			}
			rib->bucket[i] = p->next;
			free(p);
		}
	}
	free(rib->bucket);
	lpm_close(&rib->fib->v4);
	lpm_close(&rib->fib->v6);
	hops_close(&rib->fib->hops);
	free(rib);
}
