// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-protocol [ROUNDS [CPU0 CPU1]]: ns a packet that two threads need to
 * hand it over and back, for Europa's protocol and its peers', interleaved, in
 * lines of "protocol,NAME,64,ns,VALUE,ns,ROUND"
 *
 * bench-protocol check: no time, but that all bytes are right and that every
 * slot comes back; in TAP.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "protocol.h"

#define PACKETS		(4 << 20)
#define CHECKED		131072

static const struct protocol *const protocols[] = {
	&limit_protocol, &europa_protocol, &classic_protocol, &afxdp_protocol,
};

static int cpu[2] = { 0, 1 };
static uint64_t made, checked;
static bool stopped;
static bool every_byte;		/* is made and checked */

static uint8_t byte_of(uint64_t number, size_t i)
{
	return (uint8_t)(number * 31 + i);
}

void packet_make(struct packet *p)
{
	memset(p, 0, sizeof(*p));
	p->number = made++;
	for (size_t i = 0; every_byte && i < sizeof(p->rest); i++)
		p->rest[i] = byte_of(p->number, i);
}

static bool rest_is_right(const struct packet *p)
{
	for (size_t i = 0; every_byte && i < sizeof(p->rest); i++)
		if (p->rest[i] != byte_of(p->number, i))
			return false;
	return true;
}

/* Each comes back once, in order, having been with the router. */
void packet_check(const struct packet *p)
{
	if (p->number == checked && p->mark == 1 && rest_is_right(p)) {
		checked++;
		return;
	}
	fprintf(stderr, "protocol: packet %llu came as %llu, mark %u\n",
		(unsigned long long)checked, (unsigned long long)p->number,
		p->mark);
	exit(1);
}

static void pin(int to)
{
	cpu_set_t set;

	/* A check runs wherever it may. */
	if (every_byte)
		return;

	CPU_ZERO(&set);
	CPU_SET(to, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("protocol: sched_setaffinity");
		exit(1);
	}
}

static void idle(void)
{
	if (cpu[0] == cpu[1] || every_byte)
		sched_yield();
	else
		__asm__ volatile("" ::: "memory");
}

static void *router(void *arg)
{
	const struct protocol *p = arg;

	pin(cpu[1]);
	while (!__atomic_load_n(&stopped, __ATOMIC_RELAXED))
		if (!p->route(BATCH))
			idle();
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Returns ns a packet. */
static double exchange(const struct protocol *p, uint64_t packets)
{
	pthread_t thread;
	double start;

	made = 0;
	checked = 0;
	stopped = false;
	p->setup();
	if (pthread_create(&thread, NULL, router, (void *)p)) {
		perror("protocol: pthread_create");
		exit(1);
	}
	start = now();
	while (checked < packets)
		if (!(p->give(BATCH) + p->take(BATCH)))
			idle();
	start = (now() - start) / (double)checked;
	__atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return start;
}

/* By one thread: all that is there, until nothing moves. */
static void settle(const struct protocol *p)
{
	unsigned int idle_rounds = 0;

	while (idle_rounds < 2)
		idle_rounds = p->route(BATCH) + p->take(BATCH) ?
			      0 : idle_rounds + 1;
}

/* With nobody else at it, every slot can be given, and comes back. */
static bool all_slots_are_there(const struct protocol *p)
{
	unsigned int n, given = 0;

	settle(p);
	if (made != checked)
		return false;
	while ((n = p->give(BATCH)))
		given += n;
	settle(p);
	return given == SLOTS && made == checked;
}

static int check(void)
{
	size_t n = sizeof(protocols) / sizeof(*protocols);
	int failed = 0;

	every_byte = true;
	for (size_t i = 0; i < n; i++) {
		const struct protocol *p = protocols[i];
		bool good;

		exchange(p, CHECKED);
		good = all_slots_are_there(p);
		printf("%sok %zu protocol %s: contents are right, every slot comes back\n",
		       good ? "" : "not ", i + 1, p->name);
		failed += !good;
	}
	printf("1..%zu\n", n);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5;

	if (argc == 2 && !strcmp(argv[1], "check"))
		return check();
	if (argc == 4) {
		cpu[0] = atoi(argv[2]);
		cpu[1] = atoi(argv[3]);
	} else if (argc > 2) {
		fprintf(stderr, "Usage: bench-protocol [ROUNDS [CPU0 CPU1]] | check\n");
		return 2;
	}
	pin(cpu[0]);
	for (int round = 1; round <= rounds; round++)
		for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
			printf("protocol,%s,%d,ns,%.2f,ns,%d\n",
			       protocols[i]->name, PACKET,
			       exchange(protocols[i], PACKETS),
			       round);
	return 0;
}
