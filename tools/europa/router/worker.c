// SPDX-License-Identifier: GPL-2.0-only
/*
 * A forwarding thread: from pool -> stages -> to pool
 *
 * No system call while packets flow, unless it sends itself.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cycles.h"
#include "worker.h"

/*
 * Idle rounds before they are slowed down.  Packets that follow closely do not
 * wait for the end of a pause, which is long where the CPU is a virtual one.
 */
#define RELAX_AFTER	64
/* Rounds of a turn: more than a NIC's queue receives in its turn. */
#define MAX_FULL	8
/*
 * A queue receives twice as much a call, at the end of which the kernel sets a timer:
 * as much as NAPI takes at a time.
 */
#define BUSY_BUDGET	64
/*
 * So many packets since it last slept, and others will follow soon: they are waited
 * for together, asleep, instead of until the first of them wakes us.  Where routers
 * share a CPU each is switched to for more packets at a time.  Who asks and answers
 * has fewer under way, and waits for nobody.
 */
#define NAP_MIN		4
#define NAP_NS		200000
/* What comes meanwhile must find slots: as much as came before, and as these. */
#define NAP_ROOM	256
/* The kernel asks a neighbour three times, a second apart. */
#define HELD_SECONDS	4
/* Packets a second that the stack is to answer; it answers 1,000 by default. */
#define MAX_REFUSALS	1000

const char *const count_names[COUNTS] = {
	[COUNT_RECEIVED]	= "received",
	[COUNT_FORWARDED]	= "forwarded",
	[COUNT_PUNTED]		= "punted",
	[COUNT_SLEEPS]		= "sleeps",
	[COUNT_NAPS]		= "naps",
	[COUNT_ROUNDS]		= "rounds",
	[COUNT_EMPTY_ROUNDS]	= "empty_rounds",
	[COUNT_EMPTY_CYCLES]	= "empty_cycles",
	[COUNT_TRUNCATED]	= "truncated",
	[COUNT_BAD_VERSION]	= "bad_version",
	[COUNT_BAD_LENGTH]	= "bad_length",
	[COUNT_BAD_CHECKSUM]	= "bad_checksum",
	[COUNT_TTL]		= "ttl",
	[COUNT_BAD_ADDRESS]	= "bad_address",
	[COUNT_UNKNOWN_PROTOCOL] = "unknown_protocol",
	[COUNT_NOT_FOR_US]	= "not_for_us",
	[COUNT_NO_ROUTE]	= "no_route",
	[COUNT_NO_NEIGHBOUR]	= "no_neighbour",
	[COUNT_TOO_BIG]		= "too_big",
	[COUNT_UNREACHABLE]	= "unreachable",
	[COUNT_BLACKHOLE]	= "blackhole",
	[COUNT_NO_NIC]		= "no_nic",
};

/**
 * worker_give_back - end of a packet that is counted elsewhere
 * @w: the worker
 * @in: NIC it came in by; the slot goes back by it, or by any if it is gone
 * @slot: the packet; without any NIC it waits for one
 */
void worker_give_back(struct worker *w, unsigned int in,
		      struct europa_slot *slot)
{
	if (w->place[in] >= 0 &&
	    europa_drop(w->r, (unsigned int)w->place[in], slot))
		return;
	for (uint32_t i = 0; i < w->r->nics; i++)
		if (europa_drop(w->r, i, slot))
			return;
	europa_keep_orphan(w->r, slot);
}

/**
 * worker_drop - end of a packet
 * @w: the worker
 * @in: NIC it came in by
 * @slot: the packet
 * @reason: what to count
 */
void worker_drop(struct worker *w, unsigned int in, struct europa_slot *slot,
		 enum count reason)
{
	w->count[reason]++;
	worker_give_back(w, in, slot);
}

/**
 * worker_flush - publish what leaves by a NIC
 * @w: the worker
 * @nic: the NIC
 */
void worker_flush(struct worker *w, unsigned int nic)
{
	struct outgoing *out = &w->out[nic];
	unsigned int sent = 0;

	if (w->place[nic] >= 0)
		sent = europa_tx_burst(w->r, (unsigned int)w->place[nic],
				       out->slot, out->n);
	w->count[COUNT_FORWARDED] += sent;
	while (sent < out->n)
		worker_drop(w, nic, &out->slot[sent++], COUNT_NO_NIC);
	out->n = 0;
}

/**
 * worker_punt - give a packet to the container's own IP stack
 * @w: the worker
 * @in: NIC it came in by
 * @slot: the packet
 */
void worker_punt(struct worker *w, unsigned int in, struct europa_slot *slot)
{
	if (w->place[in] >= 0 &&
	    europa_punt(w->r, (unsigned int)w->place[in], slot))
		w->count[COUNT_PUNTED]++;
	else
		worker_drop(w, in, slot, COUNT_NO_NIC);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

/* Returns false if all of this second's are used. */
static bool allow(struct allowance *a, unsigned int most)
{
	time_t now = seconds();

	if (now != a->second)
		*a = (struct allowance){ .second = now };
	return a->used++ < most;
}

/**
 * worker_refuse - a packet is not forwarded, its sender is to know
 * @w: the worker
 * @in: NIC it came in by
 * @slot: the packet
 * @reason: what to count
 *
 * The container's stack, which has the same routes, answers by ICMP as far as
 * its own limits allow; of a flood it gets no more than it would answer.
 */
void worker_refuse(struct worker *w, unsigned int in, struct europa_slot *slot,
		   enum count reason)
{
	w->count[reason]++;
	if (w->place[in] < 0 || !allow(&w->refusals, MAX_REFUSALS) ||
	    !europa_punt(w->r, (unsigned int)w->place[in], slot))
		worker_give_back(w, in, slot);
}

/* Make the control thread ask for a packet's next hop. */
static void ask(struct worker *w, const struct held *h)
{
	uint32_t head = atomic_load(&w->asked_head);
	struct asked *a = &w->asked[head % MAX_ASKED];
	uint64_t one = 1;

	/* Full: the control thread is at it; the packet waits anyhow. */
	if (head - atomic_load(&w->asked_tail) == MAX_ASKED)
		return;
	memcpy(a->addr, h->addr, sizeof(a->addr));
	a->nic = h->nic;
	a->family = h->family;
	atomic_store(&w->asked_head, head + 1);
	if (write(w->ask_fd, &one, sizeof(one)) < 0)
		return;
}

/*
 * The sender will send again, but somebody must have asked by then: for the first
 * such packet of each tick, not for all of a flood.
 */
static void ask_at_times(struct worker *w, const struct held *h)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec == w->asked_at.tv_sec &&
	    now.tv_nsec == w->asked_at.tv_nsec)
		return;
	w->asked_at = now;
	ask(w, h);
}

/**
 * worker_hold - keep a packet until its next hop is known
 * @w: the worker
 * @in: NIC it came in by
 * @nic: NIC the next hop is behind
 * @family: 4 or 6
 * @addr: the next hop
 * @slot: the packet
 */
void worker_hold(struct worker *w, unsigned int in, unsigned int nic,
		 uint8_t family, const uint8_t *addr, struct europa_slot *slot)
{
	struct held h = { .slot = *slot, .in = (uint16_t)in,
			  .nic = (uint16_t)nic, .family = family,
			  .since = seconds() };

	memcpy(h.addr, addr, family == 4 ? 4 : 16);
	if (w->n_held < MAX_HELD && w->n_held < w->r->slots / 4) {
		w->held[w->n_held++] = h;
		ask(w, &h);
	} else {
		worker_drop(w, in, slot, COUNT_NO_NEIGHBOUR);
		ask_at_times(w, &h);
	}
}

/**
 * worker_unanswered - a packet whose next hop has not answered
 * @w: the worker
 * @in: NIC it came in by
 * @nic: NIC the next hop is behind
 * @family: 4 or 6
 * @addr: the next hop
 * @slot: the packet
 *
 * It may answer by now.
 */
void worker_unanswered(struct worker *w, unsigned int in, unsigned int nic,
		       uint8_t family, const uint8_t *addr,
		       struct europa_slot *slot)
{
	struct held h = { .nic = (uint16_t)nic, .family = family };

	memcpy(h.addr, addr, family == 4 ? 4 : 16);
	ask_at_times(w, &h);
	worker_refuse(w, in, slot, COUNT_NO_NEIGHBOUR);
}

static void flush_all(struct worker *w)
{
	for (unsigned int i = 0; i < w->config->nics; i++)
		if (w->out[i].n)
			worker_flush(w, i);
}

/* From a stage on; what the packets have come to is published. */
static void process(struct worker *w, struct europa_stage *from,
		    unsigned int in, struct europa_slot *slot, unsigned int n)
{
	from->type->burst(from, in, slot, n);
	flush_all(w);
}

/* Neighbours have changed: the last stage gets again what waited for them. */
static void release_held(struct worker *w)
{
	unsigned int n = w->n_held;

	/* Processing may hold a packet again: at most the one it was given. */
	w->n_held = 0;
	for (unsigned int i = 0; i < n; i++) {
		struct held h = w->held[i];

		if (neigh_lookup(w->neigh_now, h.family, h.nic, h.addr))
			process(w, chain_last(w->chain), h.in, &h.slot, 1);
		else
			w->held[w->n_held++] = h;
	}
}

/*
 * Nobody has found out about their neighbours, not even that they do not answer:
 * there was too much to ask, or the kernel could not.
 */
static void drop_old(struct worker *w)
{
	time_t now = seconds();
	unsigned int n = 0;

	for (unsigned int i = 0; i < w->n_held; i++) {
		struct held *h = &w->held[i];

		if (now - h->since <= HELD_SECONDS)
			w->held[n++] = *h;
		else
			worker_refuse(w, h->in, &h->slot, COUNT_NO_NEIGHBOUR);
	}
	w->n_held = n;
}

/* Asks the kernel about a NIC; returns whether it has answered. */
static bool nic_ioctl(const char *name, unsigned long request,
		      struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	if (fd < 0)
		return false;
	strcpy(ifr->ifr_name, name);
	ok = !ioctl(fd, request, ifr);
	close(fd);
	return ok;
}

static void read_mac(struct worker *w, unsigned int nic)
{
	struct ifreq ifr = {};

	if (nic_ioctl(w->config->nic[nic], SIOCGIFHWADDR, &ifr))
		memcpy(w->mac[nic], ifr.ifr_hwaddr.sa_data, 6);
}

/* What is wrong with a NIC, and what to do. */
static void attach_error(const struct worker *w, const char *name, int err,
			 char *error)
{
	struct ethtool_channels have = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq ifr = { .ifr_data = (void *)&have };

	if (err == -EINVAL && nic_ioctl(name, SIOCETHTOOL, &ifr) &&
	    have.rx_count <= w->index)
		snprintf(error, ERROR_SIZE,
			 "%s: no queue %u for thread %u, it has %u: make it with numrxqueues %u (ip link), queues %u (europa nic) or fewer threads",
			 name, w->index, w->index, have.rx_count,
			 w->config->threads, w->config->threads);
	else
		snprintf(error, ERROR_SIZE, "%s queue %u: %s", name, w->index,
			 europa_attach_strerror(err));
}

/* A NIC that is there, but not for us: said once, as it may be tried often. */
static void report_refused(struct worker *w, unsigned int nic, int err)
{
	char error[ERROR_SIZE];

	if (err != -ENODEV && err != w->refused[nic]) {
		attach_error(w, w->config->nic[nic], err, error);
		fprintf(stderr,
			"europa-router: %s: packets go to the container's stack\n",
			error);
	}
	w->refused[nic] = err;
}

/**
 * worker_attach - attach the NICs that are not
 * @w: the worker
 * @all: a missing NIC is an error
 * @error: ERROR_SIZE bytes
 *
 * Return: 0 or a negative errno.
 */
int worker_attach(struct worker *w, bool all, char *error)
{
	for (unsigned int i = 0; i < w->config->nics; i++) {
		const char *name = w->config->nic[i];
		int place;

		if (w->place[i] >= 0) {
			read_mac(w, i);
			continue;
		}
		place = europa_nic_attach_queue(w->r, name, w->index);
		if (place < 0 && all) {
			attach_error(w, name, place, error);
			return place;
		}
		if (place < 0) {
			report_refused(w, i, place);
			continue;
		}
		w->refused[i] = 0;
		w->place[i] = place;
		w->number[place] = (uint16_t)i;
		read_mac(w, i);
	}
	return 0;
}

static void pool_error(const struct config *c, int err, char *error)
{
	int n = snprintf(error, ERROR_SIZE, "pool of slots = %u, slot_size = %u: ",
			 c->slots, c->slot_size);
	size_t size = ERROR_SIZE - (size_t)n;

	if (err == -EINVAL)
		snprintf(error + n, size,
			 "slots is %d to %d, slot_size %d to %d, a multiple of %d",
			 EUROPA_SLOTS_MIN, EUROPA_SLOTS_MAX,
			 EUROPA_SLOT_SIZE_MIN, EUROPA_SLOT_SIZE_MAX,
			 EUROPA_SLOT_ALIGN);
	else
		snprintf(error + n, size, "%s",
			 err == -EAFNOSUPPORT ? "this kernel has no Europa" :
			 err == -EPERM ? "CAP_NET_RAW is needed" :
			 err == -ENOBUFS ?
			 "it is over RLIMIT_MEMLOCK: make it smaller" :
			 strerror(-err));
}

static int open_pool(struct worker *w, const struct config *c, char *error)
{
	struct europa_opts opts = { .slots = c->slots, .own = c->own,
				    .slot_size = c->slot_size,
				    .backlog = c->backlog };
	int err = europa_router_open(&w->r, &opts);

	if (err)
		pool_error(c, err, error);
	return err;
}

/**
 * worker_open - give a worker its socket, pool and queues
 * @w: the worker, zero
 * @tables: what it forwards by
 * @c: the configuration
 * @index: its number, and that of its queue of each NIC
 * @error: ERROR_SIZE bytes
 *
 * Return: 0 or a negative errno; worker_close() in any case.
 */
int worker_open(struct worker *w, struct tables *tables,
		const struct config *c, unsigned int index, char *error)
{
	int err;

	memset(w->place, -1, sizeof(w->place));
	w->tables = tables;
	w->config = c;
	w->index = index;
	atomic_store(&w->seen, SEEN_ASLEEP);
	w->ask_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->ask_fd < 0 || w->wake_fd < 0) {
		snprintf(error, ERROR_SIZE, "eventfd: %s", strerror(errno));
		return -errno;
	}
	err = open_pool(w, c, error);
	if (!err && c->busy_poll) {
		err = europa_busy_poll(w->r, BUSY_BUDGET);
		if (err)
			snprintf(error, ERROR_SIZE,
				 err == -EPERM ?
				 "busy_poll needs CAP_NET_ADMIN of the host" :
				 "busy_poll: %s", strerror(-err));
	}
	return err ? err : worker_attach(w, true, error);
}

void worker_close(struct worker *w)
{
	if (w->r)
		europa_router_close(w->r);
	close(w->ask_fd);
	close(w->wake_fd);
}

/* Some have no place any more, or it is another's. */
static void forget_gone(struct worker *w)
{
	for (unsigned int i = 0; i < w->config->nics; i++) {
		int place = w->place[i];

		if (place >= 0 && (!w->r->nic[place].ifindex ||
				   w->number[place] != i))
			w->place[i] = -1;
	}
}

/* The name of a NIC is another one's now. */
static void detach_renamed(struct worker *w)
{
	for (unsigned int i = 0; i < w->config->nics; i++) {
		int place = w->place[i];

		if (place < 0 || w->r->nic[place].ifindex ==
				 if_nametoindex(w->config->nic[i]))
			continue;
		europa_nic_detach(w->r, (unsigned int)place);
		w->place[i] = -1;
	}
}

/* NICs are gone or new, or have another name or MTU. */
static void relayout(struct worker *w)
{
	char error[ERROR_SIZE];

	europa_relayout(w->r);
	forget_gone(w);
	detach_renamed(w);
	worker_attach(w, false, error);
	/* One may have gone meanwhile. */
	forget_gone(w);
}

/* What the old stages keep leaves by them; after this they may go. */
static void take_policy(struct worker *w)
{
	struct policy *policy = atomic_load(&w->tables->policy);

	if (policy == w->policy_now)
		return;
	if (w->chain) {
		chain_flush(w->chain);
		flush_all(w);
	}
	w->chain = &policy->chain[w->index];
	w->keeps = false;
	atomic_store(&w->policy_now, policy);
}

/* Take the newest tables; the older ones are not used after this. */
static void take_tables(struct worker *w)
{
	uint64_t seen = atomic_load_explicit(&w->seen, memory_order_relaxed);
	uint64_t epoch;

	/* Awake again: from here on tables are not freed without us. */
	if (seen == SEEN_ASLEEP)
		atomic_store(&w->seen, 0);
	epoch = atomic_load(&w->tables->epoch);
	if (seen == epoch)
		return;
	/* It may be another one where the last was. */
	w->neigh_now = atomic_load(&w->tables->neigh);
	take_policy(w);
	atomic_store(&w->seen, epoch);
	if (w->n_held)
		release_held(w);
}

static unsigned int forward_round(struct worker *w)
{
	struct europa_slot slot[BURST];
	unsigned int n, total = 0;

	for (uint32_t i = 0; i < w->r->nics; i++) {
		n = europa_rx_burst(w->r, i, slot, BURST);
		if (!n)
			continue;
		process(w, chain_first(w->chain), w->number[i], slot, n);
		total += n;
	}
	if (w->chain->polls) {
		w->keeps = chain_poll(w->chain);
		flush_all(w);
	}
	w->count[COUNT_RECEIVED] += total;
	w->count[COUNT_ROUNDS] += total > 0;
	return total;
}

static void sleep_once(struct worker *w)
{
	uint64_t woken;

	w->count[COUNT_SLEEPS]++;
	atomic_store(&w->seen, SEEN_ASLEEP);
	europa_sleep(w->r, w->wake_fd, w->keeps ? 1 : w->n_held ? 1000 : -1);
	if (read(w->wake_fd, &woken, sizeof(woken)) < 0)
		return;			/* it was a packet */
}

static void nap(struct worker *w)
{
	static const struct timespec time = { .tv_nsec = NAP_NS };

	w->count[COUNT_NAPS]++;
	atomic_store(&w->seen, SEEN_ASLEEP);
	nanosleep(&time, NULL);
}

/* Waiting awake does not pay: somebody else may have the CPU. */
static void rest(struct worker *w)
{
	unsigned int came = w->came;

	w->came = 0;
	if (w->patience.most == PATIENCE_MIN && !europa_shares_cpu(w->r) &&
	    came >= NAP_MIN && came + NAP_ROOM <= w->r->slots)
		nap(w);
	else
		sleep_once(w);
}

/*
 * Each call may end in receiving as much as there is.  On the CPU that receives
 * that leaves no time for what was received before: there NAPI sends, unless it
 * receives only when we say so.
 */
static void choose_sender(struct worker *w)
{
	const struct config *c = w->config;

	europa_send_self(w->r, europa_shares_cpu(w->r) ? c->busy_poll :
						       c->sends);
}

/*
 * What was published leaves.  Where we take turns with the queues of the NICs,
 * that is once we have done with what they received; then it is their turn.
 */
static void turn(struct worker *w, unsigned int some)
{
	if (!w->config->busy_poll || !europa_shares_cpu(w->r)) {
		europa_kick(w->r);
	} else if (some < BURST || ++w->full == MAX_FULL) {
		w->full = 0;
		europa_kick(w->r);
		europa_receive(w->r);
	}
}

/* Returns whether to wait for another round. */
static bool none_came(struct worker *w)
{
	bool again;

	if (europa_shares_cpu(w->r) && !w->config->busy_poll) {
		patience_end(&w->patience);
		return false;
	}
	again = patience_none(&w->patience, cycles());
	w->count[COUNT_EMPTY_ROUNDS]++;
	w->count[COUNT_EMPTY_CYCLES] += w->patience.spent;
	return again;
}

/* What was forwarded is sent, what waits for its next hop is dropped. */
static void leave(struct worker *w)
{
	take_tables(w);
	chain_flush(w->chain);
	flush_all(w);
	while (w->n_held) {
		struct held *h = &w->held[--w->n_held];

		worker_drop(w, h->in, &h->slot, COUNT_NO_NEIGHBOUR);
	}
	europa_drain(w->r);
}

/**
 * worker_run - forward until told to stop; the forwarding thread
 * @worker: struct worker
 */
void *worker_run(void *worker)
{
	struct worker *w = worker;
	unsigned int some;

	patience_init(&w->patience, w->config->slots - w->config->own);
	while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
		take_tables(w);
		if (w->n_held)
			drop_old(w);
		if (atomic_load_explicit(&w->relink, memory_order_relaxed) ||
		    europa_changed(w->r)) {
			atomic_store(&w->relink, false);
			relayout(w);
			patience_end(&w->patience);
		}
		some = forward_round(w);
		choose_sender(w);
		turn(w, some);
		w->came += some;
		if (some)
			patience_packets(&w->patience, some, cycles());
		else if (!w->r->nics || !none_came(w))
			rest(w);
		else if (w->patience.looks > RELAX_AFTER)
			europa_relax();
	}
	leave(w);
	atomic_store(&w->seen, SEEN_ASLEEP);
	return NULL;
}

/**
 * worker_wake - make the forwarding thread look around if it sleeps
 * @w: the worker
 */
void worker_wake(struct worker *w)
{
	uint64_t one = 1;

	if (write(w->wake_fd, &one, sizeof(one)) < 0)
		return;			/* it is full of wakeups already */
}

/**
 * worker_synchronize - wait until tables replaced before are not used
 * @w: all workers
 * @n: number of them
 *
 * Called by the control thread after it has replaced one of their tables.
 */
void worker_synchronize(struct worker *w, unsigned int n)
{
	uint64_t epoch = atomic_fetch_add(&w->tables->epoch, 1) + 1;

	for (unsigned int i = 0; i < n; i++)
		worker_wake(&w[i]);
	for (unsigned int i = 0; i < n; i++)
		while (atomic_load(&w[i].seen) < epoch)
			usleep(100);
}
