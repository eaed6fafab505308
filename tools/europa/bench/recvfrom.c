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
		ssize_t size = recvfrom(in, packet, f.slot_size, 0, NULL, NULL);
		uint8_t *frame = packet + f.head;
		const uint8_t *to;
		uint32_t len;

		if (size < (ssize_t)f.head)
			continue;
		len = (uint32_t)size - (uint32_t)f.head;
		forward_burst(&f, &frame, &len, 1, &to);
		if (to)
			sendto(out, packet, (size_t)size, 0, NULL, 0);
	}
}
