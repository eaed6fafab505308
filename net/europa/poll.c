// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who drains the txRings when, and who sleeps
 *
 * Each router has a NAPI.  Receiving schedules it, so that under load the
 * txRings are drained in the batches that packets arrive in.  A timer looks
 * at them when nothing is received, at intervals that double; then the kernel
 * raises kernel_sleeps, and the router's next packet comes with a sendto().
 *
 *	router					kernel
 *
 *	publish entry				kernel_sleeps = 1
 *	full barrier			(E)	full barrier		(F)
 *	if kernel_sleeps: sendto()		look at the txRings again
 *
 *	router_sleeps = 1			publish entry
 *	full barrier			(G)	full barrier		(H)
 *	look at the rxRings again, poll()	if router_sleeps: wake it
 *
 * (E) pairs with (F), (G) with (H): at least one side sees the other.
 *
 * A router may say that it sends by its own calls (router_sends), to leave the
 * receiving CPU to receiving.  The kernel then always sleeps in the sense
 * above, but for helping a router that falls behind, and for what a driver had
 * no room for.
 *
 * It sleeps as well while frames wait for a slot: the call that says that some
 * were returned is when they get them.  Of room on a rxRing nobody says anything:
 * for those who wait for that the timer goes on.
 */
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <net/busy_poll.h>
#include <net/sock.h>

#include "europa.h"
#include "main.h"
#include "pool.h"

/*
 * Interval of the timer: the first is about the time a router takes for a
 * batch, after the last (some 3 ms without a packet) the kernel sleeps, unless
 * a driver has no room for what is to be sent.
 */
#define EUROPA_TAIL_MIN_US	100
#define EUROPA_TAIL_MAX_US	1600

/* Carries the NAPIs; has no other use and is never registered. */
static struct net_device *europa_poll_dev;

/**
 * europa_poll_wake - wake whoever sleeps in poll() on the router's socket
 * @r: the router
 */
void europa_poll_wake(struct europa_router *r)
{
	struct socket_wq *wq;

	rcu_read_lock();
	wq = rcu_dereference(r->sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait,
					   EPOLLIN | EPOLLRDNORM | EPOLLOUT |
					   EPOLLWRNORM | EPOLLPRI);
	rcu_read_unlock();
}

/*
 * A timer that was started where the router runs, by its sendto(), would
 * interrupt it for ever after: it follows to where packets are received.
 */
static void europa_poll_arm(struct europa_router *r)
{
	int cpu = smp_processor_id();

	if (hrtimer_is_queued(&r->timer) && r->armed_us <= r->tail_us &&
	    r->armed_cpu == cpu)
		return;
	r->armed_us = r->tail_us;
	r->armed_cpu = cpu;
	hrtimer_start(&r->timer, ns_to_ktime(r->tail_us * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_PINNED);
}

static bool europa_poll_router_sends(struct europa_router *r)
{
	return shm_read(&europa_router_ctrl(r)->router_sends);
}

/* Is sending left to the router, which is up to it? */
static bool europa_poll_leaves(struct europa_router *r)
{
	return europa_poll_router_sends(r) && READ_ONCE(r->asleep) &&
	       !europa_pool_busy(r->pool);
}

static void europa_poll_sleep(struct europa_router *r)
{
	/* europa_poll_before_rx() may have said otherwise meanwhile. */
	if (READ_ONCE(r->asleep) &&
	    shm_read(&europa_router_ctrl(r)->kernel_sleeps))
		return;
	WRITE_ONCE(r->asleep, true);
	shm_write(&europa_router_ctrl(r)->kernel_sleeps, 1);
	smp_mb(); /* (F) */
	if (europa_tx_pending(r)) {
		WRITE_ONCE(r->tx_seen, true);
		napi_schedule(&r->napi);
	}
}

static void europa_poll_awake(struct europa_router *r)
{
	if (READ_ONCE(r->asleep)) {
		shm_write(&europa_router_ctrl(r)->kernel_sleeps, 0);
		WRITE_ONCE(r->asleep, false);
	}
}

/* Tell the router where packets come from. */
static void europa_poll_tell_cpu(struct europa_router *r, u32 cpu)
{
	if (r->rx_cpu == cpu)
		return;
	WRITE_ONCE(r->rx_cpu, cpu);
	shm_write(&europa_router_ctrl(r)->rx_cpu, cpu);
}

/*
 * Must somebody look again, though nothing is received?  A driver had no room,
 * or a router that sends itself, and has had to leave something to NAPI, would
 * wait for it in vain.
 */
static bool europa_poll_again(struct europa_router *r, bool sends, bool sent)
{
	if (!sends || !sent || !europa_tx_pending(r))
		return europa_tx_stuck(r);
	WRITE_ONCE(r->tx_seen, true);
	return true;
}

static int europa_poll(struct napi_struct *napi, int budget)
{
	struct europa_router *r = container_of(napi, struct europa_router,
					       napi);
	bool sent, again, waits, sends = europa_poll_router_sends(r);
	bool stuck = europa_tx_stuck(r);
	unsigned int active;
	int work = 0;

	if (!sends)
		europa_poll_awake(r);
	sent = xchg(&r->tx_seen, false);
	active = xchg(&r->rx_seen, 0);
	if (active) {
		europa_poll_tell_cpu(r, active - 1);
		europa_rxring_flush(r);
	}
	if (sent || stuck || !europa_poll_leaves(r)) {
		/* Not at once after a sendto(): give the driver its time. */
		if (active || !sent)
			europa_tx_unstick(r);
		work = europa_tx_drain(r, budget);
	}
	work += europa_rx_serve(r, budget);

	smp_mb(); /* (H) */
	if ((active || work || stuck) && shm_read(&europa_router_ctrl(r)->router_sleeps))
		europa_poll_wake(r);
	if (work >= budget) {
		/* There is more. */
		WRITE_ONCE(r->tx_seen, true);
		return budget;
	}

	/* NAPI's owner until napi_complete_done(): decide before it. */
	again = europa_poll_again(r, sends, sent);
	if (active || sent || work)
		r->tail_us = EUROPA_TAIL_MIN_US;
	else
		r->tail_us = min(2 * r->tail_us, 2 * EUROPA_TAIL_MAX_US);
	if (!napi_complete_done(napi, work))
		return work;

	/* Where somebody waits for a slot the router says when there is one. */
	waits = europa_line_any(r);
	if (again || (!sends && !waits && r->tail_us <= EUROPA_TAIL_MAX_US)) {
		europa_poll_arm(r);
		return work;
	}
	europa_poll_sleep(r);
	/* But not that there is room on its rxRing, which is what it is then. */
	if (waits && READ_ONCE(r->pool->nfree))
		europa_poll_arm(r);
	return work;
}

static enum hrtimer_restart europa_poll_timer(struct hrtimer *timer)
{
	struct europa_router *r = container_of(timer, struct europa_router,
					       timer);

	napi_schedule(&r->napi);
	return HRTIMER_NORESTART;
}

/**
 * europa_poll_before_rx - about to publish on a rxRing
 * @r: the router
 *
 * A router that forwards what it is about to get shall not have to wake the
 * kernel for it.
 */
void europa_poll_before_rx(struct europa_router *r)
{
	if (READ_ONCE(r->asleep) && !europa_poll_router_sends(r))
		shm_write(&europa_router_ctrl(r)->kernel_sleeps, 0);
}

/**
 * europa_poll_schedule - something was received
 * @r: the router
 *
 * Context: BH off.
 */
void europa_poll_schedule(struct europa_router *r)
{
	/* Who sees this sees what was filled; who does not runs again. */
	smp_store_release(&r->rx_seen, smp_processor_id() + 1);
	napi_schedule(&r->napi);
}

/**
 * europa_poll_ensure - what comes on the txRings from now on is NAPI's
 * @r: the router, some slots of which may be EMPTY now
 *
 * Context: BH off.
 */
void europa_poll_ensure(struct europa_router *r)
{
	bool waits;

	smp_mb(); /* (E) in the router's place */
	waits = europa_line_any(r);
	if (READ_ONCE(r->asleep) &&
	    (europa_tx_pending(r) || (!waits && !europa_poll_router_sends(r))))
		WRITE_ONCE(r->tx_seen, true);
	else if (!waits || !READ_ONCE(r->pool->nfree))
		return;
	napi_schedule(&r->napi);
}

/* As sk_busy_loop(), which knows one NAPI a socket. */
static void europa_poll_napi(const struct sock *sk, unsigned int id)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	if (id >= MIN_NAPI_ID)
		napi_busy_loop(id, NULL, NULL,
			       READ_ONCE(sk->sk_prefer_busy_poll),
			       READ_ONCE(sk->sk_busy_poll_budget) ?:
			       BUSY_POLL_BUDGET);
#endif
}

/**
 * europa_poll_receive - poll the NAPIs that the router's frames come by, once
 * @r: the router, whose socket has SO_BUSY_POLL
 *
 * Only on the CPU that receives anyway: from another one frames would overtake
 * those before them, and xdp_frames come by another queue.
 *
 * Context: process.
 */
void europa_poll_receive(struct europa_router *r)
{
	unsigned int id, before = 0;
	struct europa_queue *q;

	if (READ_ONCE(r->rx_cpu) != raw_smp_processor_id())
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(q, &r->queues, node) {
		id = READ_ONCE(q->napi_id);
		/* NICs of one lower netdev */
		if (id == before)
			continue;
		before = id;
		europa_poll_napi(r->sk, id);
		if (need_resched() || signal_pending(current))
			break;
	}
	rcu_read_unlock();
}

/**
 * europa_poll_setup - make a router's txRings drained from now on
 * @r: the router
 *
 * Context: RTNL held.
 */
void europa_poll_setup(struct europa_router *r)
{
	r->tail_us = EUROPA_TAIL_MIN_US;
	hrtimer_init(&r->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
	r->timer.function = europa_poll_timer;
	netif_napi_add(europa_poll_dev, &r->napi, europa_poll);
	napi_enable(&r->napi);
}

/**
 * europa_poll_teardown - end of draining
 * @r: the router; nothing is attached to it any more
 *
 * Context: RTNL held.
 */
void europa_poll_teardown(struct europa_router *r)
{
	napi_disable(&r->napi);
	/* Waits for a poll that has completed and is about to arm the timer. */
	netif_napi_del(&r->napi);
	hrtimer_cancel(&r->timer);
}

int europa_poll_init(void)
{
	europa_poll_dev = alloc_netdev_dummy(0);
	return europa_poll_dev ? 0 : -ENOMEM;
}

void europa_poll_exit(void)
{
	free_netdev(europa_poll_dev);
}
