// SPDX-License-Identifier: GPL-2.0-only
/* Forwarding table: made from a configuration, then never changed. */
#include <stdlib.h>
#include <string.h>

#include "worker.h"

static int build_family(struct lpm *lpm, const struct config *c,
			uint8_t family)
{
	struct lpm_prefix *prefix = calloc(c->routes + 1, sizeof(*prefix));
	size_t n = 0;
	int err;

	if (!prefix)
		return -1;
	for (size_t i = 0; i < c->routes; i++) {
		const struct route *r = &c->route[i];

		if (r->to.family != family)
			continue;
		memcpy(prefix[n].addr, r->to.byte, sizeof(prefix[n].addr));
		prefix[n].len = r->to.len;
		prefix[n++].value = (uint32_t)i + 1;
	}
	err = lpm_build(lpm, prefix, n);
	free(prefix);
	return err;
}

static int copy_denies(struct fib *fib, const struct config *c)
{
	fib->deny = calloc(c->denies + 1, sizeof(*fib->deny));
	if (!fib->deny)
		return -1;
	for (size_t i = 0; i < c->denies; i++)
		fib->deny[i] = c->deny[i];
	fib->denies = c->denies;
	return 0;
}

/**
 * fib_new - make a forwarding table
 * @c: the configuration; of two equal routes the later counts
 *
 * Return: the table, for fib_free(), or NULL without memory.
 */
struct fib *fib_new(const struct config *c)
{
	struct fib *fib = calloc(1, sizeof(*fib));

	if (!fib)
		return NULL;
	fib->processing = c->processing;
	fib->hop = calloc(c->routes + 1, sizeof(*fib->hop));
	if (!fib->hop || build_family(&fib->v4, c, 4) ||
	    build_family(&fib->v6, c, 6) || copy_denies(fib, c)) {
		fib_free(fib);
		return NULL;
	}
	for (size_t i = 0; i < c->routes; i++) {
		const struct route *r = &c->route[i];
		struct hop *hop = &fib->hop[i];

		hop->nic = r->nic;
		hop->local = r->local;
		hop->gateway = r->via.family;
		memcpy(hop->addr, r->via.byte, sizeof(hop->addr));
	}
	return fib;
}

void fib_free(struct fib *fib)
{
	if (!fib)
		return;
	lpm_free(&fib->v4);
	lpm_free(&fib->v6);
	free(fib->hop);
	free(fib->deny);
	free(fib);
}
