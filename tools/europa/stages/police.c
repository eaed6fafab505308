// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage "police": of what matches let so many bits a second pass
 *
 *	{ stage = "police"; match = "udp"; rate = "10M"; burst = 15000; }
 *
 * A token bucket: tokens are bytes of frames, burst is how many it holds, by
 * default a hundredth of a second's.  Without match all packets count.  Of
 * several threads each has its part of the rate.
 */
#include <europa-match.h>
#include <europa-stage.h>
#include <time.h>

#define NS	1000000000ull

struct police {
	struct europa_match match;
	uint64_t rate;			/* bytes a second */
	uint64_t burst;			/* bytes */
	uint64_t tokens;		/* bytes times NS */
	uint64_t last;			/* ns */
};

enum { OVER };

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

static bool police_init(struct europa_stage *s, config_setting_t *settings,
			char *error)
{
	static const char *const known[] = { "match", "rate", "burst", NULL };
	const char *match = "", *rate = "";
	struct police *p = s->state;
	long long burst = 0;

	if (!europa_stage_known(settings, error, known) ||
	    !europa_stage_string(settings, "match", &match, error) ||
	    !europa_stage_string(settings, "rate", &rate, error) ||
	    !europa_stage_number(settings, "burst", 1, 1 << 30, &burst, error))
		return false;
	if (!europa_match_parse(&p->match, match)) {
		snprintf(error, EUROPA_STAGE_ERROR, "match: '%.80s'", match);
		return false;
	}
	if (!europa_rate_parse(&p->rate, rate)) {
		snprintf(error, EUROPA_STAGE_ERROR,
			 "rate: not bits a second, like 10M: '%.80s'", rate);
		return false;
	}
	p->rate = p->rate / 8 / s->threads;
	p->burst = burst ? (uint64_t)burst : p->rate / 100;
	/* A bucket smaller than a frame lets none pass. */
	if (p->burst < s->router->slot_size)
		p->burst = s->router->slot_size;
	p->tokens = p->burst * NS;
	p->last = now_ns();
	return true;
}

static void refill(struct police *p)
{
	uint64_t now = now_ns(), full = p->burst * NS;
	uint64_t most = (full - p->tokens) / (p->rate + 1);

	if (now - p->last > most)
		p->tokens = full;
	else
		p->tokens += (now - p->last) * p->rate;
	p->last = now;
}

static bool over(struct police *p, uint32_t len)
{
	if (p->tokens < len * NS)
		return true;
	p->tokens -= len * NS;
	return false;
}

static void police_burst(struct europa_stage *s, unsigned int in,
			 struct europa_slot *slot, unsigned int n)
{
	struct police *police = s->state;
	struct europa_packet p;
	unsigned int kept = 0;

	refill(police);
	for (unsigned int i = 0; i < n; i++) {
		uint32_t len = slot[i].desc->len;

		europa_packet_parse(&p, europa_data(s->router, &slot[i]), len);
		if (europa_match(&police->match, &p) && over(police, len))
			europa_stage_drop(s, in, &slot[i], OVER);
		else
			slot[kept++] = slot[i];
	}
	europa_stage_pass(s, in, slot, kept);
}

EUROPA_STAGE = {
	.version  = EUROPA_STAGE_VERSION,
	.state	  = sizeof(struct police),
	.counters = (const char *const[]){ [OVER] = "over", NULL },
	.init	  = police_init,
	.burst	  = police_burst,
};
