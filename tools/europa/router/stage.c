// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains of stages: made of what the configuration lists, built in or from shared
 * objects
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "stage.h"
#include "worker.h"

/* --- types ----------------------------------------------------------------- */

static const struct europa_stage_type *built_in(const char *name)
{
	if (!strcmp(name, "ip"))
		return &ip_stage;
	if (!strcmp(name, "patch"))
		return &patch_stage;
	return NULL;
}

/* Returns a file in memory with what is in @path, or -1. */
static int copy_file(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), to, error;
	ssize_t n = 1;

	if (from < 0)
		return -1;
	to = memfd_create(path, MFD_CLOEXEC);
	while (to >= 0 && n > 0)
		n = sendfile(to, from, NULL, 1 << 20);
	error = errno;
	close(from);
	if (to < 0 || !n)
		return to;
	close(to);
	errno = error;
	return -1;
}

/*
 * A copy, so that a file that is replaced, or written to, is another object and
 * leaves the one that runs alone.
 */
static bool load_object(struct stage_file *f, const char *path, char *error)
{
	char by_fd[32];

	f->fd = copy_file(path);
	if (f->fd < 0) {
		snprintf(error, ERROR_SIZE, "stage %.60s: %.120s: %s", f->name,
			 path, strerror(errno));
		return false;
	}
	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", f->fd);
	f->object = dlopen(by_fd, RTLD_NOW | RTLD_LOCAL);
	if (!f->object) {
		snprintf(error, ERROR_SIZE, "stage %.60s: %.160s", f->name,
			 dlerror());
		return false;
	}
	f->type = dlsym(f->object, "europa_stage");
	if (!f->type)
		snprintf(error, ERROR_SIZE,
			 "stage %.60s: %.120s has no europa_stage", f->name,
			 path);
	return f->type;
}

/* One that cannot be unloaded keeps its number: it is known by that. */
static void unload(struct stage_file *f)
{
	char by_fd[32];

	if (f->object)
		dlclose(f->object);
	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", f->fd);
	if (f->fd >= 0 && !dlopen(by_fd, RTLD_NOLOAD | RTLD_NOW))
		close(f->fd);
}

/* NAME is built in or STAGES/NAME.so; with a slash it is a path. */
static bool find_type(struct stage_file *f, const char *name, char *error)
{
	char path[256];

	f->fd = -1;
	if (snprintf(f->name, sizeof(f->name), "%s", name) >=
	    (int)sizeof(f->name)) {
		snprintf(error, ERROR_SIZE, "stage: name too long: '%.120s'",
			 name);
		return false;
	}
	f->type = built_in(name);
	if (f->type)
		return true;
	snprintf(path, sizeof(path), strchr(name, '/') ? "%s" : STAGES "/%s.so",
		 name);
	if (!load_object(f, path, error))
		return false;
	if (f->type->version == EUROPA_STAGE_VERSION && f->type->burst)
		return true;
	snprintf(error, ERROR_SIZE,
		 "stage %.60s: made for version %u of stages, this is %u: compile it again",
		 f->name, f->type->version, EUROPA_STAGE_VERSION);
	return false;
}

/* --- chains ---------------------------------------------------------------- */

/* One stage of one thread. */
static bool make_stage(struct chain *chain, const struct stage_file *f,
		       struct worker *w, config_setting_t *settings,
		       char *error)
{
	struct europa_stage *s = &chain->stage[chain->made];
	char why[EUROPA_STAGE_ERROR] = "no memory";

	s->type = f->type;
	s->router = w->r;
	s->worker = w;
	s->thread = w->index;
	s->threads = w->config->threads;
	s->state = calloc(1, f->type->state + 1);
	if (s->state && (!f->type->init || f->type->init(s, settings, why))) {
		chain->polls |= f->type->poll != NULL;
		if (chain->made++)
			s[-1].next = s;
		return true;
	}
	free(s->state);
	snprintf(error, ERROR_SIZE, "stage %.80s: %s", f->name, why);
	return false;
}

/* What all stages keep leaves the rest of the pool to receive. */
static bool keeps_little(const struct chain *chain, const struct policy *p,
			 const struct worker *w, char *error)
{
	const struct europa_stage *s = &chain->stage[chain->made - 1];
	uint64_t keeps = 0;

	for (unsigned int i = 0; i < chain->made; i++)
		keeps += chain->stage[i].keeps;
	if (keeps <= w->r->slots / 4)
		return true;
	snprintf(error, ERROR_SIZE,
		 "stage %.80s: with its %u packets that wait stages keep up to %llu, more than a quarter of the pool's %u slots",
		 p->file[chain->made - 1].name, s->keeps,
		 (unsigned long long)keeps, w->r->slots);
	return false;
}

static bool make_chain(struct policy *p, struct worker *w,
		       const struct config *c, char *error)
{
	struct chain *chain = &p->chain[p->chains];

	snprintf(error, ERROR_SIZE, "no memory for stages");
	chain->stage = calloc(p->stages, sizeof(*chain->stage));
	if (!chain->stage)
		return false;
	p->chains++;
	for (unsigned int i = 0; i < p->stages; i++)
		if (!make_stage(chain, &p->file[i], w, config_stage(c, i),
				error) ||
		    !keeps_little(chain, p, w, error))
			return false;
	return true;
}

static void free_chain(struct chain *chain)
{
	while (chain->made) {
		struct europa_stage *s = &chain->stage[--chain->made];

		if (s->type->fini)
			s->type->fini(s);
		free(s->state);
	}
	free(chain->stage);
}

/* Only the last one decides about every packet, and it must. */
static bool in_order(const struct policy *p, char *error)
{
	for (unsigned int i = 0; i < p->stages; i++) {
		bool end = i + 1 == p->stages;

		if (p->file[i].type->last == end)
			continue;
		snprintf(error, ERROR_SIZE, end ?
			 "processing: %.80s hands packets on: it needs a stage after it, ip for instance" :
			 "processing: %.80s hands no packet on: nothing can follow it",
			 p->file[i].name);
		return false;
	}
	return true;
}

/**
 * policy_new - make the stages that the configuration lists, for each thread
 * @c: the configuration
 * @w: the workers, opened
 * @error: ERROR_SIZE bytes
 *
 * Return: the policy or NULL.
 */
struct policy *policy_new(const struct config *c, struct worker *w,
			  char *error)
{
	unsigned int stages = config_stages(c);
	struct policy *p = calloc(1, sizeof(*p));
	bool ok;

	snprintf(error, ERROR_SIZE, "no memory for stages");
	if (!p)
		return NULL;
	p->file = calloc(stages, sizeof(*p->file));
	p->chain = calloc(c->threads, sizeof(*p->chain));
	ok = p->file && p->chain;
	while (ok && p->stages < stages) {
		ok = find_type(&p->file[p->stages],
			       config_stage_name(c, p->stages), error);
		p->stages++;
	}
	ok = ok && in_order(p, error);
	while (ok && p->chains < c->threads)
		ok = make_chain(p, &w[p->chains], c, error);
	if (ok)
		return p;
	policy_free(p);
	return NULL;
}

/**
 * policy_free - end of a policy that no thread uses
 * @p: the policy or NULL
 */
void policy_free(struct policy *p)
{
	if (!p)
		return;
	while (p->chains)
		free_chain(&p->chain[--p->chains]);
	while (p->stages) {
		struct stage_file *f = &p->file[--p->stages];

		unload(f);
	}
	free(p->chain);
	free(p->file);
	free(p);
}

/**
 * policy_report - print what the stages have counted, of all threads
 * @p: the policy
 */
void policy_report(const struct policy *p)
{
	for (unsigned int i = 0; i < p->stages; i++) {
		const char *const *name = p->file[i].type->counters;
		const char *slash = strrchr(p->file[i].name, '/');

		for (unsigned int k = 0; name && name[k] &&
					 k < EUROPA_STAGE_COUNTERS; k++) {
			uint64_t sum = 0;

			for (unsigned int t = 0; t < p->chains; t++)
				sum += p->chain[t].stage[i].count[k];
			printf("stat stage_%u_%s_%s %llu\n", i,
			       slash ? slash + 1 : p->file[i].name, name[k],
			       (unsigned long long)sum);
		}
	}
}

/**
 * chain_poll - give stages that keep packets their turn
 * @chain: the chain
 *
 * Return: whether some keep packets.
 */
bool chain_poll(struct chain *chain)
{
	bool some = false;

	for (unsigned int i = 0; i < chain->made; i++) {
		struct europa_stage *s = &chain->stage[i];

		if (s->type->poll)
			some |= s->type->poll(s);
	}
	return some;
}

/**
 * chain_flush - let go of all packets that are kept: the chain ends
 * @chain: the chain
 */
void chain_flush(struct chain *chain)
{
	for (unsigned int i = 0; i < chain->made; i++) {
		struct europa_stage *s = &chain->stage[i];

		if (s->type->flush)
			s->type->flush(s);
	}
}

/* --- what stages call -------------------------------------------------------- */

void europa_stage_send(struct europa_stage *s, unsigned int out,
		       struct europa_slot *slot)
{
	worker_send(s->worker, out, slot);
}

void europa_stage_drop(struct europa_stage *s, unsigned int in,
		       struct europa_slot *slot, unsigned int counter)
{
	s->count[counter]++;
	worker_give_back(s->worker, in, slot);
}

void europa_stage_punt(struct europa_stage *s, unsigned int in,
		       struct europa_slot *slot)
{
	worker_punt(s->worker, in, slot);
}

unsigned int europa_stage_nics(const struct europa_stage *s)
{
	return s->worker->config->nics;
}

int europa_stage_nic(const struct europa_stage *s, const char *name)
{
	return config_find_nic(s->worker->config, name);
}

const uint8_t *europa_stage_mac(const struct europa_stage *s,
				unsigned int nic)
{
	return s->worker->mac[nic];
}

uint32_t europa_stage_mtu(const struct europa_stage *s, unsigned int nic)
{
	const struct worker *w = s->worker;

	return w->place[nic] < 0 ? UINT32_MAX : w->r->nic[w->place[nic]].mtu;
}
