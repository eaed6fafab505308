// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for packets pays if they come while we run: then wait longer next time;
 * if none came, wait less.  Where the scheduler gives the CPU to somebody else for
 * much of the time, who may well be who brings the packets, or another router that
 * has some, it does not pay: what we wait for too long is their time.
 */
#include <sys/rseq.h>

#include "patience.h"

/*
 * So many times the quickest look, some tens of microseconds: the CPU was taken
 * from us meanwhile, by an interrupt, by the host, or by somebody who shares it.
 */
#define GAP		512
/* A share of the CPU that others may have, one in so many, as a daemon would. */
#define SHARE		4
/*
 * What they have had beyond that, in waits of the longest kind: from one on they
 * are in need of it, and more than three are not remembered.
 */
#define CROWDED		1
#define REMEMBERED	3

/*
 * Has somebody had our CPU since we asked last?  Asked without a system call: a
 * restartable sequence that we are not within is ended by the first switch, and
 * nothing more.  Where the C library has none nobody is seen.
 */
static bool switched(void)
{
	static const struct {
		uint32_t signature;
		uint32_t abort;
	} end = { .signature = RSEQ_SIG };
	static const struct rseq_cs outside = {
		.start_ip = (uintptr_t)&end.abort,
		.abort_ip = (uintptr_t)&end.abort,
	};
	struct rseq *rseq = (void *)((char *)__builtin_thread_pointer() +
				     __rseq_offset);
	volatile uint64_t *now = (void *)&rseq->rseq_cs;
	bool ended;

	if (!__rseq_size)
		return false;
	ended = !*now;
	*now = (uintptr_t)&outside;
	return ended;
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
		.switched = switched,
	};
}

static uint64_t longest(const struct patience *p)
{
	return p->quickest * PATIENCE_MAX;
}

static bool crowded(const struct patience *p)
{
	return p->taken >= CROWDED * longest(p);
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

/* There was a gap: has somebody had our CPU, other than host or interrupts? */
static void look_for_others(struct patience *p, uint64_t cycles)
{
	p->gap = true;
	if (!p->switched())
		return;
	p->taken += cycles;
	if (p->taken > REMEMBERED * longest(p))
		p->taken = REMEMBERED * longest(p);
	if (crowded(p))
		p->most = PATIENCE_MIN;
}

/* Since the look before.  The time of others is not spent on empty rings. */
static void took(struct patience *p, uint64_t cycles)
{
	if (cycles && cycles < p->quickest)
		p->quickest = cycles;
	if (cycles / GAP <= p->quickest)
		p->spent = cycles;
	else
		look_for_others(p, cycles);
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
	uint64_t passed = now - p->last;

	p->taken -= p->taken < passed / SHARE ? p->taken : passed / SHARE;
	p->last = now;
	p->spent = 0;
	if (p->looks++)
		took(p, passed);
	else
		p->switched();		/* from here on */
	if (p->looks <= p->most)
		return true;
	if (p->most > PATIENCE_MIN)
		p->most /= 2;
	patience_end(p);
	return false;
}
