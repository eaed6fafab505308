// SPDX-License-Identifier: GPL-2.0-only
/* The conventional way: a recvfrom() and a sendto() a packet */
#include <sys/socket.h>

#include "forward.h"

int main(int argc, char **argv)
{
	static uint8_t packet[LARGE_SLOT_SIZE];
	struct forward f;
	int in, out;

	forward_init(&f, argc, argv, "", NULL);
	forward_ways(&f, argv);
	out = forward_out_socket(&f);
	in = forward_in(&f);
	forward_ready();
	for (;;) {
		ssize_t len = recvfrom(in, packet, f.slot_size, 0, NULL, NULL);

		if (forward_packet(&f, packet, len))
			sendto(out, packet, (size_t)len, 0, NULL, 0);
	}
}
