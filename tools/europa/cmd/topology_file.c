// SPDX-License-Identifier: GPL-2.0-only
/*
 * A topology's file: YAML, read by libcyaml, and checked whole before anything is
 * made of it
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <cyaml/cyaml.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology.h"

/* --- what a file may say ------------------------------------------------------ */

#define OPTIONS_SIZE	300	/* holds a NIC's, with some blanks */
#define OPTIONAL	(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

static const cyaml_schema_value_t text_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 1000),
};

static const cyaml_schema_field_t nic_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct topo_nic,
			       name, 1, 15),
	CYAML_FIELD_STRING_PTR("uplink", OPTIONAL, struct topo_nic, uplink, 1,
			       15),
	CYAML_FIELD_STRING_PTR("link", OPTIONAL, struct topo_nic, link, 1, 15),
	CYAML_FIELD_SEQUENCE("addresses", OPTIONAL, struct topo_nic, address,
			     &text_schema, 0, 64),
	CYAML_FIELD_STRING_PTR("options", OPTIONAL, struct topo_nic, options, 1,
			       256),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t nic_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct topo_nic, nic_fields),
};

static const cyaml_schema_field_t router_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct topo_router,
			       name, 1, 32),
	CYAML_FIELD_STRING_PTR("rootfs", OPTIONAL, struct topo_router, rootfs,
			       1, 256),
	CYAML_FIELD_UINT("cpu", CYAML_FLAG_OPTIONAL, struct topo_router, cpu),
	CYAML_FIELD_STRING_PTR("memory", OPTIONAL, struct topo_router, memory,
			       1, 32),
	CYAML_FIELD_UINT("slots", CYAML_FLAG_OPTIONAL, struct topo_router,
			 slots),
	CYAML_FIELD_UINT("slot_size", CYAML_FLAG_OPTIONAL, struct topo_router,
			 slot_size),
	CYAML_FIELD_UINT("own", CYAML_FLAG_OPTIONAL, struct topo_router, own),
	CYAML_FIELD_UINT("threads", CYAML_FLAG_OPTIONAL, struct topo_router,
			 threads),
	CYAML_FIELD_STRING_PTR("processing", OPTIONAL, struct topo_router,
			       processing, 1, 10000),
	CYAML_FIELD_SEQUENCE("nics", CYAML_FLAG_POINTER, struct topo_router,
			     nic, &nic_schema, 1, 64),
	CYAML_FIELD_SEQUENCE("routes", OPTIONAL, struct topo_router, route,
			     &text_schema, 0, 10000),
	CYAML_FIELD_STRING_PTR("start", OPTIONAL, struct topo_router, start, 1,
			       10000),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t router_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct topo_router,
			    router_fields),
};

static const cyaml_schema_field_t link_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct topo_link,
			       name, 1, 12),
	CYAML_FIELD_UINT("mtu", CYAML_FLAG_OPTIONAL, struct topo_link, mtu),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t link_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct topo_link, link_fields),
};

static const cyaml_schema_field_t tunnel_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct topo_tunnel,
			       name, 1, 15),
	CYAML_FIELD_UINT("vni", CYAML_FLAG_DEFAULT, struct topo_tunnel, vni),
	CYAML_FIELD_STRING_PTR("local", CYAML_FLAG_POINTER, struct topo_tunnel,
			       local, 1, 63),
	CYAML_FIELD_SEQUENCE("remotes", OPTIONAL, struct topo_tunnel, remote,
			     &text_schema, 0, 1000),
	CYAML_FIELD_STRING_PTR("device", OPTIONAL, struct topo_tunnel, device,
			       1, 15),
	CYAML_FIELD_UINT("port", CYAML_FLAG_OPTIONAL, struct topo_tunnel, port),
	CYAML_FIELD_UINT("mtu", CYAML_FLAG_OPTIONAL, struct topo_tunnel, mtu),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t tunnel_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct topo_tunnel,
			    tunnel_fields),
};

static const cyaml_schema_field_t topology_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct topology,
			       name, 1, 32),
	CYAML_FIELD_SEQUENCE("routers", CYAML_FLAG_POINTER, struct topology,
			     router, &router_schema, 1, 1000),
	CYAML_FIELD_SEQUENCE("links", OPTIONAL, struct topology, link,
			     &link_schema, 0, 1000),
	CYAML_FIELD_SEQUENCE("tunnels", OPTIONAL, struct topology, tunnel,
			     &tunnel_schema, 0, 1000),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t topology_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct topology,
			    topology_fields),
};

/* It says where in the file. */
static void complain_about(cyaml_log_t level, void *path, const char *format,
			   va_list args)
{
	(void)level;
	fprintf(stderr, "europa: %s: ", (const char *)path);
	vfprintf(stderr, format, args);
}

static cyaml_config_t config = {
	.log_fn = complain_about,
	.log_level = CYAML_LOG_ERROR,
	.mem_fn = cyaml_mem,
};

/* --- does it make sense? ------------------------------------------------------- */

static bool wrong(const struct topology *t, const char *what, const char *name,
		  const char *why)
{
	fprintf(stderr, "europa: topology %s: %s %s: %s\n", t->name, what,
		name, why);
	return false;
}

/* Names become those of netdevs, containers and files. */
bool topology_good_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			return false;
	return *name && *name != '-';
}

static const struct topo_link *find_link(const struct topology *t,
					 const char *name)
{
	for (unsigned int i = 0; i < t->link_count; i++)
		if (!strcmp(t->link[i].name, name))
			return &t->link[i];
	return NULL;
}

static bool is_tunnel(const struct topology *t, const char *name)
{
	for (unsigned int i = 0; i < t->tunnel_count; i++)
		if (!strcmp(t->tunnel[i].name, name))
			return true;
	return false;
}

static bool is_used(const struct topology *t, const char *tunnel)
{
	for (unsigned int i = 0; i < t->router_count; i++)
		for (unsigned int k = 0; k < t->router[i].nic_count; k++)
			if (t->router[i].nic[k].uplink &&
			    !strcmp(t->router[i].nic[k].uplink, tunnel))
				return true;
	return false;
}

static unsigned int ends_of(const struct topology *t, const char *link)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < t->router_count; i++)
		for (unsigned int k = 0; k < t->router[i].nic_count; k++)
			n += t->router[i].nic[k].link &&
			     !strcmp(t->router[i].nic[k].link, link);
	return n;
}

/* Of which family, or 0 */
static int family_of(const char *text)
{
	unsigned char addr[16];

	return inet_pton(AF_INET, text, addr) == 1 ? AF_INET :
	       inet_pton(AF_INET6, text, addr) == 1 ? AF_INET6 : 0;
}

static bool good_address(const char *text)
{
	const char *slash = strchr(text, '/');
	unsigned int bits;
	int family;
	char copy[64];

	if (!slash || slash - text >= (int)sizeof(copy) || !slash[1] ||
	    strlen(slash + 1) > 3 ||
	    strspn(slash + 1, "0123456789") != strlen(slash + 1))
		return false;
	bits = (unsigned int)atoi(slash + 1);
	snprintf(copy, sizeof(copy), "%.*s", (int)(slash - text), text);
	family = family_of(copy);
	return family && bits <= (family == AF_INET ? 32 : 128);
}

/* Of letters, digits and some others: it goes into LXC's configuration. */
static bool only(const char *text, const char *others)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(others, *text))
			return false;
	return true;
}

/* Words of lxc-hook(8), but for those that we give it. */
static bool good_options(const char *options)
{
	static const char *const keys[] = { "mac", "mtu", "queues", "vlan",
		"proto", "mark", "any", "spoofchk", "xmit", "lend" };
	char copy[OPTIONS_SIZE], *rest = copy, *word;
	size_t k;

	snprintf(copy, sizeof(copy), "%s", options);
	while ((word = strtok_r(rest, " ", &rest))) {
		char *value = strchr(word, '=');

		if (!value || !value[1] || !only(value + 1, ":._-"))
			return false;
		*value = '\0';
		for (k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			if (!strcmp(keys[k], word))
				break;
		if (k == sizeof(keys) / sizeof(*keys))
			return false;
	}
	return true;
}

/*
 * By what frames are known to be a NIC's, as its options say, which are good: a mark,
 * or all of them; or its MAC address, in a VLAN perhaps.  "" if that is made here,
 * which no other NIC has.
 */
static void frames_of(char *key, const struct topo_nic *nic)
{
	const char *mac = "", *vlan = "", *proto = "", *other = "";
	char copy[OPTIONS_SIZE], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", nic->options ?: "");
	while ((word = strtok_r(rest, " ", &rest))) {
		if (!strncmp(word, "mac=", 4))
			mac = word;
		else if (!strncmp(word, "vlan=", 5))
			vlan = word;
		else if (!strncmp(word, "proto=", 6))
			proto = word;
		else if (!strncmp(word, "mark=", 5) || !strncmp(word, "any=", 4))
			other = word;
	}
	*key = '\0';
	if (*other)
		snprintf(key, OPTIONS_SIZE, "%s", other);
	else if (*mac)
		snprintf(key, OPTIONS_SIZE, "%s %s %s", mac, vlan, proto);
}

/* Both ends of a link are netdevs of their own. */
static bool want_same(const struct topo_nic *a, const struct topo_nic *b)
{
	char x[OPTIONS_SIZE], y[OPTIONS_SIZE];

	if (!a->uplink || !b->uplink || strcmp(a->uplink, b->uplink))
		return false;
	frames_of(x, a);
	frames_of(y, b);
	return *x && !strcasecmp(x, y);
}

/* Is a NIC before it to have the same frames? */
static bool is_wanted(const struct topology *t, const struct topo_nic *nic)
{
	for (unsigned int i = 0; i < t->router_count; i++) {
		for (unsigned int k = 0; k < t->router[i].nic_count; k++) {
			if (&t->router[i].nic[k] == nic)
				return false;
			if (want_same(&t->router[i].nic[k], nic))
				return true;
		}
	}
	return false;
}

static bool bad_address(const struct topology *t, const char *name,
			const char *address)
{
	char why[160];

	snprintf(why, sizeof(why), "'%.80s' is no address like 10.0.0.1/24",
		 address);
	return wrong(t, "NIC", name, why);
}

static bool check_nic(const struct topology *t, const struct topo_router *r,
		      unsigned int i)
{
	const struct topo_nic *nic = &r->nic[i];
	char name[64], device[64];

	snprintf(name, sizeof(name), "%s of router %s", nic->name, r->name);
	if (!topology_good_name(nic->name))
		return wrong(t, "NIC", name, "letters, digits, - and _ only");
	if (strlen(r->name) + strlen(nic->name) + 1 >= IF_NAMESIZE)
		return wrong(t, "NIC", name,
			     "ROUTER-NIC has more than 15 characters: choose shorter names");
	if (!nic->uplink == !nic->link)
		return wrong(t, "NIC", name, "say either uplink or link");
	if (nic->link && !find_link(t, nic->link))
		return wrong(t, "NIC", name, "its link is not listed in links");
	if (nic->uplink && !is_tunnel(t, nic->uplink) &&
	    (!only(nic->uplink, "-_.:@") || !if_nametoindex(nic->uplink)))
		return wrong(t, "NIC", name,
			     "its uplink is no netdev of this host, and not listed in tunnels");
	if (nic->options && !good_options(nic->options))
		return wrong(t, "NIC", name,
			     "options: not KEY=VALUE of lxc-hook(8)");
	if (is_wanted(t, nic))
		return wrong(t, "NIC", name,
			     "another NIC of its uplink is to have the same frames: by that VLAN, mark or MAC address, or by any");
	snprintf(device, sizeof(device), "%s-%s", r->name, nic->name);
	if (if_nametoindex(device))
		return wrong(t, "NIC", name,
			     "a netdev ROUTER-NIC is there: another container's perhaps");
	for (unsigned int k = 0; k < nic->address_count; k++)
		if (!good_address(nic->address[k]))
			return bad_address(t, name, nic->address[k]);
	for (unsigned int k = 0; k < i; k++)
		if (!strcmp(r->nic[k].name, nic->name))
			return wrong(t, "NIC", name, "it is there twice");
	return true;
}

static bool check_router(const struct topology *t, unsigned int i)
{
	const struct topo_router *r = &t->router[i];

	if (!topology_good_name(r->name))
		return wrong(t, "router", r->name,
			     "letters, digits, - and _ only");
	for (unsigned int k = 0; k < i; k++)
		if (!strcmp(t->router[k].name, r->name))
			return wrong(t, "router", r->name, "it is there twice");
	if (r->rootfs && (*r->rootfs != '/' || !only(r->rootfs, "/._-")))
		return wrong(t, "router", r->name,
			     "rootfs: a path from /, of letters, digits, . _ and -");
	if (r->cpu > 100000)
		return wrong(t, "router", r->name, "cpu: percent of one CPU");
	if (r->memory && strspn(r->memory, "0123456789KMGkmg") !=
			 strlen(r->memory))
		return wrong(t, "router", r->name,
			     "memory: bytes, with K, M or G perhaps");
	for (unsigned int k = 0; k < r->route_count; k++)
		if (strpbrk(r->route[k], "\n\r"))
			return wrong(t, "router", r->name,
				     "routes: one line each");
	for (unsigned int k = 0; k < r->nic_count; k++)
		if (!check_nic(t, r, k))
			return false;
	return true;
}

static bool check_link(const struct topology *t, unsigned int i)
{
	const struct topo_link *link = &t->link[i];

	if (!topology_good_name(link->name))
		return wrong(t, "link", link->name,
			     "letters, digits, - and _ only");
	for (unsigned int k = 0; k < i; k++)
		if (!strcmp(t->link[k].name, link->name))
			return wrong(t, "link", link->name, "it is there twice");
	if (ends_of(t, link->name) != 2)
		return wrong(t, "link", link->name,
			     "a link has two ends: NICs that name it");
	if (link->mtu && (link->mtu < 68 || link->mtu > 65535))
		return wrong(t, "link", link->name, "mtu: 68 to 65535");
	return true;
}

static bool check_tunnel(const struct topology *t, unsigned int i)
{
	const struct topo_tunnel *tunnel = &t->tunnel[i];

	if (!topology_good_name(tunnel->name))
		return wrong(t, "tunnel", tunnel->name,
			     "letters, digits, - and _ only");
	for (unsigned int k = 0; k < i; k++)
		if (!strcmp(t->tunnel[k].name, tunnel->name))
			return wrong(t, "tunnel", tunnel->name,
				     "it is there twice");
	if (if_nametoindex(tunnel->name))
		return wrong(t, "tunnel", tunnel->name,
			     "a netdev of that name is there already");
	if (!is_used(t, tunnel->name))
		return wrong(t, "tunnel", tunnel->name,
			     "it is no NIC's uplink");
	if (!tunnel->vni || tunnel->vni >= 1 << 24)
		return wrong(t, "tunnel", tunnel->name, "vni: 1 to 16777215");
	if (tunnel->port > 65535)
		return wrong(t, "tunnel", tunnel->name, "port: 1 to 65535");
	if (tunnel->mtu && (tunnel->mtu < 68 || tunnel->mtu > 65535))
		return wrong(t, "tunnel", tunnel->name, "mtu: 68 to 65535");
	if (tunnel->device && !if_nametoindex(tunnel->device))
		return wrong(t, "tunnel", tunnel->name,
			     "device: no netdev of this host");
	if (!family_of(tunnel->local))
		return wrong(t, "tunnel", tunnel->name,
			     "local: an address like 192.0.2.1");
	for (unsigned int k = 0; k < tunnel->remote_count; k++)
		if (family_of(tunnel->remote[k]) != family_of(tunnel->local))
			return wrong(t, "tunnel", tunnel->name,
				     "remotes: addresses of the family of local");
	return true;
}

/**
 * topology_check - does it make sense, on this host?
 * @t: the topology
 *
 * Return: false, having said what does not.
 */
bool topology_check(const struct topology *t)
{
	for (unsigned int i = 0; i < t->router_count; i++)
		if (!check_router(t, i))
			return false;
	for (unsigned int i = 0; i < t->link_count; i++)
		if (!check_link(t, i))
			return false;
	for (unsigned int i = 0; i < t->tunnel_count; i++)
		if (!check_tunnel(t, i))
			return false;
	return true;
}

/**
 * topology_read - read a file
 * @path: the file
 *
 * Return: the topology, to be freed; or NULL, having said what is wrong.
 */
struct topology *topology_read(const char *path)
{
	struct topology *t = NULL;
	cyaml_err_t err;

	config.log_ctx = (void *)path;
	err = cyaml_load_file(path, &config, &topology_schema,
			      (cyaml_data_t **)&t, NULL);
	if (err == CYAML_OK && t && topology_good_name(t->name))
		return t;
	fprintf(stderr, "europa: %s: %s\n", path,
		err != CYAML_OK ? cyaml_strerror(err) :
		!t ? "there is nothing in it" :
		     "name: letters, digits, - and _ only");
	if (t)
		topology_free(t);
	return NULL;
}

void topology_free(struct topology *t)
{
	cyaml_free(&config, &topology_schema, t, 0);
}
