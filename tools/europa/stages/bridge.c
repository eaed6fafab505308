// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage "bridge": an Ethernet switch that learns
 *
 *	processing = ( { stage = "bridge"; age = 300; } );
 *	own = 256;
 *
 * For NICs made with any, as frames pass as they are.  Frames to all, and to
 * nobody known, leave by all other NICs: as copies in own slots, and the last in
 * the slot it came in.  An address is forgotten age seconds after its last frame.
 */
#include <europa-stage.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Of addresses; a row has as many places as an address may be in. */
#define ROWS	1024
#define PLACES	4

struct entry {
	uint8_t mac[6];
	uint16_t nic;
	uint32_t seen;			/* second, 0: free */
};

struct bridge {
	struct entry table[ROWS][PLACES];
	uint32_t age;
	uint32_t now;
};

enum { SAME_NIC, NO_COPY, BAD_SOURCE, LINK_LOCAL };

static bool bridge_init(struct europa_stage *s, config_setting_t *settings,
			char *error)
{
	static const char *const known[] = { "age", NULL };
	struct bridge *b = s->state;
	long long age = 300;

	if (!europa_stage_known(settings, error, known) ||
	    !europa_stage_number(settings, "age", 1, 1000000, &age, error))
		return false;
	if (s->threads > 1)
		snprintf(error, EUROPA_STAGE_ERROR,
			 "one thread cannot know what another has learnt: threads = 1");
	else if (!s->router->own)
		snprintf(error, EUROPA_STAGE_ERROR,
			 "copies need slots of the router's own: own = 256, for instance");
	else
		b->age = (uint32_t)age;
	return b->age;
}

static struct entry *row(struct bridge *b, const uint8_t *mac)
{
	uint32_t h;

	memcpy(&h, mac + 2, sizeof(h));
	h = (h ^ (uint32_t)(mac[0] << 8 | mac[1])) * 0x9e3779b1u;
	return b->table[h >> 22];
}

static bool alive(const struct bridge *b, const struct entry *e)
{
	return e->seen && b->now - e->seen <= b->age;
}

/* In its place, or in that of the one not seen for longest. */
static void learn(struct bridge *b, const uint8_t *mac, unsigned int in)
{
	struct entry *e = row(b, mac), *to = e;

	for (unsigned int i = 0; i < PLACES; i++) {
		if (!memcmp(e[i].mac, mac, 6)) {
			to = &e[i];
			break;
		}
		if (e[i].seen < to->seen)
			to = &e[i];
	}
	memcpy(to->mac, mac, 6);
	to->nic = (uint16_t)in;
	to->seen = b->now;
}

/* The NIC it is behind, -1 if nobody knows. */
static int find(struct bridge *b, const uint8_t *mac)
{
	struct entry *e = row(b, mac);

	for (unsigned int i = 0; i < PLACES; i++)
		if (!memcmp(e[i].mac, mac, 6) && alive(b, &e[i]))
			return e[i].nic;
	return -1;
}

static void flood(struct europa_stage *s, unsigned int in,
		  struct europa_slot *slot)
{
	unsigned int nics = europa_stage_nics(s), last = in;
	struct europa_slot copy;

	for (unsigned int i = 0; i < nics; i++) {
		if (i == in)
			continue;
		if (last != in) {
			if (europa_stage_copy(s, slot, &copy))
				europa_stage_send(s, last, &copy);
			else
				s->count[NO_COPY]++;
		}
		last = i;
	}
	if (last != in)
		europa_stage_send(s, last, slot);
	else
		europa_stage_drop(s, in, slot, SAME_NIC);
}

/* 01:80:c2:00:00:00 to 0f are for the link they are on: BPDUs, LACP, PAUSE. */
static bool link_local(const uint8_t *mac)
{
	static const uint8_t prefix[] = { 1, 0x80, 0xc2, 0, 0 };

	return !memcmp(mac, prefix, sizeof(prefix)) && mac[5] < 16;
}

static void bridge_frame(struct europa_stage *s, unsigned int in,
			 struct europa_slot *slot)
{
	const uint8_t *frame = europa_data(s->router, slot);
	struct bridge *b = s->state;
	int out = -1;

	if (frame[6] & 1 || link_local(frame)) {
		europa_stage_drop(s, in, slot, frame[6] & 1 ? BAD_SOURCE :
							      LINK_LOCAL);
		return;
	}
	learn(b, frame + 6, in);
	if (!(frame[0] & 1))
		out = find(b, frame);
	if (out < 0)
		flood(s, in, slot);
	else if ((unsigned int)out == in)
		europa_stage_drop(s, in, slot, SAME_NIC);
	else
		europa_stage_send(s, (unsigned int)out, slot);
}

static void bridge_burst(struct europa_stage *s, unsigned int in,
			 struct europa_slot *slot, unsigned int n)
{
	struct bridge *b = s->state;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	b->now = (uint32_t)now.tv_sec + 1;
	for (unsigned int i = 0; i < n; i++)
		bridge_frame(s, in, &slot[i]);
}

EUROPA_STAGE = {
	.version  = EUROPA_STAGE_VERSION,
	.last	  = true,
	.state	  = sizeof(struct bridge),
	.counters = (const char *const[]){ [SAME_NIC] = "same_nic",
		    [NO_COPY] = "no_copy", [BAD_SOURCE] = "bad_source",
		    [LINK_LOCAL] = "link_local", NULL },
	.init	  = bridge_init,
	.burst	  = bridge_burst,
};
