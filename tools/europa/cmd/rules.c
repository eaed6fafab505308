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

/* @bits: of the address */
static bool parse_addr(const char *text, uint8_t *data, unsigned long *bits)
{
	bool ip6 = strchr(text, ':');

	data[0] = ip6 ? 6 : 4;
	*bits = ip6 ? 128 : 32;
	return inet_pton(ip6 ? AF_INET6 : AF_INET, text, &data[1]) == 1;
}

/* As everywhere, an address alone is all of one. */
static int parse_dst_ip(char **word, struct rule *rule)
{
	char text[INET6_ADDRSTRLEN + 4], *slash;
	unsigned long bits, len;

	if (!word[1] || strlen(word[1]) >= sizeof(text))
		return 0;
	strcpy(text, word[1]);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	rule->field = CLASSIFY_IP;
	rule->prefix = (struct classify_prefix){};
	if (!parse_addr(text, rule->prefix.data, &bits))
		return 0;
	len = bits;
	if (slash && !parse_number(slash, 0, bits, &len))
		return 0;
	rule->prefix.len = (uint32_t)(CLASSIFY_FAMILY_BITS + len);
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

/* Both begin with the same @bits bits. */
static bool same_bits(const uint8_t *a, const uint8_t *b, uint32_t bits)
{
	uint32_t whole = bits / 8, rest = bits % 8;

	return !memcmp(a, b, whole) &&
	       (!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

/* A prefix as it is, not one that covers it. */
static bool has_prefix(int map, const struct classify_prefix *prefix)
{
	struct classify_prefix key, *last = NULL;

	while (!bpf_map_get_next_key(map, last, &key)) {
		if (key.len == prefix->len &&
		    same_bits(key.data, prefix->data, key.len))
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

/* What is there, by place. */
struct taken {
	bool by_rule[CLASSIFY_RULE_PLACES];	/* a rule leads there */
	bool by_nic[CLASSIFY_RULE_PLACES];	/* a NIC is there */
};

static bool is_live(const struct taken *t, uint32_t place)
{
	return t->by_rule[place] && t->by_nic[place];
}

/* The places that a map of rules leads to; @key: room for a key of its. */
static void take_all(int map, void *key, struct taken *t)
{
	void *last = NULL;
	uint32_t place;

	while (!bpf_map_get_next_key(map, last, key)) {
		if (!bpf_map_lookup_elem(map, key, &place) &&
		    place < CLASSIFY_RULE_PLACES)
			t->by_rule[place] = true;
		last = key;
	}
}

static void find_taken(const struct maps *maps, struct taken *t)
{
	struct classify_prefix prefix;
	uint32_t ifindex;
	uint64_t key;

	memset(t, 0, sizeof(*t));
	take_all(maps->fd[MAP_RULES], &key, t);
	take_all(maps->fd[MAP_PREFIXES], &prefix, t);
	for (uint32_t i = 0; i < CLASSIFY_RULE_PLACES; i++)
		t->by_nic[i] = !bpf_map_lookup_elem(maps->fd[MAP_RULE_TARGETS],
						    &i, &ifindex);
}

/* Removes a rule that leads to a place.  Returns whether there was one. */
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

/*
 * A place for another rule: none that leads somewhere.  The rules of a NIC that
 * has gone are still there, or a command was interrupted: nothing leads here any
 * more, nor has a program that runs looked at what did.
 */
static int get_place(const struct maps *maps, bool exchanged, uint32_t *place)
{
	struct classify_prefix prefix;
	uint32_t i, live = 0;
	struct taken t;
	uint64_t key;

	find_taken(maps, &t);
	*place = CLASSIFY_RULE_PLACES;
	for (i = 0; i < CLASSIFY_RULE_PLACES; i++) {
		if (is_live(&t, i))
			live++;
		else
			*place = i;
	}
	if (live >= CLASSIFY_RULES + exchanged) {
		errno = ENOSPC;
		return -1;
	}
	if (!t.by_rule[*place] && !t.by_nic[*place])
		return 0;
	while (forget_one(maps->fd[MAP_RULES], &key, *place))
		;
	while (forget_one(maps->fd[MAP_PREFIXES], &prefix, *place))
		;
	return xdp_wait_for_programs();
}

/* Which fields the program is to look at. */
static int set_fields(const struct maps *maps, uint32_t fields)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(maps->fd[MAP_FIELDS], &zero, &fields, 0);
}

/* Those that there are rules of. */
static uint32_t used_fields(const struct maps *maps)
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

/* Nothing leads to a place any more: the NIC may go. */
static int leave_place(const struct maps *maps, uint32_t place)
{
	if (xdp_wait_for_programs())
		return -1;
	bpf_map_delete_elem(maps->fd[MAP_RULE_TARGETS], &place);
	return 0;
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
	uint32_t old, place;
	bool exchanged = find_rule(maps, rule, &old);

	if (get_place(maps, exchanged, &place) ||
	    bpf_map_update_elem(maps->fd[MAP_RULE_TARGETS], &place, &ifindex,
				0) ||
	    bpf_map_update_elem(map_of(maps, rule), key_of(rule), &place, 0) ||
	    set_fields(maps, used_fields(maps)))
		return -1;
	return exchanged && old != place ? leave_place(maps, old) : 0;
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
	    set_fields(maps, used_fields(maps)))
		return -1;
	return leave_place(maps, place);
}

/* --- to words ------------------------------------------------------------------- */

/* As parsed, and where it leads. */
static void print_rule(const struct maps *maps, const char *words,
		       uint32_t place)
{
	uint32_t ifindex;

	printf("match %s: ", words);
	if (bpf_map_lookup_elem(maps->fd[MAP_RULE_TARGETS], &place, &ifindex))
		printf("a NIC that has gone\n");
	else
		printf("NIC of index %u\n", ifindex);
}

static void rule_words(char *words, size_t size, uint64_t key)
{
	enum classify_field field = key >> 48;
	uint64_t value = key & ((1ULL << 48) - 1);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].field == field)
			snprintf(words, size, "%s %llu", numbers[i].name,
				 (unsigned long long)value);
	if (field == CLASSIFY_QINQ)
		snprintf(words, size, "qinq %u %u", (unsigned int)(value >> 12),
			 (unsigned int)(value & 0xfff));
	if (field == CLASSIFY_MAC)
		snprintf(words, size, "dst_mac %02x:%02x:%02x:%02x:%02x:%02x",
			 (unsigned int)(value >> 40 & 255),
			 (unsigned int)(value >> 32 & 255),
			 (unsigned int)(value >> 24 & 255),
			 (unsigned int)(value >> 16 & 255),
			 (unsigned int)(value >> 8 & 255),
			 (unsigned int)(value & 255));
}

static void prefix_words(char *words, size_t size,
			 const struct classify_prefix *prefix)
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(prefix->data[0] == 6 ? AF_INET6 : AF_INET, &prefix->data[1],
		  addr, sizeof(addr));
	snprintf(words, size, "dst_ip %s/%u", addr,
		 prefix->len - CLASSIFY_FAMILY_BITS);
}

/**
 * rules_print - tell all rules, in the words that they are made of
 * @maps: of the lower netdev
 */
void rules_print(const struct maps *maps)
{
	struct classify_prefix prefix, *last_prefix = NULL;
	uint64_t key, *last = NULL;
	uint32_t place;
	char words[80];

	while (!bpf_map_get_next_key(maps->fd[MAP_RULES], last, &key)) {
		last = &key;
		rule_words(words, sizeof(words), key);
		if (!bpf_map_lookup_elem(maps->fd[MAP_RULES], &key, &place))
			print_rule(maps, words, place);
	}
	while (!bpf_map_get_next_key(maps->fd[MAP_PREFIXES], last_prefix,
				     &prefix)) {
		last_prefix = &prefix;
		prefix_words(words, sizeof(words), &prefix);
		if (!bpf_map_lookup_elem(maps->fd[MAP_PREFIXES], &prefix,
					 &place))
			print_rule(maps, words, place);
	}
}
