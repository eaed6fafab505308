/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The forwarding threads and what they share with the control thread
 *
 * Each forwarding thread has a socket and pool of its own and one queue of each
 * NIC, so they share nothing but tables.  The control thread makes these, the
 * forwarding threads read them.  What is replaced in them is freed once each
 * forwarding thread has begun another round or sleeps.
 */
#ifndef ROUTER_WORKER_H
#define ROUTER_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "config.h"
#include "europa.h"
#include "neigh.h"
#include "patience.h"
#include "rib.h"
#include "stage.h"

#define BURST		32

struct worker;

enum count {
	COUNT_RECEIVED,
	COUNT_FORWARDED,
	COUNT_PUNTED,
	COUNT_SLEEPS,
	COUNT_NAPS,
	COUNT_ROUNDS,			/* of which each found packets */
	COUNT_EMPTY_ROUNDS,		/* that waited, after the first */
	COUNT_EMPTY_CYCLES,		/* spent on them */
	COUNT_TRUNCATED,		/* shorter than its headers */
	COUNT_BAD_VERSION,
	COUNT_BAD_LENGTH,		/* length field larger than the frame */
	COUNT_BAD_CHECKSUM,
	COUNT_TTL,			/* expired */
	COUNT_BAD_ADDRESS,		/* must not be forwarded */
	COUNT_UNKNOWN_PROTOCOL,		/* EtherType */
	COUNT_NOT_FOR_US,		/* MAC address */
	COUNT_NO_ROUTE,
	COUNT_NO_NEIGHBOUR,
	COUNT_TOO_BIG,			/* for the NIC it leaves by */
	COUNT_UNREACHABLE,		/* a route says so */
	COUNT_BLACKHOLE,		/* a route drops it */
	COUNT_NO_NIC,			/* the NIC it leaves by is gone */
	COUNTS,
};

extern const char *const count_names[COUNTS];

/* A packet that waits for its next hop's MAC address. */
struct held {
	struct europa_slot slot;
	uint16_t in;
	uint16_t nic;
	uint8_t family;
	uint8_t addr[16];
	time_t since;
};

/* Packets of one burst that leave by the same NIC: published at once. */
struct outgoing {
	unsigned int n;
	struct europa_slot slot[BURST];
};

#define MAX_HELD	256
#define MAX_ASKED	64

/* So many a second of what could be a flood. */
struct allowance {
	time_t second;
	unsigned int used;
};

/* Neighbours the control thread shall ask the kernel for; a ring. */
struct asked {
	uint8_t addr[16];
	uint16_t nic;
	uint8_t family;
};

/* What all forwarding threads read. */
struct tables {
	struct fib fib;			/* changed while it is read */
	uint32_t seed;			/* of how flows are spread; constant */
	_Atomic(struct policy *) policy;
	_Atomic(struct neigh_table *) neigh;
	_Atomic uint64_t epoch;		/* control: counts replacements */
};

struct worker {
	struct europa_router *r;
	struct tables *tables;
	const struct config *config;	/* names of the NICs, constant */
	unsigned int index;		/* queue of each NIC, constant */
	pthread_t thread;
	uint64_t count[COUNTS];		/* written by the forwarding thread */

	/* The forwarding thread's own. */
	_Atomic(struct policy *) policy_now;	/* the control thread waits for it */
	struct chain *chain;		/* ours of it */
	bool keeps;			/* a stage has packets for later */
	const struct neigh_table *neigh_now;
	struct allowance refusals;
	int place[CONFIG_MAX_NICS];	/* our NIC -> place in r->nic, or -1 */
	uint16_t number[EUROPA_MAX_NICS]; /* and back */
	int refused[CONFIG_MAX_NICS];	/* why it could not be attached, told */
	uint8_t mac[CONFIG_MAX_NICS][6];
	struct outgoing out[CONFIG_MAX_NICS];
	struct held held[MAX_HELD];
	unsigned int n_held;
	struct timespec asked_at;	/* for one that was not kept */
	struct patience patience;
	unsigned int came;		/* packets since it last slept */
	unsigned int full;		/* rounds since the NICs had their turn */

	/* Between the threads. */
	_Atomic uint64_t seen;		/* forwarding: epoch of its tables */
	atomic_bool stop;
	atomic_bool relink;		/* a NIC may have come: attach it */
	struct asked asked[MAX_ASKED];
	_Atomic uint32_t asked_head;	/* forwarding thread */
	_Atomic uint32_t asked_tail;	/* control thread */
	int ask_fd;			/* eventfd: there is something */
	int wake_fd;			/* eventfd: ends the worker's sleep */
} __attribute__((aligned(64)));		/* no line belongs to two threads */

#define SEEN_ASLEEP	UINT64_MAX

int worker_open(struct worker *w, struct tables *tables,
		const struct config *c, unsigned int index, char *error);
void worker_close(struct worker *w);
void *worker_run(void *worker);
int worker_attach(struct worker *w, bool all, char *error);
void worker_wake(struct worker *w);
void worker_synchronize(struct worker *w, unsigned int n);
void worker_flush(struct worker *w, unsigned int nic);
void worker_give_back(struct worker *w, unsigned int in,
		      struct europa_slot *slot);
void worker_drop(struct worker *w, unsigned int in, struct europa_slot *slot,
		 enum count reason);
void worker_punt(struct worker *w, unsigned int in, struct europa_slot *slot);
void worker_refuse(struct worker *w, unsigned int in, struct europa_slot *slot,
		   enum count reason);
void worker_unanswered(struct worker *w, unsigned int in, unsigned int nic,
		       uint8_t family, const uint8_t *addr,
		       struct europa_slot *slot);
void worker_hold(struct worker *w, unsigned int in, unsigned int nic,
		 uint8_t family, const uint8_t *addr,
		 struct europa_slot *slot);

/**
 * worker_send - send a packet
 * @w: the worker
 * @out: NIC it leaves by
 * @slot: the packet
 */
static inline void worker_send(struct worker *w, unsigned int out,
			       const struct europa_slot *slot)
{
	struct outgoing *o = &w->out[out];

	o->slot[o->n++] = *slot;
	if (o->n == BURST)
		worker_flush(w, out);
}


#endif /* ROUTER_WORKER_H */
