// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: per CPU, one set a virtual NIC and one a router
 */
#include <linux/netdevice.h>

#include "europa.h"

/**
 * europa_counters_alloc - make a set of counters, all zero
 *
 * Return: the counters or NULL; free_percpu() frees them.
 */
struct europa_counters __percpu *europa_counters_alloc(void)
{
	return netdev_alloc_pcpu_stats(struct europa_counters);
}

/**
 * europa_counters_sum - read counters
 * @stats: the counters
 * @sum: __EUROPA_CNT_MAX numbers
 */
void europa_counters_sum(struct europa_counters __percpu *stats, u64 *sum)
{
	u64 count[__EUROPA_CNT_MAX];
	unsigned int start;
	int cpu, i;

	memset(sum, 0, sizeof(count));
	for_each_possible_cpu(cpu) {
		const struct europa_counters *c = per_cpu_ptr(stats, cpu);

		do {
			start = u64_stats_fetch_begin(&c->syncp);
			for (i = 0; i < __EUROPA_CNT_MAX; i++)
				count[i] = u64_stats_read(&c->count[i]);
		} while (u64_stats_fetch_retry(&c->syncp, start));

		for (i = 0; i < __EUROPA_CNT_MAX; i++)
			sum[i] += count[i];
	}
}
