// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processing "filter": forward IP, but not to the ports the configuration
 * denies
 */
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#include "ip.h"
#include "worker.h"

/* The transport header's offset in the frame, 0 if it has none we can see. */
static uint32_t transport(const uint8_t *frame, uint32_t len, uint8_t *proto)
{
	const uint8_t *ip = frame + ETH_HLEN;
	uint16_t type;

	memcpy(&type, frame + 12, sizeof(type));
	if (type == htons(ETHERTYPE_IP) &&
	    ipv4_check(frame, len) == VERDICT_FORWARD) {
		*proto = ip[9];
		/* a later fragment has none; the first one was denied */
		return (ip[6] & 0x1f) | ip[7] ? 0 : ETH_HLEN + 20;
	}
	if (type == htons(ETHERTYPE_IPV6) &&
	    ipv6_check(frame, len, false) == VERDICT_FORWARD) {
		*proto = ip[6];
		return ETH_HLEN + 40;
	}
	return 0;
}

static bool denied(const struct policy *policy, const uint8_t *frame, uint32_t len)
{
	uint8_t proto = 0;
	uint32_t at = len < ETH_HLEN ? 0 : transport(frame, len, &proto);
	uint16_t port;

	if (!at || len < at + 4)
		return false;
	memcpy(&port, frame + at + 2, sizeof(port));
	for (size_t i = 0; i < policy->denies; i++)
		if (policy->deny[i].proto == proto &&
		    policy->deny[i].port == ntohs(port))
			return true;
	return false;
}

static void filter_burst(struct worker *w, unsigned int in,
			 struct europa_slot *slot, unsigned int n)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (denied(w->policy_now, europa_data(w->r, &slot[i]),
			   slot[i].desc->len))
			worker_drop(w, in, &slot[i], COUNT_DENIED);
		else
			slot[kept++] = slot[i];
	}
	ip_processing.burst(w, in, slot, kept);
}

const struct processing filter_processing = {
	.name = "filter",
	.burst = filter_burst,
};
