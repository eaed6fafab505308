/* SPDX-License-Identifier: GPL-2.0-only */
/* Offloads of netdevs, as by ethtool -K and -S but without a program to run */
#ifndef ETHTOOL_H
#define ETHTOOL_H

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "europa_test.h"

#define MAX_STRINGS	128
#define FEATURE_WORDS	(MAX_STRINGS / 32)

struct feature {
	const char *name;	/* as ethtool --show-features has it */
	bool on;
};

struct strings {
	struct ethtool_gstrings h;
	char name[MAX_STRINGS][ETH_GSTRING_LEN];
};

/* Of the netns that the caller is in. */
static inline int ethtool(const char *dev, void *command)
{
	struct ifreq ifr = { .ifr_data = command };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ret;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	ret = ioctl(fd, SIOCETHTOOL, &ifr);
	close(fd);
	return ret;
}

/* Returns how many there are. */
static inline int get_strings(const char *dev, int set, struct strings *s)
{
	struct { struct ethtool_sset_info h; uint32_t n; } info = {
		.h.cmd = ETHTOOL_GSSET_INFO, .h.sset_mask = 1ULL << set };

	s->h.cmd = ETHTOOL_GSTRINGS;
	s->h.string_set = set;
	if (ethtool(dev, &info) || !info.h.sset_mask || info.n > MAX_STRINGS ||
	    ethtool(dev, s))
		return -1;
	return (int)info.n;
}

/* Returns -1 if it is not among the first n. */
static inline int find_string(const struct strings *s, int n, const char *name)
{
	while (--n >= 0 && strncmp(s->name[n], name, ETH_GSTRING_LEN))
		;
	return n < 0 ? -1 : n;
}

/*
 * All at once; the last has no name.  0, unless there is no such feature or it
 * cannot be changed.  What depends on one that is off goes off with it.
 */
static inline int set_features(const char *dev, const struct feature *f)
{
	struct {
		struct ethtool_sfeatures h;
		struct ethtool_set_features_block word[FEATURE_WORDS];
	} set = { .h.cmd = ETHTOOL_SFEATURES };
	struct strings s = {};
	int n = get_strings(dev, ETH_SS_FEATURES, &s), bit, ret;

	set.h.size = (n + 31) / 32;
	for (; f->name; f++) {
		bit = find_string(&s, n, f->name);
		if (bit < 0)
			return -1;
		set.word[bit / 32].valid |= 1u << bit % 32;
		if (f->on)
			set.word[bit / 32].requested |= 1u << bit % 32;
	}
	ret = ethtool(dev, &set);
	return ret < 0 || ret & ETHTOOL_F_UNSUPPORTED ? -1 : 0;
}

static inline int set_feature(const char *dev, const char *name, bool on)
{
	const struct feature f[] = { { name, on }, {} };

	return set_features(dev, f);
}

/* Which are on; returns whether that could be found out. */
struct features {
	struct ethtool_gfeatures h;
	struct ethtool_get_features_block word[FEATURE_WORDS];
};

static inline bool get_features(const char *dev, struct features *get)
{
	get->h.cmd = ETHTOOL_GFEATURES;
	get->h.size = FEATURE_WORDS;
	return !ethtool(dev, get);
}

/* 1 or 0, -1: there is none. */
static inline int get_feature(const char *dev, const char *name)
{
	struct features get = {};
	struct strings s = {};
	int n = get_strings(dev, ETH_SS_FEATURES, &s);
	int bit = find_string(&s, n, name);

	if (bit < 0 || !get_features(dev, &get))
		return -1;
	return !!(get.word[bit / 32].active & 1u << bit % 32);
}

/* Are all on or off as these say, of which the last has no name? */
static inline bool has_features(const char *dev, const struct feature *f)
{
	struct features get = {};
	struct strings s = {};
	int n = get_strings(dev, ETH_SS_FEATURES, &s), bit;

	if (!get_features(dev, &get))
		return false;
	for (; f->name; f++) {
		bit = find_string(&s, n, f->name);
		if (bit < 0 ||
		    !!(get.word[bit / 32].active & 1u << bit % 32) != f->on)
			return false;
	}
	return true;
}

/* A driver's own counter. */
static inline uint64_t get_counter(const char *dev, const char *name)
{
	struct { struct ethtool_stats h; uint64_t value[MAX_STRINGS]; } get = {
		.h.cmd = ETHTOOL_GSTATS };
	struct strings s = {};
	int n = get_strings(dev, ETH_SS_STATS, &s);
	int i = find_string(&s, n, name);

	return i < 0 || ethtool(dev, &get) ? UINT64_MAX : get.value[i];
}

#endif /* ETHTOOL_H */
