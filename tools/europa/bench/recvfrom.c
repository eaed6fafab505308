// SPDX-License-Identifier: GPL-2.0-only
/* The conventional way: a recvfrom() and a sendto() a packet */
#include <sys/socket.h>

#include "forward.h"

int main(int argc, char **argv)
{
	uint8_t frame[2048];
	struct forward f;
	int in, out;

	forward_init(&f, argc, argv, "", NULL);
	forward_ways(&f, argv);
	out = forward_out_socket(&f);
	in = forward_in(&f);
	forward_ready();
	for (;;) {
		ssize_t len = recvfrom(in, frame, sizeof(frame), 0, NULL, NULL);

		if (len > 0 && forward_frame(&f, frame, (size_t)len))
			sendto(out, frame, (size_t)len, 0, NULL, 0);
	}
}
