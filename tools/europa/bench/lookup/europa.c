// SPDX-License-Identifier: GPL-2.0-only
/* europa-router's table: all its routes, and what it forwards by */
#include <string.h>

#include "../../router/rib.h"
#include "lookup.h"

static struct fib fib;
static struct rib *rib;

/* Of both families at once. */
static bool europa_open(void)
{
	if (!rib)
		rib = rib_new(&fib);
	return rib;
}

static struct ip_addr to_addr(const struct prefix *p, uint8_t family)
{
	struct ip_addr a = { .family = family, .len = p->len };

	memcpy(a.byte, p->addr, family == 4 ? 4 : 16);
	return a;
}

static bool add(const struct prefix *p, uint8_t family)
{
	struct hop hop = { .kind = HOP_FORWARD, .weight = 1,
			   .nic = (uint16_t)p->value };
	struct ip_addr a = to_addr(p, family);

	return !rib_set(rib, &a, RIB_MAIN, 0, &hop, 1);
}

/* A reader would be waited for here: there is none. */
static bool del(const struct prefix *p, uint8_t family)
{
	struct ip_addr a = to_addr(p, family);

	rib_clear(rib, &a, RIB_MAIN, 0);
	rib_reclaim(rib);
	return true;
}

static bool add4(const struct prefix *p) { return add(p, 4); }
static bool add6(const struct prefix *p) { return add(p, 6); }
static bool del4(const struct prefix *p) { return del(p, 4); }
static bool del6(const struct prefix *p) { return del(p, 6); }

static void all_at(const uint8_t *addr, unsigned int bytes,
		   const uint8_t **at)
{
	for (unsigned int i = 0; i < LOOKUP_BURST; i++)
		at[i] = addr + i * bytes;
}

static void to_nics(uint32_t *value)
{
	for (int i = 0; i < LOOKUP_BURST; i++)
		value[i] = fib.hops.hop[value[i]].nic;
}

static void lookup4(const uint8_t *addr, uint32_t *value)
{
	const uint8_t *at[LOOKUP_BURST];

	all_at(addr, 4, at);
	lpm_lookup4(&fib.v4, at, value, LOOKUP_BURST);
	to_nics(value);
}

static void lookup6(const uint8_t *addr, uint32_t *value)
{
	const uint8_t *at[LOOKUP_BURST];

	all_at(addr, 16, at);
	lpm_lookup6(&fib.v6, at, value, LOOKUP_BURST);
	to_nics(value);
}

const struct table europa4 = { "europa", 4, europa_open, add4, del4, lookup4 };
const struct table europa6 = { "europa", 6, europa_open, add6, del6, lookup6 };
