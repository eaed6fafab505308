// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of the router's parts that need no kernel; TAP on output. */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "europa-match.h"
#include "ip.h"
#include "slab.h"
#include "worker.h"

static int test, failed;

static void ok(bool good, const char *what)
{
	printf("%sok %d %s\n", good ? "" : "not ", ++test, what);
	failed += !good;
}

/* --- longest prefix match ------------------------------------------------ */

#define PREFIXES	300

struct prefix {
	struct ip_addr to;
	uint32_t value;			/* 0: it is not there */
};

static bool covers(const struct ip_addr *p, const uint8_t *addr)
{
	for (unsigned int b = 0; b < p->len; b++)
		if ((addr[b / 8] ^ p->byte[b / 8]) & 0x80 >> b % 8)
			return false;
	return true;
}

/* The longest one shorter than @below by looking at all. */
static const struct prefix *slow_lookup(const struct prefix *p, size_t n,
					const uint8_t *addr, int below)
{
	const struct prefix *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (p[i].value && p[i].to.len < below &&
		    (!best || p[i].to.len > best->to.len) &&
		    covers(&p[i].to, addr))
			best = &p[i];
	return best;
}

static void random_prefix(struct ip_addr *a, unsigned int bits)
{
	/* Few values a byte, so that prefixes nest. */
	memset(a, 0, sizeof(*a));
	a->family = bits == 32 ? 4 : 6;
	for (unsigned int i = 0; i < bits / 8; i++)
		a->byte[i] = (uint8_t)(random() % 3 << (random() % 8));
	a->len = (uint8_t)(random() % (int)(bits + 1));
	for (unsigned int b = a->len; b < bits; b++)
		a->byte[b / 8] &= (uint8_t)~(0x80 >> b % 8);
}

static struct prefix *find_prefix(struct prefix *p, size_t n,
				  const struct ip_addr *to)
{
	for (size_t i = 0; i < n; i++)
		if (!memcmp(&p[i].to, to, sizeof(*to)))
			return &p[i];
	return NULL;
}

static void random_prefixes(struct prefix *p, size_t n, unsigned int bits)
{
	for (size_t i = 0; i < n; i++)
		do
			random_prefix(&p[i].to, bits);
		while (find_prefix(p, i, &p[i].to));
}

/* Near one of the prefixes. */
static void random_addr(const struct prefix *p, size_t n, unsigned int bits,
			uint8_t *addr)
{
	memcpy(addr, p[random() % (long)n].to.byte, 16);
	addr[random() % (int)(bits / 8)] ^= (uint8_t)random();
}

static void lookups(const struct lpm *lpm, const uint8_t *const *addr,
		    uint32_t *value, unsigned int n)
{
	if (lpm->stride == LPM_STRIDE4)
		lpm_lookup4(lpm, addr, value, n);
	else
		lpm_lookup6(lpm, addr, value, n);
}

static uint32_t lookup(const struct lpm *lpm, const uint8_t *addr)
{
	uint32_t value;

	lookups(lpm, &addr, &value, 1);
	return value;
}

static bool lookups_agree(const struct lpm *lpm, const struct prefix *p,
			  unsigned int bits)
{
	uint8_t addr[200][16];
	const uint8_t *all[200];
	uint32_t value[200];

	for (int i = 0; i < 200; i++) {
		random_addr(p, PREFIXES, bits, addr[i]);
		all[i] = addr[i];
	}
	lookups(lpm, all, value, 200);
	for (int i = 0; i < 200; i++) {
		const struct prefix *best;

		best = slow_lookup(p, PREFIXES, addr[i], 256);
		if (value[i] != (best ? best->value : LPM_NONE))
			return false;
	}
	return true;
}

static void clear_prefix(struct lpm *lpm, struct prefix *all, struct prefix *p)
{
	const struct prefix *cover = slow_lookup(all, PREFIXES, p->to.byte,
						 p->to.len);

	p->value = 0;
	lpm_clear(lpm, p->to.byte, p->to.len, cover ? cover->to.len : 0,
		  cover ? cover->value : LPM_NONE);
}

/* Adds, changes and removes at random, with lookups in between. */
static bool lpm_agrees(unsigned int bits)
{
	struct prefix p[PREFIXES] = {};
	bool same = true;
	struct lpm lpm;

	if (lpm_open(&lpm, bits == 32 ? LPM_STRIDE4 : LPM_STRIDE6))
		return false;
	random_prefixes(p, PREFIXES, bits);
	for (uint32_t i = 1; i < 3000 && same; i++) {
		struct prefix *q = &p[random() % PREFIXES];

		if (q->value && random() % 2) {
			clear_prefix(&lpm, p, q);
		} else {
			q->value = i;
			same = !lpm_set(&lpm, q->to.byte, q->to.len, i);
		}
		if (i % 64 == 0)
			lpm_reclaim(&lpm);
		same &= i % 8 || lookups_agree(&lpm, p, bits);
	}
	/* When all are gone so are the nodes: as many do again. */
	for (size_t i = 0; i < PREFIXES; i++)
		if (p[i].value)
			clear_prefix(&lpm, p, &p[i]);
	lpm_reclaim(&lpm);
	for (uint32_t node = lpm.free; node; node = lpm.next[node])
		lpm.nodes--;
	same &= lpm.nodes == 1 && lookups_agree(&lpm, p, bits);
	lpm_close(&lpm);
	return same;
}

struct lpm_race {
	struct lpm lpm;
	atomic_bool stop;
	atomic_ulong bad;
	atomic_ulong looks;
	atomic_ulong seen[3];		/* of values */
};

/* 10/8 always leads to 1, the other prefix of 10.1.2.3 to 2 while it is there. */
static void *lpm_reader(void *arg)
{
	static const uint8_t addr[2][16] = { { 10, 1, 2, 3 }, { 10, 9, 9, 9 } };
	const uint8_t *all[] = { addr[0], addr[1], addr[0], addr[0] };
	struct lpm_race *race = arg;
	uint32_t v[4];

	while (!atomic_load(&race->stop)) {
		lookups(&race->lpm, all, v, 4);
		if (v[1] != 1)
			atomic_fetch_add(&race->bad, 1);
		for (int i = 0; i < 4; i++)
			if (v[i] == 1 || v[i] == 2)
				atomic_fetch_add(&race->seen[v[i]], 1);
			else
				atomic_fetch_add(&race->bad, 1);
		atomic_fetch_add(&race->looks, 1);
	}
	return NULL;
}

/* What the reader has looked at so far it does not any more. */
static void let_look(struct lpm_race *race)
{
	unsigned long looks = atomic_load(&race->looks);

	while (atomic_load(&race->looks) < looks + 2)
		sched_yield();
}

/*
 * The reader's prefix and then one of others, in the nodes of the first.  Once in a
 * while it stays until the reader has seen it.
 */
static bool change_both(struct lpm_race *race, uint8_t len, bool stay)
{
	static const uint8_t more[16] = { 10, 1, 2, 3 }, other[16] = { 11, 7, 7 };
	struct lpm *lpm = &race->lpm;
	bool done = !lpm_set(lpm, more, len, 2);

	if (stay)
		let_look(race);
	lpm_clear(lpm, more, len, 8, 1);
	done &= !lpm_set(lpm, other, len, 3);
	lpm_clear(lpm, other, len, 0, LPM_NONE);
	return done;
}

static bool lpm_changes_whole(unsigned int stride, uint8_t len)
{
	static const uint8_t ten[16] = { 10 };
	struct lpm_race race = {};
	pthread_t thread;
	bool done = true;

	if (lpm_open(&race.lpm, stride) || lpm_set(&race.lpm, ten, 8, 1) ||
	    pthread_create(&thread, NULL, lpm_reader, &race))
		return false;
	do {
		for (int i = 0; i < 20; i++)
			done &= change_both(&race, len, !i);
		let_look(&race);
		lpm_reclaim(&race.lpm);
	} while (atomic_load(&race.looks) < 200000);
	atomic_store(&race.stop, true);
	pthread_join(thread, NULL);
	lpm_close(&race.lpm);
	return done && !atomic_load(&race.bad) && atomic_load(&race.seen[1]) &&
	       atomic_load(&race.seen[2]);
}

static void test_lpm(void)
{
	uint8_t addr[16] = { 10 };
	struct lpm lpm;

	ok(!lpm_open(&lpm, LPM_STRIDE4) && lookup(&lpm, addr) == LPM_NONE,
	   "an empty table matches nothing");
	lpm_close(&lpm);
	ok(lpm_agrees(32), "IPv4 lookups agree with a linear search");
	ok(lpm_agrees(128), "IPv6 lookups agree with a linear search");
	ok(lpm_changes_whole(LPM_STRIDE4, 24),
	   "a reader sees an IPv4 prefix as it was or as it is");
	ok(lpm_changes_whole(LPM_STRIDE6, 80),
	   "a reader sees an IPv6 prefix as it was or as it is");
}

/* --- objects ------------------------------------------------------------- */

static void test_slab(void)
{
	uint32_t number[100], again[2];
	struct slab slab;
	bool all = true;

	if (slab_open(&slab, 12, 100))
		abort();
	for (uint32_t i = 0; i < 100; i++) {
		number[i] = slab_take(&slab);
		all &= number[i] != SLAB_NONE;
		memset(slab_at(&slab, number[i]), (int)i, 12);
	}
	for (uint32_t i = 0; i < 100; i++) {
		uint8_t *o = slab_at(&slab, number[i]);

		all &= o[0] == i && o[11] == i;
	}
	ok(all && slab_take(&slab) == SLAB_NONE,
	   "slab: as many objects as there is room for");
	slab_give(&slab, number[7]);
	slab_give(&slab, number[50]);
	again[0] = slab_take(&slab);
	again[1] = slab_take(&slab);
	ok(again[0] == number[50] && again[1] == number[7] &&
	   slab_take(&slab) == SLAB_NONE, "slab: what is given back is taken again");
	slab_close(&slab);
}

/* --- next hops -------------------------------------------------------------- */

static struct hop a_hop(uint16_t nic, uint8_t last, uint8_t weight)
{
	return (struct hop){ .kind = HOP_FORWARD, .family = 4, .nic = nic,
			     .weight = weight, .addr = { 10, 0, 0, last } };
}

/* How many of all hashes choose the way by a NIC. */
static unsigned int chosen(const struct hop *first, uint16_t nic)
{
	unsigned int n = 0;

	for (unsigned int hash = 0; hash <= 0xffff; hash++)
		n += hops_choose(first, (uint16_t)hash)->nic == nic;
	return n;
}

static void test_hops(void)
{
	struct hop one = a_hop(1, 1, 1), many[3] = {
		a_hop(1, 1, 1), a_hop(2, 2, 2), a_hop(3, 3, 5) };
	const struct hop *first;
	uint32_t a, b, c, d;
	struct hops hops;

	if (hops_open(&hops))
		abort();
	a = hops_get(&hops, &one, 1);
	b = hops_get(&hops, &one, 1);
	c = hops_get(&hops, many, 3);
	ok(a && a == b && c && c != a, "next hops are shared if they are the same");
	one.mtu = 1400;
	d = hops_get(&hops, &one, 1);
	ok(d && d != a, "but not with another MTU");
	hops_put(&hops, d);
	one.mtu = 0;
	first = &hops.hop[c];
	ok(first->others == 2 &&
	   abs((int)chosen(first, 1) - 65536 / 8) < 8 &&
	   abs((int)chosen(first, 2) - 65536 / 4) < 8 &&
	   abs((int)chosen(first, 3) - 65536 * 5 / 8) < 8,
	   "several are chosen by weight");
	hops_put(&hops, a);
	ok(hops_get(&hops, &one, 1) == a, "one is there as long as it is used");
	hops_put(&hops, a);
	hops_put(&hops, b);
	hops_put(&hops, c);
	ok(hops.hop[a].nic == 1 && hops.hop[c + 2].nic == 3,
	   "and can be read until it is reclaimed");
	hops_reclaim(&hops);
	many[0].weight = 7;
	ok(hops_get(&hops, many, 3) == c, "then its place is another's");
	a = hops_get(&hops, &one, 1);
	hops_put(&hops, a);
	b = hops_get(&hops, &one, 1);
	ok(a && b && b != a && hops_get(&hops, &one, 1) == b,
	   "what was got last is not got when it is gone");
	hops_close(&hops);
}

/* --- routes ------------------------------------------------------------------ */

/* --- patience ---------------------------------------------------------------- */

static bool others;

static bool ask_others(void)
{
	return others;
}

/* Looks until the wait is over, some cycles apart */
static unsigned int looks(struct patience *p, uint64_t *now)
{
	unsigned int n = 0;

	do {
		*now += 100;
		n++;
	} while (patience_none(p, *now));
	return n;
}

/* Packets come after some looks, with a gap before the last one if there is one. */
static void packets_after(struct patience *p, uint64_t *now, uint64_t gap)
{
	for (unsigned int i = 0; i < 3; i++)
		patience_none(p, *now += 100);
	if (gap)
		patience_none(p, *now += gap);
	patience_packets(p, 1, *now += 100);
}

/* A thread is asked itself: it has slept, or not. */
static void test_switched(void)
{
	struct patience p;
	bool slept, ran;

	patience_init(&p, 512);
	p.switched();
	usleep(1000);
	slept = p.switched();
	/* A switch may come between the two, but not each time. */
	for (int i = 0; i < 1000; i++) {
		p.switched();
		ran = !p.switched();
		if (ran)
			break;
	}
	ok(slept && ran, "a switch of the CPU is seen without a system call");
}

/* A router with 512 slots that waits for long, if nobody else has the CPU. */
static void patient(struct patience *p, uint64_t *now)
{
	patience_init(p, 512);
	p->switched = ask_others;
	others = false;
	for (int i = 0; i < 3; i++)
		packets_after(p, now, 0);
}

/* A round of packets in which somebody else has had the CPU. */
static void packets_after_others(struct patience *p, uint64_t *now,
				 unsigned int packets)
{
	others = true;
	patience_packets(p, packets, *now += 1000000);
	others = false;
}

static void test_backlog(void)
{
	const uint64_t longest = 100 * PATIENCE_MAX;
	uint64_t now = 1000;
	struct patience p;

	patient(&p, &now);
	packets_after_others(&p, &now, 200);
	packets_after_others(&p, &now, 200);
	ok(p.most > PATIENCE_MIN,
	   "what comes meanwhile has room each time: waiting goes on");
	/* Work takes long as well. */
	patience_packets(&p, 56, now += 1000000);
	ok(p.most == PATIENCE_MIN, "it fills the pool: no waiting");
	patience_packets(&p, 1, now += 4 * longest);
	packets_after(&p, &now, 0);
	ok(p.most == PATIENCE_MIN, "nor for a while after it");
	patience_packets(&p, 1, now += 16 * longest);
	packets_after(&p, &now, 0);
	patience_packets(&p, 256, now += 100);
	packets_after(&p, &now, 0);
	ok(p.most == 4 * PATIENCE_MIN, "long after that: waiting again");

	patient(&p, &now);
	packets_after_others(&p, &now, 128);
	patience_none(&p, now += 100);
	patience_packets(&p, 128, now += 100);
	ok(p.most > PATIENCE_MIN, "what comes after an empty look does not count");
	others = true;
	patience_none(&p, now += 1000000);
	others = false;
	patience_packets(&p, 256, now += 100);
	ok(p.most == PATIENCE_MIN, "unless they had the CPU after the look");

	patient(&p, &now);
	packets_after_others(&p, &now, 128);
	patience_end(&p);
	packets_after_others(&p, &now, 512);
	ok(p.most > PATIENCE_MIN, "nor what comes while we sleep");
}

static void test_patience(void)
{
	const uint64_t longest = 100 * PATIENCE_MAX;
	uint64_t now = 1000;
	struct patience p;

	patience_init(&p, 512);
	p.switched = ask_others;
	ok(looks(&p, &now) == PATIENCE_MIN + 1 &&
	   looks(&p, &now) == PATIENCE_MIN + 1, "little patience at first");
	packets_after(&p, &now, 0);
	packets_after(&p, &now, 0);
	ok(looks(&p, &now) == 4 * PATIENCE_MIN + 1 &&
	   looks(&p, &now) == 2 * PATIENCE_MIN + 1,
	   "more if packets come, less if none do");
	packets_after(&p, &now, 0);
	packets_after(&p, &now, 2 * longest);
	ok(p.most == 2 * PATIENCE_MIN && !p.spent,
	   "what a host or an interrupt takes says nothing");
	others = true;
	packets_after(&p, &now, longest / 2);
	now += 4 * longest;
	packets_after(&p, &now, longest / 2);
	ok(p.most == 2 * PATIENCE_MIN, "others may have some of the CPU");
	packets_after(&p, &now, longest);
	ok(p.most == PATIENCE_MIN, "much of it: no waiting");
	others = false;
	packets_after(&p, &now, 0);
	ok(p.most == PATIENCE_MIN, "nor soon after");
	now += 16 * longest;
	packets_after(&p, &now, 0);
	packets_after(&p, &now, 0);
	ok(p.most == 4 * PATIENCE_MIN, "long after that: waiting again");
	now += 70;
	patience_none(&p, now);
	ok(p.spent == 70, "the first look is spent on empty rings as well");
	patience_end(&p);
	now += 70;
	patience_none(&p, now);
	ok(!p.spent, "sleep is not");
	test_backlog();
	test_switched();
}

static void test_rib_order(void)
{
	struct ip_addr to = { .family = 4, .len = 24, .byte = { 10, 1, 2 } };
	struct hop hop[4] = { a_hop(1, 1, 1), a_hop(2, 1, 1), a_hop(3, 1, 1),
			      { .kind = HOP_PUNT, .weight = 1 } };
	const uint8_t addr[4] = { 10, 1, 2, 3 };
	static struct fib fib;
	struct rib *rib = rib_new(&fib);
	unsigned int n = 0;

#define LEADS(kind_, nic_) ({						\
	const struct hop *h = &fib.hops.hop[lookup(&fib.v4, addr)];	\
	h->kind == (kind_) && h->nic == (nic_); })
	ok(!rib_set(rib, &to, RIB_MAIN, 20, &hop[0], 1) && LEADS(HOP_FORWARD, 1) &&
	   !rib_set(rib, &to, RIB_MAIN, 30, &hop[1], 1) && LEADS(HOP_FORWARD, 1) &&
	   !rib_set(rib, &to, RIB_MAIN, 10, &hop[1], 1) && LEADS(HOP_FORWARD, 2),
	   "routes: the least metric counts");
	ok(!rib_set(rib, &to, RIB_CONFIG, 0, &hop[2], 1) && LEADS(HOP_FORWARD, 3) &&
	   !rib_set(rib, &to, RIB_LOCAL, 0, &hop[3], 1) && LEADS(HOP_PUNT, 0),
	   "routes: local ones first, then those of the configuration");
	rib_clear(rib, &to, RIB_LOCAL, 0);
	rib_clear(rib, &to, RIB_CONFIG, 0);
	rib_clear(rib, &to, RIB_MAIN, 10);
	ok(LEADS(HOP_FORWARD, 1) && rib_prefixes(rib) == 1,
	   "routes: the next best one takes over");
	ok(rib_get(rib, &to, RIB_MAIN, 30, hop, &n) && n == 1 &&
	   hop[0].nic == 2 && !rib_get(rib, &to, RIB_MAIN, 31, hop, &n),
	   "routes: each can be asked for");
	rib_mark(rib, 0);
	rib_set(rib, &to, RIB_MAIN, 30, &hop[0], 1);
	rib_sweep(rib, 1u << RIB_CONFIG, 0);
	ok(LEADS(HOP_FORWARD, 1), "routes: those of others are not swept");
	rib_sweep(rib, 1u << RIB_MAIN, 0);
	ok(LEADS(HOP_FORWARD, 2), "routes: those not set again are");
	rib_clear(rib, &to, RIB_MAIN, 30);
	ok(!rib_prefixes(rib) && lookup(&fib.v4, addr) == LPM_NONE,
	   "routes: none is left");
	rib_free(rib);
}

static struct ip_addr host(unsigned int i)
{
	return (struct ip_addr){ .family = 4, .len = 32,
				 .byte = { 10, (uint8_t)(i >> 16),
					   (uint8_t)(i >> 8), (uint8_t)i } };
}

/* Do those from @from on lead where they should, and no others anywhere? */
static bool hosts_lead(const struct rib *rib, const struct fib *fib,
		       unsigned int from, unsigned int n)
{
	bool all = rib_prefixes(rib) == n - from;
	struct hop hop[HOPS_MAX_PATHS];
	unsigned int ways;

	for (unsigned int i = 0; i < n; i++) {
		struct ip_addr to = host(i);
		uint32_t value = lookup(&fib->v4, to.byte);
		bool there = rib_get(rib, &to, RIB_MAIN, 0, hop, &ways);

		all &= there == (i >= from) && !value == (i < from) &&
		       (!there || (hop->nic == i % 50 &&
				   fib->hops.hop[value].nic == i % 50));
	}
	return all;
}

/* More than there are buckets at first; half of them are not set again. */
static void test_rib_sweep(void)
{
	enum { HOSTS = 20000 };
	static struct fib fib;
	struct rib *rib = rib_new(&fib);
	bool all = true;

	for (int round = 0; round < 3; round++) {
		unsigned int from = round == 1 ? HOSTS / 2 : 0;

		rib_mark(rib, 0);
		for (unsigned int i = from; i < HOSTS; i++) {
			struct hop hop = a_hop((uint16_t)(i % 50), 1, 1);
			struct ip_addr to = host(i);

			all &= !rib_set(rib, &to, RIB_MAIN, 0, &hop, 1);
		}
		rib_sweep(rib, 1u << RIB_MAIN, 0);
		rib_reclaim(rib);
		all &= hosts_lead(rib, &fib, from, HOSTS);
	}
	ok(all, "routes: more and more, fewer, and as many again");
	rib_mark(rib, 0);
	rib_sweep(rib, 1u << RIB_MAIN, 0);
	ok(hosts_lead(rib, &fib, HOSTS, HOSTS), "routes: all are swept");
	rib_free(rib);
}

/* Those of one family are read again, the others not. */
static void test_rib_families(void)
{
	struct ip_addr four = { .family = 4, .len = 8, .byte = { 10 } };
	struct ip_addr six = { .family = 6, .len = 8, .byte = { 0xfd } };
	struct hop hop = a_hop(1, 1, 1);
	static struct fib fib;
	struct rib *rib = rib_new(&fib);
	bool good = !rib_set(rib, &four, RIB_MAIN, 0, &hop, 1) &&
		    !rib_set(rib, &six, RIB_MAIN, 0, &hop, 1);

	rib_mark(rib, 6);
	good &= rib_is_fresh(rib, &four, RIB_MAIN, 0) &&
		!rib_is_fresh(rib, &six, RIB_MAIN, 0);
	rib_sweep(rib, 1u << RIB_MAIN, 4);
	ok(good && rib_prefixes(rib) == 2,
	   "routes: of one family are marked, those of the other not swept");
	rib_mark(rib, 4);
	rib_sweep(rib, 1u << RIB_MAIN, 6);
	ok(rib_prefixes(rib) == 1 && !rib_is_fresh(rib, &four, RIB_MAIN, 0),
	   "routes: of one family are swept");
	rib_free(rib);
}

/* Many, in both families, come and go; what is left leads where it should. */
static void test_rib_many(void)
{
	static struct prefix p[2][PREFIXES];
	static struct fib fib;
	struct rib *rib = rib_new(&fib);
	bool all = true;

	random_prefixes(p[0], PREFIXES, 32);
	random_prefixes(p[1], PREFIXES, 128);
	for (int i = 0; i < 20000; i++) {
		struct prefix *q = &p[i % 2][random() % PREFIXES];
		struct hop hop = a_hop((uint16_t)(random() % 50), 1, 1);

		if (q->value && random() % 2) {
			rib_clear(rib, &q->to, RIB_MAIN, 0);
			q->value = 0;
		} else {
			all &= !rib_set(rib, &q->to, RIB_MAIN, 0, &hop, 1);
			q->value = hop.nic + 1u;
		}
		if (i % 100 == 0)
			rib_reclaim(rib);
	}
	for (int i = 0; i < 2000; i++) {
		int v6 = i % 2;
		const struct prefix *best;
		uint8_t addr[16];
		uint32_t value;

		random_addr(p[v6], PREFIXES, v6 ? 128 : 32, addr);
		best = slow_lookup(p[v6], PREFIXES, addr, 256);
		value = lookup(v6 ? &fib.v6 : &fib.v4, addr);
		all &= best ? value && fib.hops.hop[value].nic + 1u == best->value :
			      value == LPM_NONE;
	}
	ok(all, "routes: many come and go");
	rib_free(rib);
}

/* To host I by as many ways as can be, which no other host has. */
static int set_wide(struct rib *rib, unsigned int i, uint32_t by)
{
	struct ip_addr to = host(i);
	struct hop way[HOPS_MAX_PATHS];

	for (unsigned int k = 0; k < HOPS_MAX_PATHS; k++) {
		way[k] = a_hop((uint16_t)k, 1, 1);
		memcpy(way[k].addr, &by, sizeof(by));
	}
	return rib_set(rib, &to, RIB_MAIN, 0, way, HOPS_MAX_PATHS);
}

static bool leads_by(const struct fib *fib, unsigned int i, uint32_t by)
{
	struct ip_addr to = host(i);
	uint32_t value = lookup(&fib->v4, to.byte);

	return value && !memcmp(fib->hops.hop[value].addr, &by, sizeof(by));
}

/* What does not fit changes nothing. */
static void test_rib_full(void)
{
	enum { MORE = 1000000 };
	static struct fib fib;
	struct rib *rib = rib_new(&fib);
	struct ip_addr gone = host(1);
	unsigned int n = 0;
	bool all = true;
	int err;

	while (n < MORE && !(err = set_wide(rib, n, n)))
		n++;
	for (unsigned int i = 0; i < n; i++)
		all &= leads_by(&fib, i, i);
	ok(n && n < MORE && err == -ENOSPC && all && rib_prefixes(rib) == n &&
	   lookup(&fib.v4, host(n).byte) == LPM_NONE,
	   "routes: one too many is refused, the others stay");
	ok(set_wide(rib, 0, MORE) == -ENOSPC && leads_by(&fib, 0, 0),
	   "routes: one that cannot change leads where it did");
	rib_clear(rib, &gone, RIB_MAIN, 0);
	rib_reclaim(rib);
	ok(!set_wide(rib, n, n) && leads_by(&fib, n, n) &&
	   lookup(&fib.v4, gone.byte) == LPM_NONE,
	   "routes: there is room for one where another was");
	rib_free(rib);
}

/* --- the rest ---------------------------------------------------------------- */

static void test_neigh(void)
{
	struct neigh_table *table = neigh_table_new(), *next;
	struct neigh n = { .family = 4, .state = NEIGH_KNOWN };
	bool all = true;

	for (unsigned int i = 0; i < 1000; i++) {
		n.addr[2] = (uint8_t)(i >> 8);
		n.addr[3] = (uint8_t)i;
		n.mac[5] = (uint8_t)i;
		all &= neigh_table_put(&table, &n);
	}
	for (unsigned int i = 0; i < 1000; i++) {
		uint8_t addr[4] = { 0, 0, (uint8_t)(i >> 8), (uint8_t)i };
		const struct neigh *found = neigh_lookup(table, 4, 0, addr);

		all &= found && found->mac[5] == (uint8_t)i;
	}
	ok(all, "1000 neighbours are found");
	ok(!neigh_lookup(table, 4, 1, n.addr) &&
	   !neigh_lookup(table, 6, 0, n.addr),
	   "not behind another NIC nor in the other family");
	n.state = NEIGH_UNKNOWN;
	next = neigh_table_copy(table);
	ok(neigh_table_put(&next, &n) && neigh_lookup(table, 4, 0, n.addr) &&
	   !neigh_lookup(next, 4, 0, n.addr),
	   "a change is in the copy only");
	free(table);
	table = neigh_table_copy(next);
	ok(table->used == 999, "what is unknown is not copied");
	free(table);
	free(next);
}

static uint16_t ip_sum(const uint8_t *ip, unsigned int len)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < len; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* A good UDP packet of 46 bytes; then one byte is changed. */
static int check4(unsigned int at, uint8_t value, uint32_t len, bool resum)
{
	uint8_t f[64] = { [12] = 8, [14] = 0x45, [17] = 46, [22] = 64,
			  [23] = 17, [26] = 10, [29] = 1, [30] = 10, [33] = 2 };
	uint16_t sum = ip_sum(f + 14, 20);

	memcpy(f + 24, &sum, 2);
	f[at] = value;
	if (resum) {
		memset(f + 24, 0, 2);
		sum = ip_sum(f + 14, 20);
		memcpy(f + 24, &sum, 2);
	}
	return ipv4_check(f, len);
}

static int check6(unsigned int at, uint8_t value, uint32_t len)
{
	uint8_t f[64] = { [12] = 0x86, [13] = 0xdd, [14] = 0x60, [19] = 6,
			  [20] = 17, [21] = 64, [22] = 0xfd, [37] = 1,
			  [38] = 0xfd, [53] = 2 };

	f[at] = value;
	return ipv6_check(f, len, false);
}

static void test_ip(void)
{
	ok(check4(0, 0, 60, false) == VERDICT_FORWARD4, "IPv4: good");
	ok(check4(0, 0, 33, false) == COUNT_TRUNCATED, "IPv4: truncated");
	ok(check4(14, 0x55, 60, true) == COUNT_BAD_VERSION, "IPv4: version");
	ok(check4(14, 0x44, 60, true) == COUNT_BAD_VERSION, "IPv4: ihl < 5");
	ok(check4(14, 0x4f, 60, true) == COUNT_TRUNCATED,
	   "IPv4: header longer than the frame");
	ok(check4(14, 0x46, 60, true) == VERDICT_PUNT, "IPv4: options");
	ok(check4(17, 47, 60, true) == COUNT_BAD_LENGTH,
	   "IPv4: length larger than the frame");
	ok(check4(17, 19, 60, true) == COUNT_BAD_LENGTH,
	   "IPv4: length smaller than the header");
	ok(check4(25, 0, 60, false) == COUNT_BAD_CHECKSUM, "IPv4: checksum");
	ok(check4(26, 127, 60, true) == COUNT_BAD_ADDRESS,
	   "IPv4: from loopback");
	ok(check4(26, 0, 60, true) == COUNT_BAD_ADDRESS, "IPv4: from nobody");
	ok(check4(30, 224, 60, true) == VERDICT_PUNT, "IPv4: multicast");
	ok(check6(0, 0, 60) == VERDICT_FORWARD6, "IPv6: good");
	ok(check6(0, 0, 53) == COUNT_TRUNCATED, "IPv6: truncated");
	ok(check6(14, 0x50, 60) == COUNT_BAD_VERSION, "IPv6: version");
	ok(check6(19, 7, 60) == COUNT_BAD_LENGTH,
	   "IPv6: length larger than the frame");
	ok(check6(22, 0xff, 60) == COUNT_BAD_ADDRESS, "IPv6: from multicast");
	ok(check6(38, 0xff, 60) == VERDICT_PUNT, "IPv6: multicast");
	ok(check6(20, 0, 60) == VERDICT_PUNT, "IPv6: hop-by-hop options");
}

static void test_config(void)
{
	static const char *const bad_routes[] = {
		"", "10.0.0.0/33 dev eu0", "10.0.0.1/8 dev eu0", "10.0.0.0/8",
		"10.0.0.0/8 dev eu9", "10.0.0.0/8 via fd00::1 dev eu0",
		"10.0.0.0/8 via x dev eu0", "10.0.0.0/8 dev", "x dev eu0",
		"10.0.0.0/ dev eu0", "10.0.0.0/8 dev eu0 metric 1",
	};
	struct config c = {};
	char error[ERROR_SIZE];
	bool all = true;

	ok(config_add_nic(&c, "eu0", error) &&
	   !config_add_nic(&c, "eu0", error) &&
	   !config_add_nic(&c, "a_name_of_16_cha", error),
	   "config: names of NICs");
	for (size_t i = 0; i < sizeof(bad_routes) / sizeof(*bad_routes); i++)
		if (config_add_route(&c, bad_routes[i], error)) {
			printf("# taken: '%s'\n", bad_routes[i]);
			all = false;
		}
	ok(all && !c.routes, "config: bad routes are refused");
	ok(config_add_route(&c, "default via 10.0.0.1 dev eu0", error) &&
	   c.route[0].to.family == 4 && !c.route[0].to.len &&
	   config_add_route(&c, "default via fd00::1 dev eu0", error) &&
	   c.route[1].to.family == 6 && c.routes == 2,
	   "config: default routes");
	ok(config_add_neigh(&c, "10.0.0.1 lladdr 02:00:00:00:00:01 dev eu0",
			    error) &&
	   !config_add_neigh(&c, "10.0.0.1 lladdr 02:00 dev eu0", error) &&
	   c.neighs == 1, "config: neighbours");
	ok(!config_add_neigh(&c, "10.0.0.1 lladdr 02:00:00:00:00:02 dev eu0",
			     error) && strstr(error, "another MAC") &&
	   config_add_neigh(&c, "10.0.0.1 lladdr 02:00:00:00:00:01 dev eu0",
			    error), "config: a neighbour has one MAC address");
	ok(config_set_number(&c.slots, "4096", error) && c.slots == 4096 &&
	   !config_set_number(&c.slots, "", error) &&
	   !config_set_number(&c.slots, "0", error) &&
	   !config_set_number(&c.slots, "-1", error) &&
	   !config_set_number(&c.slots, "4k", error) &&
	   !config_set_number(&c.slots, "4294967296", error) &&
	   c.slots == 4096, "config: numbers");
	ok(config_set_cpus(&c, "3,0", error) && c.cpus == 2 && c.cpu[0] == 3 &&
	   !config_set_cpus(&c, "0,", error) &&
	   !config_set_cpus(&c, "0-1", error) &&
	   !config_set_cpus(&c, "-1", error) &&
	   !config_set_cpus(&c, "70000", error), "config: CPUs");
	c.threads = 2;
	ok(config_set_cpus(&c, "0", error) && !config_check(&c, error) &&
	   config_set_cpus(&c, "0,0", error) && config_check(&c, error),
	   "config: a CPU for each thread");
	config_free(&c);
}

/* What becomes of a file of routes with this text. */
static bool load_routes(struct config *c, const char *text, char *error)
{
	char path[] = "/tmp/routes.XXXXXX";
	int fd = mkstemp(path);
	bool loaded = false;

	if (fd < 0)
		return false;
	if (write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		loaded = config_load_routes(c, path, error);
	close(fd);
	unlink(path);
	return loaded;
}

static void test_routes_file(void)
{
	static const char many[] =
		"# comment\n\n  10.1.0.0/16 via 10.0.0.1 dev eu0 \r\n"
		"default dev eu0# the rest\nfd00::/8\tdev\teu0";
	static const char alike[] =
		"10.1.0.0/16 via 10.0.0.1 dev eu0\n"
		"10.2.0.0/15 via 10.0.0.1 dev eu0\ndefault via 10.0.0.1 dev eu0\n"
		"10.4.0.0/16\tdev eu0\nfd00::/16\tdev eu0\n";
	static const char *const not_alike[] = {
		"10.1.0.0/16 via 10.0.0.1 dev eu0\nfd00::/16 via 10.0.0.1 dev eu0",
		"10.1.0.0/16\tvia 10.0.0.1 dev eu0\n10.2.0.0/16 10.0.0.1 dev eu0",
		"10.1.0.0/16 dev eu0\n10.1.0.1/16 dev eu0",
		"10.1.0.0/16 dev eu0\n10.2.0.0/16",
		"10.1.0.0/16 dev eu0\n10.2.0.0/16dev eu0",
		"10.1.0.0/16 dev eu0\n10.2.0.0/16 dev eu0 x",
		"#\n10.2.0.0/16", "# dev eu0\n10.2.0.0/16 ",
		"10.1.0.0/16 dev eu0\n10.2.0.0/016.0 dev eu0",
	};
	struct config c = {};
	char error[ERROR_SIZE] = "";

	ok(config_add_nic(&c, "eu0", error) && load_routes(&c, many, error) &&
	   c.routes == 3 && c.route[0].to.len == 16 &&
	   c.route[0].via.byte[3] == 1 && !c.route[1].to.len &&
	   c.route[2].to.family == 6, "routes file: one a line, comments");
	ok(load_routes(&c, "", error) && c.routes == 3, "routes file: empty");
	ok(load_routes(&c, alike, error) && c.routes == 8 &&
	   c.route[4].to.len == 15 && c.route[4].via.byte[3] == 1 &&
	   !c.route[5].to.len && c.route[5].via.byte[3] == 1 &&
	   !c.route[6].via.family && c.route[7].to.family == 6,
	   "routes file: routes that lead where the one before does");
	for (unsigned int i = 0; i < sizeof(not_alike) / sizeof(*not_alike); i++)
		if (load_routes(&c, not_alike[i], error) ||
		    !strstr(error, "line 2: route: ")) {
			ok(false, not_alike[i]);
			return;
		}
	ok(true, "routes file: what is like the one before, and wrong");
	ok(!load_routes(&c, "10.2.0.0/16 dev eu0\n\n10.0.0.1/8 dev eu0\n",
			error) && strstr(error, "line 3: route: bad prefix"),
	   "routes file: the line of a mistake is told");
	ok(!config_load_routes(&c, "/nowhere/routes", error) &&
	   strstr(error, "/nowhere/routes: No such file"),
	   "routes file: one that is missing is told");
	config_free(&c);
}

/* What is read in a hurry is what is read carefully, if it is read at all. */
static bool reads_alike(const char *text, bool *quick)
{
	struct ip_addr a, b;
	const char *end = config_read_prefix4(&a, text);
	char copy[64] = "";

	*quick = end;
	if (!end)
		return true;
	memcpy(copy, text, (size_t)(end - text));
	return config_parse_prefix(&b, copy) && !memcmp(&a, &b, sizeof(a));
}

static void test_prefix4(void)
{
	static const char *const good[] = {
		"0.0.0.0/0", "10.0.0.0/8", "10.20.30.40/32 dev", "1.2.3.0/24\t",
		"255.255.255.255/32", "128.0.0.0/1",
	}, *const other[] = {
		"", "10", "10.0.0.0", "10.0.0/8", "10.0.0.0.0/8", "256.0.0.0/8",
		"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/ 8",
		"010.0.0.0/8", "10.00.0.0/8", "10.0.0.1/31", "10.0.0.0/6",
		".0.0.0/8", "10..0.0/8", "+10.0.0.0/8", " 10.0.0.0/8", "/8",
		"10.0.0.0 /8", "fd00::/8", "1000.0.0.0/8", "10.0.0.4294967296/8",
	};
	bool all = true, quick;
	char text[24];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		all &= reads_alike(good[i], &quick) && quick;
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		all &= reads_alike(other[i], &quick) && !quick;
	for (int i = 0; i < 200000; i++) {
		snprintf(text, sizeof(text), "%ld.%ld.%ld.0/%ld",
			 random() % 300, random() % 300, random() % 2 * 128,
			 random() % 35);
		text[random() % (long)strlen(text)] = "0123456789./ "[random() % 13];
		all &= reads_alike(text, &quick);
	}
	ok(all, "routes file: prefixes are read as strictly as one by one");
}

/* Lines that are longer than what is read at a time, and one that has no end */
static void test_long_lines(void)
{
	enum { COMMENT = 300000, ROUTES = 20000 };
	char *text = malloc(COMMENT + ROUTES * 64), error[ERROR_SIZE] = "";
	struct config c = {};
	size_t len = 0;
	bool all;

	config_add_nic(&c, "eu0", error);
	for (unsigned int i = 0; i < ROUTES; i++) {
		len += (size_t)sprintf(text + len, "10.%u.%u.0/24 dev eu0%s",
				       i >> 8, i & 255,
				       i % 3 ? "\n" : " # one\r\n");
		if (i != ROUTES / 2)
			continue;
		text[len++] = '#';
		memset(text + len, 'x', COMMENT);
		len += COMMENT;
		text[len++] = '\n';
	}
	text[--len] = '\0';
	all = load_routes(&c, text, error) && c.routes == ROUTES;
	for (unsigned int i = 0; all && i < ROUTES; i++)
		all = c.route[i].to.byte[1] == i >> 8 && c.route[i].to.len == 24 &&
		      c.route[i].to.byte[2] == (i & 255);
	ok(all, "routes file: long lines, and a last one without an end");
	strcpy(text + len, "x");
	ok(!load_routes(&c, text, error) && strstr(error, "line 20001: "),
	   "routes file: the line of a mistake is told after long ones");
	config_free(&c);
	free(text);
}

/* A thread that looks at the epoch now and then, as a forwarding one does. */
static void *slow_reader(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&w->stop)) {
		usleep(1000);
		atomic_store(&w->seen, atomic_load(&w->tables->epoch));
	}
	return NULL;
}

static void test_synchronize(void)
{
	static struct tables tables;
	static struct worker w[3] = {
		{ .tables = &tables }, { .tables = &tables },
		{ .tables = &tables, .seen = SEEN_ASLEEP },
	};
	bool all = true;

	for (int i = 0; i < 3; i++)
		w[i].wake_fd = -1;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&w[i].thread, NULL, slow_reader, &w[i]))
			abort();
	for (uint64_t epoch = 1; epoch < 10; epoch++) {
		worker_synchronize(w, 3);
		all &= atomic_load(&w[0].seen) == epoch &&
		       atomic_load(&w[1].seen) == epoch;
	}
	ok(all, "tables: all threads that are awake are waited for");
	for (int i = 0; i < 2; i++) {
		atomic_store(&w[i].stop, true);
		pthread_join(w[i].thread, NULL);
	}
}

/* A frame of UDP from 10.1.2.3 port 1000 to 10.2.3.4 port 2000, DSCP 46. */
static const uint8_t udp4[42] = {
	[12] = 0x08, 0x00, 0x45, 46 << 2, 0, 28, [22] = 64, 17,
	[26] = 10, 1, 2, 3, 10, 2, 3, 4, 1000 >> 8, 1000 & 255, 2000 >> 8,
	2000 & 255, 0, 8,
};

/* And of TCP from fd00::1 port 1000 to fd00::2 port 2000. */
static const uint8_t tcp6[74] = {
	[12] = 0x86, 0xdd, 0x60, [19] = 20, 6, 64, 0xfd, [37] = 1, 0xfd,
	[53] = 2, 1000 >> 8, 1000 & 255, 2000 >> 8, 2000 & 255,
};

/* Behind a fragment header that says it is all of the packet, to port 53 */
static const uint8_t udp6[70] = {
	[12] = 0x86, 0xdd, 0x60, [19] = 16, 44, 64, 0xfd, [37] = 1, 0xfd,
	[53] = 2, 17, [62] = 4, 0, 0, 53, 0, 8,
};

/* UDP to port 53 with two tags */
static const uint8_t tagged[50] = {
	[12] = 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x08, 0x00, 0x45, 0, 0, 28,
	[30] = 64, 17, [34] = 10, 1, 2, 3, 10, 2, 3, 4, 4, 0, 0, 53, 0, 8,
};

static bool matches(const char *rule, const uint8_t *frame, uint32_t len)
{
	struct europa_packet p;
	struct europa_match m;

	europa_packet_parse(&p, frame, len);
	return europa_match_parse(&m, rule) && europa_match(&m, &p);
}

static bool is_cut(const uint8_t *frame, uint32_t len)
{
	struct europa_packet p;

	europa_packet_parse(&p, frame, len);
	return p.cut;
}

/* To port 53, behind twenty headers of options */
static void make_many(uint8_t *frame)
{
	memcpy(frame, udp6, 54);
	frame[20] = IPPROTO_DSTOPTS;
	memset(frame + 54, 0, 20 * 8 + 8);
	for (unsigned int i = 0; i < 20; i++)
		frame[54 + i * 8] = i < 19 ? IPPROTO_DSTOPTS : IPPROTO_UDP;
	frame[54 + 160 + 3] = 53;
}

static void test_match(void)
{
	uint8_t many[54 + 160 + 8];
	static const char *const yes[] = {
		"", "ip4", "udp", "proto 17", "from 10.1.0.0/16", "dscp 46",
		"to 10.2.3.4", "from 10.1.2.0/23 udp sport 1000 dport 1999-2001",
		"to 0.0.0.0/0", "dport 2000",
	}, *const no[] = {
		"ip6", "tcp", "proto 6", "from 10.0.0.0/16", "dscp 45",
		"to 10.2.3.5", "sport 999", "dport 2001-65535", "from fd00::/8",
	}, *const bad[] = {
		"nonsense", "from", "from 10.0.0.0/33", "dport 70000", "dscp 64",
		"dport 5-4", "proto", "ip4 from fd00::/8", "dport -1",
		"tcp udp", "from 10.0.0.0/8 from 10.0.0.0/8", "dscp 0x40",
	};
	struct europa_match m;
	bool good = true;

	make_many(many);
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		good &= matches(yes[i], udp4, sizeof(udp4));
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		good &= !matches(no[i], udp4, sizeof(udp4));
	ok(good, "match: IPv4");
	ok(matches("tcp from fd00::/16 to fd00::2 dport 2000", tcp6,
		   sizeof(tcp6)) &&
	   !matches("tcp from fd00::/16 to fd00::3", tcp6, sizeof(tcp6)) &&
	   !matches("ip4", tcp6, sizeof(tcp6)), "match: IPv6");
	ok(matches("udp dport 53", udp6, sizeof(udp6)) &&
	   matches("udp dport 53", tagged, sizeof(tagged)) &&
	   matches("udp", udp6, 65) && !matches("dport 53", udp6, 65) &&
	   !matches("proto 44", udp6, sizeof(udp6)),
	   "match: behind extension headers and tags");
	ok(is_cut(udp6, 61) && is_cut(many, sizeof(many) - 9) &&
	   !is_cut(many, sizeof(many)) && is_cut(udp6, 65) &&
	   matches("udp dport 53", many, sizeof(many)),
	   "match: as many headers as there are, and no fewer");
	ok(!matches("dport 2000", udp4, 36) && matches("udp", udp4, 36) &&
	   !matches("udp", udp4, 33) && matches("", udp4, 13),
	   "match: not beyond the frame");
	good = true;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		good &= !europa_match_parse(&m, bad[i]);
	ok(good, "match: what is no rule");
}

static void test_rate(void)
{
	static const char *const bad[] = { "", "M", "-1", "63999", "10Mb",
					   "1001G", "99999999999999999999" };
	bool good = true;
	uint64_t rate;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		good &= !europa_rate_parse(&rate, bad[i]);
	ok(good && europa_rate_parse(&rate, "64k") && rate == 64000 &&
	   europa_rate_parse(&rate, "10M") && rate == 10000000 &&
	   europa_rate_parse(&rate, "1000G") && rate == 1000000000000,
	   "match: rates");
}

/* Is a file refused, with a word? */
static bool file_is_refused(const char *text, const char *word)
{
	char path[] = "/tmp/europa-file-XXXXXX", error[ERROR_SIZE] = "";
	struct config c = { .slots = 1024, .threads = 1 };
	int fd = mkstemp(path);
	bool loaded;

	if (fd < 0)
		return false;
	dprintf(fd, "%s", text);
	close(fd);
	loaded = config_load(&c, path, error);
	config_free(&c);
	unlink(path);
	return !loaded && strstr(error, word);
}

static void test_files(void)
{
	char error[ERROR_SIZE] = "";
	struct config c = {};

	ok(!config_load(&c, "/nowhere/conf", error) &&
	   strstr(error, "/nowhere/conf: No such file"),
	   "files: one that is missing is told");
	config_free(&c);
	ok(file_is_refused("slots = 16;\nslots", "line 2") &&
	   file_is_refused("backlog = 0;", "backlog") &&
	   file_is_refused("routes_file = 5;", "routes_file") &&
	   file_is_refused("routes_file = [ \"/dev/null\" ];", "routes_file"),
	   "files: what is wrong, and where");
	ok(file_is_refused("slots = 16;\n @include \"/tmp\"\n", "line 2") &&
	   file_is_refused("@include \"/nowhere/conf\"\n", "include"),
	   "files: one included that is no file is told");
}

static void test_waiting(void)
{
	char path[] = "/tmp/europa-conf-XXXXXX", error[ERROR_SIZE] = "";
	int fd = mkstemp(path);
	struct config c = {};

	if (fd < 0) {
		ok(false, "files: a file");
		return;
	}
	dprintf(fd, "backlog = 5000;");
	close(fd);
	ok(config_load(&c, path, error) && c.backlog == 5000,
	   "files: what may wait for a slot");
	config_free(&c);
	unlink(path);
}

/* Is a configuration's chain refused with a word, or taken without one? */
static bool chain_is(const char *processing, const char *word)
{
	struct europa_router router = { .slots = 1024 };
	char path[] = "/tmp/europa-chain-XXXXXX", error[ERROR_SIZE] = "";
	struct config c = { .slots = 1024, .threads = 1 };
	struct worker w = { .r = &router, .config = &c };
	struct policy *policy = NULL;
	int fd = mkstemp(path);
	bool made;

	if (fd < 0)
		return false;
	dprintf(fd, "processing = %s;", processing);
	close(fd);
	config_add_nic(&c, "eu0", error);
	if (config_set_stage(&c, "ip", error) && config_load(&c, path, error))
		policy = policy_new(&c, &w, error);
	made = policy;
	policy_free(policy);
	config_free(&c);
	unlink(path);
	return word ? !made && strstr(error, word) : made;
}

#define STAGE(name)	"{ stage = \"" STAGES "/" name ".so\"; "
#define IP		"{ stage = \"ip\"; }"

static void test_chains(void)
{
	ok(chain_is("\"ip\"", NULL) && chain_is("( " IP " )", NULL) &&
	   chain_is("( " STAGE("acl") "}, " IP " )", NULL) &&
	   chain_is("( " STAGE("acl") "}, " STAGE("acl") "}, " IP " )", NULL),
	   "chains: of stages built in and loaded");
	ok(chain_is("( " STAGE("acl") "} )", "needs a stage after it") &&
	   chain_is("( " IP ", " IP " )", "nothing can follow"),
	   "chains: end where they end");
	ok(chain_is("\"patch\"", "pairs of NICs") &&
	   chain_is("\"nosuch\"", "No such file") &&
	   chain_is("( )", "processing") && chain_is("( \"ip\" )", "line 1") &&
	   chain_is("7", "processing"), "chains: what is none");
	ok(chain_is("( " STAGE("acl") "rules = ( \"deny udp dport 53\", "
		    "\"permit tcp\", \"permit dport 53 udp\" ); }, " IP " )",
		    "rule 3: 'permit dport 53 udp' contradicts rule 1") &&
	   chain_is("( " STAGE("acl") "rules = ( \"permit udp dport 53\", "
		    "\"deny udp\" ); }, " IP " )", NULL),
	   "stages: rules that contradict each other");
	ok(chain_is("( " STAGE("acl") "rules = ( \"deny\", \"may pass\" ); }, "
		    IP " )", "rule 2") &&
	   chain_is("( " STAGE("police") "rate = \"fast\"; }, " IP " )",
		    "rate") &&
	   chain_is("( " STAGE("police") "match = \"all\"; }, " IP " )",
		    "match") &&
	   chain_is("( " STAGE("wfq") "rate = \"1M\"; limit = 400; classes = ( {} ); }, "
		    IP " )", "quarter") &&
	   chain_is("( " STAGE("wfq") "rate = \"1M\"; limit = 200; classes = ( {} ); }, "
		    STAGE("wfq") "rate = \"1M\"; limit = 57; classes = ( {} ); }, "
		    IP " )", "quarter") &&
	   chain_is("( " STAGE("wfq") "rate = \"1M\"; limit = 200; classes = ( {} ); }, "
		    STAGE("wfq") "rate = \"1M\"; limit = 56; classes = ( {} ); }, "
		    IP " )", NULL) &&
	   chain_is("( " STAGE("wfq") "rate = \"1M\"; classes = ( { match = \"udp\"; }, { match = \"udp\"; } ); }, "
		    IP " )", "class 1 as well") &&
	   chain_is("( " STAGE("acl") "rules = ( \"deny to 10.0.0.1/8\" ); }, "
		    IP " )", "rule 1") &&
	   chain_is("( " STAGE("bridge") "} )", "own = 256") &&
	   chain_is("( " STAGE("flat") "hosts = ( \"7 lladdr 02:00:00:00:00:07 dev eu9\" ); }, "
		    IP " )", "host 1") &&
	   chain_is("( " STAGE("tunnel") "type = \"ipip\"; }, " IP " )",
		    "neither gre nor vxlan") &&
	   chain_is("( " STAGE("tunnel") "type = \"gre\"; key = 1; local = \"192.0.2.1\"; remote = \"192.0.2.2\"; outer = \"eu0\"; }, "
		    IP " )", "match: it is missing") &&
	   chain_is("( " STAGE("flat") "hosts = ( \"7 lladdr 2:0:0:0:0:1ff dev eu0\" ); }, "
		    IP " )", "host 1") &&
	   chain_is("( " STAGE("acl") "rules = \"deny udp\"; }, " IP " )",
		    "not a list") &&
	   chain_is("( " STAGE("acl") "rule = ( \"deny udp\" ); }, " IP " )",
		    "unknown setting") &&
	   chain_is("( " STAGE("tunnel") "type = \"vxlan\"; key = 16777216; }, "
		    IP " )", "key: not a number from 0"),
	   "chains: settings of stages that are wrong");
}

int main(void)
{
	srandom(1);
	test_lpm();
	test_slab();
	test_hops();
	test_patience();
	test_rib_order();
	test_rib_sweep();
	test_rib_families();
	test_rib_many();
	test_rib_full();
	test_neigh();
	test_ip();
	test_config();
	test_routes_file();
	test_prefix4();
	test_long_lines();
	test_match();
	test_rate();
	test_files();
	test_waiting();
	test_chains();
	test_synchronize();
	printf("1..%d\n", test);
	return failed ? 1 : 0;
}
