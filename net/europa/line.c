// SPDX-License-Identifier: GPL-2.0-only
/*
 * Line: what was received and finds no EMPTY slot waits
 *
 * In order, skbs and xdp_frames, each queue's its own, for as many bytes as the
 * router's socket may have queued (SO_RCVBUF).  So a pool can be smaller than a
 * burst, or than what comes while another router has the CPU.  One that is not
 * has no line: to wait costs more than to be lost, and helps nobody then.
 */
#include <linux/ptr_ring.h>
#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/xdp.h>

#include "europa.h"
#include "pool.h"

/* Together with the slots, as net.core.netdev_max_backlog and txqueuelen. */
#define EUROPA_LINE_SLOTS	1024

/* Marks an xdp_frame among skbs, as in a veth's queue. */
#define EUROPA_LINE_FRAME	BIT(0)

/**
 * europa_line_init - make an empty line, where one is of use
 * @q: the attachment, zero but for its router, which has a pool
 *
 * Return: 0 or -ENOMEM.
 */
int europa_line_init(struct europa_queue *q)
{
	u32 slots = q->router->pool->first_own;

	/* Where all are the router's own there is nothing to wait for. */
	if (!slots || slots >= EUROPA_LINE_SLOTS)
		return 0;
	return ptr_ring_init(&q->line, EUROPA_LINE_SLOTS - slots,
			     GFP_KERNEL_ACCOUNT);
}

/**
 * europa_line_exit - free a line
 * @q: the attachment; nothing waits, or europa_line_init() has failed
 */
void europa_line_exit(struct europa_queue *q)
{
	ptr_ring_cleanup(&q->line, NULL);
}

/**
 * europa_line_has_room - could another frame wait?
 * @q: the attachment
 *
 * Context: BH off, the queue's rx_lock held.
 */
bool europa_line_has_room(struct europa_queue *q)
{
	const struct sock *sk = q->router->sk;

	/* One of each queue, however much waits of the others; the sum may wrap. */
	return q->line.size && !__ptr_ring_full(&q->line) &&
	       (europa_line_empty(q) ||
		(unsigned int)atomic_read(&sk->sk_rmem_alloc) <
		(unsigned int)READ_ONCE(sk->sk_rcvbuf));
}

static void europa_line_add(struct europa_queue *q, void *entry,
			    unsigned int size)
{
	__ptr_ring_produce(&q->line, entry);
	atomic_add(size, &q->router->sk->sk_rmem_alloc);
	europa_queue_count(q, EUROPA_CNT_RX_WAITED, 1);
}

/**
 * europa_line_add_skb - let an skb wait
 * @q: the attachment
 * @skb: from its Ethernet header on
 *
 * Context: BH off, the queue's rx_lock held.
 * Return: false if it cannot: the skb is the caller's still.
 */
bool europa_line_add_skb(struct europa_queue *q, struct sk_buff *skb)
{
	if (!europa_line_has_room(q) || skb_pfmemalloc(skb) ||
	    skb_orphan_frags_rx(skb, GFP_ATOMIC))
		return false;
	/* Neither who has sent it nor what it has come by depends on the router. */
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	europa_line_add(q, skb, skb->truesize);
	return true;
}

/**
 * europa_line_add_frame - let an xdp_frame wait
 * @q: the attachment
 * @frame: the frame
 *
 * Context: BH off, the queue's rx_lock held.
 * Return: false if it cannot: the frame is the caller's still.
 */
bool europa_line_add_frame(struct europa_queue *q, struct xdp_frame *frame)
{
	if (!europa_line_has_room(q))
		return false;
	europa_line_add(q, (void *)((unsigned long)frame | EUROPA_LINE_FRAME),
			frame->frame_sz);
	return true;
}

/**
 * europa_line_first - who has waited longest
 * @q: the attachment
 * @skb: set to an skb, or NULL
 * @frame: set to an xdp_frame, or NULL
 *
 * Context: BH off, the queue's rx_lock held, or nobody else there.
 * Return: false if nobody waits.
 */
bool europa_line_first(struct europa_queue *q, struct sk_buff **skb,
		       struct xdp_frame **frame)
{
	unsigned long first = (unsigned long)__ptr_ring_peek(&q->line);

	*skb = NULL;
	*frame = NULL;
	if (first & EUROPA_LINE_FRAME)
		*frame = (struct xdp_frame *)(first & ~EUROPA_LINE_FRAME);
	else
		*skb = (struct sk_buff *)first;
	return first;
}

/**
 * europa_line_next - the first has waited long enough, and is freed
 * @q: the attachment, somebody waits
 *
 * Context: as europa_line_first().
 */
void europa_line_next(struct europa_queue *q)
{
	struct xdp_frame *frame;
	struct sk_buff *skb;

	europa_line_first(q, &skb, &frame);
	__ptr_ring_discard_one(&q->line);
	atomic_sub(skb ? skb->truesize : frame->frame_sz,
		   &q->router->sk->sk_rmem_alloc);
	if (skb)
		napi_consume_skb(skb, NAPI_POLL_WEIGHT);
	else
		xdp_return_frame(frame);
}

/**
 * europa_line_end - nobody has to wait any more
 * @q: the attachment, nothing is received by it
 *
 * Context: BH off.
 * Return: how many did, and are lost.
 */
unsigned int europa_line_end(struct europa_queue *q)
{
	struct xdp_frame *frame;
	struct sk_buff *skb;
	unsigned int n;

	for (n = 0; europa_line_first(q, &skb, &frame); n++)
		europa_line_next(q);
	return n;
}
