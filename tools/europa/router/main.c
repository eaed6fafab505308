// SPDX-License-Identifier: GPL-2.0-only
/*
 * europa-router: a virtual router in user mode
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
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
"  -d PORT    deny a port in processing filter: tcp|udp PORT\n"
"  -p NAME    processing: ip (default), patch, filter\n"
"  -s SLOTS   slots in the pool (default 1024)\n"
"  -z BYTES   size of a slot (default 2048)\n"
"  -S         send by system calls, which leaves the CPU that receives to that\n"
"             what the kernel has not sent yet\n"
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
	static const char options[] = "c:r:R:n:d:p:s:z:Sh";
	struct command_line *cl = arg;
	bool ok = true;
	int opt;

	c->processing = &ip_processing;
	c->slots = 1024;
	c->slot_size = 2048;
	/* NICs first: the others name them. */
	optind = 0;
	while ((opt = getopt(cl->argc, cl->argv, options)) != -1)
		;
	for (int i = optind; i < cl->argc && ok; i++)
		ok = config_add_nic(c, cl->argv[i], error);
	optind = 0;
	while (ok && (opt = getopt(cl->argc, cl->argv, options)) != -1) {
		switch (opt) {
		case 'c':
			ok = config_load(c, optarg, error);
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
		case 'd':
			ok = config_add_deny(c, optarg, error);
			break;
		case 'p':
			ok = config_set_processing(c, optarg, error);
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
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (ok && !c->nics) {
		snprintf(error, ERROR_SIZE, "no NIC: name at least one");
		return false;
	}
	if (ok && c->processing == &patch_processing && c->nics % 2) {
		snprintf(error, ERROR_SIZE, "processing patch needs pairs of NICs");
		return false;
	}
	return ok;
}

static int open_router(struct worker *w, const struct config *c, char *error)
{
	struct europa_opts opts = { .slots = c->slots,
				    .slot_size = c->slot_size };
	int err = europa_router_open(&w->r, &opts);

	if (err) {
		snprintf(error, ERROR_SIZE, "%s",
			 err == -EAFNOSUPPORT ? "this kernel has no Europa" :
			 err == -EPERM ? "CAP_NET_RAW is needed" :
			 err == -EINVAL ? "impossible size of the pool" :
			 err == -ENOBUFS ?
			 "pool is over RLIMIT_MEMLOCK: make it smaller" :
			 strerror(-err));
		return err;
	}
	memset(w->place, -1, sizeof(w->place));
	w->config = c;
	w->ask_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->ask_fd < 0 || w->wake_fd < 0) {
		snprintf(error, ERROR_SIZE, "eventfd: %s", strerror(errno));
		return -errno;
	}
	return worker_attach(w, true, error);
}

static int run(struct worker *w, struct config *c, struct command_line *cl,
	       char *error)
{
	struct control *ctl = control_new(w, c, configure, cl, error);
	pthread_t thread;
	int err;

	if (!ctl)
		return -1;
	err = pthread_create(&thread, NULL, worker_run, w);
	if (err) {
		snprintf(error, ERROR_SIZE, "thread: %s", strerror(err));
		control_free(ctl);
		return -1;
	}
	printf("forwarding between %u NICs\n", c->nics);
	fflush(stdout);
	err = control_run(ctl);
	if (err)
		snprintf(error, ERROR_SIZE, "poll: %s", strerror(-err));
	atomic_store(&w->stop, true);
	worker_wake(w);
	pthread_join(thread, NULL);
	control_free(ctl);
	return err;
}

int main(int argc, char **argv)
{
	struct command_line cl = { argc, argv };
	static struct worker w;
	char error[ERROR_SIZE];
	struct config c = {};
	int err;

	if (!configure(&c, &cl, error)) {
		fprintf(stderr, "europa-router: %s\n", error);
		return 2;
	}
	err = open_router(&w, &c, error);
	if (!err)
		err = run(&w, &c, &cl, error);
	if (err)
		fprintf(stderr, "europa-router: %s\n", error);
	if (w.r)
		europa_router_close(w.r);
	config_free(&c);
	return err ? 1 : 0;
}
