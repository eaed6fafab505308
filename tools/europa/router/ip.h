/* SPDX-License-Identifier: GPL-2.0-only */
/* What the IP processing thinks of a header; for its tests as well. */
#ifndef ROUTER_IP_H
#define ROUTER_IP_H

#include <stdbool.h>
#include <stdint.h>

/* Others are reasons to drop it: enum count. */
#define VERDICT_FORWARD4	(-1)
#define VERDICT_FORWARD6	(-2)
#define VERDICT_PUNT		(-3)

int ipv4_check(const uint8_t *frame, uint32_t len);
int ipv6_check(const uint8_t *frame, uint32_t len, bool gso);

#endif /* ROUTER_IP_H */
