// SPDX-License-Identifier: GPL-2.0-only
/* recvmmsg() and sendmmsg(): a system call for up to 64 packets */
#include <sys/socket.h>

#include "forward.h"

static uint8_t packets[BATCH * LARGE_SLOT_SIZE];

int main(int argc, char **argv)
{
	struct mmsghdr rx[BATCH] = {}, tx[BATCH] = {};
	struct iovec in_iov[BATCH], out_iov[BATCH];
	uint8_t *packet[BATCH], *frame[BATCH];
	const uint8_t *to[BATCH];
	uint32_t len[BATCH];
	struct forward f;
	int in, out;

	forward_init(&f, argc, argv, "", NULL);
	forward_ways(&f, argv);
	out = forward_out_socket(&f);
	in = forward_in(&f);
	for (int i = 0; i < BATCH; i++) {
		packet[i] = packets + (size_t)i * f.slot_size;
		frame[i] = packet[i] + f.head;
		in_iov[i].iov_base = packet[i];
		in_iov[i].iov_len = f.slot_size;
		rx[i].msg_hdr.msg_iov = &in_iov[i];
		rx[i].msg_hdr.msg_iovlen = 1;
		tx[i].msg_hdr.msg_iov = &out_iov[i];
		tx[i].msg_hdr.msg_iovlen = 1;
	}
	forward_ready();
	for (;;) {
		int n = recvmmsg(in, rx, BATCH, MSG_WAITFORONE, NULL);
		unsigned int m = 0;

		for (int i = 0; i < n; i++)
			len[i] = rx[i].msg_len < f.head ? 0 :
				 rx[i].msg_len - (uint32_t)f.head;
		forward_burst(&f, frame, len, n > 0 ? (unsigned int)n : 0, to);
		for (int i = 0; i < n; i++) {
			if (!to[i])
				continue;
			out_iov[m].iov_base = packet[i];
			out_iov[m++].iov_len = rx[i].msg_len;
		}
		for (unsigned int sent = 0; sent < m; ) {
			int k = sendmmsg(out, tx + sent, m - sent, 0);

			/* One that cannot be sent is not tried again. */
			sent += k > 0 ? (unsigned int)k : 1;
		}
	}
}
