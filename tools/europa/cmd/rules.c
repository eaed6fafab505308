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
} kinds[] = {
	{ "vxlan", CLASSIFY_VXLAN, 0xffffff },
	{ "gre", CLASSIFY_GRE, 0xffffffff },
	{ "udp_port", CLASSIFY_UDP, 65535 },
	{ "vlan_id", CLASSIFY_VLAN, 4094 },
};

static int parse_numbers(char **word, struct rule *rule)
{
	unsigned long value;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(word[0], kinds[i].name))
			continue;
		if (!parse_number(word[1], 0, kinds[i].max, &value))
			return 0;
		rule->field = kinds[i].field;
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

/* Those of one kind, and where they lead. */
struct numbers {
	uint64_t key[CLASSIFY_RULES];
	uint32_t place[CLASSIFY_RULES];
	uint32_t n;
};

struct prefixes {
	struct classify_prefix key[CLASSIFY_RULES];
	uint32_t place[CLASSIFY_RULES];
	uint32_t n;
};

/* All that a lower netdev has. */
struct rules {
	struct numbers numbers;
	struct prefixes prefixes;
};

/* All of a map in one call, which says by ENOENT that there is no more. */
static int read_map(int map, void *keys, uint32_t *places, uint32_t *n)
{
	struct classify_prefix more;	/* or a number: where it would go on */

	*n = CLASSIFY_RULES;
	if (bpf_map_lookup_batch(map, NULL, &more, keys, places, n, NULL) &&
	    errno != ENOENT)
		return -1;
	return 0;
}

static int read_rules(const struct maps *maps, struct rules *r)
{
	return read_map(maps->fd[MAP_RULES], r->numbers.key, r->numbers.place,
			&r->numbers.n) ||
	       read_map(maps->fd[MAP_PREFIXES], r->prefixes.key,
			r->prefixes.place, &r->prefixes.n);
}

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
static bool find_prefix(const struct prefixes *p,
			const struct classify_prefix *prefix, uint32_t *place)
{
	for (uint32_t i = 0; i < p->n; i++) {
		if (p->key[i].len != prefix->len ||
		    !same_bits(p->key[i].data, prefix->data, prefix->len))
			continue;
		*place = p->place[i];
		return true;
	}
	return false;
}

/* Where a rule leads, if it is there. */
static bool find_rule(const struct rules *r, const struct rule *rule,
		      uint32_t *place)
{
	if (rule->field == CLASSIFY_IP)
		return find_prefix(&r->prefixes, &rule->prefix, place);
	for (uint32_t i = 0; i < r->numbers.n; i++) {
		if (r->numbers.key[i] != rule->key)
			continue;
		*place = r->numbers.place[i];
		return true;
	}
	return false;
}

static bool has_nic(const struct maps *maps, uint32_t place)
{
	uint32_t ifindex;

	return !bpf_map_lookup_elem(maps->fd[MAP_RULE_TARGETS], &place,
				    &ifindex);
}

/* Places that a rule leads to. */
struct taken {
	bool by_rule[CLASSIFY_RULE_PLACES];
};

static void take_places(struct taken *t, const uint32_t *place, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (place[i] < CLASSIFY_RULE_PLACES)
			t->by_rule[place[i]] = true;
}

static struct taken find_taken(const struct rules *r)
{
	struct taken t = {};

	take_places(&t, r->numbers.place, r->numbers.n);
	take_places(&t, r->prefixes.place, r->prefixes.n);
	return t;
}

/* One that no rule leads to and no NIC is at; CLASSIFY_RULE_PLACES: none. */
static uint32_t find_free(const struct maps *maps, const struct taken *t)
{
	uint32_t i;

	for (i = 0; i < CLASSIFY_RULE_PLACES; i++)
		if (!t->by_rule[i] && !has_nic(maps, i))
			break;
	return i;
}

/*
 * How many rules lead to a NIC.  @gone: one of the others, of a rule whose NIC has
 * gone if there is one.
 */
static uint32_t count_live(const struct maps *maps, const struct taken *t,
			   uint32_t *gone)
{
	uint32_t live = 0;

	*gone = CLASSIFY_RULE_PLACES;
	for (uint32_t i = 0; i < CLASSIFY_RULE_PLACES; i++) {
		if (t->by_rule[i] && has_nic(maps, i))
			live++;
		else if (t->by_rule[i] || *gone == CLASSIFY_RULE_PLACES)
			*gone = i;
	}
	return live;
}

/* Removes the rules that lead to a place. */
static void forget_place(const struct maps *maps, const struct rules *r,
			 uint32_t place)
{
	for (uint32_t i = 0; i < r->numbers.n; i++)
		if (r->numbers.place[i] == place)
			bpf_map_delete_elem(maps->fd[MAP_RULES],
					    &r->numbers.key[i]);
	for (uint32_t i = 0; i < r->prefixes.n; i++)
		if (r->prefixes.place[i] == place)
			bpf_map_delete_elem(maps->fd[MAP_PREFIXES],
					    &r->prefixes.key[i]);
}

/*
 * A place for another rule: none that leads somewhere.  Where there is no free one,
 * the rules of a NIC that has gone are still there, or a command was interrupted:
 * nothing leads here any more, nor has a program that runs looked at what did.
 */
static int get_place(const struct maps *maps, const struct rules *r,
		     bool exchanged, uint32_t *place)
{
	uint32_t most = CLASSIFY_RULES - !exchanged;
	struct taken t = find_taken(r);

	*place = find_free(maps, &t);
	if (*place < CLASSIFY_RULE_PLACES &&
	    r->numbers.n + r->prefixes.n <= most)
		return 0;
	if (count_live(maps, &t, place) > most) {
		errno = ENOSPC;
		return -1;
	}
	forget_place(maps, r, *place);
	return xdp_wait_for_programs();
}

/* Which fields the program is to look at: those that there are rules of. */
static int set_fields(const struct maps *maps)
{
	uint32_t zero = 0, fields = 0;
	struct rules r;

	if (read_rules(maps, &r))
		return -1;
	for (uint32_t i = 0; i < r.numbers.n; i++)
		fields |= 1U << (r.numbers.key[i] >> 48);
	if (r.prefixes.n)
		fields |= 1U << CLASSIFY_IP;
	return bpf_map_update_elem(maps->fd[MAP_FIELDS], &zero, &fields, 0);
}

/* Nothing leads to a place any more: the NIC may go. */
static int leave_place(const struct maps *maps, uint32_t place)
{
	if (xdp_wait_for_programs())
		return -1;
	bpf_map_delete_elem(maps->fd[MAP_RULE_TARGETS], &place);
	return 0;
}

/* @replace: also one that leads to a NIC */
static int set_rule(const struct maps *maps, const struct rule *rule,
		    uint32_t ifindex, bool replace)
{
	uint32_t old, place;
	struct rules r;
	bool exchanged;

	if (read_rules(maps, &r))
		return -1;
	exchanged = find_rule(&r, rule, &old);
	if (exchanged && !replace && has_nic(maps, old)) {
		errno = EEXIST;
		return -1;
	}
	if (get_place(maps, &r, exchanged, &place) ||
	    bpf_map_update_elem(maps->fd[MAP_RULE_TARGETS], &place, &ifindex,
				0) ||
	    bpf_map_update_elem(map_of(maps, rule), key_of(rule), &place, 0) ||
	    set_fields(maps))
		return -1;
	return exchanged && old != place ? leave_place(maps, old) : 0;
}

/**
 * rule_add - add a rule
 * @maps: of the lower netdev
 * @rule: the rule
 * @ifindex: the NIC it leads to, in the network namespace of the caller
 *
 * Return: 0, or -1 with errno, EEXIST: it leads to a NIC already, ENOSPC: there are
 * too many.
 */
int rule_add(const struct maps *maps, const struct rule *rule,
	     uint32_t ifindex)
{
	return set_rule(maps, rule, ifindex, false);
}

/**
 * rule_replace - add a rule, or let one that is there lead to another NIC
 * @maps: of the lower netdev
 * @rule: the rule
 * @ifindex: the NIC, in the network namespace of the caller
 *
 * Return: 0, or -1 with errno, ENOSPC: there are too many.
 */
int rule_replace(const struct maps *maps, const struct rule *rule,
		 uint32_t ifindex)
{
	return set_rule(maps, rule, ifindex, true);
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
	struct rules r;
	uint32_t place;

	if (read_rules(maps, &r))
		return -1;
	if (!find_rule(&r, rule, &place)) {
		errno = ENOENT;
		return -1;
	}
	if (bpf_map_delete_elem(map_of(maps, rule), key_of(rule)) ||
	    set_fields(maps))
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

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].field == field)
			snprintf(words, size, "%s %llu", kinds[i].name,
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
 *
 * Return: 0, or -1 with errno.
 */
int rules_print(const struct maps *maps)
{
	struct rules r;
	char words[80];

	if (read_rules(maps, &r))
		return -1;
	for (uint32_t i = 0; i < r.numbers.n; i++) {
		rule_words(words, sizeof(words), r.numbers.key[i]);
		print_rule(maps, words, r.numbers.place[i]);
	}
	for (uint32_t i = 0; i < r.prefixes.n; i++) {
		prefix_words(words, sizeof(words), &r.prefixes.key[i]);
		print_rule(maps, words, r.prefixes.place[i]);
	}
	return 0;
}
