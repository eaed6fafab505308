/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simnic: a simulated NIC to measure forwarding with
 *
 * Frames "arrive" by the clock, as a program says that is set in debugfs: who
 * receives pays for taking them, nobody for making them.  What is sent is
 * counted and completes at once, or goes by a wire to another simnic:
 *
 *	ip link add s0 type simnic
 *	ip link add s1 link s0 type simnic
 *
 * Then its offloads are done, as by hardware, to the frames that cross.
 *
 *	traffic.c  what arrives	 ->  rx.c  NAPI, page_pool, XDP, GRO
 *	tx.c	   what leaves: skbs and xdp_frames, counted and timed
 *	wire.c	   the wire, offloads
 *	main.c	   the netdev, rtnl kind "simnic"
 */
#ifndef SIMNIC_H
#define SIMNIC_H

#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/xdp.h>

#define SIMNIC_RING		1024	/* descriptors: what may wait for NAPI */
#define SIMNIC_MAX_QUEUES	8
#define SIMNIC_MAX_FRAME	1514
#define SIMNIC_STAMPED		(62 + 12) /* where a stamp ends at most */
#define SIMNIC_MAX_DESTS	(16 << 20)	/* bytes */

struct dentry;
struct simnic;

/**
 * struct simnic_traffic - what arrives; constant once it runs
 * @frame: each frame is a copy of this, with what follows changed
 * @len: its length
 * @dest: destinations of the frame's family, taken in turn; or NULL
 * @dests: number of them; before it runs their bytes
 * @flows: so many UDP source ports, from the frame's on, in turn
 * @macs: so many destinations by MAC address: the last byte counts up
 * @burst: frames arrive so many at a time
 * @rate: frames a second and queue; 0: whenever the ring has room
 */
struct simnic_traffic {
	u8 frame[SIMNIC_MAX_FRAME];
	u32 len;
	void *dest;
	u32 dests;
	u32 flows;
	u32 macs;
	u32 burst;
	u64 rate;
	struct rcu_head rcu;
};

/* Counted by the queue's NAPI, or under its transmit lock. */
struct simnic_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t missed;		/* rx: found the ring full */
	u64_stats_t bad_offload;	/* tx: asked for what is off */
	u64_stats_t doorbells;		/* tx: told that no more follows */
	struct u64_stats_sync syncp;
};

#define SIMNIC_SUB_BITS		3	/* buckets an octave, as a power */
#define SIMNIC_BUCKETS		(64 << SIMNIC_SUB_BITS)

/**
 * struct simnic_queue - a receive and a transmit queue
 * @nic: whose
 * @index: which
 * @napi: takes what has arrived
 * @timer: the interrupt
 * @arm: sets @timer once @napi has done
 * @pool: of the pages that frames arrive in
 * @xdp_rxq: for XDP programs
 * @started: when the program began, ns
 * @taken: arrivals taken or missed since
 * @cpu: where the interrupt of such an arrival is raised
 * @wire: frames that came by the wire
 * @plugged: @napi may be scheduled for them; under the lock of @wire
 * @lost: frames that came by the wire and found no room
 * @rx: counters
 * @tx: counters
 * @latency: frames sent, by ns since they arrived: see simnic_bucket()
 */
struct simnic_queue {
	struct simnic *nic;
	unsigned int index;
	struct napi_struct napi;
	struct hrtimer timer;
	struct work_struct arm;
	struct page_pool *pool;
	struct xdp_rxq_info xdp_rxq;
	u64 started;
	u64 taken;
	u32 cpu;
	struct sk_buff_head wire;
	bool plugged;
	atomic64_t lost;
	struct simnic_stats rx;
	struct simnic_stats tx ____cacheline_aligned_in_smp;
	spinlock_t tx_lock;	/* xdp_frames come by no transmit queue */
	u64 latency[SIMNIC_BUCKETS];
};

/**
 * struct simnic - private data of the netdev
 * @dev: the netdev
 * @prog: XDP program
 * @peer: at the other end of the wire; NULL: no wire.  Set under RTNL
 * @traffic: what arrives; NULL: nothing
 * @lock: protects what debugfs sets
 * @next: the next @traffic
 * @dir: in debugfs
 * @queue: one a CPU that shall receive, dev->num_rx_queues of them
 */
struct simnic {
	struct net_device *dev;
	struct bpf_prog __rcu *prog;
	struct simnic __rcu *peer;
	struct simnic_traffic __rcu *traffic;
	struct mutex lock;	/* see above */
	struct simnic_traffic next;
	struct dentry *dir;
	struct simnic_queue queue[SIMNIC_MAX_QUEUES];
};

/* What the hardware says of a frame that it has put in memory. */
struct simnic_arrival {
	u16 len;
	u16 tci;
	bool tagged;		/* it has taken a tag off */
	bool verified;		/* the checksum is right */
};

static inline void simnic_count(struct simnic_stats *s, unsigned int packets,
				unsigned int bytes)
{
	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->packets, packets);
	u64_stats_add(&s->bytes, bytes);
	u64_stats_update_end(&s->syncp);
}

/* traffic.c */
int simnic_traffic_init(void);
void simnic_traffic_exit(void);
void simnic_traffic_add(struct simnic *nic);
void simnic_traffic_del(struct simnic *nic);
u32 simnic_traffic_pending(struct simnic_queue *q,
			   const struct simnic_traffic *t);
u64 simnic_traffic_next(const struct simnic_queue *q,
			const struct simnic_traffic *t);
void simnic_traffic_make(struct simnic_queue *q,
			 const struct simnic_traffic *t, u8 *frame);
u64 simnic_traffic_age(const void *frame, unsigned int len);

/* rx.c */
int simnic_rx_open(struct simnic_queue *q);
void simnic_rx_close(struct simnic_queue *q);
void simnic_rx_start(struct simnic_queue *q);

/* tx.c */
netdev_tx_t simnic_start_xmit(struct sk_buff *skb, struct net_device *dev);
int simnic_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		    u32 flags);
void simnic_tx_xdp(struct simnic_queue *q, const void *data, unsigned int len);
u64 simnic_bucket_ns(unsigned int bucket);

/* wire.c */
void simnic_wire_connect(struct simnic *a, struct simnic *b);
void simnic_wire_cut(struct simnic *nic);
void simnic_wire_open(struct simnic_queue *q);
void simnic_wire_close(struct simnic_queue *q);
void simnic_wire_send(struct simnic *to, unsigned int queue,
		      struct sk_buff *skb);
void simnic_wire_send_bytes(struct simnic *to, unsigned int queue,
			    const void *data, unsigned int len);
struct sk_buff *simnic_wire_take(struct simnic_queue *q);
void simnic_wire_receive(struct simnic_queue *q, struct sk_buff *skb,
			 u8 *frame, struct simnic_arrival *a);

#endif /* SIMNIC_H */
