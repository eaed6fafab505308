// SPDX-License-Identifier: GPL-2.0-only
/* europa topology up|down|status FILE, down NAME */
#include <string.h>
#include <sys/stat.h>

#include "europa.h"
#include "topology.h"

/* The file may be lost, and the topology is known by its name. */
static bool is_name(const char *word)
{
	struct stat st;

	return topology_good_name(word) &&
	       (stat(word, &st) || !S_ISREG(st.st_mode));
}

int topology(char **word)
{
	struct topology *t;
	int status;

	if (!word[0] || !word[1] || word[2])
		return misused("topology: up, down or status, and a file, not",
			       word[0]);
	if (!strcmp(word[0], "down") && is_name(word[1]))
		return topology_down(word[1]);
	t = topology_read(word[1]);
	if (!t)
		return 1;
	if (!strcmp(word[0], "up"))
		status = topology_check(t) ? topology_up(t) : 1;
	else if (!strcmp(word[0], "down"))
		status = topology_down(t->name);
	else if (!strcmp(word[0], "status"))
		status = topology_status(t);
	else
		status = misused("topology: not up, down or status:", word[0]);
	topology_free(t);
	return status;
}
