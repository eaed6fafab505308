// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the paper's tables 1 and 2 are about: costs copy LEN | costs call
 *
 * copy: ns that the kernel takes to copy LEN bytes to and from a user, in lines
 * of "NAME NS"; a read or write of one byte is subtracted.
 * call: ns of each way to pass the boundary for a packet.
 */
#include <europa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	100000
#define TURNS	3
#define PACKET	64
/* Fewer than net.unix.max_dgram_qlen */
#define BATCH	8

static uint8_t buffer[65536];
static int file, pair[2];
static size_t len;
static struct europa_ring_end rx, tx;
static struct europa_router router;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void do_read(void)
{
	if (pread(file, buffer, len, 0) != (ssize_t)len)
		die("pread");
}

static void do_write(void)
{
	if (pwrite(file, buffer, len, 0) != (ssize_t)len)
		die("pwrite");
}

static void do_send(void)
{
	if (send(pair[0], buffer, PACKET, 0) != PACKET)
		die("send");
}

static void do_receive(void)
{
	if (recvfrom(pair[1], buffer, PACKET, 0, NULL, NULL) != PACKET)
		die("recvfrom");
}

static void do_none(void)
{
	getppid();
}

/* What a router does instead: take an entry of a rxRing, make one of a txRing. */
static void do_europa(void)
{
	struct europa_slot slot;

	rx.ring->entry[rx.pos & rx.mask] = europa_lap(rx.pos, rx.mask);
	router.nic[0].rx = rx;
	router.nic[0].tx = tx;
	if (europa_rx_burst(&router, 0, &slot, 1) != 1 ||
	    europa_tx_burst(&router, 0, &slot, 1) != 1)
		die("rings");
	rx = router.nic[0].rx;
	tx = router.nic[0].tx;
	tx.cons = tx.pos;
}

/* Mean of the best of ten times. */
static double cost(void (*before)(void), void (*work)(void))
{
	double best = 1e18;

	for (int i = 0; i < 10; i++) {
		double took = 0, start;

		for (int j = 0; j < ROUNDS / 10; j += BATCH) {
			for (int k = 0; before && k < BATCH; k++)
				before();
			start = now_ns();
			for (int k = 0; k < BATCH; k++)
				work();
			took += now_ns() - start;
		}
		took /= ROUNDS / 10;
		if (took < best)
			best = took;
	}
	return best;
}

static double min(double a, double b)
{
	return a < b ? a : b;
}

/* The best of each, taken in turn: what else the machine does is for both. */
static double copy_cost(size_t n, void (*work)(void))
{
	double one = 1e18, all = 1e18;

	for (int i = 0; i < TURNS; i++) {
		len = 1;
		one = min(one, cost(NULL, work));
		len = n;
		all = min(all, cost(NULL, work));
	}
	return all - one;
}

static void copy(size_t n)
{
	file = memfd_create("costs", 0);
	if (file < 0 || ftruncate(file, sizeof(buffer)))
		die("memfd");
	len = n;
	do_write();
	printf("copy_to_user %.0f\n", copy_cost(n, do_read));
	printf("copy_from_user %.0f\n", copy_cost(n, do_write));
}

static void drain(void)
{
	while (recv(pair[1], buffer, PACKET, MSG_DONTWAIT) > 0)
		;
}

static struct europa_ring *ring_new(void)
{
	struct europa_ring *ring = aligned_alloc(64, 4096);

	if (!ring)
		die("ring");
	return memset(ring, 0, 4096);
}

static void call(void)
{
	static struct europa_desc desc[1];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		die("socketpair");
	rx = (struct europa_ring_end){ .ring = ring_new(), .mask = 255 };
	tx = (struct europa_ring_end){ .ring = ring_new(), .mask = 255 };
	router.desc = desc;
	router.nics = 1;

	printf("send %.0f\n", cost(drain, do_send));
	drain();
	printf("recvfrom %.0f\n", cost(do_send, do_receive));
	printf("none %.0f\n", cost(NULL, do_none));
	printf("europa %.0f\n", cost(NULL, do_europa));
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "copy"))
		copy(strtoul(argv[2], NULL, 0) % sizeof(buffer));
	else if (argc == 2 && !strcmp(argv[1], "call"))
		call();
	else
		return 2;
	return 0;
}
