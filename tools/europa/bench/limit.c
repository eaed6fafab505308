// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bound of what shared memory can do: limit CPU0 CPU1 LEN SECONDS
 *
 * Two threads hand slots to each other by the library's rings and copy LEN
 * bytes in and out, nothing else.  Prints packets a second.
 */
#include <europa.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOTS		256
#define SLOT_SIZE	2048
#define BATCH		64

static uint8_t pool[SLOTS][SLOT_SIZE] __attribute__((aligned(4096)));
static struct europa_desc desc[SLOTS];
static struct europa_ring *rx, *tx;
static uint32_t len;
static bool stopped, shared;

static struct europa_ring *new_ring(void)
{
	size_t size = sizeof(struct europa_ring) + SLOTS * sizeof(uint32_t);
	struct europa_ring *ring = aligned_alloc(64, (size + 63) & ~63UL);

	if (!ring)
		exit(1);
	memset(ring, 0, size);
	return ring;
}

static bool get(struct europa_ring_end *end, uint32_t *index)
{
	uint32_t entry = __atomic_load_n(&end->ring->entry[end->pos & end->mask],
					 __ATOMIC_ACQUIRE);

	if ((entry & EUROPA_RING_LAP) != europa_lap(end->pos, end->mask))
		return false;
	*index = entry & EUROPA_RING_INDEX;
	end->pos++;
	return true;
}

static void put(struct europa_ring_end *end, uint32_t index)
{
	__atomic_store_n(&end->ring->entry[end->pos & end->mask],
			 index | europa_lap(end->pos, end->mask),
			 __ATOMIC_RELEASE);
	end->pos++;
}

static void idle(void)
{
	if (shared)
		sched_yield();
	else
		europa_relax();
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("limit: sched_setaffinity");
		exit(1);
	}
}

/* As the router does: what comes goes back. */
static void *router(void *cpu)
{
	struct europa_ring_end in = { .ring = rx, .mask = SLOTS - 1 };
	struct europa_ring_end out = { .ring = tx, .mask = SLOTS - 1 };
	uint32_t index, n;

	pin(*(int *)cpu);
	while (!__atomic_load_n(&stopped, __ATOMIC_RELAXED)) {
		for (n = 0; n < BATCH && get(&in, &index); n++) {
			desc[index].state = EUROPA_PROCESSED;
			put(&out, index);
		}
		if (!n)
			idle();
	}
	return NULL;
}

/* As the kernel does: copy in, hand over; take back, copy out. */
static uint64_t kernel(time_t end)
{
	struct europa_ring_end to = { .ring = rx, .mask = SLOTS - 1 };
	struct europa_ring_end from = { .ring = tx, .mask = SLOTS - 1 };
	static uint8_t in[SLOT_SIZE], out[SLOT_SIZE];
	uint32_t empty[SLOTS], n, i, index;
	uint64_t packets = 0;

	for (n = 0; n < SLOTS; n++)
		empty[n] = SLOTS - 1 - n;
	while (time(NULL) < end) {
		for (i = 0; i < BATCH && n; i++) {
			index = empty[--n];
			memcpy(pool[index], in, len);
			desc[index].len = len;
			desc[index].state = EUROPA_FILLED;
			put(&to, index);
		}
		for (i = 0; i < BATCH && get(&from, &index); i++) {
			memcpy(out, pool[index], desc[index].len);
			desc[index].state = EUROPA_EMPTY;
			empty[n++] = index;
		}
		packets += i;
		if (!i)
			idle();
	}
	return packets;
}

int main(int argc, char **argv)
{
	int cpu0, cpu1, seconds;
	struct timespec t0, t1;
	pthread_t thread;
	uint64_t packets;
	double elapsed;

	if (argc != 5) {
		fprintf(stderr, "Usage: limit CPU0 CPU1 LEN SECONDS\n");
		return 2;
	}
	cpu0 = atoi(argv[1]);
	cpu1 = atoi(argv[2]);
	len = (uint32_t)atoi(argv[3]);
	seconds = atoi(argv[4]);
	if (len > SLOT_SIZE || seconds < 1)
		return 2;
	shared = cpu0 == cpu1;
	rx = new_ring();
	tx = new_ring();
	pin(cpu0);
	if (pthread_create(&thread, NULL, router, &cpu1))
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &t0);
	packets = kernel(time(NULL) + seconds);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	__atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	elapsed = (double)(t1.tv_sec - t0.tv_sec) +
		  (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
	printf("%.0f\n", (double)packets / elapsed);
	return 0;
}
