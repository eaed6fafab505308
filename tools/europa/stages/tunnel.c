// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage "tunnel": GRE of IP packets, VXLAN of frames, to one other router
 *
 *	{ stage = "tunnel"; type = "gre"; key = 42; outer = "eu1";
 *	  local = "192.0.2.1"; remote = "192.0.2.2"; match = "to 10.9.0.0/16"; }
 *	{ stage = "tunnel"; type = "vxlan"; key = 42; outer = "eu1";
 *	  local = "192.0.2.1"; remote = "192.0.2.2"; inner = "eu0"; }
 *
 * Packets that match, or frames that come by NIC inner, are put into packets to the
 * other router, and go on like any other: stage ip finds their way.  Of packets that
 * come from there, by NIC outer, the inside goes on (GRE) or leaves by inner
 * (VXLAN).  By other NICs nobody can send into the tunnel's other end.
 *
 * What is to be segmented cannot be put into a tunnel: switch GRO and TSO of the
 * virtual NICs off (ethtool -K); nor a frame with a tag.  mtu is the length of the
 * longest outer packet, by default 1500, if that is not more than outer's.  By GRE
 * this is a hop: who sends a packet that expires here, or is too long and may not be
 * fragmented, is told so by ICMP.  Of a frame nobody is.
 */
#include <europa-match.h>
#include <europa-stage.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <time.h>

#define VXLAN_PORT	4789
#define VXLAN_VALID	0x08		/* the VNI is */
#define GRE_KEY		0x20
#define GRE_LEN		8		/* with a key */
#define VXLAN_LEN	16		/* with UDP */
#define IP_LEN		20
#define TTL		65		/* stage ip takes one */
#define ICMP_LEN	8
#define QUOTED		548u		/* RFC 1812, 4.3.2.3: 576 in all */
#define TELL_EVERY	10000000ull	/* ns; RFC 1812, 4.3.2.8: not more often */
#define TELL_AT_ONCE	10		/* but so many more at once */

struct tunnel {
	bool vxlan;
	uint32_t key;
	uint32_t local;			/* network byte order */
	uint32_t remote;
	uint32_t mtu;
	unsigned int outer;		/* NIC that the other end is behind */
	unsigned int inner;		/* VXLAN: NIC of the frames */
	struct europa_match match;	/* GRE: which packets */
	uint64_t next_told[2];		/* ns: when the next may be, but for a burst */
};

enum { ENCAPSULATED, DECAPSULATED, TOO_BIG, EXPIRED, TOLD, SEGMENTS, TAGGED,
       TRUNCATED };

/* --- settings --------------------------------------------------------------- */

static bool address(config_setting_t *settings, const char *name,
		    uint32_t *addr, char *error)
{
	const char *text = "";

	if (!europa_stage_string(settings, name, &text, error))
		return false;
	if (inet_pton(AF_INET, text, addr) == 1)
		return true;
	snprintf(error, EUROPA_STAGE_ERROR, "%s: not an IPv4 address: '%.80s'",
		 name, text);
	return false;
}

static bool nic(struct europa_stage *s, config_setting_t *settings,
		const char *name, unsigned int *number, char *error)
{
	const char *text = "";
	int found;

	if (!europa_stage_string(settings, name, &text, error))
		return false;
	found = europa_stage_nic(s, text);
	*number = (unsigned int)found;
	if (found >= 0)
		return true;
	snprintf(error, EUROPA_STAGE_ERROR,
		 "%s: not a NIC of this router: '%.80s'", name, text);
	return false;
}

/* What it carries: frames of a NIC, or packets that match. */
static bool carried(struct europa_stage *s, config_setting_t *settings,
		    char *error)
{
	struct tunnel *t = s->state;
	const char *match = NULL;

	if (t->vxlan)
		return nic(s, settings, "inner", &t->inner, error);
	if (!europa_stage_string(settings, "match", &match, error))
		return false;
	if (!match) {
		snprintf(error, EUROPA_STAGE_ERROR,
			 "match: it is missing: which packets the tunnel is for, like 'to 10.9.0.0/16'");
		return false;
	}
	if (europa_match_parse(&t->match, match))
		return true;
	snprintf(error, EUROPA_STAGE_ERROR, "match: '%.80s'", match);
	return false;
}

static bool numbers(struct tunnel *t, config_setting_t *settings, char *error)
{
	long long key = -1, mtu = 1500;

	if (!europa_stage_number(settings, "key", 0,
				 t->vxlan ? 0xffffff : 0xffffffff, &key, error) ||
	    !europa_stage_number(settings, "mtu", 96, 65535, &mtu, error))
		return false;
	if (key < 0)
		snprintf(error, EUROPA_STAGE_ERROR, "key: it is missing");
	t->key = (uint32_t)key;
	t->mtu = (uint32_t)mtu;
	return key >= 0;
}

static bool tunnel_init(struct europa_stage *s, config_setting_t *settings,
			char *error)
{
	static const char *const known[] = { "type", "key", "mtu", "local",
					     "remote", "outer", "inner",
					     "match", NULL };
	struct tunnel *t = s->state;
	const char *type = "";

	if (!europa_stage_known(settings, error, known) ||
	    !europa_stage_string(settings, "type", &type, error))
		return false;
	t->vxlan = !strcmp(type, "vxlan");
	if (!t->vxlan && strcmp(type, "gre")) {
		snprintf(error, EUROPA_STAGE_ERROR,
			 "type: neither gre nor vxlan: '%.80s'", type);
		return false;
	}
	return numbers(t, settings, error) &&
	       address(settings, "local", &t->local, error) &&
	       address(settings, "remote", &t->remote, error) &&
	       nic(s, settings, "outer", &t->outer, error) &&
	       carried(s, settings, error);
}

/* --- heads ------------------------------------------------------------------- */

static uint16_t sum_of(const uint8_t *p, uint32_t len)
{
	uint32_t sum = len & 1 ? (uint32_t)p[len - 1] << 8 : 0;

	for (uint32_t i = 0; i + 1 < len; i += 2)
		sum += europa_be16(p + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

/* The rest of it is @ip's. */
static void put_ip(uint8_t *at, struct iphdr ip)
{
	ip.version = 4;
	ip.ihl = 5;
	ip.frag_off = htons(IP_DF);
	ip.ttl = TTL;
	ip.check = htons(sum_of((const uint8_t *)&ip, IP_LEN));
	memcpy(at, &ip, sizeof(ip));
}

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static void put_gre(const struct tunnel *t, uint8_t *at)
{
	put16(at, GRE_KEY << 8);
	put16(at + 2, ETHERTYPE_IP);
	put32(at + 4, t->key);
}

/* Ports by flow: what is between the routers may have several ways. */
static void put_vxlan(const struct tunnel *t, uint8_t *at, uint32_t len)
{
	const uint8_t *frame = at + VXLAN_LEN;
	uint32_t hash = 0;

	for (unsigned int i = 0; i < 38 && i < len - VXLAN_LEN; i++)
		if (i < 12 || i >= 26)
			hash = hash * 31 + frame[i];
	put16(at, 49152 + hash % 16384);
	put16(at + 2, VXLAN_PORT);
	put16(at + 4, len);
	put16(at + 6, 0);
	put32(at + 8, (uint32_t)VXLAN_VALID << 24);
	put32(at + 12, t->key << 8);
}

static void age(uint8_t *ip)
{
	uint32_t sum = (uint32_t)europa_be16(ip + 10) + 0x0100;

	ip[8]--;
	put16(ip + 10, (sum + (sum >> 16)) & 0xffff);
}

/* Bytes before what is carried; of a frame that is all of it. */
static uint32_t overhead(const struct tunnel *t)
{
	return IP_LEN + (t->vxlan ? VXLAN_LEN + ETH_HLEN : GRE_LEN);
}

/* Of an outer packet, now */
static uint32_t most(struct europa_stage *s)
{
	struct tunnel *t = s->state;
	uint32_t nic = europa_stage_mtu(s, t->outer);

	return t->mtu < nic ? t->mtu : nic;
}

/* --- what ends here ------------------------------------------------------------ */

/*
 * RFC 1122, 3.2.2: only of the first fragment, from one host to one, and not of
 * errors; RFC 1191: that it is too long only if it must stay whole.
 */
static bool may_be_told(const struct europa_packet *p, const uint8_t *frame,
			uint32_t len, unsigned int why)
{
	uint16_t fragment = europa_be16(frame + ETH_HLEN + 6);

	if ((why == TOO_BIG && !(fragment & IP_DF)) || fragment & IP_OFFMASK ||
	    frame[6] & 1 || p->src[0] >= 224 || p->dst[0] >= 224)
		return false;
	return p->proto != IPPROTO_ICMP ||
	       (len > p->payload && frame[p->payload] == ICMP_ECHO);
}

/* By reason: who looks for the path's hops takes nothing from who needs its MTU. */
static bool is_time_to_tell(struct tunnel *t, unsigned int why)
{
	uint64_t *next = &t->next_told[why == EXPIRED], ns;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (*next > ns + TELL_AT_ONCE * TELL_EVERY)
		return false;
	*next = (*next > ns ? *next : ns) + TELL_EVERY;
	return true;
}

static void put_icmp(struct europa_stage *s, uint8_t *at, uint32_t len,
		     unsigned int why)
{
	bool expired = why == EXPIRED;

	put16(at, expired ? ICMP_TIME_EXCEEDED << 8 | ICMP_EXC_TTL :
			    ICMP_DEST_UNREACH << 8 | ICMP_FRAG_NEEDED);
	put16(at + 2, 0);
	put32(at + 4, expired ? 0 : most(s) - IP_LEN - GRE_LEN);
	put16(at + 2, sum_of(at, len));
}

/* The packet becomes the answer to it, and goes back where it came from. */
static void tell(struct europa_stage *s, unsigned int in,
		 struct europa_slot *slot, uint32_t sender, unsigned int why)
{
	uint8_t *frame = europa_data(s->router, slot), mac[6];
	uint32_t len = slot->desc->len - ETH_HLEN;
	struct tunnel *t = s->state;

	memcpy(mac, frame + 6, sizeof(mac));
	len = IP_LEN + ICMP_LEN + (len < QUOTED ? len : QUOTED);
	frame = europa_stage_push(s, slot, IP_LEN + ICMP_LEN);
	memcpy(frame, mac, sizeof(mac));
	memcpy(frame + 6, europa_stage_mac(s, in), 6);
	put16(frame + 12, ETHERTYPE_IP);
	put_ip(frame + ETH_HLEN,
	       (struct iphdr){ .tos = IPTOS_PREC_INTERNETCONTROL,
			       .tot_len = htons((uint16_t)len),
			       .protocol = IPPROTO_ICMP,
			       .saddr = t->local, .daddr = sender });
	put_icmp(s, frame + ETH_HLEN + IP_LEN, len - IP_LEN, why);
	slot->desc->len = ETH_HLEN + len;
	memset(&slot->desc->vnet, 0, sizeof(slot->desc->vnet));
	europa_stage_send(s, in, slot);
}

/* The packet's end, of which who sent it is told, if it may be and there is room. */
static void refuse(struct europa_stage *s, unsigned int in,
		   struct europa_slot *slot, unsigned int why)
{
	const uint8_t *frame = europa_data(s->router, slot);
	struct tunnel *t = s->state;
	struct europa_packet p;
	uint32_t sender;

	europa_packet_parse(&p, frame, slot->desc->len);
	if (t->vxlan || !may_be_told(&p, frame, slot->desc->len, why) ||
	    slot->desc->offset < IP_LEN + ICMP_LEN || !is_time_to_tell(t, why)) {
		europa_stage_drop(s, in, slot, why);
		return;
	}
	memcpy(&sender, p.src, sizeof(sender));
	s->count[why]++;
	s->count[TOLD]++;
	tell(s, in, slot, sender, why);
}

/* --- in ------------------------------------------------------------------------ */

static void put_outer(const struct tunnel *t, uint8_t *at, uint32_t len,
		      uint8_t tos)
{
	put_ip(at, (struct iphdr){ .tos = tos,
				   .tot_len = htons((uint16_t)len),
				   .protocol = t->vxlan ? IPPROTO_UDP :
							  IPPROTO_GRE,
				   .saddr = t->local, .daddr = t->remote });
	if (t->vxlan)
		put_vxlan(t, at + IP_LEN, len - IP_LEN);
	else
		put_gre(t, at + IP_LEN);
}

/* Does a packet end here instead of going through the tunnel? */
static bool ends(struct europa_stage *s, unsigned int in,
		 struct europa_slot *slot)
{
	const uint8_t *frame = europa_data(s->router, slot);
	struct europa_desc *desc = slot->desc;
	struct tunnel *t = s->state;

	if (desc->vnet.gso_type || desc->vlan_proto) {
		europa_stage_drop(s, in, slot, desc->vlan_proto ? TAGGED :
								  SEGMENTS);
		return true;
	}
	/* Padding is not the packet's. */
	if (!t->vxlan)
		desc->len = ETH_HLEN + europa_be16(frame + ETH_HLEN + 2);
	if (!t->vxlan && frame[ETH_HLEN + 8] <= 1)
		refuse(s, in, slot, EXPIRED);
	else if (desc->len - ETH_HLEN + overhead(t) > most(s))
		refuse(s, in, slot, TOO_BIG);
	else if (desc->offset < overhead(t))
		europa_stage_drop(s, in, slot, TOO_BIG);
	else
		return false;
	return true;
}

/* Returns false if the packet has ended here. */
static bool encapsulate(struct europa_stage *s, unsigned int in,
			struct europa_slot *slot)
{
	uint8_t *frame = europa_data(s->router, slot), tos = 0, mac[6];
	struct tunnel *t = s->state;

	if (ends(s, in, slot))
		return false;
	if (!t->vxlan) {
		tos = frame[ETH_HLEN + 1];
		age(frame + ETH_HLEN);
	}
	memcpy(mac, frame + 6, sizeof(mac));
	frame = europa_stage_push(s, slot, overhead(t));
	/* As if it had come to this router, which will send it. */
	memcpy(frame, europa_stage_mac(s, in), 6);
	memcpy(frame + 6, mac, sizeof(mac));
	put16(frame + 12, ETHERTYPE_IP);
	put_outer(t, frame + ETH_HLEN, slot->desc->len - ETH_HLEN, tos);
	s->count[ENCAPSULATED]++;
	return true;
}

/* --- out ------------------------------------------------------------------------ */

static bool has_heads(const struct tunnel *t, const uint8_t *frame,
		      uint32_t len)
{
	const uint8_t *ip = frame + ETH_HLEN, *head = ip + IP_LEN;

	if (len < ETH_HLEN + IP_LEN + (t->vxlan ? VXLAN_LEN + ETH_HLEN : GRE_LEN) ||
	    europa_be16(frame + 12) != ETHERTYPE_IP || ip[0] != 0x45 ||
	    europa_be16(ip + 6) & 0x3fff ||
	    memcmp(ip + 12, &t->remote, 4) || memcmp(ip + 16, &t->local, 4))
		return false;
	if (t->vxlan)
		return ip[9] == IPPROTO_UDP &&
		       europa_be16(head + 2) == VXLAN_PORT &&
		       head[8] & VXLAN_VALID &&
		       ((uint32_t)europa_be16(head + 12) << 8 | head[14]) ==
		       t->key;
	return ip[9] == IPPROTO_GRE && head[0] == GRE_KEY && !head[1] &&
	       europa_be16(head + 2) == ETHERTYPE_IP &&
	       ((uint32_t)europa_be16(head + 4) << 16 |
		europa_be16(head + 6)) == t->key;
}

static bool from_other_end(struct europa_stage *s, unsigned int in,
			   const struct europa_slot *slot)
{
	const uint8_t *frame = europa_data(s->router, slot);
	struct tunnel *t = s->state;

	return in == t->outer && !slot->desc->vlan_proto &&
	       has_heads(t, frame, slot->desc->len) &&
	       !memcmp(frame, europa_stage_mac(s, in), 6);
}

/* What is said of the outer packet does not go for the inner one. */
static void forget_checksum(struct europa_slot *slot, uint32_t inner)
{
	struct virtio_net_hdr *vnet = &slot->desc->vnet;

	if (!(vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	    le16toh(vnet->csum_start) < inner)
		vnet->flags = 0;
}

/* RFC 7348: not with a tag, which would choose a VLAN behind the NIC. */
static void inner(struct europa_stage *s, unsigned int in,
		  struct europa_slot *slot, const uint8_t *frame)
{
	struct tunnel *t = s->state;
	uint16_t type = europa_be16(frame + 12);

	if (type == ETHERTYPE_VLAN || type == 0x88a8)
		europa_stage_drop(s, in, slot, TAGGED);
	else
		europa_stage_send(s, t->inner, slot);
}

/* Outer padding is not the inner packet's. */
static bool decapsulate(struct europa_stage *s, unsigned int in,
			struct europa_slot *slot)
{
	struct tunnel *t = s->state;
	uint8_t *frame = europa_data(s->router, slot), macs[12];
	uint32_t len = europa_be16(frame + ETH_HLEN + 2), head = overhead(t);

	if (len + ETH_HLEN > slot->desc->len ||
	    len < head + (t->vxlan ? 0 : IP_LEN) ||
	    slot->desc->vnet.gso_type) {
		europa_stage_drop(s, in, slot, TRUNCATED);
		return false;
	}
	slot->desc->len = len + ETH_HLEN;
	memcpy(macs, frame, sizeof(macs));
	/* Behind the outer heads, of which GRE's are followed by no other. */
	forget_checksum(slot, head + (t->vxlan ? 0 : ETH_HLEN));
	frame = europa_stage_pull(s, slot, head);
	s->count[DECAPSULATED]++;
	if (t->vxlan) {
		inner(s, in, slot, frame);
		return false;
	}
	memcpy(frame, macs, sizeof(macs));
	put16(frame + 12, ETHERTYPE_IP);
	return true;
}

/* --- packets ----------------------------------------------------------------- */

/* What is not so stage ip drops, for a reason that it counts: as it decides. */
static bool is_well_formed(const uint8_t *ip, uint32_t len)
{
	uint32_t head = (ip[0] & 15) * 4u, total = europa_be16(ip + 2);
	const uint8_t *src = ip + 12;

	return total >= head && total <= len && !sum_of(ip, head) && src[0] &&
	       src[0] != 127 && src[0] >> 4 != 0xe &&
	       memcmp(src, "\xff\xff\xff\xff", 4);
}

static bool for_the_tunnel(struct europa_stage *s, unsigned int in,
			   const uint8_t *frame, uint32_t len)
{
	struct tunnel *t = s->state;
	struct europa_packet p;

	if (t->vxlan)
		return in == t->inner;
	if (len < ETH_HLEN || europa_be16(frame + 12) != ETHERTYPE_IP ||
	    memcmp(frame, europa_stage_mac(s, in), 6))
		return false;
	europa_packet_parse(&p, frame, len);
	return p.family == 4 && europa_match(&t->match, &p) &&
	       is_well_formed(frame + ETH_HLEN, len - ETH_HLEN);
}

static void tunnel_burst(struct europa_stage *s, unsigned int in,
			 struct europa_slot *slot, unsigned int n)
{
	unsigned int kept = 0;
	bool goes_on = true;

	for (unsigned int i = 0; i < n; i++, goes_on = true) {
		const uint8_t *frame = europa_data(s->router, &slot[i]);
		uint32_t len = slot[i].desc->len;

		if (from_other_end(s, in, &slot[i]))
			goes_on = decapsulate(s, in, &slot[i]);
		else if (for_the_tunnel(s, in, frame, len))
			goes_on = encapsulate(s, in, &slot[i]);
		if (goes_on)
			slot[kept++] = slot[i];
	}
	europa_stage_pass(s, in, slot, kept);
}

EUROPA_STAGE = {
	.version  = EUROPA_STAGE_VERSION,
	.state	  = sizeof(struct tunnel),
	.counters = (const char *const[]){ [ENCAPSULATED] = "encapsulated",
		    [DECAPSULATED] = "decapsulated", [TOO_BIG] = "too_big",
		    [EXPIRED] = "expired", [TOLD] = "told",
		    [SEGMENTS] = "segments", [TAGGED] = "tagged",
		    [TRUNCATED] = "truncated", NULL },
	.init	  = tunnel_init,
	.burst	  = tunnel_burst,
};
