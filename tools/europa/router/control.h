/* SPDX-License-Identifier: GPL-2.0-only */
/* The control thread: signals, the kernel's news, the tables. */
#ifndef ROUTER_CONTROL_H
#define ROUTER_CONTROL_H

#include "config.h"
#include "worker.h"

struct control;

/* Reads the configuration again; returns false and says why in @error. */
typedef bool config_source(struct config *c, void *arg, char *error);

struct control *control_new(struct worker *w, struct config *c,
			    config_source *source, void *arg, char *error);
int control_run(struct control *ctl);
void control_free(struct control *ctl);

#endif /* ROUTER_CONTROL_H */
