/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Europa's objects, their lifetimes and locks, and what crosses a file
 *
 * Packets flow one way through the files:
 *
 *	port.c classify -> rx.c, rxring.c to pool -> [router] ->
 *	tx.c from pool -> xmit.c to device
 *		       -> link.c to the pool of another router, by a veth
 *
 * line.c is where they wait for a slot, pool.c knows who has which, ring.h the
 * index rings, poll.c when txRings are drained, nic.c is the virtual NIC as a netdev, router.c the
 * router and its attachments, socket.c the socket around it.
 *
 * Locks nest in this order:
 *
 *	RTNL
 *	  router->lock		pool (set once), list of queues, regions
 *	    router->tx_lock	consumer side of all txRings
 *	    queue->rx_lock	producer side of one rxRing
 *	      pool->lock	free slots
 *
 * mmap takes router->lock under mmap_lock, so nothing is copied from or to a
 * user under router->lock.
 *
 * The receive path finds a queue by RCU from its NIC; queues and NICs go
 * after a grace period.  A queue holds references on its router's socket
 * (it is detached before the socket goes) and on its NIC's netdev (the
 * unregister notifier detaches it).
 */
#ifndef _NET_EUROPA_EUROPA_H
#define _NET_EUROPA_EUROPA_H

#include <linux/hash.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/ptr_ring.h>
#include <linux/rhashtable.h>
#include <linux/u64_stats_sync.h>
#include <linux/unaligned.h>
#include <net/hotdata.h>
#include <net/sock.h>
#include <uapi/linux/europa.h>

#include "ring.h"

struct europa_link;
struct europa_pool;
struct user_struct;
struct xdp_frame;

/* Entries put on a rxRing at a time. */
#define EUROPA_RX_BATCH		16
/* Entries taken from a txRing at a time; slots are freed by as many. */
#define EUROPA_TX_BURST		64
/* Packets up to this are sent from linear memory. */
#define EUROPA_TX_LINEAR	2048

/* What a NIC leaves to its lower netdev, of packets with and without a tag. */
#define EUROPA_NIC_OFFLOADS	(NETIF_F_SG | NETIF_F_FRAGLIST |	     \
				 NETIF_F_HW_CSUM | NETIF_F_HIGHDMA |	     \
				 NETIF_F_GSO_SOFTWARE)
/* All of what it leaves to it. */
#define EUROPA_NIC_INHERITED	(EUROPA_NIC_OFFLOADS |			     \
				 NETIF_F_HW_VLAN_CTAG_TX |		     \
				 NETIF_F_HW_VLAN_STAG_TX)

/* How packets that a router has processed leave by the lower netdev. */
enum europa_xmit_path {
	EUROPA_XMIT_QDISC,	/* through its qdisc and hooks */
	EUROPA_XMIT_SKBS,	/* to the driver */
	EUROPA_XMIT_FRAMES,	/* to the driver, xdp_frames where they will do */
	EUROPA_XMIT_LINK,	/* to the pool at the other end of a veth */
};

/* Updated with BH off, by enum europa_counter. */
struct europa_counters {
	u64_stats_t count[__EUROPA_CNT_MAX];
	struct u64_stats_sync syncp;
};

/**
 * struct europa_router - a virtual router, the inside of an AF_EUROPA socket
 * @sk: the socket, which lives at least as long
 * @lock: see above
 * @pool: packet pool, NULL until EUROPA_POOL, then constant
 * @ctrl: memory of the sleep flags, struct europa_ctrl; set with @pool
 * @queues: attachments (struct europa_queue.node); changed under @lock and
 *	@tx_lock, read under either or RCU
 * @turn: of @queues, the one that is drained next, under @tx_lock; NULL: the first
 * @attached: number of them, at least 1
 * @old: those of the past whose rings may be mapped still, under @lock
 * @ids: numbers of attachments
 * @next_offset: mmap offset of the next region
 * @user: whose locked memory the regions count as, NULL if nobody's
 * @locked_pages: how many pages
 * @generation: changes with each attachment made or lost
 * @seen_generation: what EUROPA_LAYOUT last told the router
 * @tx_lock: serialises draining: whoever comes first drains
 * @napi: drains after receiving and when @timer says so
 * @timer: looks at the txRings when nothing is received
 * @tail_us: interval of @timer now
 * @armed_us: interval @timer was last started with
 * @armed_cpu: where
 * @rx_seen: something was received since @napi last ran: the CPU's number + 1
 * @tx_seen: the router had to wake the kernel since then, or nearly had to
 * @asleep: nobody looks at the txRings; europa_ctrl.kernel_sleeps is set
 * @serve_first: of @queues, the one whose line is served first next time
 * @rx_cpu: what europa_ctrl.rx_cpu was set to
 * @stats: counters over all attachments
 */
struct europa_router {
	struct sock *sk;
	struct mutex lock;	/* see above */
	struct europa_pool *pool;
	struct europa_region ctrl;
	struct list_head queues;
	struct europa_queue *turn;
	unsigned int attached;
	struct europa_queue *old;
	struct ida ids;
	u64 next_offset;
	struct user_struct *user;
	unsigned long locked_pages;
	u32 generation;
	u32 seen_generation;
	spinlock_t tx_lock;	/* who drains */

	struct napi_struct napi;
	struct hrtimer timer;
	unsigned int tail_us;
	unsigned int armed_us;
	int armed_cpu;
	unsigned int rx_seen;
	bool tx_seen;
	bool asleep;
	unsigned int serve_first;
	u32 rx_cpu;
	struct europa_counters __percpu *stats;
};

/**
 * struct europa_queue - an attachment: one queue of a virtual NIC, one router
 * @router: whose pool it fills
 * @nic: the virtual NIC
 * @tracker: of the reference on @nic's netdev
 * @node: in europa_router.queues
 * @gone: next of those that are to be ended, see europa_router_detach_all(), or of
 *	europa_router.old
 * @index: queue of the NIC
 * @id: number of the attachment within the router
 * @napi_id: NAPI of the lower netdev that frames come by, 0 while not known
 * @rx_region: memory of the rxRing
 * @tx_region: memory of the txRing
 * @charged: pages of both that count as locked memory, if any does
 * @rx_lock: protects the next six, receive runs on many CPUs
 * @rx: producer side of the rxRing
 * @store: slots to be filled, of the pool's
 * @nstore: number of them
 * @filled: slots that are filled and not published yet
 * @nfilled: number of them
 * @line: what waits for a slot, see line.c
 * @tx: consumer side of the txRing, under europa_router.tx_lock
 * @pending: skbs the driver had no room for, under europa_router.tx_lock;
 *	nothing more is taken from the txRing until they are gone
 * @frames: as @pending, for a driver that takes xdp_frames
 * @nframes: number of them
 * @xmit_cpu: CPU that the txRing was last drained by
 * @xmit_bursts: how often in a row, see xmit.c
 * @link: the struct europa_link that a burst crosses, while it is sent
 * @link_wait: jiffies from which on it may, or 0, see link.c
 */
struct europa_queue {
	struct europa_router *router;
	struct europa_nic *nic;
	netdevice_tracker tracker;
	struct list_head node;
	struct europa_queue *gone;
	u32 index;
	u32 id;
	unsigned int napi_id;
	struct europa_region rx_region;
	struct europa_region tx_region;
	unsigned long charged;

	spinlock_t rx_lock ____cacheline_aligned_in_smp;
	struct europa_prod rx;
	u32 store[EUROPA_RX_BATCH];
	unsigned int nstore;
	u32 filled[EUROPA_RX_BATCH];
	unsigned int nfilled;
	struct ptr_ring line;

	struct europa_cons tx ____cacheline_aligned_in_smp;
	struct sk_buff_head pending;
	struct xdp_frame *frames[EUROPA_TX_BURST];
	unsigned int nframes;
	unsigned int xmit_cpu;
	unsigned int xmit_bursts;
	struct europa_link *link;
	unsigned long link_wait;
};

/* What the port finds a NIC by; unused fields are zero. */
struct europa_key {
	union {
		struct {
			u8 mac[ETH_ALEN];
			__be16 vlan_proto;
			u32 mark;
			u16 vlan_id;
			u16 mode;	/* enum europa_mode */
		};
		u64 word[2];
	};
};

#define EUROPA_MC_FILTER_BITS	8
#define EUROPA_MC_FILTER_SIZE	BIT(EUROPA_MC_FILTER_BITS)

/**
 * struct europa_nic - virtual NIC, private data of its netdev
 * @dev: the netdev
 * @port: Europa on the lower netdev
 * @lower: the lower netdev
 * @tracker: of the reference on @lower
 * @key: the frames that are its own; under RTNL
 * @hash: in europa_port.nics
 * @node: in europa_port.list
 * @hashed: it is in both
 * @spoofchk: frames must leave with the NIC's source address
 * @xmit: enum europa_xmit
 * @lend: large frames may leave in the router's slots
 * @queue: attachments by queue, RCU, written under RTNL
 * @attached: number of attachments, under RTNL
 * @mc_filter: multicast groups it wants, by hash
 * @stats: counters of what goes through a router, and of all drops
 */
struct europa_nic {
	struct net_device *dev;
	struct europa_port *port;
	struct net_device *lower;
	netdevice_tracker tracker;
	struct europa_key key;
	struct rhash_head hash;
	struct list_head node;
	bool hashed;
	u8 spoofchk;
	u8 xmit;
	u8 lend;
	struct europa_queue __rcu **queue;
	unsigned int attached;
	DECLARE_BITMAP(mc_filter, EUROPA_MC_FILTER_SIZE);
	struct europa_counters __percpu *stats;
};

static inline __shm struct europa_ctrl *europa_router_ctrl(struct europa_router *r)
{
	return r->ctrl.addr;
}

static inline unsigned int europa_mc_hash(const u8 *addr)
{
	return hash_32(get_unaligned((const u32 *)(addr + 2)),
		       EUROPA_MC_FILTER_BITS);
}

static inline void europa_count(struct europa_counters __percpu *stats,
				enum europa_counter which, u64 n)
{
	struct europa_counters *c = this_cpu_ptr(stats);

	u64_stats_update_begin(&c->syncp);
	u64_stats_add(&c->count[which], n);
	u64_stats_update_end(&c->syncp);
}

static inline void europa_queue_count(struct europa_queue *q,
				      enum europa_counter which, u64 n)
{
	europa_count(q->nic->stats, which, n);
	europa_count(q->router->stats, which, n);
}

/* Of EUROPA_NIC_INHERITED, what the lower netdev can do. */
static inline netdev_features_t
europa_nic_inherits(const struct europa_nic *nic)
{
	netdev_features_t lower = nic->lower->features;

	/* Its stack sums up what is of a protocol that it does not know. */
	if (lower & NETIF_F_CSUM_MASK)
		lower |= NETIF_F_HW_CSUM;
	return lower & EUROPA_NIC_INHERITED;
}

static inline bool europa_nic_crosses_netns(const struct europa_nic *nic)
{
	return !net_eq(dev_net(nic->dev), dev_net(nic->lower));
}

/* stats.c */
struct europa_counters __percpu *europa_counters_alloc(void);
void europa_counters_sum(struct europa_counters __percpu *stats, u64 *sum);

/* router.c */
int europa_router_init(struct europa_router *r, struct sock *sk);
void europa_router_destroy(struct europa_router *r);
int europa_router_pool(struct europa_router *r,
		       const struct europa_pool_req *req);
void europa_router_limit_mtu(struct europa_nic *nic);
int europa_router_may_attach(struct europa_router *r, struct europa_nic *nic,
			     const struct europa_attach_req *req);
struct europa_queue *europa_queue_new(struct europa_router *r,
				      const struct europa_attach_req *req);
void europa_queue_free(struct europa_queue *q);
int europa_router_attach(struct europa_nic *nic, struct europa_queue *q);
int europa_router_detach(struct europa_router *r,
			 const struct europa_detach_req *req);
void europa_queue_detach(struct europa_queue *q);
void europa_router_detach_all(struct europa_router *r);
void europa_queue_find_napi(struct europa_queue *q);
void europa_router_changed(struct europa_router *r);

/* tx.c */
unsigned int europa_tx_drain(struct europa_router *r, unsigned int budget);
void europa_tx_drain_queue(struct europa_queue *q);
void europa_tx_discard_queue(struct europa_queue *q);
bool europa_tx_pending(struct europa_router *r);
bool europa_tx_stuck(struct europa_router *r);
void europa_tx_unstick(struct europa_router *r);

/* xmit.c */
enum europa_xmit_path europa_xmit_path(struct europa_queue *q);
bool europa_xmit_up(const struct europa_nic *nic);
void europa_xmit_skb(struct europa_queue *q, struct sk_buff *skb,
		     enum europa_xmit_path path);
bool europa_xmit_flush(struct europa_queue *q);
void europa_xmit_unstick(struct europa_queue *q);
void europa_xmit_drop(struct europa_queue *q);
bool europa_tapped_by_all(const struct net_device *dev);

/*
 * As dev_nit_active(), but for those who listen to all netdevs of other network
 * namespaces only: one of them would make everybody's packets skbs.
 *
 * Context: BH off or RCU read lock held.
 */
static inline bool europa_tapped(const struct net_device *dev)
{
	return unlikely(!list_empty(&dev->ptype_all)) ||
	       (unlikely(!list_empty(&net_hotdata.ptype_all)) &&
		europa_tapped_by_all(dev));
}

/* Nothing is lined up. */
static inline bool europa_xmit_flushed(const struct europa_queue *q)
{
	return !READ_ONCE(q->nframes) && skb_queue_empty_lockless(&q->pending);
}

/* poll.c */
void europa_poll_setup(struct europa_router *r);
void europa_poll_teardown(struct europa_router *r);
void europa_poll_before_rx(struct europa_router *r);
void europa_poll_schedule(struct europa_router *r);
void europa_poll_ensure(struct europa_router *r);
void europa_poll_wake(struct europa_router *r);
void europa_poll_receive(struct europa_router *r);

/* rxring.c */
enum europa_counter europa_rxring_reserve(struct europa_queue *q, u32 *index);
void europa_rxring_unreserve(struct europa_queue *q, u32 index);
void europa_rxring_fill(struct europa_queue *q, u32 index,
			struct europa_desc *desc);
void europa_rxring_flush(struct europa_router *r);
void europa_rxring_end(struct europa_queue *q);

/* line.c */
int europa_line_init(struct europa_queue *q);
void europa_line_exit(struct europa_queue *q);
bool europa_line_has_room(struct europa_queue *q);
bool europa_line_add_skb(struct europa_queue *q, struct sk_buff *skb);
bool europa_line_add_frame(struct europa_queue *q, struct xdp_frame *frame);
bool europa_line_first(struct europa_queue *q, struct sk_buff **skb,
		       struct xdp_frame **frame);
void europa_line_next(struct europa_queue *q);
unsigned int europa_line_end(struct europa_queue *q);

/* The queue's rx_lock held, or as a hint. */
static inline bool europa_line_empty(struct europa_queue *q)
{
	return __ptr_ring_empty(&q->line);
}

/* Does anybody wait for one of the router's slots? */
static inline bool europa_line_any(const struct europa_router *r)
{
	return atomic_read(&r->sk->sk_rmem_alloc);
}

/* Is this why a frame found no slot, and will the router make room? */
static inline bool europa_rx_may_wait(enum europa_counter verdict)
{
	return verdict == EUROPA_CNT_RX_POOL_EMPTY ||
	       verdict == EUROPA_CNT_RX_RING_FULL;
}

/* rx.c */
rx_handler_result_t europa_receive(struct europa_nic *nic,
				   struct sk_buff **pskb);
void europa_receive_frames(struct europa_nic *nic, struct xdp_frame **frame,
			   unsigned int n);
struct europa_queue *europa_rx_queue(const struct europa_nic *nic,
				     unsigned int queue);
bool europa_rx_pending(struct europa_router *r);
enum europa_counter europa_rx_serve_some(struct europa_queue *q, unsigned int n);
unsigned int europa_rx_serve(struct europa_router *r, unsigned int budget);

/* port.c */
struct europa_port *europa_port_get(struct net_device *lower,
				    struct netlink_ext_ack *extack);
void europa_port_put(struct europa_port *port);
bool europa_port_is(const struct net_device *lower);
struct europa_port *europa_port_rcu(const struct net_device *lower);
struct europa_nic *europa_port_lookup(struct europa_port *port, const u8 *mac);
void europa_port_deliver(struct sk_buff *skb);
int europa_port_add_nic(struct europa_port *port, struct europa_nic *nic);
void europa_port_del_nic(struct europa_port *port, struct europa_nic *nic);
int europa_port_rekey(struct europa_port *port, struct europa_nic *nic,
		      const u8 *mac);
void europa_port_for_each(struct net_device *lower,
			  void (*fn)(struct europa_nic *nic, void *arg),
			  void *arg);
u64 europa_port_mcast_backlog(const struct europa_port *port);

/* nic.c */
bool europa_nic_is(const struct net_device *dev);

/* ethtool.c */
extern const struct ethtool_ops europa_ethtool_ops;

#endif /* _NET_EUROPA_EUROPA_H */
