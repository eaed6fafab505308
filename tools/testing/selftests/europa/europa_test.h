/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small router and a small network for the tests
 *
 * Each test has a network namespace of its own: the harness forks for it.
 */
#ifndef EUROPA_TEST_H
#define EUROPA_TEST_H

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/europa.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AF_EUROPA
#define AF_EUROPA	46
#endif
#ifndef SOL_EUROPA
#define SOL_EUROPA	288
#endif

#define TEST_TYPE	0x88b5		/* EtherType for experiments */
#define LIMIT_MS	20000		/* no test waits longer for one thing */
#define MAX_NICS	4

/* --- the network ------------------------------------------------------ */

static inline int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err;

	if (fd < 0)
		return -1;
	err = write(fd, text, strlen(text)) < 0 ? -1 : 0;
	close(fd);
	return err;
}

/* Commands for ip(8), a line each; returns its exit status. */
static inline int ip_batch(const char *commands)
{
	FILE *ip = popen("ip -batch - 2>/dev/null", "w");

	if (!ip)
		return -1;
	fputs(commands, ip);
	return pclose(ip);
}

/* A netns without noise; no frame is seen that no test has sent. */
static inline int new_netns(void)
{
	if (unshare(CLONE_NEWNET))
		return -1;
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	return 0;
}

/* Simulated NICs; the module may be loaded already. */
static inline int load_simnic(void)
{
	int fd = open("simnic/simnic.ko", O_RDONLY), err;

	if (fd < 0)
		return -1;
	err = (int)syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return err && errno != EEXIST ? -1 : 0;
}

/* a0 == a1 and b0 == b1, by wires of simulated NICs or by veth, all down. */
static inline int new_wires(bool simnic)
{
	if (!simnic)
		return ip_batch("link add a0 type veth peer name a1\n"
				"link add b0 type veth peer name b1\n");
	return load_simnic() ?: ip_batch("link add a0 type simnic\n"
					 "link add b0 type simnic\n"
					 "link add a1 link a0 type simnic\n"
					 "link add b1 link b0 type simnic\n");
}

/* a1 == a0 <- eu0, eu1 -> b0 == b1; the tests are behind a1 and b1. */
static inline int new_network_of(bool simnic)
{
	if (new_netns() || new_wires(simnic))
		return -1;
	return ip_batch("link set a0 up\nlink set a1 up\n"
			"link set b0 up\nlink set b1 up\n"
			"link add link a0 name eu0 type europa\n"
			"link add link b0 name eu1 type europa\n"
			"link set eu0 up\nlink set eu1 up\n");
}

static inline int new_network(void)
{
	return new_network_of(false);
}

struct nl_req {
	struct nlmsghdr h;
	struct ifinfomsg ifi;
	char attr[512];
};

static inline struct rtattr *nl_put(struct nl_req *r, int type,
				    const void *data, int len)
{
	struct rtattr *rta = (void *)((char *)r + NLMSG_ALIGN(r->h.nlmsg_len));

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(rta), data, len);
	r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + RTA_ALIGN(rta->rta_len);
	return rta;
}

static inline void nl_end(struct nl_req *r, struct rtattr *nest)
{
	nest->rta_len = (char *)r + r->h.nlmsg_len - (char *)nest;
}

static inline int nl_talk(struct nl_req *r)
{
	struct { struct nlmsghdr h; struct nlmsgerr e; char rest[1024]; } ack;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), err = -1;

	r->h.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(fd, r, r->h.nlmsg_len, 0) > 0 &&
	    recv(fd, &ack, sizeof(ack), 0) > 0 &&
	    ack.h.nlmsg_type == NLMSG_ERROR)
		err = ack.e.error;
	close(fd);
	return err;
}

/* An attribute of IFLA_INFO_DATA; the last has len 0. */
struct info {
	int type;
	int len;
	uint32_t value;
};

/* Returns 0 or a negative errno. */
static inline int nic_request(const char *name, const char *lower,
			      const struct info *info)
{
	struct nl_req r = { .h.nlmsg_len = NLMSG_LENGTH(sizeof(r.ifi)),
			    .h.nlmsg_type = RTM_NEWLINK };
	struct rtattr *link, *data;
	uint32_t ifindex;

	nl_put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	if (lower) {
		r.h.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
		ifindex = if_nametoindex(lower);
		nl_put(&r, IFLA_LINK, &ifindex, sizeof(ifindex));
	}
	link = nl_put(&r, IFLA_LINKINFO, NULL, 0);
	nl_put(&r, IFLA_INFO_KIND, "europa", 7);
	data = nl_put(&r, IFLA_INFO_DATA, NULL, 0);
	for (; info->len; info++)
		nl_put(&r, info->type, &info->value, info->len);
	nl_end(&r, data);
	nl_end(&r, link);
	return nl_talk(&r);
}

static inline int nic_add(const char *name, const char *lower,
			  const struct info *info)
{
	char up[64];
	int err = nic_request(name, lower, info);

	if (err)
		return err;
	snprintf(up, sizeof(up), "link set %s up\n", name);
	return ip_batch(up);
}

static inline void get_mac(const char *ifname, uint8_t *mac)
{
	struct ifreq ifr = {};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	ioctl(fd, SIOCGIFHWADDR, &ifr);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	close(fd);
}

/* Frames dropped by a netdev, on receipt or when sent, as ip -s link has it. */
static inline long get_dropped(const char *ifname, bool sent)
{
	char line[512], name[IFNAMSIZ + 1];
	long rx, tx, n = -1;
	FILE *f = fopen("/proc/net/dev", "r");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " %16[^:]: %*s %*s %*s %ld %*s %*s %*s %*s %*s %*s %*s %ld",
			   name, &rx, &tx) == 3 && !strcmp(name, ifname))
			n = sent ? tx : rx;
	fclose(f);
	return n;
}

/* A flag between threads. */
static inline bool is_set(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static inline void set_flag(bool *flag)
{
	__atomic_store_n(flag, true, __ATOMIC_RELEASE);
}

/* --- frames ----------------------------------------------------------- */

static inline int raw_socket(const char *ifname)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_ALL),
				   .sll_ifindex = if_nametoindex(ifname) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;

	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on));
	if (bind(fd, (void *)&sll, sizeof(sll)))
		return -1;
	return fd;
}

/* An Ethernet header, a number, then bytes that depend on it. */
static inline int make_frame(uint8_t *f, const uint8_t *dst,
			     const uint8_t *src, uint32_t number, int len)
{
	uint16_t type = htons(TEST_TYPE);

	memcpy(f, dst, ETH_ALEN);
	memcpy(f + 6, src, ETH_ALEN);
	memcpy(f + 12, &type, 2);
	memcpy(f + 14, &number, 4);
	for (int i = 18; i < len; i++)
		f[i] = (uint8_t)(number + i);
	return len;
}

static inline bool frame_intact(const uint8_t *f, int len, uint32_t *number)
{
	memcpy(number, f + 14, 4);
	for (int i = 18; i < len; i++)
		if (f[i] != (uint8_t)(*number + i))
			return false;
	return true;
}

static inline void send_frame(int fd, const uint8_t *dst, uint32_t number,
			      int len)
{
	static const uint8_t src[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	uint8_t f[2048];

	make_frame(f, dst, src, number, len);
	if (send(fd, f, len, 0) != len)
		perror("send");
}

/* The next test frame, -1 after @ms; *tci: of its tag, -1 without one. */
static inline int recv_frame_tci(int fd, uint8_t *f, int size, int ms,
				 int *tci)
{
	union { char buf[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align; } control;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	while (poll(&pfd, 1, ms) > 0) {
		struct iovec iov = { f, size };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
				      .msg_control = &control,
				      .msg_controllen = sizeof(control) };
		ssize_t len = recvmsg(fd, &msg, 0);
		struct cmsghdr *c;

		*tci = -1;
		for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
			struct tpacket_auxdata *aux = (void *)CMSG_DATA(c);

			if (aux->tp_status & TP_STATUS_VLAN_VALID)
				*tci = aux->tp_vlan_tci;
		}
		if (len >= 18 && f[12] == TEST_TYPE >> 8 &&
		    f[13] == (TEST_TYPE & 0xff))
			return (int)len;
	}
	return -1;
}

static inline int recv_frame(int fd, uint8_t *f, int size, int ms)
{
	int tci;

	return recv_frame_tci(fd, f, size, ms, &tci);
}

/* --- the router ------------------------------------------------------- */

struct rt_nic {
	struct europa_ring *rx, *tx;
	uint32_t rx_entries, tx_entries, rx_pos, tx_pos;
	uint32_t ifindex;
};

struct rt {
	int fd;
	uint32_t slots, slot_size, generation, nics;
	uint8_t *pool;
	struct europa_desc *desc;
	struct europa_ctrl *ctrl;
	size_t pool_bytes, desc_bytes, ctrl_bytes;
	struct rt_nic nic[MAX_NICS];
};

struct rt_layout {
	struct europa_layout l;
	struct europa_nic_layout nic[MAX_NICS];
};

static inline int rt_layout(int fd, struct rt_layout *layout)
{
	socklen_t len = sizeof(*layout);

	memset(layout, 0, sizeof(*layout));
	return getsockopt(fd, SOL_EUROPA, EUROPA_LAYOUT, layout, &len);
}

static inline void *rt_map(int fd, uint64_t offset, uint64_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    offset);
}

static inline int rt_pool(int fd, uint32_t slots, uint32_t slot_size,
			  uint32_t own)
{
	struct europa_pool_req req = { .slots = slots, .slot_size = slot_size,
				       .own = own, .headroom = 128 };

	return setsockopt(fd, SOL_EUROPA, EUROPA_POOL, &req, sizeof(req));
}

static inline int rt_open(struct rt *r, uint32_t slots, uint32_t slot_size,
			  uint32_t own)
{
	struct rt_layout layout;

	memset(r, 0, sizeof(*r));
	r->fd = socket(AF_EUROPA, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (r->fd < 0 || rt_pool(r->fd, slots, slot_size, own) ||
	    rt_layout(r->fd, &layout))
		return -errno;
	r->slots = slots;
	r->slot_size = slot_size;
	r->pool_bytes = layout.l.pool_size;
	r->desc_bytes = layout.l.desc_map_size;
	r->ctrl_bytes = layout.l.ctrl_size;
	r->pool = rt_map(r->fd, layout.l.pool_offset, r->pool_bytes);
	r->desc = rt_map(r->fd, layout.l.desc_offset, r->desc_bytes);
	r->ctrl = rt_map(r->fd, layout.l.ctrl_offset, r->ctrl_bytes);
	if (r->pool == MAP_FAILED || r->desc == MAP_FAILED ||
	    r->ctrl == MAP_FAILED)
		return -errno;
	return 0;
}

static inline int rt_attach_req(int fd, uint32_t ifindex, uint32_t rx,
				uint32_t tx)
{
	struct europa_attach_req req = { .ifindex = ifindex, .rx_entries = rx,
					 .tx_entries = tx };

	return setsockopt(fd, SOL_EUROPA, EUROPA_ATTACH, &req, sizeof(req)) ?
	       -errno : 0;
}

/* Returns the number for rt_rx() and rt_tx() or a negative errno. */
static inline int rt_attach_rings(struct rt *r, const char *ifname,
				  uint32_t queue, uint32_t rx, uint32_t tx)
{
	struct europa_attach_req req = { .ifindex = if_nametoindex(ifname),
					 .queue = queue,
					 .rx_entries = rx, .tx_entries = tx };
	struct rt_nic *n = &r->nic[r->nics];
	uint32_t ifindex = req.ifindex;
	struct rt_layout layout;

	if (setsockopt(r->fd, SOL_EUROPA, EUROPA_ATTACH, &req, sizeof(req)) ||
	    rt_layout(r->fd, &layout))
		return -errno;
	r->generation = layout.l.generation;
	for (uint32_t i = 0; i < layout.l.nics; i++) {
		struct europa_nic_layout *l = &layout.nic[i];

		if (l->ifindex != ifindex || l->queue != queue)
			continue;
		n->ifindex = ifindex;
		n->rx_entries = l->rx_entries;
		n->tx_entries = l->tx_entries;
		n->rx = rt_map(r->fd, l->rx_offset, l->rx_size);
		n->tx = rt_map(r->fd, l->tx_offset, l->tx_size);
		if (n->rx == MAP_FAILED || n->tx == MAP_FAILED)
			return -errno;
		return r->nics++;
	}
	return -ENOENT;
}

static inline int rt_attach_queue(struct rt *r, const char *ifname,
				  uint32_t queue)
{
	return rt_attach_rings(r, ifname, queue, 0, 0);
}

static inline int rt_attach(struct rt *r, const char *ifname)
{
	return rt_attach_queue(r, ifname, 0);
}

static inline uint32_t rt_lap(uint32_t pos, uint32_t entries)
{
	return pos & entries ? 0 : EUROPA_RING_LAP;
}

static inline bool rt_ready(struct rt_nic *n)
{
	uint32_t e = __atomic_load_n(&n->rx->entry[n->rx_pos &
						   (n->rx_entries - 1)],
				     __ATOMIC_ACQUIRE);

	return (e & EUROPA_RING_LAP) == rt_lap(n->rx_pos, n->rx_entries);
}

static inline bool rt_any_ready(struct rt *r)
{
	for (uint32_t i = 0; i < r->nics; i++)
		if (rt_ready(&r->nic[i]))
			return true;
	return false;
}

/* Sleeps by the rule; returns what poll() says, 1 without sleeping. */
static inline int rt_sleep(struct rt *r, int ms)
{
	struct pollfd pfd = { .fd = r->fd, .events = POLLIN | POLLPRI };
	int ret = 1;

	__atomic_store_n(&r->ctrl->router_sleeps, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!rt_any_ready(r))
		ret = poll(&pfd, 1, ms);
	__atomic_store_n(&r->ctrl->router_sleeps, 0, __ATOMIC_RELAXED);
	return ret;
}

/* The next slot of a NIC, or -1. */
static inline int rt_take(struct rt *r, int nic)
{
	struct rt_nic *n = &r->nic[nic];
	uint32_t e;

	if (!rt_ready(n))
		return -1;
	e = n->rx->entry[n->rx_pos & (n->rx_entries - 1)];
	n->rx_pos++;
	__atomic_store_n(&n->rx->cons, n->rx_pos, __ATOMIC_RELEASE);
	return (int)(e & EUROPA_RING_INDEX);
}

/* The same, but waits for it. */
static inline int rt_rx(struct rt *r, int nic, int ms)
{
	int slot;

	while ((slot = rt_take(r, nic)) < 0)
		if (rt_sleep(r, ms) <= 0)
			return -1;
	return slot;
}

static inline void rt_publish(struct rt *r, int nic, uint32_t slot)
{
	struct rt_nic *n = &r->nic[nic];

	__atomic_store_n(&n->tx->entry[n->tx_pos & (n->tx_entries - 1)],
			 slot | rt_lap(n->tx_pos, n->tx_entries),
			 __ATOMIC_RELEASE);
	n->tx_pos++;
}

static inline int rt_drain(struct rt *r)
{
	return (int)sendto(r->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
}

static inline void rt_kick(struct rt *r)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&r->ctrl->kernel_sleeps, __ATOMIC_RELAXED))
		rt_drain(r);
}

static inline void rt_tx(struct rt *r, int nic, int slot, uint16_t flags)
{
	r->desc[slot].flags = flags;
	r->desc[slot].state = EUROPA_PROCESSED;
	rt_publish(r, nic, slot);
	rt_kick(r);
}

static inline uint8_t *rt_data(struct rt *r, int slot)
{
	return r->pool + (size_t)slot * r->slot_size + r->desc[slot].offset;
}

static inline struct europa_stats rt_stats(struct rt *r)
{
	struct europa_stats s = {};
	socklen_t len = sizeof(s);

	if (getsockopt(r->fd, SOL_EUROPA, EUROPA_STATS, &s, &len))
		memset(&s, 0xff, sizeof(s));
	return s;
}

static inline bool rt_accounts(struct rt *r)
{
	struct europa_stats s = rt_stats(r);

	return s.slots == r->slots &&
	       s.free + s.router + s.flight + s.own == s.slots;
}

/* How many bytes may wait for a slot, beyond any limit; 0: one frame or two. */
static inline int rt_line(struct rt *r, int bytes)
{
	return setsockopt(r->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
			  sizeof(bytes));
}

/* Until a counter has a value. */
static inline bool rt_wait_count(struct rt *r, int counter, uint64_t value)
{
	for (int i = 0; i < LIMIT_MS; i++) {
		if (rt_stats(r).counter[counter] >= value)
			return rt_stats(r).counter[counter] == value;
		usleep(1000);
	}
	return false;
}

static inline void rt_close(struct rt *r)
{
	for (uint32_t i = 0; i < r->nics; i++) {
		struct rt_nic *n = &r->nic[i];

		munmap(n->rx, 64 + n->rx_entries * 4);
		munmap(n->tx, 64 + n->tx_entries * 4);
	}
	munmap(r->pool, r->pool_bytes);
	munmap(r->desc, r->desc_bytes);
	munmap(r->ctrl, r->ctrl_bytes);
	close(r->fd);
}

#endif /* EUROPA_TEST_H */
