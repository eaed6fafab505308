// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of the XDP classifier
 *
 * A rule leads to a place in a devmap, its own.  So one that is exchanged leads
 * to the old NIC or to the new one, and a place is not another rule's before no
 * program can have read it any more.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "europa.h"
#include "xdp.h"

/* --- from words --------------------------------------------------------------- */

static const struct {
	const char *name;
	enum classify_field field;
	unsigned long max;
} numbers[] = {
	{ "vxlan", CLASSIFY_VXLAN, 0xffffff },
	{ "gre", CLASSIFY_GRE, 0xffffffff },
	{ "udp_port", CLASSIFY_UDP, 65535 },
	{ "vlan_id", CLASSIFY_VLAN, 4094 },
};

static int parse_numbers(char **word, struct rule *rule)
{
	unsigned long value;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(word[0], numbers[i].name))
			continue;
		if (!parse_number(word[1], 0, numbers[i].max, &value))
			return 0;
		rule->field = numbers[i].field;
		rule->key = classify_rule(rule->field, value);
		return 2;
	}
	return 0;
}

static int parse_qinq(char **word, struct rule *rule)
{
	unsigned long outer, inner;

	if (!parse_number(word[1], 0, 4094, &outer) ||
	    !parse_number(word[2], 0, 4094, &inner))
		return 0;
	rule->field = CLASSIFY_QINQ;
	rule->key = classify_rule(CLASSIFY_QINQ, outer << 12 | inner);
	return 3;
}

static int parse_dst_mac(char **word, struct rule *rule)
{
	unsigned char mac[6];
	uint64_t value = 0;

	if (!parse_mac(word[1], mac))
		return 0;
	for (int i = 0; i < 6; i++)
		value = value << 8 | mac[i];
	rule->field = CLASSIFY_MAC;
	rule->key = classify_rule(CLASSIFY_MAC, value);
	return 2;
}

static bool parse_addr(const char *text, struct classify_prefix *p,
		       unsigned long *bits)
{
	if (inet_pton(AF_INET6, text, p->addr) == 1) {
		*bits = 128;
		return true;
	}
	*bits = 32;
	p->addr[10] = 0xff;
	p->addr[11] = 0xff;
	return inet_pton(AF_INET, text, &p->addr[12]) == 1;
}

/* As everywhere, an address alone is all of one. */
static int parse_dst_ip(char **word, struct rule *rule)
{
	char text[INET6_ADDRSTRLEN], *slash;
	unsigned long bits, len;

	if (!word[1] || strlen(word[1]) >= sizeof(text))
		return 0;
	strcpy(text, word[1]);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	rule->field = CLASSIFY_IP;
	rule->prefix = (struct classify_prefix){};
	if (!parse_addr(text, &rule->prefix, &bits))
		return 0;
	len = bits;
	if (slash && !parse_number(slash, 0, bits, &len))
		return 0;
	rule->prefix.len = (uint32_t)(128 - bits + len);
	return 2;
}

/**
 * rule_parse - a rule from words
 * @word: what follows "match": a field, and its value or two
 * @rule: filled in
 *
 * Return: how many words it is, 0: none.
 */
int rule_parse(char **word, struct rule *rule)
{
	memset(rule, 0, sizeof(*rule));
	if (!word[0])
		return 0;
	if (!strcmp(word[0], "qinq"))
		return parse_qinq(word, rule);
	if (!strcmp(word[0], "dst_mac"))
		return parse_dst_mac(word, rule);
	if (!strcmp(word[0], "dst_ip"))
		return parse_dst_ip(word, rule);
	return parse_numbers(word, rule);
}

/* --- in the maps ---------------------------------------------------------------- */

static int map_of(const struct maps *maps, const struct rule *rule)
{
	return maps->fd[rule->field == CLASSIFY_IP ? MAP_PREFIXES : MAP_RULES];
}

static const void *key_of(const struct rule *rule)
{
	return rule->field == CLASSIFY_IP ? (const void *)&rule->prefix :
					    &rule->key;
}

/* A prefix as it is there, not one that covers it. */
static bool has_prefix(int map, const struct classify_prefix *prefix)
{
	struct classify_prefix key, *last = NULL;
	size_t whole = prefix->len / 8, rest = prefix->len % 8;

	while (!bpf_map_get_next_key(map, last, &key)) {
		if (key.len == prefix->len &&
		    !memcmp(key.addr, prefix->addr, whole) &&
		    (!rest || !((key.addr[whole] ^ prefix->addr[whole]) >>
				(8 - rest))))
			return true;
		last = &key;
	}
	return false;
}

/* Where a rule leads, if it is there. */
static bool find_rule(const struct maps *maps, const struct rule *rule,
		      uint32_t *place)
{
	int map = map_of(maps, rule);

	if (rule->field == CLASSIFY_IP && !has_prefix(map, &rule->prefix))
		return false;
	return !bpf_map_lookup_elem(map, key_of(rule), place);
}

/* Which fields the program is to look at. */
static int set_fields(const struct maps *maps, uint32_t fields)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(maps->fd[MAP_FIELDS], &zero, &fields, 0);
}

static uint32_t get_fields(const struct maps *maps)
{
	uint32_t zero = 0, fields = 0;

	bpf_map_lookup_elem(maps->fd[MAP_FIELDS], &zero, &fields);
	return fields;
}

/* Those that there are rules of. */
static uint32_t fields_left(const struct maps *maps)
{
	uint64_t key, *last = NULL;
	struct classify_prefix prefix;
	uint32_t fields = 0;

	while (!bpf_map_get_next_key(maps->fd[MAP_RULES], last, &key)) {
		fields |= 1U << (key >> 48);
		last = &key;
	}
	if (!bpf_map_get_next_key(maps->fd[MAP_PREFIXES], NULL, &prefix))
		fields |= 1U << CLASSIFY_IP;
	return fields;
}

/* Removes what leads to a place.  Each search begins anew: a key has gone. */
static bool forget_one(int map, void *key, uint32_t place)
{
	void *last = NULL;
	uint32_t there;

	while (!bpf_map_get_next_key(map, last, key)) {
		if (!bpf_map_lookup_elem(map, key, &there) && there == place)
			return !bpf_map_delete_elem(map, key);
		last = key;
	}
	return false;
}

/* A NIC that goes leaves its rules behind. */
static int forget(const struct maps *maps, uint32_t place)
{
	struct classify_prefix prefix;
	bool any = false;
	uint64_t key;

	while (forget_one(maps->fd[MAP_RULES], &key, place))
		any = true;
	while (forget_one(maps->fd[MAP_PREFIXES], &prefix, place))
		any = true;
	return any ? xdp_wait_for_programs() : 0;
}

static uint32_t free_place(const struct maps *maps)
{
	uint32_t place, ifindex;

	for (place = 0; place < CLASSIFY_RULES; place++)
		if (bpf_map_lookup_elem(maps->fd[MAP_RULE_TARGETS], &place,
					&ifindex))
			break;
	return place;
}

/**
 * rule_set - add a rule, or let one that is there lead to another NIC
 * @maps: of the lower netdev
 * @rule: the rule
 * @ifindex: the NIC, in the network namespace of the caller
 *
 * Return: 0, or -1 with errno, ENOSPC: there are too many.
 */
int rule_set(const struct maps *maps, const struct rule *rule,
	     uint32_t ifindex)
{
	uint32_t old, place = free_place(maps);
	bool had;

	if (place == CLASSIFY_RULES) {
		errno = ENOSPC;
		return -1;
	}
	if (forget(maps, place))
		return -1;
	had = find_rule(maps, rule, &old);
	if (bpf_map_update_elem(maps->fd[MAP_RULE_TARGETS], &place, &ifindex,
				0) ||
	    bpf_map_update_elem(map_of(maps, rule), key_of(rule), &place, 0) ||
	    set_fields(maps, get_fields(maps) | 1U << rule->field))
		return -1;
	if (!had)
		return 0;
	if (xdp_wait_for_programs())
		return -1;
	bpf_map_delete_elem(maps->fd[MAP_RULE_TARGETS], &old);
	return 0;
}

/**
 * rule_clear - remove a rule
 * @maps: of the lower netdev
 * @rule: the rule
 *
 * Return: 0, or -1 with errno, ENOENT: there is none.
 */
int rule_clear(const struct maps *maps, const struct rule *rule)
{
	uint32_t place;

	if (!find_rule(maps, rule, &place)) {
		errno = ENOENT;
		return -1;
	}
	if (bpf_map_delete_elem(map_of(maps, rule), key_of(rule)) ||
	    xdp_wait_for_programs())
		return -1;
	bpf_map_delete_elem(maps->fd[MAP_RULE_TARGETS], &place);
	return set_fields(maps, fields_left(maps));
}
