// SPDX-License-Identifier: GPL-2.0-only
/*
 * europa xdp: let an XDP program on the lower netdev classify
 *
 * The program and its maps live as long as they are attached and pinned, in
 * /sys/fs/bpf/europa/LOWER/.  A NIC is looked up in the netns it is in; the
 * program and the maps belong to the host.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/europa.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "europa.h"
#include "xdp.h"

#define BPFFS	"/sys/fs/bpf"
#define PIN_DIR	BPFFS "/europa"

/* xdp/classify.bpf.o */
extern const char _binary_classify_bpf_o_start[];
extern const char _binary_classify_bpf_o_end[];

static const char *const map_name[] = {
	[MAP_NICS]	   = "nics",
	[MAP_TARGETS]	   = "targets",
	[MAP_FIELDS]	   = "fields",
	[MAP_RULES]	   = "rules",
	[MAP_PREFIXES]	   = "prefixes",
	[MAP_RULE_TARGETS] = "rule_targets",
};

static void pin_path(char *path, size_t size, const char *lower,
		     const char *map)
{
	snprintf(path, size, PIN_DIR "/%s/%s", lower, map);
}

static int pinned(const char *lower, const char *map)
{
	char path[128];

	pin_path(path, sizeof(path), lower, map);
	return bpf_obj_get(path);
}

static bool find_maps(const char *lower, struct maps *maps)
{
	for (int i = 0; i < MAPS; i++) {
		maps->fd[i] = pinned(lower, map_name[i]);
		if (maps->fd[i] < 0)
			return false;
	}
	return true;
}

/* Is anything pinned, of another version of the classifier perhaps? */
static bool any_pinned(const char *lower)
{
	char path[128];

	pin_path(path, sizeof(path), lower, "");
	return !access(path, F_OK);
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

/* Does a program use a map? */
static bool uses(int prog, uint32_t map)
{
	uint32_t ids[2 * MAPS] = {}, size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .nr_map_ids = 2 * MAPS,
				      .map_ids = (uintptr_t)ids };

	if (bpf_obj_get_info_by_fd(prog, &info, &size))
		return false;
	for (uint32_t i = 0; i < info.nr_map_ids && i < 2 * MAPS; i++)
		if (ids[i] == map)
			return true;
	return false;
}

/* Is the program on the lower netdev the one whose maps are pinned? */
static bool is_attached(const char *lower)
{
	int prog = -1, nics = pinned(lower, map_name[MAP_NICS]);
	uint32_t id = 0;
	bool yes;

	if (nics >= 0 &&
	    !bpf_xdp_query_id((int)if_nametoindex(lower), 0, &id) && id)
		prog = bpf_prog_get_fd_by_id(id);
	yes = prog >= 0 && uses(prog, map_id(nics));
	if (prog >= 0)
		close(prog);
	if (nics >= 0)
		close(nics);
	return yes;
}

static int pin_one(struct bpf_object *obj, const char *lower,
		   const char *map)
{
	char path[128];

	pin_path(path, sizeof(path), lower, map);
	return bpf_obj_pin(bpf_object__find_map_fd_by_name(obj, map), path);
}

static void unpin(const char *lower)
{
	char path[128];

	for (int i = 0; i < MAPS; i++) {
		pin_path(path, sizeof(path), lower, map_name[i]);
		unlink(path);
	}
	pin_path(path, sizeof(path), lower, "");
	rmdir(path);
}

static int pin(struct bpf_object *obj, const char *lower)
{
	char path[128];

	mkdir(PIN_DIR, 0700);
	pin_path(path, sizeof(path), lower, "");
	mkdir(path, 0700);
	for (int i = 0; i < MAPS; i++) {
		int err = pin_one(obj, lower, map_name[i]) ? errno : 0;

		if (!err)
			continue;
		unpin(lower);
		return complain("cannot pin the maps (is bpffs mounted?) of",
				lower, err);
	}
	return 0;
}

static int attach(struct bpf_object *obj, const char *lower)
{
	struct bpf_program *prog = bpf_object__next_program(obj, NULL);
	int err;

	/* By the stack's own hook a redirected frame would be sent. */
	err = bpf_xdp_attach((int)if_nametoindex(lower),
			     bpf_program__fd(prog), XDP_FLAGS_DRV_MODE |
			     XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	if (err == -EOPNOTSUPP)
		return complain("the driver has no XDP:", lower, -err);
	if (err == -EBUSY || err == -EEXIST)
		return complain("another XDP program is on", lower, -err);
	return err ? complain("cannot attach an XDP program to", lower, -err) :
		     0;
}

static int quiet(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

/* Puts the classifier on a lower netdev. */
static int set_up(const char *lower, struct maps *maps)
{
	size_t size = (size_t)(_binary_classify_bpf_o_end -
			       _binary_classify_bpf_o_start);
	struct bpf_object *obj;
	int status;

	libbpf_set_print(quiet);
	obj = bpf_object__open_mem(_binary_classify_bpf_o_start, size, NULL);
	if (!obj || bpf_object__load(obj))
		return complain("cannot load the XDP program for", lower,
				errno);
	status = pin(obj, lower);
	if (!status) {
		status = attach(obj, lower);
		if (status)
			unpin(lower);
		else if (!find_maps(lower, maps))
			status = complain("no maps of", lower, errno);
	}
	bpf_object__close(obj);
	return status;
}

/* Those of the classifier that is there. */
static int get_maps(const char *lower, struct maps *maps)
{
	return find_maps(lower, maps) ? 0 :
	       complain("another version of europa classifies (europa xdp off first) on",
			lower, EEXIST);
}

/*
 * The classifier that is there, or a new one: what is pinned may be all that is
 * left of a netdev that was deleted, or of a program that was taken away.
 */
static int ensure(const char *lower, struct maps *maps)
{
	if (is_attached(lower))
		return get_maps(lower, maps);
	unpin(lower);
	return set_up(lower, maps);
}

/* A process's netns by its number, else one of ip netns by its name. */
static int enter_netns(const char *which)
{
	char path[256];
	int fd;

	if (strspn(which, "0123456789") == strlen(which))
		snprintf(path, sizeof(path), "/proc/%s/ns/net", which);
	else
		snprintf(path, sizeof(path), "/run/netns/%s", which);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		return complain("no such network namespace:", which, errno);
	close(fd);
	return 0;
}

static bool make_key(const struct nic_info *nic, uint64_t *key)
{
	uint32_t kind = nic->vlan_proto == htons(ETH_P_8021AD) ?
			CLASSIFY_8021AD : CLASSIFY_8021Q;

	*key = nic->mode == EUROPA_MODE_VLAN ?
	       classify_key(nic->mac, kind, nic->vlan_id) :
	       classify_key(nic->mac, CLASSIFY_ANY, 0);
	return nic->mode == EUROPA_MODE_MAC || nic->mode == EUROPA_MODE_VLAN;
}

/* No key, or that of a NIC that has gone. */
static bool is_free(const struct maps *maps, uint32_t place, uint64_t key)
{
	uint32_t ifindex;

	return key == CLASSIFY_FREE || key == CLASSIFY_GONE ||
	       bpf_map_lookup_elem(maps->fd[MAP_TARGETS], &place, &ifindex);
}

/* The place this key has already, else a free one, else CLASSIFY_PLACES. */
static uint32_t find_place(const struct maps *maps, uint64_t key)
{
	uint32_t free_place = CLASSIFY_PLACES;
	uint64_t there = 0;

	for (uint32_t i = 0; i < CLASSIFY_PROBES; i++) {
		uint32_t place = classify_place(key, i);

		if (bpf_map_lookup_elem(maps->fd[MAP_NICS], &place, &there))
			break;
		if (there == key)
			return place;
		if (free_place == CLASSIFY_PLACES &&
		    is_free(maps, place, there))
			free_place = place;
	}
	return free_place;
}

/*
 * Programs that run now have ended: what they have read counts no more.  That is
 * what the kernel waits for when a map in a map is exchanged.
 */
int xdp_wait_for_programs(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int inner, outer = -1, err = -1;
	uint32_t zero = 0;

	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);
	if (inner < 0)
		return -1;
	opts.inner_map_fd = (uint32_t)inner;
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, NULL, 4, 4, 1,
			       &opts);
	if (outer >= 0) {
		err = bpf_map_update_elem(outer, &zero, &inner, 0);
		close(outer);
	}
	close(inner);
	return err;
}

/* No program may be left that has found a key here. */
static int clear_place(const struct maps *maps, uint32_t place)
{
	uint64_t there, gone = CLASSIFY_GONE;

	if (!bpf_map_lookup_elem(maps->fd[MAP_NICS], &place, &there) &&
	    there == CLASSIFY_FREE)
		return 0;
	return bpf_map_update_elem(maps->fd[MAP_NICS], &place, &gone, 0) ||
	       xdp_wait_for_programs();
}

/* The key last: nobody else's frames shall go to the NIC. */
static int set_place(const struct maps *maps, uint32_t place, uint64_t key,
		     uint32_t ifindex)
{
	return clear_place(maps, place) ||
	       bpf_map_update_elem(maps->fd[MAP_TARGETS], &place, &ifindex, 0) ||
	       bpf_map_update_elem(maps->fd[MAP_NICS], &place, &key, 0);
}

static int add_nic(const char *name, const char *lower,
		   const struct maps *maps)
{
	struct nic_info nic;
	uint32_t place;
	uint64_t key;
	int status = nic_info(name, &nic);

	if (status)
		return status;
	if (!make_key(&nic, &key))
		return complain("neither by MAC address nor by VLAN:", name,
				EOPNOTSUPP);
	place = find_place(maps, key);
	if (place == CLASSIFY_PLACES)
		return complain("too many NICs by XDP on", lower, ENOSPC);
	if (set_place(maps, place, key, nic.ifindex))
		return complain("cannot classify for", name, errno);
	return 0;
}

/* One at a time, for as long as the command runs. */
static int lock(void)
{
	int fd = open(BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX))
		return complain("cannot lock", BPFFS, errno);
	return 0;
}

/* A rule leads to the NIC, whatever that is for. */
static int add_rule(const char *name, const char *lower,
		    const struct maps *maps, const struct rule *rule)
{
	struct nic_info nic;
	int status = nic_info(name, &nic);

	if (status)
		return status;
	/* It takes any tag for its own. */
	if (nic.mode == EUROPA_MODE_VLAN)
		return complain("rules lead to no NIC of one VLAN, as is", name,
				EOPNOTSUPP);
	if (rule_set(maps, rule, nic.ifindex))
		return complain(errno == ENOSPC ? "too many rules by XDP on" :
						  "cannot add a rule on",
				lower, errno);
	return 0;
}

/* What the words after "add" ask for. */
struct addition {
	char **name;
	int names;
	const char *lower;
	const char *netns;
	struct rule rule;
	bool by_rule;
};

static int add(const struct addition *a)
{
	struct maps maps;
	int status;

	if (!if_nametoindex(a->lower))
		return complain("no such lower netdev:", a->lower, errno);
	status = ensure(a->lower, &maps);
	if (status)
		return status;
	status = a->netns ? enter_netns(a->netns) : 0;
	for (int i = 0; i < a->names && !status; i++)
		status = a->by_rule ? add_rule(a->name[i], a->lower, &maps,
					       &a->rule) :
				      add_nic(a->name[i], a->lower, &maps);
	return status;
}

static int del(const char *lower, const struct rule *rule)
{
	struct maps maps;

	if (!find_maps(lower, &maps))
		return complain("nothing is classified by XDP on", lower,
				ENOENT);
	if (rule_clear(&maps, rule))
		return complain(errno == ENOENT ? "no such rule on" :
						  "cannot remove a rule on",
				lower, errno);
	return 0;
}

static int off(const char *lower)
{
	int err;

	if (!any_pinned(lower))
		return complain("nothing is classified by XDP on", lower,
				ENOENT);
	/* The netdev, and the program with it, may have gone before. */
	err = is_attached(lower) ?
	      bpf_xdp_detach((int)if_nametoindex(lower), 0, NULL) : 0;
	unpin(lower);
	return err ? complain("cannot detach from", lower, -err) : 0;
}

/* Those that the key of is not free, unless they have gone. */
static void print_nics(const struct maps *maps)
{
	static const char *const proto[] = { "", " proto 802.1Q",
					     " proto 802.1ad" };

	for (uint32_t place = 0; place < CLASSIFY_PLACES; place++) {
		uint32_t ifindex, kind;
		uint64_t key;

		if (bpf_map_lookup_elem(maps->fd[MAP_NICS], &place, &key) ||
		    is_free(maps, place, key) ||
		    bpf_map_lookup_elem(maps->fd[MAP_TARGETS], &place,
					&ifindex))
			continue;
		for (int i = 0; i < 3; i++) {
			uint16_t word = (uint16_t)(key >> (48 - 16 * i));
			const uint8_t *byte = (const uint8_t *)&word;

			printf("%s%02x:%02x", i ? ":" : "address ", byte[0],
			       byte[1]);
		}
		kind = key >> 12 & 3;
		if (kind)
			printf(" vlan %u%s", (unsigned int)(key & 0xfff),
			       proto[kind % 3]);
		printf(": NIC of index %u\n", ifindex);
	}
}

static int show(const char *lower)
{
	struct maps maps;
	int status;

	if (!is_attached(lower))
		return complain("nothing is classified by XDP on", lower,
				ENOENT);
	status = get_maps(lower, &maps);
	if (status)
		return status;
	rules_print(&maps);
	print_nics(&maps);
	return 0;
}

/* netns and match, in any order; returns the exit status. */
static int parse_options(char **word, struct addition *a)
{
	int n;

	for (; *word; word += n) {
		n = 0;
		if (!strcmp(word[0], "netns") && word[1]) {
			a->netns = word[1];
			n = 2;
		} else if (!strcmp(word[0], "match") && !a->by_rule) {
			n = rule_parse(word + 1, &a->rule);
			a->by_rule = n;
			n += n ? 1 : 0;
		}
		if (!n)
			return misused("bad option or value:", word[0]);
	}
	if (a->by_rule && a->names > 1)
		return misused("a rule leads to one NIC, not also to",
			       a->name[1]);
	return 0;
}

static int xdp_add(char **word)
{
	struct addition a = { .name = word };
	int status;

	while (word[a.names] && strcmp(word[a.names], "link"))
		a.names++;
	if (!a.names || !word[a.names] || !word[a.names + 1])
		return misused("xdp add needs NICs and a lower netdev: NAME... link LOWER",
			       NULL);
	a.lower = word[a.names + 1];
	status = parse_options(&word[a.names + 2], &a);
	return status ?: lock() ?: add(&a);
}

static int xdp_del(char **word)
{
	struct rule rule;
	int n = 0;

	if (word[0] && !strcmp(word[0], "link") && word[1] && word[2] &&
	    !strcmp(word[2], "match"))
		n = rule_parse(word + 3, &rule);
	if (!n || word[3 + n])
		return misused("xdp del needs link LOWER match FIELD VALUE",
			       NULL);
	return lock() ?: del(word[1], &rule);
}

int xdp(char **word)
{
	if (!word[0] || !word[1])
		return misused("xdp needs add NAME... link LOWER, del link LOWER match RULE, show LOWER, or off LOWER",
			       NULL);
	if (!strcmp(word[0], "add"))
		return xdp_add(word + 1);
	if (!strcmp(word[0], "del"))
		return xdp_del(word + 1);
	if (strcmp(word[0], "off") && strcmp(word[0], "show"))
		return misused("no such command: xdp", word[0]);
	if (word[2])
		return misused("too many words:", word[2]);
	if (!strcmp(word[0], "show"))
		return lock() ?: show(word[1]);
	return lock() ?: off(word[1]);
}
