// SPDX-License-Identifier: GPL-2.0-only
/* Many routes: a file with one a line, read faster than libconfig's lists. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define PREFIX_SIZE	64
#define BLOCK_SIZE	65536

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

/* A file, a block of it at a time */
struct lines {
	FILE *file;
	char *block;
	size_t size;			/* of the block, the last byte for a zero */
	size_t at;			/* where the next line begins */
	size_t end;			/* of what has been read */
	bool failed;
};

/* A block that one line fills becomes twice as large. */
static bool make_room(struct lines *l)
{
	char *block;

	if (l->at || l->end + 1 < l->size)
		return true;
	block = realloc(l->block, l->size * 2);
	if (!block)
		return false;
	l->block = block;
	l->size *= 2;
	return true;
}

/* What there is of a line goes to where the block begins; the rest behind it. */
static bool read_more(struct lines *l)
{
	size_t left = l->end - l->at, n;

	if (!make_room(l)) {
		l->failed = true;
		return false;
	}
	memmove(l->block, l->block + l->at, left);
	n = fread(l->block + left, 1, l->size - left - 1, l->file);
	l->failed = ferror(l->file);
	l->at = 0;
	l->end = left + n;
	return n;
}

/* The next line, which ends with a zero; NULL: there is none, or it failed. */
static char *next_line(struct lines *l)
{
	char *line, *end;

	do
		end = memchr(l->block + l->at, '\n', l->end - l->at);
	while (!end && read_more(l));
	if (l->failed || l->at == l->end)
		return NULL;
	line = l->block + l->at;
	/* The last one may end as the file does. */
	if (!end)
		end = l->block + l->end++;
	*end = '\0';
	l->at = (size_t)(end - l->block) + 1;
	return line;
}

/* The last route, and what was written after its prefix, all of the line. */
struct last {
	char way[128];			/* empty: nothing is like it */
	struct route route;
};

/* The blank after the prefix, and the rest, or NULL. */
static const char *way_of(const char *line)
{
	return strpbrk(line, " \t");
}

/* Returns the way after a prefix, or NULL: it is not like the last one. */
static const char *read_alike(struct ip_addr *to, const struct last *last,
			      const char *line)
{
	const char *way = config_read_prefix4(to, line);
	char prefix[PREFIX_SIZE];

	if (way)
		return strcmp(way, last->way) ? NULL : way;
	way = way_of(line);
	if (!way || strcmp(way, last->way) || way - line >= PREFIX_SIZE)
		return NULL;
	memcpy(prefix, line, (size_t)(way - line));
	prefix[way - line] = '\0';
	return config_parse_prefix(to, prefix) ? way : NULL;
}

/* Most routes lead where the one before does: then only the prefix is new. */
static bool add_alike(struct config *c, const struct last *last,
		      const char *line)
{
	struct route r = last->route;

	return *last->way && read_alike(&r.to, last, line) &&
	       (!r.via.family || r.via.family == r.to.family) &&
	       config_push_route(c, &r);
}

/* What the next line may be like */
static void keep_way(struct last *last, const char *line)
{
	const char *way = way_of(line);

	if (way && strlen(way) < sizeof(last->way))
		strcpy(last->way, way);
	else
		*last->way = '\0';
}

static bool add_line(struct config *c, struct last *last, char *line,
		     char *error)
{
	const char *text;

	if (add_alike(c, last, line))
		return true;
	keep_way(last, line);
	text = trim(line);
	if (!*text) {
		*last->way = '\0';
		return true;
	}
	if (!config_add_route(c, text, error))
		return false;
	last->route = c->route[c->routes - 1];
	return true;
}

static bool read_lines(struct config *c, struct lines *l, const char *path,
		       char *error)
{
	char why[ERROR_SIZE], *line;
	struct last last = {};
	unsigned int number = 0;
	bool ok = true;

	while (ok && (line = next_line(l))) {
		number++;
		ok = add_line(c, &last, line, why);
	}
	if (!ok)
		snprintf(error, ERROR_SIZE, "%.80s: line %u: %.150s", path,
			 number, why);
	else if (l->failed)
		snprintf(error, ERROR_SIZE, "%.80s: %s", path, strerror(errno));
	return ok && !l->failed;
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
	struct lines l = { .file = fopen(path, "re"), .size = BLOCK_SIZE };
	bool ok = false;

	l.block = l.file ? malloc(l.size) : NULL;
	if (l.block)
		ok = read_lines(c, &l, path, error);
	else
		snprintf(error, ERROR_SIZE, "%.80s: %s", path, strerror(errno));
	free(l.block);
	if (l.file)
		fclose(l.file);
	return ok;
}
