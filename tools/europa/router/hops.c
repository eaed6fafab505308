// SPDX-License-Identifier: GPL-2.0-only
/*
 * Next hops: found by what they are, counted, never changed
 *
 * Ways to choose from stand one after the other.  Each takes its share of the
 * values of a 16 bit hash, by weight, as the kernel does: a flow keeps its way
 * as long as the ways are the same.
 */
#include <errno.h>
#include <string.h>

#include "hops.h"
#include "reserve.h"

#define MAX_HOPS	(1u << 20)

/* A table of routes that all lead to somebody else has some four in each. */
#define BUCKETS		(MAX_HOPS / 4)

/* Of the first of some ways. */
struct hops_info {
	uint32_t next;			/* in a list */
	uint32_t refs;
	uint32_t ways;
};

int hops_open(struct hops *hops)
{
	*hops = (struct hops){
		.hop = reserve(MAX_HOPS * sizeof(*hops->hop)),
		.info = reserve(MAX_HOPS * sizeof(*hops->info)),
		.bucket = reserve(BUCKETS * sizeof(*hops->bucket)),
		.used = 1,		/* 0 is HOPS_NONE */
	};
	if (hops->hop && hops->info && hops->bucket)
		return 0;
	hops_close(hops);
	return -ENOMEM;
}

void hops_close(struct hops *hops)
{
	unreserve(hops->hop, MAX_HOPS * sizeof(*hops->hop));
	unreserve(hops->info, MAX_HOPS * sizeof(*hops->info));
	unreserve(hops->bucket, BUCKETS * sizeof(*hops->bucket));
	memset(hops, 0, sizeof(*hops));
}

static bool same(const struct hop *a, const struct hop *b)
{
	return a->kind == b->kind && a->family == b->family &&
	       a->weight == b->weight && a->nic == b->nic &&
	       a->mtu == b->mtu &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

static uint32_t *bucket_of(struct hops *hops, const struct hop *hop,
			   unsigned int n)
{
	uint32_t h = n, w;

	for (unsigned int i = 0; i < n; i++) {
		h = (h ^ hop[i].nic ^ (uint32_t)hop[i].weight << 16 ^
		     (uint32_t)hop[i].kind << 24) * 0x9e3779b1u;
		for (unsigned int k = 0; k < sizeof(hop->addr); k += 4) {
			memcpy(&w, hop[i].addr + k, sizeof(w));
			h = (h ^ w) * 0x9e3779b1u;
		}
		h ^= h >> 15;
	}
	return &hops->bucket[h % BUCKETS];
}

static bool are(const struct hops *hops, uint32_t value, const struct hop *hop,
		unsigned int n)
{
	unsigned int i = 0;

	if (hops->info[value].ways != n)
		return false;
	while (i < n && same(&hops->hop[value + i], &hop[i]))
		i++;
	return i == n;
}

static uint32_t find(const struct hops *hops, uint32_t value,
		     const struct hop *hop, unsigned int n)
{
	while (value && !are(hops, value, hop, n))
		value = hops->info[value].next;
	return value;
}

static uint32_t take_free(struct hops *hops, unsigned int n)
{
	uint32_t value = hops->free[n];

	if (value) {
		hops->free[n] = hops->info[value].next;
	} else if (n <= MAX_HOPS - hops->used) {
		value = hops->used;
		hops->used += n;
	}
	return value;
}

/* The shares of the ways; a way with no weight is the last resort's. */
static void fill(struct hop *to, const struct hop *hop, unsigned int n)
{
	uint32_t all = 0, sum = 0;

	for (unsigned int i = 0; i < n; i++)
		all += hop[i].weight;
	for (unsigned int i = 0; i < n; i++) {
		sum += hop[i].weight;
		to[i] = hop[i];
		to[i].others = 0;
		to[i].below = (uint16_t)(all ? 0xffffull * sum / all : 0xffff);
	}
	to->others = (uint8_t)(n - 1);
}

/* Those that nobody has yet; returns HOPS_NONE if there is no room. */
static uint32_t add(struct hops *hops, uint32_t *bucket, const struct hop *hop,
		    unsigned int n)
{
	uint32_t value = take_free(hops, n);

	if (!value)
		return HOPS_NONE;
	fill(&hops->hop[value], hop, n);
	hops->info[value] = (struct hops_info){ .next = *bucket, .ways = n };
	*bucket = value;
	return value;
}

/**
 * hops_get - what these ways are known by
 * @hops: all of them
 * @hop: the ways: kind, nic, family, addr, mtu and weight of each
 * @n: number of them, 1 to HOPS_MAX_PATHS
 *
 * Of many routes most lead where the one before does: those are tried first.
 *
 * Return: their value, to be given back by hops_put(); HOPS_NONE: no room.
 */
uint32_t hops_get(struct hops *hops, const struct hop *hop, unsigned int n)
{
	uint32_t value = hops->last, *bucket;

	if (!hops->info[value].refs || !are(hops, value, hop, n)) {
		bucket = bucket_of(hops, hop, n);
		value = find(hops, *bucket, hop, n);
		if (!value)
			value = add(hops, bucket, hop, n);
		if (!value)
			return HOPS_NONE;
		hops->last = value;
	}
	hops->info[value].refs++;
	return value;
}

void hops_hold(struct hops *hops, uint32_t value)
{
	hops->info[value].refs++;
}

/**
 * hops_put - a value is not needed any more
 * @hops: all of them
 * @value: the value; readers may look at it until hops_reclaim()
 */
void hops_put(struct hops *hops, uint32_t value)
{
	struct hops_info *info = &hops->info[value];
	uint32_t *link;

	if (!value || --info->refs)
		return;
	link = bucket_of(hops, &hops->hop[value], info->ways);
	while (*link != value)
		link = &hops->info[*link].next;
	*link = info->next;
	info->next = hops->retired;
	hops->retired = value;
}

/**
 * hops_reclaim - nobody looks any more at what was retired before
 * @hops: all of them
 */
void hops_reclaim(struct hops *hops)
{
	while (hops->retired) {
		uint32_t value = hops->retired;
		struct hops_info *info = &hops->info[value];

		hops->retired = info->next;
		info->next = hops->free[info->ways];
		hops->free[info->ways] = value;
	}
}
