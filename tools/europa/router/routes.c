// SPDX-License-Identifier: GPL-2.0-only
/* Many routes: a file with one a line, read faster than libconfig's lists. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

/* Returns the line without its comment and the blanks around it. */
static char *trim(char *line)
{
	static const char blank[] = " \t\r\n";
	size_t len;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, blank);
	len = strlen(line);
	while (len && strchr(blank, line[len - 1]))
		line[--len] = '\0';
	return line;
}

static bool read_lines(struct config *c, FILE *file, const char *path,
		       char *error)
{
	char why[ERROR_SIZE], *line = NULL, *text;
	unsigned int number = 0;
	size_t size = 0;
	bool ok = true;

	while (ok && getline(&line, &size, file) >= 0) {
		number++;
		text = trim(line);
		ok = !*text || config_add_route(c, text, why);
	}
	free(line);
	if (!ok)
		snprintf(error, ERROR_SIZE, "%.80s: line %u: %.150s", path,
			 number, why);
	else if (ferror(file))
		snprintf(error, ERROR_SIZE, "%.80s: %s", path, strerror(errno));
	return ok && !ferror(file);
}

/**
 * config_load_routes - add the routes of a file
 * @c: the configuration, with its NICs
 * @path: the file: "PREFIX [via ADDRESS] dev NIC" a line, # comments
 * @error: ERROR_SIZE bytes: what is wrong, and where
 *
 * Return: true if all went well.
 */
bool config_load_routes(struct config *c, const char *path, char *error)
{
	FILE *file = fopen(path, "re");
	bool ok;

	if (!file) {
		snprintf(error, ERROR_SIZE, "%.80s: %s", path, strerror(errno));
		return false;
	}
	ok = read_lines(c, file, path, error);
	fclose(file);
	return ok;
}
