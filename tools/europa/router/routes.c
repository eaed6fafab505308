// SPDX-License-Identifier: GPL-2.0-only
/* Many routes: a file with one a line, read faster than libconfig's lists. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define PREFIX_SIZE	64

/* Returns the line without its comment and the blanks around it. */
static char *trim(char *line)
{
	static const char blank[] = " \t\r\n";
	char *comment = strchr(line, '#');
	size_t len;

	if (comment)
		*comment = '\0';
	line += strspn(line, blank);
	len = strlen(line);
	while (len && strchr(blank, line[len - 1]))
		line[--len] = '\0';
	return line;
}

/* The last route, and what was written after its prefix. */
struct last {
	char way[128];			/* empty: nothing is like it */
	struct route route;
};

/* The blank after the prefix, and the rest, or NULL. */
static const char *way_of(const char *text)
{
	return strpbrk(text, " \t");
}

/* Most routes lead where the one before does: then only the prefix is new. */
static bool add_alike(struct config *c, const struct last *last,
		      const char *text)
{
	const char *way = way_of(text);
	struct route r = last->route;
	char prefix[PREFIX_SIZE];

	if (!way || strcmp(way, last->way) || way - text >= PREFIX_SIZE)
		return false;
	memcpy(prefix, text, (size_t)(way - text));
	prefix[way - text] = '\0';
	return config_parse_prefix(&r.to, prefix) &&
	       (!r.via.family || r.via.family == r.to.family) &&
	       config_push_route(c, &r);
}

static bool add_line(struct config *c, struct last *last, const char *text,
		     char *error)
{
	const char *way = way_of(text);

	if (add_alike(c, last, text))
		return true;
	if (!config_add_route(c, text, error))
		return false;
	if (strlen(way) < sizeof(last->way) && way - text < PREFIX_SIZE)
		strcpy(last->way, way);
	else
		*last->way = '\0';
	last->route = c->route[c->routes - 1];
	return true;
}

static bool read_lines(struct config *c, FILE *file, const char *path,
		       char *error)
{
	char why[ERROR_SIZE], *line = NULL, *text;
	struct last last = {};
	unsigned int number = 0;
	size_t size = 0;
	bool ok = true;

	while (ok && getline(&line, &size, file) >= 0) {
		number++;
		text = trim(line);
		ok = !*text || add_line(c, &last, text, why);
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
