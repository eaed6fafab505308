// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for packets pays if they come while we run: then wait longer next time;
 * if none came, wait less.  Where the scheduler gives the CPU to somebody else,
 * who may well be who brings the packets, or another router that has some, it does
 * not pay: what we wait for too long is their time.
 */
#include <sys/resource.h>
#include <time.h>

#include "patience.h"

/*
 * So many times the quickest look, some tens of microseconds: the CPU was taken
 * from us meanwhile, by an interrupt, by the host, or by somebody who shares it.
 */
#define GAP		512
/* So long after the CPU was somebody else's they may be there still. */
#define CROWDED_MS	100

/* Those that this thread did not ask for. */
static long involuntary_switches(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nivcsw;
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/**
 * patience_init - begin with little
 * @p: the patience of the calling thread
 */
void patience_init(struct patience *p)
{
	*p = (struct patience){
		.most = PATIENCE_MIN,
		.quickest = UINT64_MAX / GAP,
		.switches = involuntary_switches(),
		.ask_switches = involuntary_switches,
		.ask_ms = milliseconds,
	};
}

/* There was a gap: has somebody had our CPU, other than host or interrupts? */
static void look_for_others(struct patience *p)
{
	long switches = p->ask_switches();

	if (switches == p->switches)
		return;
	p->switches = switches;
	p->crowded_ms = p->ask_ms();
	p->most = PATIENCE_MIN;
}

static bool crowded(struct patience *p)
{
	if (p->crowded_ms && p->ask_ms() - p->crowded_ms > CROWDED_MS)
		p->crowded_ms = 0;
	return p->crowded_ms;
}

/**
 * patience_packets - some came
 * @p: the patience
 */
void patience_packets(struct patience *p)
{
	if (p->looks && !p->gap && p->most < PATIENCE_MAX && !crowded(p))
		p->most *= 2;
	patience_end(p);
}

/* Since the look before.  The time of others is not spent on empty rings. */
static void took(struct patience *p, uint64_t cycles)
{
	if (cycles && cycles < p->quickest)
		p->quickest = cycles;
	if (cycles / GAP <= p->quickest) {
		p->spent = cycles;
	} else {
		p->gap = true;
		look_for_others(p);
	}
}

/**
 * patience_none - there was a look, and none had come
 * @p: the patience
 * @now: in cycles
 *
 * Return: whether to look again; if not, the wait is over.
 */
bool patience_none(struct patience *p, uint64_t now)
{
	p->spent = 0;
	if (p->looks++)
		took(p, now - p->last);
	p->last = now;
	if (p->looks <= p->most)
		return true;
	if (p->most > PATIENCE_MIN)
		p->most /= 2;
	patience_end(p);
	return false;
}
