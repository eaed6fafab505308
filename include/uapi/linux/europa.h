/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * AF_EUROPA: user mode packet forwarding for virtual routers
 *
 * A router socket owns one packet pool: an array of equal slots, mapped by
 * the router and by the kernel.  Each virtual NIC attached to the socket has
 * two rings of slot indexes, rxRing and txRing, mapped as well.  A slot's
 * state says whose turn it is; no other lock exists between the two sides.
 *
 * All fields are in host byte order unless they say otherwise, all sizes and
 * offsets are in bytes.  Reserved fields must be zero.  Each mapped field
 * names its one writer; the kernel treats what the router writes as a hint,
 * reads it once and checks it.
 *
 * See Documentation/networking/europa.rst.
 */
#ifndef _UAPI_LINUX_EUROPA_H
#define _UAPI_LINUX_EUROPA_H

#include <linux/types.h>
#include <linux/virtio_net.h>

/* socket options, level SOL_EUROPA */
#define EUROPA_POOL		1	/* set once: struct europa_pool_req */
#define EUROPA_ATTACH		2	/* set: struct europa_attach_req */
#define EUROPA_DETACH		3	/* set: struct europa_detach_req */
#define EUROPA_LAYOUT		4	/* get: struct europa_layout */
#define EUROPA_STATS		5	/* get: struct europa_stats */

#define EUROPA_SLOTS_MIN	2
#define EUROPA_SLOTS_MAX	(1 << 20)
#define EUROPA_SLOT_ALIGN	64	/* slot_size is a multiple of this */
#define EUROPA_SLOT_SIZE_MIN	256
#define EUROPA_SLOT_SIZE_MAX	(128 * 1024)
#define EUROPA_RING_MIN		2	/* entries of a ring, a power of two */
#define EUROPA_RING_MAX		(1 << 20)
#define EUROPA_HEADROOM		128	/* a good default for the headroom */

/**
 * struct europa_pool_req - argument of EUROPA_POOL
 * @slots: number of slots, EUROPA_SLOTS_MIN to EUROPA_SLOTS_MAX
 * @slot_size: distance and size of slots, a multiple of EUROPA_SLOT_ALIGN
 * @own: so many slots, the last of the pool, are the router's from the start
 *	and are never filled by the kernel; 0 to @slots
 * @headroom: bytes the kernel leaves free before each packet it fills in
 * @flags: must be 0
 * @reserved: must be 0
 */
struct europa_pool_req {
	__u32 slots;
	__u32 slot_size;
	__u32 own;
	__u32 headroom;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct europa_attach_req - argument of EUROPA_ATTACH
 * @ifindex: a virtual NIC in the network namespace of the socket
 * @queue: queue of the NIC, below its number of receive queues
 * @rx_entries: entries of the rxRing, a power of two, or 0 for enough to
 *	hold every slot of the pool
 * @tx_entries: likewise for the txRing
 * @reserved: must be 0
 */
struct europa_attach_req {
	__u32 ifindex;
	__u32 queue;
	__u32 rx_entries;
	__u32 tx_entries;
	__u32 reserved[2];
};

/**
 * struct europa_detach_req - argument of EUROPA_DETACH
 * @ifindex: an attached virtual NIC
 * @queue: the queue to detach
 */
struct europa_detach_req {
	__u32 ifindex;
	__u32 queue;
};

/* States of a slot (struct europa_desc.state) */
#define EUROPA_EMPTY		0	/* written by the kernel: free */
#define EUROPA_FILLED		1	/* written by the kernel: holds a packet */
#define EUROPA_PROCESSED	2	/* written by the router: see the flags */

/* What the kernel shall do with a PROCESSED slot (europa_desc.flags) */
#define EUROPA_F_DROP		(1 << 0) /* free it, the router dropped it */
#define EUROPA_F_PUNT		(1 << 1) /* hand it to the IP stack behind the NIC */
/* What the kernel says of a FILLED slot (europa_desc.flags) */
#define EUROPA_F_MULTICAST	(1 << 8) /* group destination address */
#define EUROPA_F_BROADCAST	(1 << 9) /* broadcast destination address */

/**
 * struct europa_desc - descriptor of one slot
 * @state: EUROPA_EMPTY, EUROPA_FILLED or EUROPA_PROCESSED
 * @offset: start of the Ethernet header within the slot
 * @len: bytes of the frame, from the Ethernet header, without FCS
 * @nic: number of the attachment the frame came in by; ignored on transmit,
 *	where the txRing says it
 * @flags: EUROPA_F_*
 * @vlan_proto: EtherType of the VLAN tag taken out of the frame, network byte
 *	order; 0: no tag
 * @vlan_tci: the tag's TCI
 * @vnet: checksum and segmentation of this frame as in virtio, little endian
 * @reserved0: zero
 * @hash: flow hash if the receiving device computed one, else 0
 * @reserved1: zero
 * @timestamp: receive time in ns since the epoch if the frame has one, else 0
 * @user: free for the router, neither read nor written by the kernel
 *
 * The kernel writes all but @user when it fills the slot.  The router may
 * change all of it before it returns the slot.
 */
struct europa_desc {
	__u32 state;
	__u32 offset;
	__u32 len;
	__u16 nic;
	__u16 flags;
	__be16 vlan_proto;
	__u16 vlan_tci;
	struct virtio_net_hdr vnet;
	__u16 reserved0;
	__u32 hash;
	__u32 reserved1;
	__aligned_u64 timestamp;
	__aligned_u64 user[2];
};

/*
 * A ring entry is the index of a slot with the parity of the ring's lap in
 * the top bit: set in the first lap over the zeroed ring, clear in the second
 * and so on.  A consumer finds a new entry by that bit alone.  The producer
 * publishes an entry with release semantics after the slot, its descriptor
 * and its state; the consumer reads it with acquire semantics.
 */
#define EUROPA_RING_LAP		0x80000000U
#define EUROPA_RING_INDEX	0x7fffffffU

/**
 * struct europa_ring - head of a rxRing or txRing
 * @cons: entries taken out so far, free running; written by the consumer (the
 *	router for a rxRing, the kernel for a txRing) after it has read them,
 *	with release semantics, at the latest before it sleeps; the producer
 *	reads it when the ring looks full
 * @pad: keeps the consumer's word and the entries on separate cache lines
 * @entry: written by the producer
 */
struct europa_ring {
	__u32 cons;
	__u32 pad[15];
	__u32 entry[];
};

/**
 * struct europa_ctrl - who sleeps, and who sends
 * @router_sleeps: written by the router: not 0 while it sleeps or is about to
 * @router_sends: written by the router: not 0 while it calls sendto() for all
 *	that it puts on its txRings; the CPU that receives then looks at them
 *	only when the router falls behind: more than 256 slots are not free
 * @generation: written by the kernel: changes with every attachment made or
 *	lost; EUROPA_LAYOUT has the details
 * @kernel_sleeps: written by the kernel: not 0 while nobody looks at the
 *	txRings, or frames wait for a slot: call sendto() after the next entry
 * @rx_cpu: written by the kernel: the CPU that received the last packets, a
 *	hint: a router that runs on the same one waits in vain, it had better
 *	sleep; 0xffffffff while none has been received
 *
 * Both sides follow one rule.  To sleep: set the flag, full barrier, look at
 * the rings once more, sleep.  To wake: publish the entry, full barrier, read
 * the flag.
 */
struct europa_ctrl {
	__u32 router_sleeps;
	__u32 router_sends;
	__u32 pad0[14];
	__u32 generation;
	__u32 kernel_sleeps;
	__u32 rx_cpu;
	__u32 pad1[13];
};

/**
 * struct europa_nic_layout - one attachment
 * @ifindex: the virtual NIC, at the time of the attachment
 * @queue: its queue
 * @nic: number of the attachment, as in struct europa_desc
 * @flags: 0
 * @rx_offset: mmap offset of the rxRing, 0: not mapped
 * @rx_size: bytes to map there
 * @tx_offset: mmap offset of the txRing
 * @tx_size: bytes to map there
 * @rx_entries: entries of the rxRing
 * @tx_entries: entries of the txRing
 * @mtu: MTU of the NIC now
 * @reserved: 0
 */
struct europa_nic_layout {
	__u32 ifindex;
	__u32 queue;
	__u32 nic;
	__u32 flags;
	__aligned_u64 rx_offset;
	__aligned_u64 rx_size;
	__aligned_u64 tx_offset;
	__aligned_u64 tx_size;
	__u32 rx_entries;
	__u32 tx_entries;
	__u32 mtu;
	__u32 reserved;
};

/**
 * struct europa_layout - result of EUROPA_LAYOUT
 * @size: bytes of the whole result; getsockopt() copies as much as fits, so
 *	call again with a larger buffer when this is larger than yours
 * @slots: number of slots
 * @slot_size: size of a slot
 * @own: the last so many slots are the router's own
 * @headroom: bytes before each packet the kernel fills in
 * @desc_size: distance of descriptors, sizeof(struct europa_desc)
 * @generation: of this layout, see struct europa_ctrl
 * @nics: number of elements of @nic
 * @pool_offset: mmap offset of the slots
 * @pool_size: bytes to map there
 * @desc_offset: mmap offset of the array of descriptors
 * @desc_map_size: bytes to map there
 * @ctrl_offset: mmap offset of struct europa_ctrl
 * @ctrl_size: bytes to map there
 * @nic_size: distance of the elements of @nic
 * @reserved: 0
 * @nic: the attachments
 *
 * Every size is a multiple of the page size.  New fields are added before
 * @nic only together with a new option name; elements of @nic may grow at
 * their end, so step by @nic_size.
 */
struct europa_layout {
	__u32 size;
	__u32 slots;
	__u32 slot_size;
	__u32 own;
	__u32 headroom;
	__u32 desc_size;
	__u32 generation;
	__u32 nics;
	__aligned_u64 pool_offset;
	__aligned_u64 pool_size;
	__aligned_u64 desc_offset;
	__aligned_u64 desc_map_size;
	__aligned_u64 ctrl_offset;
	__aligned_u64 ctrl_size;
	__u32 nic_size;
	__u32 reserved;
	struct europa_nic_layout nic[];
};

/*
 * Counters.  The same list is read per virtual NIC by ethtool -S, under the
 * lower case names without EUROPA_CNT_, and per router by EUROPA_STATS.
 */
enum europa_counter {
	EUROPA_CNT_RX_PACKETS,		/* to pool: frames put on the rxRing */
	EUROPA_CNT_RX_BYTES,
	EUROPA_CNT_TX_PACKETS,		/* from pool: frames given to the lower netdev */
	EUROPA_CNT_TX_BYTES,
	EUROPA_CNT_PUNTED,		/* frames given to the IP stack behind the NIC */
	EUROPA_CNT_ROUTER_DROP,		/* slots returned with EUROPA_F_DROP */
	EUROPA_CNT_RX_SEGMENTED,	/* GSO frames cut up because they fit no slot */
	EUROPA_CNT_RX_WAITED,		/* frames that had to wait for a slot */
	/* from here on each counts lost frames, by reason */
	EUROPA_CNT_RX_POOL_EMPTY,	/* no free slot, nor room to wait for one */
	EUROPA_CNT_RX_RING_FULL,	/* as this, as the router does not consume its rxRing */
	EUROPA_CNT_RX_TOO_BIG,		/* fits no slot and is no GSO frame */
	EUROPA_CNT_RX_ERROR,		/* could not be copied or segmented */
	EUROPA_CNT_RX_NIC_DOWN,		/* the virtual NIC is down */
	EUROPA_CNT_RX_NOMEM,		/* no memory for a copy of a multicast */
	EUROPA_CNT_TX_BAD_INDEX,	/* txRing entry beyond the pool */
	EUROPA_CNT_TX_BAD_OWNER,	/* slot was not the router's to return */
	EUROPA_CNT_TX_BAD_STATE,	/* slot on a txRing is not PROCESSED */
	EUROPA_CNT_TX_BAD_LENGTH,	/* offset or length outside the slot, or no frame */
	EUROPA_CNT_TX_TOO_BIG,		/* larger than the NIC's MTU */
	EUROPA_CNT_TX_BAD_OFFLOAD,	/* checksum or GSO fields make no sense */
	EUROPA_CNT_TX_BAD_VLAN,		/* tag the NIC may not send */
	EUROPA_CNT_TX_SPOOFED,		/* source address is not the NIC's */
	EUROPA_CNT_TX_NOMEM,		/* no memory for the skb */
	EUROPA_CNT_TX_NIC_DOWN,		/* NIC or lower netdev down */
	EUROPA_CNT_TX_QDISC_DROP,	/* the lower netdev's qdisc or driver refused it */
	EUROPA_CNT_PUNT_DROP,		/* the IP stack's backlog is full */
	__EUROPA_CNT_MAX
};

#define EUROPA_CNT_DROPS	EUROPA_CNT_RX_POOL_EMPTY

/**
 * struct europa_stats - result of EUROPA_STATS
 * @size: bytes the kernel knows; getsockopt() copies as much as fits
 * @slots: number of slots = @free + @router + @flight + @own
 * @free: slots the kernel may fill
 * @router: slots handed to the router and not returned yet
 * @flight: slots the kernel has filled and is about to hand over, or is sending,
 *	or whose memory is on its way to, or with, who receives what was in them
 * @own: own slots the router holds
 * @nics: attachments now
 * @counters: number of elements of @counter
 * @counter: by enum europa_counter, over all attachments past and present
 */
struct europa_stats {
	__u32 size;
	__u32 slots;
	__u32 free;
	__u32 router;
	__u32 flight;
	__u32 own;
	__u32 nics;
	__u32 counters;
	__aligned_u64 counter[__EUROPA_CNT_MAX];
};

/* rtnl link kind "europa", attributes in IFLA_INFO_DATA */
enum {
	IFLA_EUROPA_UNSPEC,
	IFLA_EUROPA_MODE,	/* u8: enum europa_mode; only at creation */
	IFLA_EUROPA_VLAN_ID,	/* u16: 1 to 4094, EUROPA_MODE_VLAN */
	IFLA_EUROPA_VLAN_PROTO,	/* be16: ETH_P_8021Q (default), ETH_P_8021AD */
	IFLA_EUROPA_MARK,	/* u32: not 0, EUROPA_MODE_MARK */
	IFLA_EUROPA_SPOOFCHK,	/* u8: 0 or 1 */
	IFLA_EUROPA_XMIT,	/* u8: enum europa_xmit */
	IFLA_EUROPA_LEND,	/* u8: 0 or 1: large frames leave in the router's slots */
	IFLA_EUROPA_ROUTER,	/* u32, read only: attached queues */
	__IFLA_EUROPA_MAX
};

#define IFLA_EUROPA_MAX (__IFLA_EUROPA_MAX - 1)

/* Which frames received by the lower netdev are the virtual NIC's */
enum europa_mode {
	EUROPA_MODE_MAC,	/* to its MAC address, with any VLAN tag or none */
	EUROPA_MODE_VLAN,	/* to its MAC address in one VLAN; the tag is hidden */
	EUROPA_MODE_MARK,	/* with its mark, set by tc on the lower netdev */
	EUROPA_MODE_ANY,	/* all that nobody else claims; spoofchk is off */
	__EUROPA_MODE_MAX
};

/* How frames leave by the lower netdev */
enum europa_xmit {
	EUROPA_XMIT_AUTO,	/* directly where there is no qdisc, tap or egress hook */
	EUROPA_XMIT_QUEUE,	/* always through qdisc and hooks */
	EUROPA_XMIT_DIRECT,	/* straight to the driver, passing qdisc and hooks by */
	__EUROPA_XMIT_MAX
};

#endif /* _UAPI_LINUX_EUROPA_H */
