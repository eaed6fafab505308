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
 * @slots: of its pool, that receive
 */
void patience_init(struct patience *p, unsigned int slots)
{
	*p = (struct patience){
		.slots = slots,
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

/* Others have had the CPU for about so long. */
static void take(struct patience *p, uint64_t cycles)
{
	p->taken += cycles;
	if (p->taken > REMEMBERED * longest(p))
		p->taken = REMEMBERED * longest(p);
	if (crowded(p))
		p->most = PATIENCE_MIN;
}

/* What there was between two rounds: a gap, and somebody else in it? */
enum between { NOTHING, GAP_ONLY, OTHERS };

/* A round is over, with packets or without.  Who only slept was not interrupted. */
static enum between since_last(struct patience *p, uint64_t now)
{
	uint64_t passed = now - p->last;
	bool rested = p->rested;

	p->last = now;
	p->rested = false;
	p->taken -= p->taken < passed / SHARE ? p->taken : passed / SHARE;
	if (!rested && passed / GAP <= p->quickest)
		return NOTHING;
	if (!p->switched() || rested)
		return GAP_ONLY;
	p->away = true;
	p->backlog = 0;
	return OTHERS;
}

/*
 * What has come while we were away fills half of the pool; the other half may still
 * be on its way out.  What else came was lost, and so it is with those who share the
 * CPU with us.
 */
static void count_backlog(struct patience *p, unsigned int packets)
{
	if (!p->away)
		return;
	p->backlog += packets;
	if (p->backlog < p->slots / 2)
		return;
	p->away = false;
	take(p, REMEMBERED * longest(p));
}

/**
 * patience_packets - some came, and are done with
 * @p: the patience
 * @packets: how many
 * @now: in cycles
 */
void patience_packets(struct patience *p, unsigned int packets, uint64_t now)
{
	if (p->looks && !p->gap && p->most < PATIENCE_MAX && !crowded(p))
		p->most *= 2;
	if (since_last(p, now) == NOTHING)
		p->switched();		/* from here on */
	count_backlog(p, packets);
	p->looks = 0;
	p->gap = false;
}

/* What a look took */
static void looked(struct patience *p, uint64_t cycles, enum between between)
{
	p->gap = p->gap || between != NOTHING;
	if (between == OTHERS)
		take(p, cycles);
	if (between != NOTHING)
		return;
	if (cycles && cycles < p->quickest)
		p->quickest = cycles;
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
	enum between between = since_last(p, now);

	/* The time of others is not spent on empty rings. */
	p->spent = between == NOTHING ? passed : 0;
	if (p->looks++)
		looked(p, passed, between);
	else if (between == NOTHING)
		p->switched();		/* from here on */
	/* What comes after this is no backlog, unless the look was before the gap. */
	if (between != OTHERS)
		p->away = false;
	if (p->looks <= p->most)
		return true;
	if (p->most > PATIENCE_MIN)
		p->most /= 2;
	patience_end(p);
	return false;
}
