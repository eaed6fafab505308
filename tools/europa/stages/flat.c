// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage "flat": forward by a network layer of one's own
 *
 *	{ stage = "flat"; hosts = ( "7 lladdr 02:00:00:00:00:07 dev eu1" ); }
 *
 * Hosts have names of 64 bits that say nothing of where they are.  The header
 * follows the Ethernet header (EtherType 0x88b5, for local experiments), big
 * endian:
 *
 *	u8 version (1), u8 hops left, u16 protocol, u32 reserved,
 *	u64 destination, u64 source
 *
 * Other frames go to the next stage, if there is one.
 */
#include <endian.h>
#include <europa-match.h>
#include <europa-stage.h>
#include <stdio.h>
#include <stdlib.h>

#define ETHERTYPE_FLAT	0x88b5
#define ETHER_LEN	14

struct flat_header {
	uint8_t version;
	uint8_t hops;
	uint16_t proto;
	uint32_t reserved;
	uint64_t dst;
	uint64_t src;
};

struct host {
	uint64_t name;
	unsigned int nic;
	uint8_t mac[6];
};

struct flat {
	struct host *host;		/* sorted by name */
	size_t hosts;
};

enum { MALFORMED, NO_HOPS, NO_HOST };

static int by_name(const void *a, const void *b)
{
	const struct host *x = a, *y = b;

	return x->name < y->name ? -1 : x->name > y->name;
}

/* NAME lladdr MAC dev NIC */
static bool parse(struct europa_stage *s, struct host *h, const char *text)
{
	char mac[20], nic[32], after, *rest;
	int found;

	if (!text || *text < '0' || *text > '9')
		return false;
	h->name = strtoull(text, &rest, 0);
	if (sscanf(rest, " lladdr %19s dev %31s %c", mac, nic, &after) != 2 ||
	    !europa_mac_parse(h->mac, mac))
		return false;
	found = europa_stage_nic(s, nic);
	h->nic = (unsigned int)found;
	return found >= 0;
}

static bool flat_init(struct europa_stage *s, config_setting_t *settings,
		      char *error)
{
	static const char *const known[] = { "hosts", NULL };
	struct flat *flat = s->state;
	config_setting_t *list;
	int n;

	if (!europa_stage_known(settings, error, known) ||
	    !europa_stage_list(settings, "hosts", &list, error))
		return false;
	n = list ? config_setting_length(list) : 0;
	flat->host = calloc((size_t)n + 1, sizeof(*flat->host));
	if (!flat->host) {
		snprintf(error, EUROPA_STAGE_ERROR, "no memory");
		return false;
	}
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (parse(s, &flat->host[flat->hosts++], text))
			continue;
		snprintf(error, EUROPA_STAGE_ERROR,
			 "host %d: not NAME lladdr MAC dev NIC, of a NIC of this router: '%.60s'",
			 i + 1, text ? text : "");
		free(flat->host);
		return false;
	}
	qsort(flat->host, flat->hosts, sizeof(*flat->host), by_name);
	for (size_t i = 1; i < flat->hosts; i++) {
		if (flat->host[i].name != flat->host[i - 1].name)
			continue;
		snprintf(error, EUROPA_STAGE_ERROR, "host %llu is there twice",
			 (unsigned long long)flat->host[i].name);
		free(flat->host);
		return false;
	}
	return true;
}

static void flat_fini(struct europa_stage *s)
{
	struct flat *flat = s->state;

	free(flat->host);
}

static void forward(struct europa_stage *s, unsigned int in,
		    struct europa_slot *slot)
{
	uint8_t *frame = europa_data(s->router, slot);
	struct flat *flat = s->state;
	struct flat_header h;
	struct host *to, key = {};

	if (slot->desc->len < ETHER_LEN + sizeof(h)) {
		europa_stage_drop(s, in, slot, MALFORMED);
		return;
	}
	memcpy(&h, frame + ETHER_LEN, sizeof(h));
	if (h.version != 1) {
		europa_stage_drop(s, in, slot, MALFORMED);
		return;
	}
	if (h.hops <= 1) {
		europa_stage_drop(s, in, slot, NO_HOPS);
		return;
	}
	key.name = be64toh(h.dst);
	to = bsearch(&key, flat->host, flat->hosts, sizeof(key), by_name);
	if (!to) {
		europa_stage_drop(s, in, slot, NO_HOST);
		return;
	}
	memcpy(frame, to->mac, 6);
	memcpy(frame + 6, europa_stage_mac(s, to->nic), 6);
	frame[ETHER_LEN + 1]--;
	europa_stage_send(s, to->nic, slot);
}

/* And for us, without a tag: by which NIC it leaves is not the sender's to say. */
static bool is_flat(struct europa_stage *s, unsigned int in,
		    const struct europa_slot *slot)
{
	const uint8_t *frame = europa_data(s->router, slot);

	return !slot->desc->vlan_proto &&
	       !memcmp(frame, europa_stage_mac(s, in), 6) &&
	       frame[12] == ETHERTYPE_FLAT >> 8 &&
	       frame[13] == (ETHERTYPE_FLAT & 0xff);
}

static void flat_burst(struct europa_stage *s, unsigned int in,
		       struct europa_slot *slot, unsigned int n)
{
	unsigned int others = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (is_flat(s, in, &slot[i]))
			forward(s, in, &slot[i]);
		else
			slot[others++] = slot[i];
	}
	europa_stage_pass(s, in, slot, others);
}

EUROPA_STAGE = {
	.version  = EUROPA_STAGE_VERSION,
	.state	  = sizeof(struct flat),
	.counters = (const char *const[]){ [MALFORMED] = "malformed",
		    [NO_HOPS] = "no_hops", [NO_HOST] = "no_host", NULL },
	.init	  = flat_init,
	.fini	  = flat_fini,
	.burst	  = flat_burst,
};
