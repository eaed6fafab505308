// SPDX-License-Identifier: GPL-2.0-only
/*
 * simnic: what arrives, when
 *
 * In debugfs, simnic/NETDEV/:
 *
 *	frame		the frame, as bytes
 *	destinations	addresses of the frame's family, or nothing
 *	flows, macs, burst, rate: see struct simnic_traffic
 *	cpu0, cpu1...	where the queue's interrupt is raised
 *	run		1: begin with all of this, 0: stop
 *	latency		of frames sent: lines of "ns frames"; write: forget
 */
#include <linux/debugfs.h>
#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/math64.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/udp.h>
#include <linux/uaccess.h>
#include <net/checksum.h>

#include "simnic.h"

/* In the payload of UDP over IPv4 or IPv6. */
struct simnic_stamp {
	__le64 arrived;		/* ns; 0 is for the untimed */
	__be32 magic;
} __packed;

#define SIMNIC_MAGIC	cpu_to_be32(0x73696d6e)

static_assert(62 + sizeof(struct simnic_stamp) == SIMNIC_STAMPED);

static struct dentry *simnic_debugfs;

/* The rest of a division, on 32-bit machines too */
static u32 simnic_rest(u64 number, u32 n)
{
	u32 rest;

	div_u64_rem(number, n, &rest);
	return rest;
}

/* --- when ------------------------------------------------------------- */

/**
 * simnic_traffic_pending - what has arrived and was not taken
 * @q: the queue; what found its ring full is counted as missed
 * @t: the program
 */
u32 simnic_traffic_pending(struct simnic_queue *q,
			   const struct simnic_traffic *t)
{
	u64 arrived, waits;

	if (!t->rate)
		return SIMNIC_RING;
	arrived = mul_u64_u64_div_u64(ktime_get_ns() - q->started, t->rate,
				      NSEC_PER_SEC);
	if (t->burst > 1)
		arrived -= simnic_rest(arrived, t->burst);
	waits = arrived - q->taken;
	if (waits > SIMNIC_RING) {
		u64_stats_update_begin(&q->rx.syncp);
		u64_stats_add(&q->rx.missed, waits - SIMNIC_RING);
		u64_stats_update_end(&q->rx.syncp);
		q->taken = arrived - SIMNIC_RING;
		waits = SIMNIC_RING;
	}
	return waits;
}

/* When a frame arrives, by its number. */
static u64 simnic_traffic_when(const struct simnic_queue *q,
			       const struct simnic_traffic *t, u64 number)
{
	if (!t->rate)
		return ktime_get_ns();
	if (t->burst > 1)
		number -= simnic_rest(number, t->burst);
	return q->started + mul_u64_u64_div_u64(number + t->burst,
						NSEC_PER_SEC, t->rate);
}

/* When the next one will. */
u64 simnic_traffic_next(const struct simnic_queue *q,
			const struct simnic_traffic *t)
{
	return simnic_traffic_when(q, t, q->taken);
}

/* --- what ------------------------------------------------------------- */

static bool simnic_is_ipv6(const u8 *frame)
{
	return ((const struct ethhdr *)frame)->h_proto == htons(ETH_P_IPV6);
}

static void simnic_set_dest(u8 *frame, const struct simnic_traffic *t,
			    u64 number)
{
	u32 i = simnic_rest(number, t->dests);
	struct iphdr *ip;

	if (simnic_is_ipv6(frame)) {
		memcpy(frame + ETH_HLEN + offsetof(struct ipv6hdr, daddr),
		       (struct in6_addr *)t->dest + i, sizeof(struct in6_addr));
		return;
	}
	ip = (struct iphdr *)(frame + ETH_HLEN);
	csum_replace4(&ip->check, ip->daddr, ((__be32 *)t->dest)[i]);
	ip->daddr = ((__be32 *)t->dest)[i];
}

/* Where the payload of UDP begins, 0: this is none. */
static unsigned int simnic_payload(const u8 *frame, unsigned int len)
{
	const struct ethhdr *eth = (const void *)frame;
	unsigned int at = 0;

	if (eth->h_proto == htons(ETH_P_IP) && frame[23] == IPPROTO_UDP)
		at = 42;
	else if (simnic_is_ipv6(frame) && frame[20] == IPPROTO_UDP)
		at = 62;
	return at && len >= at + sizeof(struct simnic_stamp) ? at : 0;
}

/**
 * simnic_traffic_make - the next frame
 * @q: the queue
 * @t: the program
 * @frame: room for it
 */
void simnic_traffic_make(struct simnic_queue *q,
			 const struct simnic_traffic *t, u8 *frame)
{
	unsigned int at = simnic_payload(t->frame, t->len);
	u64 number = q->taken++;
	struct simnic_stamp *s;
	struct udphdr *udp;

	memcpy(frame, t->frame, t->len);
	if (t->macs > 1)
		frame[ETH_ALEN - 1] += simnic_rest(number, t->macs);
	if (t->dests)
		simnic_set_dest(frame, t, number);
	if (!at)
		return;
	udp = (struct udphdr *)(frame + at) - 1;
	if (t->flows > 1)
		udp->source = htons(ntohs(udp->source) +
				    simnic_rest(number, t->flows));
	s = (struct simnic_stamp *)(frame + at);
	s->arrived = cpu_to_le64(simnic_traffic_when(q, t, number));
	s->magic = SIMNIC_MAGIC;
	/* None: the NIC says it has verified it. */
	udp->check = 0;
}

/**
 * simnic_traffic_age - how long ago a frame arrived
 * @frame: a frame that is about to leave
 * @len: bytes of it there are
 *
 * Return: ns, 0 if it did not arrive by a simnic.
 */
u64 simnic_traffic_age(const void *frame, unsigned int len)
{
	const struct simnic_stamp *s;
	unsigned int at;

	if (len < ETH_ZLEN)
		return 0;
	at = simnic_payload(frame, len);
	if (!at)
		return 0;
	s = frame + at;
	if (s->magic != SIMNIC_MAGIC)
		return 0;
	return ktime_get_ns() - le64_to_cpu(s->arrived);
}

/* --- debugfs ---------------------------------------------------------- */

static void simnic_traffic_free(struct rcu_head *rcu)
{
	struct simnic_traffic *t = container_of(rcu, struct simnic_traffic,
						rcu);

	kvfree(t->dest);
	kvfree(t);
}

/* With nic->lock. */
static void simnic_traffic_stop(struct simnic *nic)
{
	struct simnic_traffic *t = rcu_replace_pointer(nic->traffic, NULL,
						       lockdep_is_held(&nic->lock));

	if (t)
		call_rcu(&t->rcu, simnic_traffic_free);
}

static int simnic_traffic_start(struct simnic *nic)
{
	struct simnic_traffic *t;
	unsigned int i;

	if (nic->next.len < ETH_ZLEN || !netif_running(nic->dev))
		return -ENETDOWN;
	t = kvmalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	*t = nic->next;
	t->dests /= simnic_is_ipv6(t->frame) ? sizeof(struct in6_addr) :
					       sizeof(__be32);
	if (t->dests) {
		t->dest = kvmemdup(nic->next.dest, nic->next.dests, GFP_KERNEL);
		if (!t->dest) {
			kvfree(t);
			return -ENOMEM;
		}
	} else {
		t->dest = NULL;
	}
	t->burst = max(t->burst, 1u);
	simnic_traffic_stop(nic);
	/* The queues have forgotten the last one. */
	synchronize_net();
	for (i = 0; i < nic->dev->real_num_rx_queues; i++) {
		nic->queue[i].taken = 0;
		nic->queue[i].started = ktime_get_ns();
	}
	rcu_assign_pointer(nic->traffic, t);
	for (i = 0; i < nic->dev->real_num_rx_queues; i++)
		simnic_rx_start(&nic->queue[i]);
	return 0;
}

static ssize_t simnic_run_write(struct file *file, const char __user *buf,
				size_t len, loff_t *pos)
{
	struct simnic *nic = file->private_data;
	bool run;
	int err = kstrtobool_from_user(buf, len, &run);

	if (err)
		return err;
	/* Who deletes the netdev has RTNL and waits for us. */
	if (!rtnl_trylock())
		return restart_syscall();
	mutex_lock(&nic->lock);
	if (run)
		err = simnic_traffic_start(nic);
	else
		simnic_traffic_stop(nic);
	mutex_unlock(&nic->lock);
	rtnl_unlock();
	return err ?: len;
}

static const struct file_operations simnic_run_ops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = simnic_run_write,
};

/* Without room the transmit rings are full. */
static ssize_t simnic_room_write(struct file *file, const char __user *buf,
				 size_t len, loff_t *pos)
{
	struct simnic *nic = file->private_data;
	bool room;
	int err = kstrtobool_from_user(buf, len, &room);

	if (err)
		return err;
	if (room)
		netif_tx_wake_all_queues(nic->dev);
	else
		netif_tx_stop_all_queues(nic->dev);
	return len;
}

static const struct file_operations simnic_room_ops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = simnic_room_write,
};

static ssize_t simnic_frame_write(struct file *file, const char __user *buf,
				  size_t len, loff_t *pos)
{
	struct simnic *nic = file->private_data;
	ssize_t n;

	mutex_lock(&nic->lock);
	n = simple_write_to_buffer(nic->next.frame, SIMNIC_MAX_FRAME, pos, buf,
				   len);
	if (n > 0)
		nic->next.len = *pos;
	mutex_unlock(&nic->lock);
	return n ?: -ENOSPC;
}

static const struct file_operations simnic_frame_ops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = simnic_frame_write,
};

static int simnic_dest_open(struct inode *inode, struct file *file)
{
	struct simnic *nic = inode->i_private;

	file->private_data = nic;
	if (file->f_flags & O_TRUNC) {
		mutex_lock(&nic->lock);
		nic->next.dests = 0;
		mutex_unlock(&nic->lock);
	}
	return 0;
}

static ssize_t simnic_dest_write(struct file *file, const char __user *buf,
				 size_t len, loff_t *pos)
{
	struct simnic *nic = file->private_data;
	ssize_t n = -ENOMEM;

	mutex_lock(&nic->lock);
	if (!nic->next.dest)
		nic->next.dest = kvmalloc(SIMNIC_MAX_DESTS, GFP_KERNEL);
	if (nic->next.dest)
		n = simple_write_to_buffer(nic->next.dest, SIMNIC_MAX_DESTS, pos,
					   buf, len);
	if (n > 0)
		nic->next.dests = *pos;
	mutex_unlock(&nic->lock);
	return n ?: -ENOSPC;
}

static const struct file_operations simnic_dest_ops = {
	.owner = THIS_MODULE,
	.open = simnic_dest_open,
	.write = simnic_dest_write,
};

static int simnic_latency_show(struct seq_file *s, void *unused)
{
	struct simnic *nic = s->private;
	unsigned int i, j;

	for (i = 0; i < SIMNIC_BUCKETS; i++) {
		u64 n = 0;

		for (j = 0; j < nic->dev->real_num_tx_queues; j++)
			n += READ_ONCE(nic->queue[j].latency[i]);
		if (n)
			seq_printf(s, "%llu %llu\n", simnic_bucket_ns(i), n);
	}
	return 0;
}

static int simnic_latency_open(struct inode *inode, struct file *file)
{
	return single_open(file, simnic_latency_show, inode->i_private);
}

static ssize_t simnic_latency_write(struct file *file, const char __user *buf,
				    size_t len, loff_t *pos)
{
	struct seq_file *s = file->private_data;
	struct simnic *nic = s->private;
	unsigned int j;

	for (j = 0; j < nic->dev->real_num_tx_queues; j++) {
		struct simnic_queue *q = &nic->queue[j];

		spin_lock_bh(&q->tx_lock);
		memset(q->latency, 0, sizeof(q->latency));
		spin_unlock_bh(&q->tx_lock);
	}
	return len;
}

static const struct file_operations simnic_latency_ops = {
	.owner = THIS_MODULE,
	.open = simnic_latency_open,
	.read = seq_read,
	.write = simnic_latency_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* The netdev has its name. */
void simnic_traffic_add(struct simnic *nic)
{
	struct dentry *dir;
	char name[16];
	unsigned int i;

	dir = debugfs_create_dir(netdev_name(nic->dev), simnic_debugfs);
	nic->dir = dir;
	debugfs_create_file("frame", 0200, dir, nic, &simnic_frame_ops);
	debugfs_create_file("destinations", 0200, dir, nic, &simnic_dest_ops);
	debugfs_create_u32("flows", 0600, dir, &nic->next.flows);
	debugfs_create_u32("macs", 0600, dir, &nic->next.macs);
	debugfs_create_u32("burst", 0600, dir, &nic->next.burst);
	debugfs_create_u64("rate", 0600, dir, &nic->next.rate);
	debugfs_create_file("run", 0200, dir, nic, &simnic_run_ops);
	debugfs_create_file("room", 0200, dir, nic, &simnic_room_ops);
	debugfs_create_file("latency", 0600, dir, nic, &simnic_latency_ops);
	for (i = 0; i < nic->dev->num_rx_queues; i++) {
		snprintf(name, sizeof(name), "cpu%u", i);
		debugfs_create_u32(name, 0600, dir, &nic->queue[i].cpu);
	}
}

/* The netdev is closed: nothing runs. */
void simnic_traffic_del(struct simnic *nic)
{
	debugfs_remove(nic->dir);
	mutex_lock(&nic->lock);
	simnic_traffic_stop(nic);
	mutex_unlock(&nic->lock);
	kvfree(nic->next.dest);
	nic->next.dest = NULL;
}

int simnic_traffic_init(void)
{
	simnic_debugfs = debugfs_create_dir("simnic", NULL);
	return PTR_ERR_OR_ZERO(simnic_debugfs);
}

void simnic_traffic_exit(void)
{
	debugfs_remove(simnic_debugfs);
	rcu_barrier();
}
