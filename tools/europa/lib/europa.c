// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * libeuropa, the control path: open, attach, map, sleep, count
 */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "europa.h"

static const char *const counter_names[] = {
	[EUROPA_CNT_RX_PACKETS]		= "rx_packets",
	[EUROPA_CNT_RX_BYTES]		= "rx_bytes",
	[EUROPA_CNT_TX_PACKETS]		= "tx_packets",
	[EUROPA_CNT_TX_BYTES]		= "tx_bytes",
	[EUROPA_CNT_PUNTED]		= "punted",
	[EUROPA_CNT_ROUTER_DROP]	= "router_drop",
	[EUROPA_CNT_RX_SEGMENTED]	= "rx_segmented",
	[EUROPA_CNT_RX_WAITED]		= "rx_waited",
	[EUROPA_CNT_RX_POOL_EMPTY]	= "rx_pool_empty",
	[EUROPA_CNT_RX_RING_FULL]	= "rx_ring_full",
	[EUROPA_CNT_RX_TOO_BIG]		= "rx_too_big",
	[EUROPA_CNT_RX_ERROR]		= "rx_error",
	[EUROPA_CNT_RX_NIC_DOWN]	= "rx_nic_down",
	[EUROPA_CNT_RX_NOMEM]		= "rx_nomem",
	[EUROPA_CNT_TX_BAD_INDEX]	= "tx_bad_index",
	[EUROPA_CNT_TX_BAD_OWNER]	= "tx_bad_owner",
	[EUROPA_CNT_TX_BAD_STATE]	= "tx_bad_state",
	[EUROPA_CNT_TX_BAD_LENGTH]	= "tx_bad_length",
	[EUROPA_CNT_TX_TOO_BIG]		= "tx_too_big",
	[EUROPA_CNT_TX_BAD_OFFLOAD]	= "tx_bad_offload",
	[EUROPA_CNT_TX_BAD_VLAN]	= "tx_bad_vlan",
	[EUROPA_CNT_TX_SPOOFED]		= "tx_spoofed",
	[EUROPA_CNT_TX_NOMEM]		= "tx_nomem",
	[EUROPA_CNT_TX_NIC_DOWN]	= "tx_nic_down",
	[EUROPA_CNT_TX_QDISC_DROP]	= "tx_qdisc_drop",
	[EUROPA_CNT_PUNT_DROP]		= "punt_drop",
};

/**
 * europa_counter_name - name of a counter, as in ethtool -S
 * @counter: enum europa_counter
 *
 * Return: the name, or NULL if there is no such counter.
 */
const char *europa_counter_name(unsigned int counter)
{
	if (counter >= sizeof(counter_names) / sizeof(*counter_names))
		return NULL;
	return counter_names[counter];
}

/**
 * europa_attach_strerror - why europa_nic_attach() failed and what to do
 * @err: what it returned
 */
const char *europa_attach_strerror(int err)
{
	switch (-err) {
	case ENODEV:
		return "no such NIC in this network namespace";
	case EOPNOTSUPP:
		return "not a Europa NIC: see 'europa nic add'";
	case EINVAL:
		return "it has no such queue: see 'europa nic add'";
	case EBUSY:
		return "another router is attached to it";
	case EMSGSIZE:
		return "its MTU is larger than the slots: use larger slots";
	case ENOBUFS:
		return "over RLIMIT_MEMLOCK: use a smaller pool";
	case ENOSPC:
		return "too many NICs for one router";
	}
	return strerror(-err);
}

static void *map(int fd, uint64_t offset, size_t size)
{
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  (off_t)offset);

	return addr == MAP_FAILED ? NULL : addr;
}

static void unmap(void *addr, size_t size)
{
	if (addr)
		munmap(addr, size);
}

/* The caller frees the result. */
static int read_layout(int fd, struct europa_layout **result)
{
	socklen_t len = sizeof(struct europa_layout) +
			4 * sizeof(struct europa_nic_layout);
	struct europa_layout *layout;

	for (;;) {
		socklen_t got = len;

		layout = malloc(len);
		if (!layout)
			return -ENOMEM;
		if (getsockopt(fd, SOL_EUROPA, EUROPA_LAYOUT, layout, &got)) {
			int err = -errno;

			free(layout);
			return err;
		}
		if (layout->size <= len)
			break;
		len = layout->size;
		free(layout);
	}
	*result = layout;
	return 0;
}

static const struct europa_nic_layout *
layout_nic(const struct europa_layout *layout, uint32_t i)
{
	return (const void *)((const char *)layout->nic +
			      (size_t)i * layout->nic_size);
}

static void nic_unmap(struct europa_nic *nic)
{
	unmap(nic->rx.ring, nic->rx.bytes);
	unmap(nic->tx.ring, nic->tx.bytes);
	memset(nic, 0, sizeof(*nic));
}

/*
 * What a NIC that is gone has brought and nobody has taken, and what was to leave
 * by it and the kernel has not taken, are slots that are ours to give back.
 */
static void reclaim(struct europa_router *r, struct europa_nic *nic)
{
	unsigned int number = (unsigned int)(nic - r->nic);
	struct europa_ring_end *tx = &nic->tx;
	struct europa_slot slot;

	while (europa_rx_burst(r, number, &slot, 1) &&
	       r->orphans < r->slots)
		r->orphan[r->orphans++] = slot.index;
	tx->cons = __atomic_load_n(&tx->ring->cons, __ATOMIC_ACQUIRE);
	for (; tx->cons != tx->pos && r->orphans < r->slots; tx->cons++)
		r->orphan[r->orphans++] =
			tx->ring->entry[tx->cons & tx->mask] &
			EUROPA_RING_INDEX;
	nic_unmap(nic);
}

/* By any NIC that is left. */
static void give_back_orphans(struct europa_router *r)
{
	for (uint32_t i = 0; i < r->nics; i++) {
		while (r->orphans) {
			uint32_t index = r->orphan[r->orphans - 1];
			struct europa_slot slot = { index, &r->desc[index] };

			if (!europa_drop(r, i, &slot))
				break;
			r->orphans--;
		}
	}
	europa_kick(r);
}

static int nic_map(struct europa_router *r, struct europa_nic *nic,
		   const struct europa_nic_layout *l)
{
	nic->rx.bytes = l->rx_size;
	nic->tx.bytes = l->tx_size;
	nic->rx.ring = map(r->fd, l->rx_offset, l->rx_size);
	nic->tx.ring = map(r->fd, l->tx_offset, l->tx_size);
	if (!nic->rx.ring || !nic->tx.ring) {
		int err = -errno;

		nic_unmap(nic);
		return err;
	}
	nic->rx.mask = l->rx_entries - 1;
	nic->tx.mask = l->tx_entries - 1;
	nic->ifindex = l->ifindex;
	nic->queue = l->queue;
	nic->id = l->nic;
	nic->mtu = l->mtu;
	return 0;
}

static struct europa_nic *find_nic(struct europa_router *r, uint32_t ifindex,
				   uint32_t queue)
{
	for (uint32_t i = 0; i < r->nics; i++)
		if (r->nic[i].ifindex == ifindex && r->nic[i].queue == queue)
			return &r->nic[i];
	return NULL;
}

static struct europa_nic *free_place(struct europa_router *r)
{
	for (uint32_t i = 0; i < EUROPA_MAX_NICS; i++) {
		if (r->nic[i].ifindex)
			continue;
		if (i >= r->nics)
			r->nics = i + 1;
		return &r->nic[i];
	}
	return NULL;
}

static bool in_layout(const struct europa_layout *layout,
		      const struct europa_nic *nic)
{
	for (uint32_t i = 0; i < layout->nics; i++) {
		const struct europa_nic_layout *l = layout_nic(layout, i);

		if (l->ifindex == nic->ifindex && l->queue == nic->queue &&
		    l->nic == nic->id)
			return true;
	}
	return false;
}

/**
 * europa_relayout - find out what europa_changed() is about
 * @r: the router
 *
 * NICs that are gone lose their place in r->nic, new ones get one, the others
 * keep theirs.  Slots that a NIC has left behind go back unsent.
 *
 * Return: 0 or a negative errno.
 */
int europa_relayout(struct europa_router *r)
{
	struct europa_layout *layout;
	int err = read_layout(r->fd, &layout);

	if (err)
		return err;
	for (uint32_t i = 0; i < r->nics; i++)
		if (r->nic[i].ifindex && !in_layout(layout, &r->nic[i]))
			reclaim(r, &r->nic[i]);

	for (uint32_t i = 0; i < layout->nics && !err; i++) {
		const struct europa_nic_layout *l = layout_nic(layout, i);
		struct europa_nic *nic = find_nic(r, l->ifindex, l->queue);

		if (nic) {
			nic->mtu = l->mtu;
			continue;
		}
		nic = free_place(r);
		err = nic ? nic_map(r, nic, l) : -ENOSPC;
	}
	r->generation = layout->generation;
	free(layout);
	give_back_orphans(r);
	return err;
}

static int map_pool(struct europa_router *r)
{
	struct europa_layout *layout;
	int err = read_layout(r->fd, &layout);

	if (err)
		return err;
	r->slots = layout->slots;
	r->slot_size = layout->slot_size;
	r->own = layout->own;
	r->headroom = layout->headroom;
	r->pool_bytes = layout->pool_size;
	r->desc_bytes = layout->desc_map_size;
	r->ctrl_bytes = layout->ctrl_size;
	r->pool = map(r->fd, layout->pool_offset, r->pool_bytes);
	r->desc = map(r->fd, layout->desc_offset, r->desc_bytes);
	r->ctrl = map(r->fd, layout->ctrl_offset, r->ctrl_bytes);
	r->orphan = calloc(r->slots, sizeof(*r->orphan));
	if (!r->pool || !r->desc || !r->ctrl || !r->orphan)
		err = -errno;
	free(layout);
	return err;
}

/**
 * europa_router_from_fd - use a socket that somebody else has opened
 * @router: set to the router
 * @fd: an AF_EUROPA socket that has its pool; the router's from now on if
 *	this succeeds
 *
 * Return: 0 or a negative errno.
 */
int europa_router_from_fd(struct europa_router **router, int fd)
{
	struct europa_router *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->fd = fd;
	err = map_pool(r);
	if (!err)
		err = europa_relayout(r);
	if (err) {
		r->fd = -1;
		europa_router_close(r);
		return err;
	}
	*router = r;
	return 0;
}

/* As much as was asked for, or as an administrator lets everybody have. */
static void set_backlog(int fd, uint32_t bytes)
{
	int size = bytes < INT_MAX ? (int)bytes : INT_MAX;

	if (!size)
		size = 2 << 20;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/**
 * europa_router_open - make a virtual router
 * @router: set to the router
 * @opts: size of the pool, or NULL
 *
 * Return: 0; -EAFNOSUPPORT if the kernel has no Europa, -EPERM without
 * CAP_NET_RAW, -EINVAL for a size out of range, -ENOBUFS over RLIMIT_MEMLOCK,
 * -ENOMEM.
 */
int europa_router_open(struct europa_router **router,
		       const struct europa_opts *opts)
{
	static const struct europa_opts none;
	struct europa_pool_req req;
	int fd, err;

	if (!opts)
		opts = &none;
	req = (struct europa_pool_req){
		.slots = opts->slots ? opts->slots : 1024,
		.slot_size = opts->slot_size ? opts->slot_size : 2048,
		.own = opts->own,
		.headroom = opts->headroom ? opts->headroom : EUROPA_HEADROOM,
	};

	fd = socket(AF_EUROPA, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	set_backlog(fd, opts->backlog);
	if (setsockopt(fd, SOL_EUROPA, EUROPA_POOL, &req, sizeof(req)))
		err = -errno;
	else
		err = europa_router_from_fd(router, fd);
	if (err)
		close(fd);
	return err;
}

/**
 * europa_router_close - end of a router
 * @r: the router; what it has published is still sent
 */
void europa_router_close(struct europa_router *r)
{
	for (uint32_t i = 0; i < r->nics; i++)
		nic_unmap(&r->nic[i]);
	unmap(r->pool, r->pool_bytes);
	unmap(r->desc, r->desc_bytes);
	unmap(r->ctrl, r->ctrl_bytes);
	if (r->fd >= 0)
		close(r->fd);
	free(r->orphan);
	free(r);
}

/**
 * europa_nic_attach_queue - attach a queue of a virtual NIC
 * @r: the router
 * @ifname: name of the NIC in the current network namespace, which must be
 *	the router's
 * @queue: which queue
 *
 * Return: the number of the NIC, its place in r->nic, or a negative errno:
 * see europa_attach_strerror().
 */
int europa_nic_attach_queue(struct europa_router *r, const char *ifname,
			    uint32_t queue)
{
	struct europa_attach_req req = {
		.ifindex = if_nametoindex(ifname),
		.queue = queue,
	};
	int err;

	if (!req.ifindex)
		return -ENODEV;
	if (setsockopt(r->fd, SOL_EUROPA, EUROPA_ATTACH, &req, sizeof(req)))
		return -errno;
	err = europa_relayout(r);
	if (err) {
		struct europa_detach_req undo = { req.ifindex, queue };

		setsockopt(r->fd, SOL_EUROPA, EUROPA_DETACH, &undo,
			   sizeof(undo));
		return err;
	}
	return (int)(find_nic(r, req.ifindex, queue) - r->nic);
}

/**
 * europa_nic_attach - attach the first queue of a virtual NIC
 * @r: the router
 * @ifname: see europa_nic_attach_queue()
 *
 * Return: see europa_nic_attach_queue().
 */
int europa_nic_attach(struct europa_router *r, const char *ifname)
{
	return europa_nic_attach_queue(r, ifname, 0);
}

/**
 * europa_nic_detach - detach a NIC
 * @r: the router
 * @nic: its number; what is on its txRing is still sent
 *
 * Return: 0 or -ENODEV.
 */
int europa_nic_detach(struct europa_router *r, unsigned int nic)
{
	struct europa_detach_req req;

	if (nic >= r->nics || !r->nic[nic].ifindex)
		return -ENODEV;
	req = (struct europa_detach_req){ r->nic[nic].ifindex,
					  r->nic[nic].queue };
	if (setsockopt(r->fd, SOL_EUROPA, EUROPA_DETACH, &req, sizeof(req)))
		return -errno;
	return europa_relayout(r);
}

/**
 * europa_stats - read the counters
 * @r: the router
 * @stats: filled in as far as the kernel knows, the rest zero
 * @size: sizeof(*stats) as the caller knows it
 *
 * Return: 0 or a negative errno.
 */
int europa_stats(struct europa_router *r, struct europa_stats *stats,
		 size_t size)
{
	socklen_t len = (socklen_t)size;

	memset(stats, 0, size);
	if (getsockopt(r->fd, SOL_EUROPA, EUROPA_STATS, stats, &len))
		return -errno;
	return 0;
}

/**
 * europa_drain - make the kernel look at the txRings now
 * @r: the router
 *
 * Return: 0 or a negative errno.
 */
int europa_drain(struct europa_router *r)
{
	return sendto(r->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) ? -errno : 0;
}

/**
 * europa_busy_poll - allow europa_receive()
 * @r: the router
 * @budget: packets a NIC's queue that are received at a time
 *
 * Needs CAP_NET_ADMIN.  Where napi_defer_hard_irqs and gro_flush_timeout of the
 * lower netdev are set, its queue then leaves receiving to us.
 *
 * Return: 0 or a negative errno.
 */
int europa_busy_poll(struct europa_router *r, unsigned int budget)
{
	const struct { int name, value; } option[] = {
		{ SO_PREFER_BUSY_POLL, 1 },
		{ SO_BUSY_POLL, 1 },	/* not 0: europa_receive() never waits */
		{ SO_BUSY_POLL_BUDGET, (int)budget },
	};

	for (size_t i = 0; i < sizeof(option) / sizeof(*option); i++)
		if (setsockopt(r->fd, SOL_SOCKET, option[i].name,
			       &option[i].value, sizeof(option[i].value)))
			return -errno;
	return 0;
}

/**
 * europa_receive - have the NICs' queues put what has come on the rxRings
 * @r: the router, after europa_busy_poll()
 *
 * For a router that shares the CPU with them.
 *
 * Return: 0 or a negative errno.
 */
int europa_receive(struct europa_router *r)
{
	return recv(r->fd, NULL, 0, MSG_DONTWAIT) < 0 ? -errno : 0;
}

/**
 * europa_shares_cpu - do packets come by the CPU we run on?
 * @r: the router
 *
 * If so none can come while we wait for them: sleep at once.  If not, waiting
 * for a while costs less than to be woken.  Makes no system call.
 */
bool europa_shares_cpu(const struct europa_router *r)
{
	return __atomic_load_n(&r->ctrl->rx_cpu, __ATOMIC_RELAXED) ==
	       (uint32_t)sched_getcpu();
}

/**
 * europa_sleep - sleep until there is something to do
 * @r: the router
 * @wake_fd: also wake up when this is readable, an eventfd for instance; -1:
 *	none
 * @timeout_ms: at most so long, -1: for ever
 *
 * Returns at once if there is a packet or a change already.
 *
 * Return: what poll() returns, or a negative errno.
 */
int europa_sleep(struct europa_router *r, int wake_fd, int timeout_ms)
{
	struct pollfd pfd[] = {
		{ .fd = r->fd, .events = POLLIN | POLLPRI },
		{ .fd = wake_fd, .events = POLLIN },
	};
	int n = 0;

	__atomic_store_n(&r->ctrl->router_sleeps, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* (G) in net/europa/poll.c */
	if (!europa_rx_ready(r) && !europa_changed(r))
		n = poll(pfd, 2, timeout_ms);
	if (n < 0)
		n = -errno;
	__atomic_store_n(&r->ctrl->router_sleeps, 0, __ATOMIC_RELAXED);
	return n;
}
