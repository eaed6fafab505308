// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-steer DEV MAC NETDEV [MAC NETDEV]...: what DEV receives for a MAC address
 * leaves by a netdev, by steer.bpf.o
 */
#include <net/if.h>

#include "xdp_object.h"

static uint32_t to_key(const char *mac)
{
	uint8_t b[ETH_ALEN];
	uint32_t key;

	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &b[0], &b[1], &b[2],
		   &b[3], &b[4], &b[5]) != 6)
		die(mac);
	memcpy(&key, b + 2, sizeof(key));
	return key;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;

	if (argc < 4 || argc % 2) {
		fprintf(stderr, "Usage: %s DEV MAC NETDEV [MAC NETDEV]...\n",
			argv[0]);
		return 2;
	}
	obj = xdp_object("steer");
	for (int i = 2; i < argc; i += 2) {
		int ifindex = (int)if_nametoindex(argv[i + 1]);

		if (!ifindex)
			die(argv[i + 1]);
		xdp_netdev(obj, to_key(argv[i]), ifindex);
	}
	xdp_run(obj, (int)if_nametoindex(argv[1]));
}
