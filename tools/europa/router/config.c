// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration: routes and neighbours are written as ip-route(8) and
 * ip-neighbour(8) show them, in the file as on the command line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <europa-match.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"

#define MAX_WORDS	8
/* libconfig's own limit */
#define MAX_INCLUDES	10

static bool fail(char *error, const char *what, const char *text)
{
	snprintf(error, ERROR_SIZE, "%s: '%.120s'", what, text);
	return false;
}

static bool grow(void **array, size_t n, size_t size)
{
	void *bigger;

	/* At powers of two the array is full. */
	if (n & (n - 1))
		return true;
	bigger = realloc(*array, (n ? n * 2 : 1) * size);
	if (!bigger)
		return false;
	*array = bigger;
	return true;
}

/* Splits a copy of the text; returns the number of words. */
static int words(char *copy, size_t size, const char *text, char **word)
{
	size_t len = strnlen(text, size - 1);
	char *rest = copy;
	int n = 0;

	memcpy(copy, text, len);
	copy[len] = '\0';
	while (n < MAX_WORDS && (word[n] = strtok_r(rest, " \t", &rest)))
		n++;
	return n;
}

static bool parse_addr(struct ip_addr *a, const char *text)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, a->byte) == 1) {
		a->family = 4;
		a->len = 32;
	} else if (inet_pton(AF_INET6, text, a->byte) == 1) {
		a->family = 6;
		a->len = 128;
	}
	return a->family;
}

static bool host_bits_clear(const struct ip_addr *a)
{
	unsigned int i = a->len / 8, end = a->family == 4 ? 4 : 16;

	if (a->len % 8 && a->byte[i++] & 0xff >> a->len % 8)
		return false;
	while (i < end && !a->byte[i])
		i++;
	return i == end;
}

/**
 * config_parse_prefix - read ADDRESS[/LENGTH]
 * @a: what it says, host bits are clear
 * @text: the text, which is written to
 *
 * Return: is it one?
 */
bool config_parse_prefix(struct ip_addr *a, char *text)
{
	char *slash = strchr(text, '/'), *end;
	unsigned long len;

	if (slash)
		*slash++ = '\0';
	if (!parse_addr(a, text))
		return false;
	if (!slash)
		return true;
	len = strtoul(slash, &end, 10);
	if (*end || *slash < '0' || *slash > '9' || len > a->len)
		return false;
	a->len = (uint8_t)len;
	return host_bits_clear(a);
}

/**
 * config_print_prefix - write ADDRESS/LENGTH
 * @a: the prefix
 * @text: where to, PREFIX_SIZE bytes
 */
void config_print_prefix(const struct ip_addr *a, char *text)
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->byte, addr,
		  sizeof(addr));
	snprintf(text, PREFIX_SIZE, "%s/%u", addr, a->len);
}

/* A number without zeroes before it; returns what follows, or NULL. */
static const char *read_number_to(const char *text, unsigned int max,
				  uint8_t *value)
{
	unsigned int n = (uint8_t)(*text - '0'), digit;

	if (n > 9)
		return NULL;
	for (text++; n && (digit = (uint8_t)(*text - '0')) <= 9; text++) {
		n = n * 10 + digit;
		if (n > max)
			return NULL;
	}
	*value = (uint8_t)n;
	return text;
}

/**
 * config_read_prefix4 - read A.B.C.D/LENGTH, as full tables have a million of
 * @a: what it says, host bits are clear
 * @text: what begins with it
 *
 * Return: what follows it, or NULL: see what config_parse_prefix() says.
 */
const char *config_read_prefix4(struct ip_addr *a, const char *text)
{
	*a = (struct ip_addr){ .family = 4 };
	for (unsigned int i = 0; i < 4; i++) {
		text = read_number_to(text, 255, &a->byte[i]);
		if (!text || *text++ != (i < 3 ? '.' : '/'))
			return NULL;
	}
	text = read_number_to(text, 32, &a->len);
	return text && host_bits_clear(a) ? text : NULL;
}

/**
 * config_find_nic - number of a NIC
 * @c: the configuration
 * @name: name of the NIC
 *
 * Return: its number, -1 if the router does not have it.
 */
int config_find_nic(const struct config *c, const char *name)
{
	for (unsigned int i = 0; i < c->nics; i++)
		if (!strcmp(c->nic[i], name))
			return (int)i;
	return -1;
}

bool config_add_nic(struct config *c, const char *name, char *error)
{
	if (!*name || strlen(name) >= IF_NAMESIZE)
		return fail(error, "bad NIC name", name);
	if (config_find_nic(c, name) >= 0)
		return fail(error, "NIC named twice", name);
	if (c->nics == CONFIG_MAX_NICS)
		return fail(error, "more than 64 NICs", name);
	strcpy(c->nic[c->nics++], name);
	return true;
}

bool config_push_route(struct config *c, const struct route *r)
{
	if (!grow((void **)&c->route, c->routes, sizeof(*r)))
		return false;
	c->route[c->routes++] = *r;
	return true;
}

/* PREFIX [via ADDRESS] dev NIC */
bool config_add_route(struct config *c, const char *text, char *error)
{
	char copy[256], any4[] = "0.0.0.0/0", any6[] = "::/0", *word[MAX_WORDS];
	int n = words(copy, sizeof(copy), text, word), nic = -1;
	struct route r = {};

	if (n < 1)
		return fail(error, "empty route", text);
	if (!strcmp(word[0], "default"))
		word[0] = strchr(text, ':') ? any6 : any4;
	if (!config_parse_prefix(&r.to, word[0]))
		return fail(error, "route: bad prefix", text);
	for (int i = 1; i + 1 < n; i += 2) {
		if (!strcmp(word[i], "via")) {
			if (r.via.family || !parse_addr(&r.via, word[i + 1]))
				return fail(error, "route: bad gateway", text);
		} else if (!strcmp(word[i], "dev")) {
			if (nic >= 0)
				return fail(error, "route: two NICs", text);
			nic = config_find_nic(c, word[i + 1]);
			if (nic < 0)
				return fail(error, "route: not a NIC of this router",
					    text);
		} else {
			return fail(error, "route: not PREFIX [via ADDRESS] dev NIC",
				    text);
		}
	}
	if (nic < 0 || n % 2 == 0)
		return fail(error, "route: not PREFIX [via ADDRESS] dev NIC",
			    text);
	if (r.via.family && r.via.family != r.to.family)
		return fail(error, "route: gateway of the other family", text);
	r.nic = (uint16_t)nic;
	return config_push_route(c, &r) || fail(error, "no memory", text);
}

/* Does the configuration say something else of the same neighbour? */
static bool contradicted(const struct config *c, const struct neigh *e)
{
	for (size_t i = 0; i < c->neighs; i++) {
		const struct neigh *other = &c->neigh[i];

		if (other->family == e->family && other->nic == e->nic &&
		    !memcmp(other->addr, e->addr, sizeof(e->addr)) &&
		    memcmp(other->mac, e->mac, sizeof(e->mac)))
			return true;
	}
	return false;
}

/* ADDRESS lladdr MAC dev NIC */
bool config_add_neigh(struct config *c, const char *text, char *error)
{
	char copy[256], *word[MAX_WORDS];
	int n = words(copy, sizeof(copy), text, word), nic;
	struct neigh e = { .state = NEIGH_KNOWN };
	struct ip_addr a;

	if (n != 5 || strcmp(word[1], "lladdr") || strcmp(word[3], "dev"))
		return fail(error, "neighbour: not ADDRESS lladdr MAC dev NIC",
			    text);
	if (!parse_addr(&a, word[0]))
		return fail(error, "neighbour: bad address", text);
	if (!europa_mac_parse(e.mac, word[2]))
		return fail(error, "neighbour: bad MAC address", text);
	nic = config_find_nic(c, word[4]);
	if (nic < 0)
		return fail(error, "neighbour: not a NIC of this router", text);
	e.family = a.family;
	e.nic = (uint16_t)nic;
	memcpy(e.addr, a.byte, sizeof(e.addr));
	if (contradicted(c, &e))
		return fail(error, "neighbour: it has another MAC address already",
			    text);
	if (!grow((void **)&c->neigh, c->neighs, sizeof(e)))
		return fail(error, "no memory", text);
	c->neigh[c->neighs++] = e;
	return true;
}

/* A chain of one stage, without settings. */
bool config_set_stage(struct config *c, const char *name, char *error)
{
	config_setting_t *list, *stage, *text;

	if (!c->named) {
		c->named = malloc(sizeof(*c->named));
		if (!c->named)
			return fail(error, "no memory", name);
		config_init(c->named);
	}
	list = config_setting_add(config_root_setting(c->named), NULL,
				  CONFIG_TYPE_LIST);
	stage = list ? config_setting_add(list, NULL, CONFIG_TYPE_GROUP) : NULL;
	text = stage ? config_setting_add(stage, "stage", CONFIG_TYPE_STRING) :
		       NULL;
	if (!text || !config_setting_set_string(text, name))
		return fail(error, "no memory", name);
	c->chain = list;
	return true;
}

/**
 * config_stages - how many stages the chain has
 * @c: the configuration
 */
unsigned int config_stages(const struct config *c)
{
	return (unsigned int)config_setting_length(c->chain);
}

/**
 * config_stage - the settings of a stage
 * @c: the configuration
 * @i: its place in the chain
 */
config_setting_t *config_stage(const struct config *c, unsigned int i)
{
	return config_setting_get_elem(c->chain, i);
}

/**
 * config_stage_name - the name of a stage
 * @c: the configuration
 * @i: its place in the chain
 */
const char *config_stage_name(const struct config *c, unsigned int i)
{
	const char *name = "";

	config_setting_lookup_string(config_stage(c, i), "stage", &name);
	return name;
}

/* A positive number, for the command line. */
bool config_set_number(uint32_t *value, const char *text, char *error)
{
	unsigned long number;
	char *end;

	number = strtoul(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || !number ||
	    number > UINT32_MAX)
		return fail(error, "not a positive number", text);
	*value = (uint32_t)number;
	return true;
}

static bool add_cpu(struct config *c, long cpu, char *error)
{
	if (cpu < 0 || cpu > UINT16_MAX || c->cpus == CONFIG_MAX_THREADS) {
		snprintf(error, ERROR_SIZE, "cpus: bad number, or too many");
		return false;
	}
	c->cpu[c->cpus++] = (unsigned int)cpu;
	return true;
}

/* Numbers with commas between: thread 0 runs on the first, and so on. */
bool config_set_cpus(struct config *c, const char *text, char *error)
{
	const char *at = text;
	char *end;

	c->cpus = 0;
	do {
		long cpu = strtol(at, &end, 10);

		if (*at < '0' || *at > '9' || (*end && *end != ','))
			return fail(error, "not CPUs, like 0,1", text);
		if (!add_cpu(c, cpu, error))
			return false;
		at = end + 1;
	} while (*end);
	return true;
}

/**
 * config_check - do the settings go together?
 * @c: the configuration, complete
 * @error: ERROR_SIZE bytes: what does not
 */
bool config_check(const struct config *c, char *error)
{
	if (!c->nics)
		snprintf(error, ERROR_SIZE, "no NIC: name at least one");
	else if (c->own >= c->slots)
		snprintf(error, ERROR_SIZE,
			 "own: %u of %u slots leave none to receive",
			 c->own, c->slots);
	else if (c->threads > CONFIG_MAX_THREADS)
		snprintf(error, ERROR_SIZE, "more than %d threads",
			 CONFIG_MAX_THREADS);
	else if (c->cpus && c->cpus != c->threads)
		snprintf(error, ERROR_SIZE,
			 "%u CPUs for %u threads: name one for each", c->cpus,
			 c->threads);
	else
		return true;
	return false;
}

/* Of one setting of a file */
static bool bad_setting(char *error, const char *what, const config_setting_t *e)
{
	snprintf(error, ERROR_SIZE, "line %u: %s: %s",
		 config_setting_source_line(e), config_setting_name(e), what);
	return false;
}

/* Hands each string of a list to @add. */
static bool read_list(config_t *file, struct config *c, const char *key,
		      bool (*add)(struct config *, const char *, char *),
		      char *error)
{
	config_setting_t *list = config_lookup(file, key);

	if (!list)
		return true;
	if (!config_setting_is_array(list) && !config_setting_is_list(list))
		return bad_setting(error, "not a list", list);
	for (int i = 0; i < config_setting_length(list); i++) {
		config_setting_t *e = config_setting_get_elem(list, i);
		const char *text = config_setting_get_string(e);
		char why[ERROR_SIZE];

		if (!text)
			text = "", snprintf(why, sizeof(why), "not a string");
		else if (add(c, text, why))
			continue;
		snprintf(error, ERROR_SIZE, "line %u: %.200s",
			 config_setting_source_line(e), why);
		return false;
	}
	return true;
}

static bool read_number(config_t *file, const char *key, uint32_t *value,
			char *error)
{
	config_setting_t *e = config_lookup(file, key);

	if (!e)
		return true;
	if (config_setting_type(e) != CONFIG_TYPE_INT ||
	    config_setting_get_int(e) < 1)
		return bad_setting(error, "not a positive number", e);
	*value = (uint32_t)config_setting_get_int(e);
	return true;
}

static bool read_bool(config_t *file, const char *key, bool *value,
		      char *error)
{
	config_setting_t *e = config_lookup(file, key);

	if (!e)
		return true;
	if (config_setting_type(e) != CONFIG_TYPE_BOOL)
		return bad_setting(error, "neither true nor false", e);
	*value = config_setting_get_bool(e);
	return true;
}

static bool read_cpus(config_t *file, struct config *c, char *error)
{
	config_setting_t *list = config_lookup(file, "cpus");

	if (!list)
		return true;
	c->cpus = 0;
	for (int i = 0; i < config_setting_length(list); i++) {
		config_setting_t *e = config_setting_get_elem(list,
							      (unsigned int)i);

		if (config_setting_type(e) != CONFIG_TYPE_INT)
			return bad_setting(error, "not a list of numbers", list);
		if (!add_cpu(c, config_setting_get_int(e), error))
			return false;
	}
	return c->cpus || bad_setting(error, "not a list of numbers", list);
}

static bool known_keys(config_t *file, char *error)
{
	static const char *const known[] = {
		"nics", "slots", "slot_size", "sends", "busy_poll", "threads",
		"cpus", "own", "backlog", "processing", "routes", "routes_file",
		"neighbours",
	};
	config_setting_t *root = config_root_setting(file);

	for (int i = 0; i < config_setting_length(root); i++) {
		config_setting_t *e = config_setting_get_elem(root,
							      (unsigned int)i);
		size_t k;

		for (k = 0; k < sizeof(known) / sizeof(*known); k++)
			if (!strcmp(known[k], config_setting_name(e)))
				break;
		if (k < sizeof(known) / sizeof(*known))
			continue;
		snprintf(error, ERROR_SIZE, "line %u: unknown setting '%s'",
			 config_setting_source_line(e),
			 config_setting_name(e));
		return false;
	}
	return true;
}

static bool read_routes(config_t *file, struct config *c, char *error)
{
	const config_setting_t *e = config_lookup(file, "routes_file");
	const char *path = e ? config_setting_get_string(e) : NULL;

	if (e && !path)
		return bad_setting(error, "not a path", e);
	return read_list(file, c, "routes", config_add_route, error) &&
	       (!path || config_load_routes(c, path, error));
}

/* A name, or a list of groups that have one. */
static bool read_processing(config_t *file, struct config *c, char *error)
{
	config_setting_t *list = config_lookup(file, "processing");
	const char *name;

	if (!list)
		return true;
	name = config_setting_get_string(list);
	if (name)
		return config_set_stage(c, name, error);
	if (!config_setting_is_list(list) || !config_setting_length(list)) {
		snprintf(error, ERROR_SIZE,
			 "line %u: processing: neither a stage nor ( { stage = \"NAME\"; }, ... )",
			 config_setting_source_line(list));
		return false;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		config_setting_t *e = config_setting_get_elem(list,
							      (unsigned int)i);

		if (config_setting_is_group(e) &&
		    config_setting_lookup_string(e, "stage", &name))
			continue;
		snprintf(error, ERROR_SIZE,
			 "line %u: processing: not { stage = \"NAME\"; ... }",
			 config_setting_source_line(e));
		return false;
	}
	c->chain = list;
	return true;
}

static mode_t type_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & S_IFMT;
}

/*
 * libconfig ends the program where a file includes a directory: it finds that it can
 * be opened, but not read.  Everything else it reports.
 */
static bool includes_no_directory(const char *path, unsigned int depth,
				  char *error)
{
	/* What is in a pipe could not be read again. */
	FILE *f = type_of(path) == S_IFREG ? fopen(path, "re") : NULL;
	char *line = NULL, name[256];
	unsigned int number = 0;
	size_t size = 0;
	bool ok = true;

	while (ok && f && getline(&line, &size, f) >= 0) {
		number++;
		if (sscanf(line, " @include \"%255[^\"]", name) != 1)
			continue;
		if (type_of(name) == S_IFDIR) {
			snprintf(error, ERROR_SIZE,
				 "line %u: @include of a directory: '%.120s'",
				 number, name);
			ok = false;
		} else if (depth < MAX_INCLUDES) {
			ok = includes_no_directory(name, depth + 1, error);
		}
	}
	free(line);
	if (f)
		fclose(f);
	return ok;
}

static bool read_settings(config_t *file, struct config *c, char *error)
{
	if (!known_keys(file, error))
		return false;
	return read_number(file, "slots", &c->slots, error) &&
	       read_number(file, "own", &c->own, error) &&
	       read_number(file, "backlog", &c->backlog, error) &&
	       read_processing(file, c, error) &&
	       read_number(file, "slot_size", &c->slot_size, error) &&
	       read_bool(file, "sends", &c->sends, error) &&
	       read_bool(file, "busy_poll", &c->busy_poll, error) &&
	       read_number(file, "threads", &c->threads, error) &&
	       read_cpus(file, c, error) &&
	       read_list(file, c, "nics", config_add_nic, error) &&
	       read_routes(file, c, error) &&
	       read_list(file, c, "neighbours", config_add_neigh, error);
}

/* In the language of libconfig. */
static bool read_file(config_t *file, const char *path, char *error)
{
	errno = 0;
	if (config_read_file(file, path))
		return true;
	if (config_error_type(file) == CONFIG_ERR_FILE_IO)
		snprintf(error, ERROR_SIZE, "%s",
			 errno ? strerror(errno) : "it cannot be read");
	else
		snprintf(error, ERROR_SIZE, "line %d: %s",
			 config_error_line(file), config_error_text(file));
	return false;
}

/**
 * config_load - add what a file says
 * @c: the configuration
 * @path: the file, in the language of libconfig
 * @error: ERROR_SIZE bytes: what is wrong, and where
 *
 * Return: true if all went well.
 */
bool config_load(struct config *c, const char *path, char *error)
{
	char why[ERROR_SIZE];
	bool ok;

	if (c->file) {
		snprintf(error, ERROR_SIZE, "%.80s: a second file", path);
		return false;
	}
	c->file = malloc(sizeof(*c->file));
	if (!c->file) {
		snprintf(error, ERROR_SIZE, "%.80s: no memory", path);
		return false;
	}
	config_init(c->file);
	ok = includes_no_directory(path, 0, why) &&
	     read_file(c->file, path, why) && read_settings(c->file, c, why);
	if (!ok)
		snprintf(error, ERROR_SIZE, "%.80s: %.160s", path, why);
	return ok;
}

/**
 * config_free - end of a configuration; stages have copied what they need
 * @c: the configuration, empty after this
 */
void config_free(struct config *c)
{
	if (c->named)
		config_destroy(c->named);
	if (c->file)
		config_destroy(c->file);
	free(c->named);
	free(c->file);
	free(c->route);
	free(c->neigh);
	memset(c, 0, sizeof(*c));
}
