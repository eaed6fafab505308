/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chains of stages: what is done to packets
 *
 * The control thread makes a policy, a chain for each forwarding thread, whole and
 * before it is seen.  It ends once no thread uses it.
 */
#ifndef ROUTER_STAGE_H
#define ROUTER_STAGE_H

#include "config.h"
#include "europa-stage.h"

struct worker;

/* A type, and the shared object it is from. */
struct stage_file {
	void *object;			/* NULL: built in */
	int fd;
	char name[200];
	const struct europa_stage_type *type;
};

/* The stages of one thread, in order. */
struct chain {
	struct europa_stage *stage;
	unsigned int made;		/* so many of them */
	bool polls;			/* some keep packets */
};

struct policy {
	struct stage_file *file;	/* one for each stage of a chain */
	unsigned int stages;
	struct chain *chain;		/* one for each thread */
	unsigned int chains;
};

extern const struct europa_stage_type ip_stage;
extern const struct europa_stage_type patch_stage;

struct policy *policy_new(const struct config *c, struct worker *w,
			  char *error);
void policy_free(struct policy *p);
void policy_report(const struct policy *p);
bool chain_poll(struct chain *chain);
void chain_flush(struct chain *chain);

/* What a chain begins with, and what decides in the end. */
static inline struct europa_stage *chain_first(const struct chain *chain)
{
	return &chain->stage[0];
}

static inline struct europa_stage *chain_last(const struct chain *chain)
{
	return &chain->stage[chain->made - 1];
}

#endif /* ROUTER_STAGE_H */
