/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of the XDP classifier of a lower netdev, and its rules. */
#ifndef EUROPA_CMD_XDP_H
#define EUROPA_CMD_XDP_H

#include <stdint.h>

#include "../xdp/classify.h"

/* As they are named in xdp/classify.bpf.c. */
enum map {
	MAP_NICS,
	MAP_TARGETS,
	MAP_FIELDS,
	MAP_RULES,
	MAP_PREFIXES,
	MAP_RULE_TARGETS,
	MAPS
};

struct maps {
	int fd[MAPS];
};

struct rule {
	enum classify_field field;
	union {
		uint64_t key;			/* of MAP_RULES */
		struct classify_prefix prefix;	/* of MAP_PREFIXES */
	};
};

/* xdp.c */
int xdp_wait_for_programs(void);

/* rules.c */
int rule_parse(char **word, struct rule *rule);
int rule_add(const struct maps *maps, const struct rule *rule,
	     uint32_t ifindex);
int rule_replace(const struct maps *maps, const struct rule *rule,
		 uint32_t ifindex);
int rule_clear(const struct maps *maps, const struct rule *rule);
int rules_print(const struct maps *maps);

#endif /* EUROPA_CMD_XDP_H */
