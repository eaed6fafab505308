/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Rules that packets match, for stages of europa-router
 *
 * A rule is a text of any of these, in any order; without any it matches all:
 *
 *	ip4 | ip6		the family
 *	tcp | udp | icmp | icmp6 | proto N
 *	from PREFIX, to PREFIX	addresses; they say the family as well
 *	sport PORTS, dport PORTS	N or N-M; only where there is a port to see
 *	dscp N			0 to 63
 */
#ifndef LIBEUROPA_MATCH_H
#define LIBEUROPA_MATCH_H

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- what a packet says ------------------------------------------------------ */

/**
 * struct europa_packet - the heads of a frame, as far as they are there
 * @family: 4, 6, or 0: not IP, nothing else is set
 * @proto: IP protocol; of IPv6 what comes after extension headers
 * @dscp: 0 to 63
 * @ports: @sport and @dport are set
 * @cut: its headers go on in another packet: what it is nobody can say here
 * @sport: host byte order
 * @dport: host byte order
 * @src: address, 4 or 16 bytes
 * @dst: the same
 * @payload: what follows the IP header, from the frame's beginning
 */
struct europa_packet {
	uint8_t family;
	uint8_t proto;
	uint8_t dscp;
	bool ports;
	bool cut;
	uint16_t sport;
	uint16_t dport;
	const uint8_t *src;
	const uint8_t *dst;
	uint32_t payload;
};

static inline uint16_t europa_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void europa_packet_ports(struct europa_packet *p,
				       const uint8_t *frame, uint32_t len)
{
	if ((p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP) ||
	    len < p->payload + 4)
		return;
	p->ports = true;
	p->sport = europa_be16(frame + p->payload);
	p->dport = europa_be16(frame + p->payload + 2);
}

/* Later fragments have no ports; those of the first go for all that matters. */
static inline void europa_packet_ip4(struct europa_packet *p,
				     const uint8_t *frame, uint32_t at,
				     uint32_t len)
{
	const uint8_t *ip = frame + at;
	uint32_t head;

	if (len < at + 20 || ip[0] >> 4 != 4)
		return;
	head = (ip[0] & 15) * 4u;
	if (head < 20 || len < at + head)
		return;
	p->family = 4;
	p->proto = ip[9];
	p->dscp = ip[1] >> 2;
	p->src = ip + 12;
	p->dst = ip + 16;
	p->payload = at + head;
	if (!(europa_be16(ip + 6) & 0x1fff))
		europa_packet_ports(p, frame, len);
}

/*
 * Past the headers between IPv6's and the payload's, of eight bytes at least each.
 * Returns whether this is the beginning of the payload.
 */
static inline bool europa_packet_skip(struct europa_packet *p,
				      const uint8_t *frame, uint32_t len)
{
	while (p->proto == IPPROTO_HOPOPTS || p->proto == IPPROTO_DSTOPTS ||
	       p->proto == IPPROTO_ROUTING || p->proto == IPPROTO_FRAGMENT) {
		const uint8_t *head = frame + p->payload;
		bool fragment = p->proto == IPPROTO_FRAGMENT;
		uint32_t size;

		p->cut = len < p->payload + 8;
		if (p->cut)
			return false;
		size = fragment ? 8 : head[1] * 8u + 8;
		p->cut = len < p->payload + size;
		if (p->cut)
			return false;
		p->proto = head[0];
		p->payload += size;
		/* What a later fragment begins with is no header. */
		if (fragment && europa_be16(head + 2) & 0xfff8)
			return false;
	}
	return true;
}

static inline void europa_packet_ip6(struct europa_packet *p,
				     const uint8_t *frame, uint32_t at,
				     uint32_t len)
{
	const uint8_t *ip = frame + at;

	if (len < at + 40 || ip[0] >> 4 != 6)
		return;
	p->family = 6;
	p->proto = ip[6];
	p->dscp = (uint8_t)(europa_be16(ip) >> 6 & 63);
	p->src = ip + 8;
	p->dst = ip + 24;
	p->payload = at + 40;
	if (!europa_packet_skip(p, frame, len))
		return;
	europa_packet_ports(p, frame, len);
	/* Of a first fragment that ends here they would be in the next one. */
	p->cut = !p->ports &&
		 (p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP);
}

/**
 * europa_packet_parse - look at the heads of a frame
 * @p: filled in
 * @frame: from the Ethernet header; up to two tags may be in it
 * @len: bytes of it
 */
static inline void europa_packet_parse(struct europa_packet *p,
				       const uint8_t *frame, uint32_t len)
{
	uint32_t at = ETH_HLEN;

	memset(p, 0, sizeof(*p));
	if (len < ETH_HLEN)
		return;
	for (int tags = 0; tags < 2 && len >= at + 4 &&
	     (europa_be16(frame + at - 2) == ETHERTYPE_VLAN ||
	      europa_be16(frame + at - 2) == 0x88a8); tags++)
		at += 4;
	switch (europa_be16(frame + at - 2)) {
	case ETHERTYPE_IP:
		europa_packet_ip4(p, frame, at, len);
		break;
	case ETHERTYPE_IPV6:
		europa_packet_ip6(p, frame, at, len);
		break;
	}
}

/* --- numbers ---------------------------------------------------------------- */

/* A number up to @max: decimal, or hexadecimal after 0x. */
static inline bool europa_number(const char *text, unsigned long max,
				 unsigned long *value)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	*value = strtoul(text, &end, !strncmp(text, "0x", 2) ? 16 : 10);
	return !*end && *value <= max;
}

/**
 * europa_rate_parse - read a rate
 * @rate: bits a second, from 64,000 to 1,000,000,000,000
 * @text: a number, with k, M or G for powers of 1,000
 */
static inline bool europa_rate_parse(uint64_t *rate, const char *text)
{
	unsigned long long n, unit = 1;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoull(text, &end, 10);
	if (*end == 'k')
		unit = 1000;
	else if (*end == 'M')
		unit = 1000000;
	else if (*end == 'G')
		unit = 1000000000;
	if (unit > 1)
		end++;
	if (*end || n > 1000000000000ull / unit || n * unit < 64000)
		return false;
	*rate = n * unit;
	return true;
}

/**
 * europa_mac_parse - read a MAC address
 * @mac: 6 bytes
 * @text: six numbers of one or two hexadecimal digits, with colons between, and
 *	nothing else
 */
static inline bool europa_mac_parse(uint8_t *mac, const char *text)
{
	for (int i = 0; i < 6; i++) {
		size_t digits = strspn(text, "0123456789abcdefABCDEF");

		if (digits < 1 || digits > 2 ||
		    text[digits] != (i < 5 ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)strtoul(text, NULL, 16);
		text += digits + 1;
	}
	return true;
}

/* --- rules ----------------------------------------------------------------- */

struct europa_prefix {
	uint8_t family;			/* 0: any */
	uint8_t bits;
	uint8_t addr[16];
};

struct europa_ports {
	bool asked;
	uint16_t low;
	uint16_t high;
};

struct europa_match {
	uint8_t family;			/* 0: any packet */
	int proto;			/* -1: any */
	int dscp;			/* -1: any */
	struct europa_prefix src;
	struct europa_prefix dst;
	struct europa_ports sport;
	struct europa_ports dport;
};

static inline bool europa_prefix_has(const struct europa_prefix *x,
				     const uint8_t *addr)
{
	unsigned int bytes = x->bits / 8, rest = x->bits % 8;

	if (memcmp(x->addr, addr, bytes))
		return false;
	return !rest || !((x->addr[bytes] ^ addr[bytes]) >> (8 - rest));
}

static inline bool europa_ports_have(const struct europa_ports *x, bool ports,
				     uint16_t port)
{
	return !x->asked || (ports && port >= x->low && port <= x->high);
}

/**
 * europa_match - does a packet match a rule?
 * @m: the rule
 * @p: the packet
 */
static inline bool europa_match(const struct europa_match *m,
				const struct europa_packet *p)
{
	if (m->family && m->family != p->family)
		return false;
	if (!p->family)
		return m->proto < 0 && m->dscp < 0 && !m->sport.asked &&
		       !m->dport.asked;
	return (m->proto < 0 || m->proto == p->proto) &&
	       (m->dscp < 0 || m->dscp == p->dscp) &&
	       (!m->src.family || europa_prefix_has(&m->src, p->src)) &&
	       (!m->dst.family || europa_prefix_has(&m->dst, p->dst)) &&
	       europa_ports_have(&m->sport, p->ports, p->sport) &&
	       europa_ports_have(&m->dport, p->ports, p->dport);
}

/* A prefix; @text is changed. */
static inline bool europa_prefix_parse(struct europa_prefix *x, char *text)
{
	char *slash = text ? strchr(text, '/') : NULL;
	unsigned long bits;

	if (!text)
		return false;
	if (slash)
		*slash++ = '\0';
	if (inet_pton(AF_INET, text, x->addr) == 1)
		x->family = 4;
	else if (inet_pton(AF_INET6, text, x->addr) == 1)
		x->family = 6;
	else
		return false;
	bits = x->family == 4 ? 32 : 128;
	if (slash && !europa_number(slash, bits, &bits))
		return false;
	x->bits = (uint8_t)bits;
	/* What is behind the prefix would be thought to count. */
	for (; bits < (x->family == 4 ? 32 : 128); bits++)
		if (x->addr[bits / 8] & 0x80 >> bits % 8)
			return false;
	return true;
}

static inline bool europa_ports_parse(struct europa_ports *x, char *text)
{
	char *dash = text ? strchr(text, '-') : NULL;
	unsigned long low, high;

	if (dash)
		*dash++ = '\0';
	if (!europa_number(text, 65535, &low))
		return false;
	high = low;
	if (dash && (!europa_number(dash, 65535, &high) || high < low))
		return false;
	*x = (struct europa_ports){ true, (uint16_t)low, (uint16_t)high };
	return true;
}

static inline bool europa_match_proto(struct europa_match *m,
				      const char *word)
{
	static const struct {
		const char *name;
		int proto;
	} known[] = {
		{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
		{ "icmp", IPPROTO_ICMP }, { "icmp6", IPPROTO_ICMPV6 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(word, known[i].name)) {
			m->proto = known[i].proto;
			return true;
		}
	}
	return false;
}

/* Returns false if two parts of a rule say different families. */
static inline bool europa_match_family(struct europa_match *m, uint8_t family)
{
	if (m->family && m->family != family)
		return false;
	m->family = family;
	return true;
}

/* What is said twice may be meant otherwise. */
static inline bool europa_match_again(const struct europa_match *m,
				      const char *word)
{
	return !strcmp(word, "from") ? m->src.family :
	       !strcmp(word, "to") ? m->dst.family :
	       !strcmp(word, "sport") ? m->sport.asked :
	       !strcmp(word, "dport") ? m->dport.asked :
	       !strcmp(word, "dscp") ? m->dscp >= 0 :
	       strcmp(word, "ip4") && strcmp(word, "ip6") && m->proto >= 0;
}

/* One word of a rule, and the next where that belongs to it. */
static inline bool europa_match_word(struct europa_match *m, const char *word,
				     char **rest)
{
	unsigned long n;

	if (europa_match_again(m, word))
		return false;
	if (!strcmp(word, "ip4"))
		return europa_match_family(m, 4);
	if (!strcmp(word, "ip6"))
		return europa_match_family(m, 6);
	if (europa_match_proto(m, word))
		return true;
	if (!strcmp(word, "from"))
		return europa_prefix_parse(&m->src,
					   strtok_r(NULL, " \t", rest)) &&
		       europa_match_family(m, m->src.family);
	if (!strcmp(word, "to"))
		return europa_prefix_parse(&m->dst,
					   strtok_r(NULL, " \t", rest)) &&
		       europa_match_family(m, m->dst.family);
	if (!strcmp(word, "sport"))
		return europa_ports_parse(&m->sport,
					  strtok_r(NULL, " \t", rest));
	if (!strcmp(word, "dport"))
		return europa_ports_parse(&m->dport,
					  strtok_r(NULL, " \t", rest));
	if (!strcmp(word, "proto") &&
	    europa_number(strtok_r(NULL, " \t", rest), 255, &n)) {
		m->proto = (int)n;
		return true;
	}
	if (!strcmp(word, "dscp") &&
	    europa_number(strtok_r(NULL, " \t", rest), 63, &n)) {
		m->dscp = (int)n;
		return true;
	}
	return false;
}

/**
 * europa_match_parse - make a rule of its text
 * @m: the rule
 * @text: see above
 *
 * Return: false if it is none.
 */
static inline bool europa_match_parse(struct europa_match *m, const char *text)
{
	char copy[256], *rest = copy, *word;

	memset(m, 0, sizeof(*m));
	m->proto = -1;
	m->dscp = -1;
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	word = strtok_r(copy, " \t", &rest);
	while (word) {
		if (!europa_match_word(m, word, &rest))
			return false;
		word = strtok_r(NULL, " \t", &rest);
	}
	return true;
}

#ifdef __cplusplus
}
#endif

#endif /* LIBEUROPA_MATCH_H */
