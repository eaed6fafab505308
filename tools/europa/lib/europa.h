/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * libeuropa: write a virtual router
 *
 * The packet path is inline in this header and makes no system call; the
 * control path is in the library.  A router is used by one thread at a time.
 * Functions return 0 or a count, or a negative errno.
 *
 *	struct europa_router *r;
 *	struct europa_slot burst[32];
 *
 *	europa_router_open(&r, &(struct europa_opts){ .slots = 1024 });
 *	europa_nic_attach(r, "eu0");
 *	europa_nic_attach(r, "eu1");
 *	for (;;) {
 *		n = europa_rx_burst(r, 0, burst, 32);
 *		europa_tx_burst(r, 1, burst, n);
 *		europa_kick(r);
 *		if (!n)
 *			europa_sleep(r, -1, -1);
 *	}
 *
 * Each slot got by europa_rx_burst() goes back once: by europa_tx_burst(),
 * europa_drop() or europa_punt().
 */
#ifndef LIBEUROPA_H
#define LIBEUROPA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/europa.h>

#ifndef AF_EUROPA
#define AF_EUROPA	46
#endif
#ifndef SOL_EUROPA
#define SOL_EUROPA	288
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define EUROPA_MAX_NICS	64

/* One end of a ring; for the inline functions only. */
struct europa_ring_end {
	struct europa_ring *ring;	/* NULL: not attached */
	uint32_t mask;
	uint32_t pos;
	uint32_t cons;			/* tx: what the kernel has consumed */
	size_t bytes;
};

/* An attached virtual NIC. Its number is its place in europa_router.nic. */
struct europa_nic {
	struct europa_ring_end rx;
	struct europa_ring_end tx;
	uint32_t ifindex;		/* 0: this place is free */
	uint32_t queue;
	uint32_t mtu;
	uint32_t id;			/* the kernel's number of it */
};

struct europa_router {
	int fd;
	uint32_t slots;
	uint32_t slot_size;
	uint32_t own;			/* the last so many slots are ours */
	uint32_t headroom;
	uint32_t nics;			/* places in use are below this */
	uint32_t generation;		/* of the layout as we know it */
	uint32_t next_own;
	bool published;			/* entries since the last europa_kick() */
	uint8_t *pool;
	struct europa_desc *desc;
	struct europa_ctrl *ctrl;
	size_t pool_bytes;
	size_t desc_bytes;
	size_t ctrl_bytes;
	struct europa_nic nic[EUROPA_MAX_NICS];
	uint32_t *orphan;		/* slots left behind by NICs */
	uint32_t orphans;
};

/* A slot that is the router's: its index and its descriptor. */
struct europa_slot {
	uint32_t index;
	struct europa_desc *desc;
};

/* Zero means the default. */
struct europa_opts {
	uint32_t slots;			/* 1024 */
	uint32_t slot_size;		/* 2048 */
	uint32_t own;			/* 0 */
	uint32_t headroom;		/* EUROPA_HEADROOM */
	uint32_t backlog;		/* 2 MiB; what may wait for a slot, as SO_RCVBUF */
};

int europa_router_open(struct europa_router **router,
		       const struct europa_opts *opts);
int europa_router_from_fd(struct europa_router **router, int fd);
void europa_router_close(struct europa_router *r);
int europa_nic_attach(struct europa_router *r, const char *ifname);
int europa_nic_attach_queue(struct europa_router *r, const char *ifname,
			    uint32_t queue);
int europa_nic_detach(struct europa_router *r, unsigned int nic);
int europa_relayout(struct europa_router *r);
int europa_stats(struct europa_router *r, struct europa_stats *stats,
		 size_t size);
const char *europa_counter_name(unsigned int counter);
const char *europa_attach_strerror(int err);
int europa_sleep(struct europa_router *r, int wake_fd, int timeout_ms);
int europa_drain(struct europa_router *r);
int europa_busy_poll(struct europa_router *r, unsigned int budget);
int europa_receive(struct europa_router *r);
bool europa_shares_cpu(const struct europa_router *r);

/* Between two looks at empty rings: be kind to the other hardware thread. */
static inline void europa_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/* The packet's first byte: its Ethernet header. */
static inline uint8_t *europa_data(const struct europa_router *r,
				   const struct europa_slot *s)
{
	return r->pool + (size_t)s->index * r->slot_size + s->desc->offset;
}

static inline uint32_t europa_lap(uint32_t pos, uint32_t mask)
{
	return pos & (mask + 1) ? 0 : EUROPA_RING_LAP;
}

/**
 * europa_rx_burst - take received packets from a NIC
 * @r: the router
 * @nic: number of the NIC, from europa_nic_attach()
 * @slot: filled in
 * @n: at most so many
 *
 * Return: how many there were.
 */
static inline unsigned int europa_rx_burst(struct europa_router *r,
					   unsigned int nic,
					   struct europa_slot *slot,
					   unsigned int n)
{
	struct europa_ring_end *rx = &r->nic[nic].rx;
	unsigned int i;

	if (!rx->ring)
		return 0;
	for (i = 0; i < n; i++) {
		uint32_t entry =
			__atomic_load_n(&rx->ring->entry[rx->pos & rx->mask],
					__ATOMIC_ACQUIRE);

		if ((entry & EUROPA_RING_LAP) != europa_lap(rx->pos, rx->mask))
			break;
		slot[i].index = entry & EUROPA_RING_INDEX;
		slot[i].desc = &r->desc[slot[i].index];
		__builtin_prefetch(slot[i].desc);
		rx->pos++;
	}
	if (i)
		__atomic_store_n(&rx->ring->cons, rx->pos, __ATOMIC_RELEASE);
	return i;
}

/* For how many of @n a txRing has room. With the default size: for all. */
static inline uint32_t europa_tx_room(struct europa_ring_end *tx, uint32_t n)
{
	uint32_t room = tx->mask + 1 - (tx->pos - tx->cons);

	if (room < n) {
		tx->cons = __atomic_load_n(&tx->ring->cons, __ATOMIC_ACQUIRE);
		room = tx->mask + 1 - (tx->pos - tx->cons);
	}
	return room < n ? room : n;
}

/* Only if there is room. */
static inline void europa_put(struct europa_ring_end *tx, uint32_t index)
{
	__atomic_store_n(&tx->ring->entry[tx->pos & tx->mask],
			 index | europa_lap(tx->pos, tx->mask),
			 __ATOMIC_RELEASE);
	tx->pos++;
}

static inline bool europa_tx_one(struct europa_router *r, unsigned int nic,
				 struct europa_slot *s, uint16_t flags)
{
	struct europa_ring_end *tx = &r->nic[nic].tx;

	if (!tx->ring || !europa_tx_room(tx, 1))
		return false;
	s->desc->flags = flags;
	s->desc->state = EUROPA_PROCESSED;
	europa_put(tx, s->index);
	r->published = true;
	return true;
}

/**
 * europa_tx_burst - send packets by a NIC
 * @r: the router
 * @nic: number of the NIC
 * @slot: the packets
 * @n: number of them
 *
 * Return: how many were taken; fewer than @n only if the NIC is gone or its
 * txRing was made smaller than the pool and is full.
 */
static inline unsigned int europa_tx_burst(struct europa_router *r,
					   unsigned int nic,
					   struct europa_slot *slot,
					   unsigned int n)
{
	struct europa_ring_end *tx = &r->nic[nic].tx;
	unsigned int i;

	if (!tx->ring)
		return 0;
	n = europa_tx_room(tx, n);
	for (i = 0; i < n; i++) {
		slot[i].desc->flags = 0;
		slot[i].desc->state = EUROPA_PROCESSED;
	}
	/* All at once: the kernel polls the line that this writes. */
	for (i = 0; i < n; i++)
		europa_put(tx, slot[i].index);
	r->published |= n;
	return n;
}

/* Give a slot back unsent; counted as router_drop at the NIC. */
static inline bool europa_drop(struct europa_router *r, unsigned int nic,
			       struct europa_slot *s)
{
	return europa_tx_one(r, nic, s, EUROPA_F_DROP);
}

/* Without any NIC: it is given back unsent once there is one. */
static inline void europa_keep_orphan(struct europa_router *r,
				      const struct europa_slot *s)
{
	if (r->orphans < r->slots)
		r->orphan[r->orphans++] = s->index;
}

/* Give a packet to the IP stack behind the NIC. */
static inline bool europa_punt(struct europa_router *r, unsigned int nic,
			       struct europa_slot *s)
{
	return europa_tx_one(r, nic, s, EUROPA_F_PUNT);
}

/**
 * europa_alloc - get an own slot to write a packet into
 * @r: the router, opened with own slots
 * @s: filled in: the descriptor is zero but for its offset
 *
 * Return: false if all are on their way out.
 */
static inline bool europa_alloc(struct europa_router *r,
				struct europa_slot *s)
{
	uint32_t i, index;

	for (i = 0; i < r->own; i++) {
		if (r->next_own == r->own)
			r->next_own = 0;
		index = r->slots - r->own + r->next_own++;
		s->index = index;
		s->desc = &r->desc[index];
		if (__atomic_load_n(&s->desc->state, __ATOMIC_ACQUIRE) !=
		    EUROPA_EMPTY)
			continue;
		*s->desc = (struct europa_desc){ .offset = r->headroom };
		/* ours until it comes back EMPTY */
		s->desc->state = EUROPA_FILLED;
		return true;
	}
	return false;
}

/**
 * europa_needs_wakeup - must the kernel be told of what was published?
 * @r: the router
 */
static inline bool europa_needs_wakeup(struct europa_router *r)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* (E) in net/europa/poll.c */
	return __atomic_load_n(&r->ctrl->kernel_sleeps, __ATOMIC_RELAXED);
}

/**
 * europa_send_self - choose who sends what is published
 * @r: the router
 * @self: the router does, by europa_kick(); else, and at first, the CPU that
 *	receives, between receiving
 *
 * For a router that has a CPU to itself.
 */
static inline void europa_send_self(struct europa_router *r, bool self)
{
	if (r->ctrl->router_sends != self)
		__atomic_store_n(&r->ctrl->router_sends, self,
				 __ATOMIC_RELAXED);
}

/**
 * europa_kick - after a round: wake the kernel if it sleeps
 * @r: the router
 *
 * A system call only where nothing was received for a while, or the router
 * sends itself.
 */
static inline void europa_kick(struct europa_router *r)
{
	if (!r->published)
		return;
	r->published = false;
	if (europa_needs_wakeup(r))
		europa_drain(r);
}

/* Has any NIC a packet for us? */
static inline bool europa_rx_ready(const struct europa_router *r)
{
	uint32_t i;

	for (i = 0; i < r->nics; i++) {
		const struct europa_ring_end *rx = &r->nic[i].rx;

		if (rx->ring &&
		    (__atomic_load_n(&rx->ring->entry[rx->pos & rx->mask],
				     __ATOMIC_RELAXED) & EUROPA_RING_LAP) ==
		    europa_lap(rx->pos, rx->mask))
			return true;
	}
	return false;
}

/* Has a NIC come, gone or changed?  Then call europa_relayout(). */
static inline bool europa_changed(const struct europa_router *r)
{
	return __atomic_load_n(&r->ctrl->generation, __ATOMIC_RELAXED) !=
	       r->generation;
}

#ifdef __cplusplus
}
#endif

#endif /* LIBEUROPA_H */
