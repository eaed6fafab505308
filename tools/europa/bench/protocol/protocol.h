/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A way for two threads to hand packets to each other and back
 *
 * The thread "kernel" copies a packet into a slot and gives it; the thread
 * "router" reads its first bytes, changes one, and passes it on; the thread
 * "kernel" takes it back and copies it out.
 */
#ifndef BENCH_PROTOCOL_H
#define BENCH_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SLOTS		256
#define SLOT_SIZE	2048
#define PACKET		64
#define BATCH		64

struct packet {
	uint64_t number;
	uint8_t mark;		/* 0; the router makes it 1 */
	uint8_t rest[PACKET - 9];
};

/**
 * struct protocol - what is measured
 * @name: its name
 * @setup: all slots are empty
 * @give: kernel: fill and hand over at most @n packets; returns how many
 * @take: kernel: take back at most @n
 * @route: router: pass on at most @n
 */
struct protocol {
	const char *name;
	void (*setup)(void);
	unsigned int (*give)(unsigned int n);
	unsigned int (*take)(unsigned int n);
	unsigned int (*route)(unsigned int n);
};

extern const struct protocol europa_protocol, classic_protocol,
	afxdp_protocol, limit_protocol;

/* main.c: the packets; all of the kernel's side */
void packet_make(struct packet *p);
void packet_check(const struct packet *p);

/* What the router does with each. */
static inline void packet_route(struct packet *p)
{
	p->mark = (uint8_t)(p->mark + 1);
}

#endif /* BENCH_PROTOCOL_H */
