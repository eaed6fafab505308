// SPDX-License-Identifier: GPL-2.0-only
/*
 * recvfrom IN OUT DST-MAC: forward IPv4 the conventional way, a recvfrom() and
 * a sendto() a packet
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int open_on(const char *ifname, uint16_t protocol, uint8_t *mac)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(protocol) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), size = 4 << 20;
	struct ifreq ifr = {};

	sll.sll_ifindex = (int)if_nametoindex(ifname);
	if (fd < 0 || !sll.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	ioctl(fd, SIOCGIFHWADDR, &ifr);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	return fd;
}

int main(int argc, char **argv)
{
	uint8_t frame[2048], in_mac[6], out_mac[6], dst[6];
	struct iphdr *ip = (void *)(frame + ETH_HLEN);
	int in, out;

	if (argc != 4 || sscanf(argv[3], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
				&dst[0], &dst[1], &dst[2], &dst[3], &dst[4],
				&dst[5]) != 6) {
		fprintf(stderr, "Usage: recvfrom IN OUT DST-MAC\n");
		return 2;
	}
	in = open_on(argv[1], ETH_P_IP, in_mac);
	out = open_on(argv[2], 0, out_mac);
	if (in < 0 || out < 0) {
		perror("recvfrom");
		return 1;
	}
	for (;;) {
		ssize_t len = recvfrom(in, frame, sizeof(frame), 0, NULL, NULL);
		uint32_t sum;

		if (len < ETH_HLEN + 20 || memcmp(frame, in_mac, 6) ||
		    ip->ttl <= 1)
			continue;
		sum = ip->check + (uint32_t)htons(0x0100);
		ip->check = (uint16_t)(sum + (sum >= 0xffff));
		ip->ttl--;
		memcpy(frame, dst, 6);
		memcpy(frame + 6, out_mac, 6);
		sendto(out, frame, (size_t)len, 0, NULL, 0);
	}
}
