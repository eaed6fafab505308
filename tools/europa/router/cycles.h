/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU's clock: cheap, of no known unit, 0 where there is none. */
#ifndef ROUTER_CYCLES_H
#define ROUTER_CYCLES_H

#include <stdint.h>

static inline uint64_t cycles(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t now;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
	return now;
#else
	return 0;
#endif
}

#endif /* ROUTER_CYCLES_H */
