// SPDX-License-Identifier: GPL-2.0-only
/* What the peers have in common: see forward.h */
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "forward.h"

#define PAGE	4096
#define SKB	256

void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void usage(const char *program)
{
	fprintf(stderr,
		"Usage: %s [-q QUEUES] [-s SLOTS] [-o] [-R FILE] IN OUT DST-MAC [MAC]\n",
		program);
	exit(2);
}

static bool to_mac(const char *text, uint8_t *mac)
{
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1],
		      &mac[2], &mac[3], &mac[4], &mac[5]) == 6;
}

static void mac_of(const char *ifname, uint8_t *mac)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &ifr))
		die(ifname);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	close(fd);
}

/* Of IPv4 or IPv6, as the first line says. */
static void read_table(struct lpm *table, const char *path)
{
	FILE *file = fopen(path, "r");
	int family = AF_UNSPEC;
	char line[64];

	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		char *len = strchr(line, '/');
		uint8_t addr[16];

		if (!len)
			continue;
		*len++ = '\0';
		if (family == AF_UNSPEC) {
			family = strchr(line, ':') ? AF_INET6 : AF_INET;
			if (lpm_open(table, family == AF_INET ? LPM_STRIDE4 :
								LPM_STRIDE6))
				die(path);
		}
		if (inet_pton(family, line, addr) != 1 ||
		    lpm_set(table, addr, (uint8_t)atoi(len), 1))
			die(line);
	}
	fclose(file);
}

static void open_netdevs(struct forward *f, const char *in, const char *out)
{
	f->in = in;
	f->out = out;
	f->in_ifindex = (int)if_nametoindex(in);
	f->out_ifindex = (int)if_nametoindex(out);
	mac_of(in, f->in_mac);
	mac_of(out, f->out_mac);
}

/* More options, as getopt() wants them, are for the program itself. */
void forward_init(struct forward *f, int argc, char **argv,
		  const char *options, void (*option)(int c))
{
	char all[32];
	int c;

	snprintf(all, sizeof(all), "q:s:oR:%s", options);
	*f = (struct forward){ .queues = 1, .slots = SLOTS,
			       .slot_size = SLOT_SIZE };
	while ((c = getopt(argc, argv, all)) != -1) {
		switch (c) {
		case 'q': f->queues = (unsigned int)atoi(optarg); break;
		case 's': f->slots = (unsigned int)atoi(optarg); break;
		case 'o':
			f->slot_size = LARGE_SLOT_SIZE;
			f->head = sizeof(struct virtio_net_hdr);
			break;
		case 'R': read_table(&f->table, optarg); break;
		case '?': usage(argv[0]); break;
		default: option(c);
		}
	}
	if (argc - optind < 3 || !to_mac(argv[optind + 2], f->dst) ||
	    f->slots < 2 || !f->queues || f->queues > QUEUES_MAX)
		usage(argv[0]);
	open_netdevs(f, argv[optind], argv[optind + 1]);
}

/* The way back, if it is asked for. */
bool forward_back(struct forward *back, const struct forward *f, char **argv)
{
	const char *dst = argv[optind + 3];

	if (!dst)
		return false;
	*back = *f;
	open_netdevs(back, f->out, f->in);
	if (!to_mac(dst, back->dst))
		usage(argv[0]);
	return true;
}

/* Another process, which ends with this one; true there. */
static bool another(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	return !pid;
}

/* From here on there is a process for each way. */
void forward_ways(struct forward *f, char **argv)
{
	struct forward back;

	if (forward_back(&back, f, argv) && another())
		*f = back;
}

/* A packet socket on a netdev; without a protocol it only sends. */
static int packet_socket(const struct forward *f, int ifindex,
			 uint16_t protocol)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(protocol),
				   .sll_ifindex = ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), head = f->head > 0;

	if (fd < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &head, sizeof(head)) ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die("packet socket");
	return fd;
}

/* Bytes that the kernel charges for one: the page it is in, and an skb. */
static unsigned int truesize(const struct forward *f)
{
	return (f->slot_size > PAGE ? f->slot_size : PAGE) + SKB;
}

/*
 * With all protocols it has its copy before tc's ingress.  The buffer is for so many
 * packets as large as they are for the kernel, which takes twice what it is told.
 */
int forward_in_socket(const struct forward *f)
{
	int fd = packet_socket(f, f->in_ifindex, ETH_P_ALL), on = 1;
	int size = (int)(f->slots * truesize(f) / 2);

	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		       sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("packet socket");
	return fd;
}

int forward_out_socket(const struct forward *f)
{
	int fd = packet_socket(f, f->out_ifindex, 0), size = 4 << 20, on = 1;

	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		die("packet socket");
	return fd;
}

/* Of several sockets the first one has what CPU 0 receives, and so on. */
void forward_spread(int fd, const struct forward *f)
{
	int fanout = PACKET_FANOUT_CPU << 16 | (getpid() & 0xffff);

	if (f->queues > 1 && setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &fanout,
					sizeof(fanout)))
		die("PACKET_FANOUT");
}

/* From here on there is a process for each queue; returns its queue. */
unsigned int forward_workers(const struct forward *f)
{
	unsigned int queue;
	cpu_set_t cpu;

	if (f->queues == 1)
		return 0;
	for (queue = 1; queue < f->queues && !another(); queue++)
		;
	queue %= f->queues;
	CPU_ZERO(&cpu);
	CPU_SET(queue, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("CPU");
	return queue;
}

/* The worker's own socket to receive from. */
int forward_in(const struct forward *f)
{
	int fd[QUEUES_MAX];

	for (unsigned int i = 0; i < f->queues; i++) {
		fd[i] = forward_in_socket(f);
		forward_spread(fd[i], f);
	}
	return fd[forward_workers(f)];
}

/* Whoever started it waits for this. */
void forward_ready(void)
{
	puts("forwarding");
	fflush(stdout);
}
