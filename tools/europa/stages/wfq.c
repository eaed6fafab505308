// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage "wfq": share a rate among classes by weight
 *
 *	{ stage = "wfq"; rate = "100M"; limit = 64;
 *	  classes = ( { match = "dscp 46"; weight = 3; }, { weight = 1; } ); }
 *
 * A packet is of the first class that it matches; of none: it passes at once.
 * Deficit round robin: a class that has packets gets its weight's part of the rate,
 * and what others leave.  limit packets of a class wait at most.  Of several
 * threads each has its part of the rate.
 */
#include <europa-match.h>
#include <europa-stage.h>
#include <time.h>

#define NS		1000000000ull
#define MAX_CLASSES	8
#define MAX_LIMIT	1024
#define QUANTUM		1514		/* of weight 1 */
#define BURST		32

struct waiting {
	struct europa_slot slot;
	unsigned int in;
};

struct class {
	struct europa_match match;
	uint32_t weight;
	uint64_t deficit;		/* bytes it may send in this turn */
	uint32_t head;
	uint32_t n;
	struct waiting *ring;
};

struct wfq {
	struct class class[MAX_CLASSES];
	unsigned int classes;
	unsigned int turn;
	uint32_t limit;
	uint32_t waiting;
	uint64_t rate;			/* bytes a second */
	uint64_t burst;			/* bytes: what may go at once */
	uint64_t tokens;		/* bytes times NS */
	uint64_t last;			/* ns */
	/* Sent in this turn, handed on together. */
	struct europa_slot out[BURST];
	unsigned int outs;
	unsigned int in;
};

enum { FULL };

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

static bool no_memory(char *error)
{
	snprintf(error, EUROPA_STAGE_ERROR, "no memory");
	return false;
}

static void wfq_fini(struct europa_stage *s)
{
	struct wfq *w = s->state;

	for (unsigned int i = 0; i < w->classes; i++)
		free(w->class[i].ring);
}

static bool add_class(struct wfq *w, config_setting_t *e, char *error)
{
	struct class *c = &w->class[w->classes];
	static const char *const known[] = { "match", "weight", NULL };
	const char *match = "";
	long long weight = 1;

	if (!config_setting_is_group(e)) {
		snprintf(error, EUROPA_STAGE_ERROR,
			 "classes: not { match = ...; weight = ...; }");
		return false;
	}
	if (!europa_stage_known(e, error, known) ||
	    !europa_stage_string(e, "match", &match, error) ||
	    !europa_stage_number(e, "weight", 1, 1000, &weight, error))
		return false;
	if (!europa_match_parse(&c->match, match)) {
		snprintf(error, EUROPA_STAGE_ERROR, "match: '%.80s'", match);
		return false;
	}
	for (unsigned int i = 0; i < w->classes; i++)
		if (!memcmp(&w->class[i].match, &c->match, sizeof(c->match))) {
			snprintf(error, EUROPA_STAGE_ERROR,
				 "match: '%.80s' is that of class %u as well, which would have all: delete one",
				 match, i + 1);
			return false;
		}
	c->weight = (uint32_t)weight;
	c->ring = calloc(w->limit, sizeof(*c->ring));
	if (!c->ring)
		return no_memory(error);
	w->classes++;
	return true;
}

static bool add_classes(struct europa_stage *s, config_setting_t *settings,
			char *error)
{
	struct wfq *w = s->state;
	config_setting_t *list;
	int n;

	if (!europa_stage_list(settings, "classes", &list, error))
		return false;
	n = list ? config_setting_length(list) : 0;
	if (n < 1 || n > MAX_CLASSES) {
		snprintf(error, EUROPA_STAGE_ERROR, "classes: not 1 to %d",
			 MAX_CLASSES);
		return false;
	}
	s->keeps = w->limit * (unsigned int)n;
	for (int i = 0; i < n; i++)
		if (!add_class(w, config_setting_get_elem(list, (unsigned int)i),
			       error))
			return false;
	return true;
}

static bool wfq_init(struct europa_stage *s, config_setting_t *settings,
		     char *error)
{
	static const char *const known[] = { "rate", "limit", "classes", NULL };
	struct wfq *w = s->state;
	const char *rate = "";
	long long limit = 64;

	if (!europa_stage_known(settings, error, known) ||
	    !europa_stage_string(settings, "rate", &rate, error) ||
	    !europa_stage_number(settings, "limit", 1, MAX_LIMIT, &limit,
				 error))
		return false;
	if (!europa_rate_parse(&w->rate, rate)) {
		snprintf(error, EUROPA_STAGE_ERROR,
			 "rate: not bits a second, like 10M: '%.80s'", rate);
		return false;
	}
	w->limit = (uint32_t)limit;
	w->rate = w->rate / 8 / s->threads;
	/* What may be missed between two looks, and a frame at least. */
	w->burst = w->rate / 100;
	if (w->burst < s->router->slot_size)
		w->burst = s->router->slot_size;
	w->last = now_ns();
	if (add_classes(s, settings, error))
		return true;
	wfq_fini(s);
	return false;
}

static void hand_on(struct europa_stage *s)
{
	struct wfq *w = s->state;

	europa_stage_pass(s, w->in, w->out, w->outs);
	w->outs = 0;
}

static void emit(struct europa_stage *s, const struct waiting *p)
{
	struct wfq *w = s->state;

	if (w->outs == BURST || (w->outs && w->in != p->in))
		hand_on(s);
	w->in = p->in;
	w->out[w->outs++] = p->slot;
}

static struct waiting *first(struct class *c)
{
	return c->n ? &c->ring[c->head] : NULL;
}

static void take(struct wfq *w, struct class *c)
{
	c->head = (c->head + 1) % w->limit;
	c->n--;
	w->waiting--;
}

static void next_turn(struct wfq *w)
{
	struct class *c = &w->class[w->turn];

	/* Who has nothing to send saves nothing up. */
	if (!c->n)
		c->deficit = 0;
	w->turn = (w->turn + 1) % w->classes;
	c = &w->class[w->turn];
	c->deficit += c->weight * QUANTUM;
}

static void refill(struct wfq *w)
{
	uint64_t now = now_ns(), full = w->burst * NS;
	uint64_t most = (full - w->tokens) / (w->rate + 1);

	if (now - w->last > most)
		w->tokens = full;
	else
		w->tokens += (now - w->last) * w->rate;
	w->last = now;
}

static void serve(struct europa_stage *s)
{
	struct wfq *w = s->state;

	refill(w);
	while (w->waiting) {
		struct class *c = &w->class[w->turn];
		struct waiting *p = first(c);

		if (!p || p->slot.desc->len > c->deficit) {
			next_turn(w);
			continue;
		}
		if (p->slot.desc->len * NS > w->tokens)
			break;
		w->tokens -= p->slot.desc->len * NS;
		c->deficit -= p->slot.desc->len;
		emit(s, p);
		take(w, c);
	}
	hand_on(s);
}

static struct class *classify(struct europa_stage *s,
			      const struct europa_slot *slot)
{
	struct wfq *w = s->state;
	struct europa_packet p;

	europa_packet_parse(&p, europa_data(s->router, slot), slot->desc->len);
	for (unsigned int i = 0; i < w->classes; i++)
		if (europa_match(&w->class[i].match, &p))
			return &w->class[i];
	return NULL;
}

static void wfq_burst(struct europa_stage *s, unsigned int in,
		      struct europa_slot *slot, unsigned int n)
{
	struct wfq *w = s->state;
	unsigned int others = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct class *c = classify(s, &slot[i]);

		if (!c) {
			slot[others++] = slot[i];
		} else if (c->n == w->limit) {
			europa_stage_drop(s, in, &slot[i], FULL);
		} else {
			c->ring[(c->head + c->n++) % w->limit] =
				(struct waiting){ slot[i], in };
			w->waiting++;
		}
	}
	europa_stage_pass(s, in, slot, others);
	serve(s);
}

static bool wfq_poll(struct europa_stage *s)
{
	struct wfq *w = s->state;

	if (w->waiting)
		serve(s);
	return w->waiting;
}

static void wfq_flush(struct europa_stage *s)
{
	struct wfq *w = s->state;

	for (unsigned int i = 0; i < w->classes; i++) {
		struct class *c = &w->class[i];

		while (c->n) {
			emit(s, first(c));
			take(w, c);
		}
	}
	hand_on(s);
}

EUROPA_STAGE = {
	.version  = EUROPA_STAGE_VERSION,
	.state	  = sizeof(struct wfq),
	.counters = (const char *const[]){ [FULL] = "full", NULL },
	.init	  = wfq_init,
	.fini	  = wfq_fini,
	.burst	  = wfq_burst,
	.poll	  = wfq_poll,
	.flush	  = wfq_flush,
};
