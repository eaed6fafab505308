// SPDX-License-Identifier: GPL-2.0-only
/*
 * europa-router: a virtual router in user mode
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"

static const char usage[] =
"Usage: europa-router [OPTION]... NIC...\n"
"Forward between the virtual NICs of this network namespace.\n"
"\n"
"  -c FILE    read the configuration from FILE as well, see europa-router(8)\n"
"  -r ROUTE   add a route:     PREFIX [via ADDRESS] dev NIC\n"
"  -R FILE    add the routes of FILE, one a line\n"
"  -n NEIGH   add a neighbour: ADDRESS lladdr MAC dev NIC\n"
"  -p STAGE   what is done to packets: ip (default), patch, or another stage\n"
"  -t N       threads (default 1): each has a pool and a queue of each NIC\n"
"  -C CPUS    where they run, for instance 0,1\n"
"  -s SLOTS   slots in the pool of each (default 1024)\n"
"  -z BYTES   size of a slot (default 2048)\n"
"  -S         send by system calls, which leaves the CPU that receives to that\n"
"             what the kernel has not sent yet\n"
"  -B         where it shares the CPU with the NICs' queues take turns with them:\n"
"             poll them by system calls, as AF_XDP's busy polling does\n"
"  -h         this text\n"
"\n"
"SIGHUP reads the configuration again, SIGUSR1 prints counters, SIGTERM ends.\n";

struct command_line {
	int argc;
	char **argv;
};

/* The configuration from command line and file; also for each reload. */
static bool configure(struct config *c, void *arg, char *error)
{
	static const char options[] = "c:r:R:n:p:t:C:s:z:SBh";
	struct command_line *cl = arg;
	bool ok = config_set_stage(c, "ip", error);
	int opt;

	c->slots = 1024;
	c->slot_size = 2048;
	c->threads = 1;
	/* NICs first, then those of the file: the others name them. */
	optind = 0;
	opterr = 0;
	while ((opt = getopt(cl->argc, cl->argv, options)) != -1)
		;
	for (int i = optind; i < cl->argc && ok; i++)
		ok = config_add_nic(c, cl->argv[i], error);
	optind = 0;
	while (ok && (opt = getopt(cl->argc, cl->argv, options)) != -1)
		ok = opt != 'c' || config_load(c, optarg, error);
	optind = 0;
	opterr = 1;
	while (ok && (opt = getopt(cl->argc, cl->argv, options)) != -1) {
		switch (opt) {
		case 'c':
			break;
		case 'r':
			ok = config_add_route(c, optarg, error);
			break;
		case 'R':
			ok = config_load_routes(c, optarg, error);
			break;
		case 'n':
			ok = config_add_neigh(c, optarg, error);
			break;
		case 'p':
			ok = config_set_stage(c, optarg, error);
			break;
		case 't':
			ok = config_set_number(&c->threads, optarg, error);
			break;
		case 'C':
			ok = config_set_cpus(c, optarg, error);
			break;
		case 's':
			ok = config_set_number(&c->slots, optarg, error);
			break;
		case 'z':
			ok = config_set_number(&c->slot_size, optarg, error);
			break;
		case 'S':
			c->sends = true;
			break;
		case 'B':
			c->busy_poll = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	return ok && config_check(c, error);
}

static bool start_thread(struct worker *w, char *error)
{
	const struct config *c = w->config;
	pthread_attr_t attr;
	cpu_set_t cpu;
	int err;

	pthread_attr_init(&attr);
	if (c->cpus) {
		CPU_ZERO(&cpu);
		CPU_SET(c->cpu[w->index], &cpu);
		pthread_attr_setaffinity_np(&attr, sizeof(cpu), &cpu);
	}
	err = pthread_create(&w->thread, &attr, worker_run, w);
	pthread_attr_destroy(&attr);
	if (err && c->cpus)
		snprintf(error, ERROR_SIZE, "thread %u on CPU %u: %s", w->index,
			 c->cpu[w->index], strerror(err));
	else if (err)
		snprintf(error, ERROR_SIZE, "thread %u: %s", w->index,
			 strerror(err));
	return !err;
}

static int run(struct worker *w, struct config *c, struct command_line *cl,
	       char *error)
{
	struct control *ctl = control_new(w, c, configure, cl, error);
	unsigned int started = 0;
	int err = -1;

	if (!ctl)
		return -1;
	while (started < c->threads && start_thread(&w[started], error))
		started++;
	if (started == c->threads) {
		printf("forwarding between %u NICs\n", c->nics);
		fflush(stdout);
		err = control_run(ctl);
		if (err)
			snprintf(error, ERROR_SIZE, "poll: %s",
				 strerror(-err));
	}
	while (started--) {
		atomic_store(&w[started].stop, true);
		worker_wake(&w[started]);
		pthread_join(w[started].thread, NULL);
	}
	control_free(ctl);
	return err;
}

/* Each with its queues, then all of them run. */
static int open_and_run(struct worker *w, struct config *c,
			struct command_line *cl, char *error)
{
	struct tables tables = {};
	unsigned int n = 0;
	int err = 0;

	while (!err && n < c->threads) {
		err = worker_open(&w[n], &tables, c, n, error);
		n++;
	}
	if (!err)
		err = run(w, c, cl, error);
	while (n--)
		worker_close(&w[n]);
	return err;
}

int main(int argc, char **argv)
{
	struct command_line cl = { argc, argv };
	char error[ERROR_SIZE] = "no memory";
	struct config c = {};
	struct worker *w;
	int err = -1;

	if (!configure(&c, &cl, error)) {
		fprintf(stderr, "europa-router: %s\n", error);
		return 2;
	}
	w = aligned_alloc(_Alignof(struct worker), c.threads * sizeof(*w));
	if (w) {
		memset(w, 0, c.threads * sizeof(*w));
		err = open_and_run(w, &c, &cl, error);
		free(w);
	}
	if (err)
		fprintf(stderr, "europa-router: %s\n", error);
	config_free(&c);
	return err ? 1 : 0;
}
