// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-protocol [ROUNDS [CPU0 CPU1]]: ns a packet that two threads need to
 * hand it over and back, for Europa's protocol and its peers', interleaved
 *
 * Lines of "protocol,NAME,64,ns,VALUE,ns,ROUND".
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "protocol.h"

#define PACKETS		(4 << 20)

static const struct protocol *const protocols[] = {
	&limit_protocol, &europa_protocol, &classic_protocol, &afxdp_protocol,
};

static int cpu[2] = { 0, 1 };
static uint64_t made, checked;
static bool stopped;

void packet_make(struct packet *p)
{
	memset(p, 0, sizeof(*p));
	p->number = made++;
}

/* Each comes back once, in order, having been with the router. */
void packet_check(const struct packet *p)
{
	if (p->number == checked && p->mark == 1) {
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

	CPU_ZERO(&set);
	CPU_SET(to, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("protocol: sched_setaffinity");
		exit(1);
	}
}

static void idle(void)
{
	if (cpu[0] == cpu[1])
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

static double measure(const struct protocol *p)
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
	while (checked < PACKETS)
		if (!(p->give(BATCH) + p->take(BATCH)))
			idle();
	start = (now() - start) / (double)checked;
	__atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return start;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5;

	if (argc == 4) {
		cpu[0] = atoi(argv[2]);
		cpu[1] = atoi(argv[3]);
	} else if (argc > 2) {
		fprintf(stderr, "Usage: bench-protocol [ROUNDS [CPU0 CPU1]]\n");
		return 2;
	}
	pin(cpu[0]);
	for (int round = 1; round <= rounds; round++)
		for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
			printf("protocol,%s,%d,ns,%.2f,ns,%d\n",
			       protocols[i]->name, PACKET,
			       measure(protocols[i]), round);
	return 0;
}
