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

/* What the words after "add", "replace" or "del" ask for. */
struct request {
	char **name;
	int names;
	const char *lower;
	uint32_t lower_index;
	const char *netns;
	bool elsewhere;			/* that is not the lower netdev's */
	int added;			/* NICs, so far */
	bool by_rule;
	bool replace;			/* a rule that is there, too */
	struct rule rule;
	char words[96];			/* of the rule */
};

/* A NIC of another lower netdev would get what is for somebody else. */
static int find_nic(const char *name, const struct request *q,
		    struct nic_info *nic)
{
	int status = nic_info(name, nic);

	if (status || (nic->lower == q->lower_index &&
		       nic->elsewhere == q->elsewhere))
		return status;
	fprintf(stderr, "europa: NIC %s is not on %s but on the netdev of index %u%s\n",
		name, q->lower, nic->lower,
		nic->elsewhere ? "" : " of its own network namespace");
	return 1;
}

static int add_nic(const char *name, const struct request *q,
		   const struct maps *maps)
{
	struct nic_info nic;
	uint32_t place;
	uint64_t key;
	int status = find_nic(name, q, &nic);

	if (status)
		return status;
	if (!make_key(&nic, &key))
		return complain("neither by MAC address nor by VLAN:", name,
				EOPNOTSUPP);
	place = find_place(maps, key);
	if (place == CLASSIFY_PLACES)
		return complain("too many NICs by XDP on", q->lower, ENOSPC);
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

/* What became of a rule, in its words. */
static int complain_of_rule(const char *what, const struct request *q, int err)
{
	fprintf(stderr, "europa: %s on %s: match %s: %s\n", what, q->lower,
		q->words, strerror(err));
	return 1;
}

/* A rule leads to the NIC, whatever that is for. */
static int add_rule(const char *name, const struct request *q,
		    const struct maps *maps)
{
	struct nic_info nic;
	int status = find_nic(name, q, &nic);

	if (status)
		return status;
	/* It takes any tag for its own. */
	if (nic.mode == EUROPA_MODE_VLAN)
		return complain("rules lead to no NIC of one VLAN, as is", name,
				EOPNOTSUPP);
	if (q->replace ? !rule_replace(maps, &q->rule, nic.ifindex) :
			 !rule_add(maps, &q->rule, nic.ifindex))
		return 0;
	return complain_of_rule(errno == ENOSPC ? "too many rules by XDP" :
				errno == EEXIST ? "this rule is there already" :
						  "cannot add a rule",
				q, errno);
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

static bool is_netns(int fd)
{
	struct stat now, then;

	return !stat("/proc/self/ns/net", &now) && !fstat(fd, &then) &&
	       now.st_ino == then.st_ino;
}

/* In the NICs' netns. */
static int add_there(struct request *q, const struct maps *maps)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int status = q->netns ? enter_netns(q->netns) : 0;

	q->elsewhere = !is_netns(home);
	while (q->added < q->names && !status) {
		const char *name = q->name[q->added];

		status = q->by_rule ? add_rule(name, q, maps) :
				      add_nic(name, q, maps);
		q->added += !status;
	}
	if (home < 0 || setns(home, CLONE_NEWNET))
		status = complain("cannot leave the network namespace of",
				  q->name[0], errno);
	close(home);
	return status;
}

/* A program that is there for nothing goes again. */
static int add(struct request *q)
{
	struct maps maps;
	bool fresh;
	int status;

	q->lower_index = if_nametoindex(q->lower);
	if (!q->lower_index)
		return complain("no such lower netdev:", q->lower, errno);
	fresh = !is_attached(q->lower);
	status = ensure(q->lower, &maps) ?: add_there(q, &maps);
	if (fresh && !q->added && any_pinned(q->lower))
		off(q->lower);
	return status;
}

static int del_rule(const struct request *q)
{
	struct maps maps;

	if (!find_maps(q->lower, &maps))
		return complain("nothing is classified by XDP on", q->lower,
				ENOENT);
	if (!rule_clear(&maps, &q->rule))
		return 0;
	return complain_of_rule(errno == ENOENT ? "no such rule" :
						  "cannot remove a rule",
				q, errno);
}

/* The frames of an address go where they would go without Europa. */
static int del_nic(const char *lower, const char *mac,
		   const struct nic_info *nic)
{
	uint64_t key, there;
	struct maps maps;
	uint32_t place;

	if (!find_maps(lower, &maps))
		return complain("nothing is classified by XDP on", lower,
				ENOENT);
	make_key(nic, &key);
	place = find_place(&maps, key);
	if (place == CLASSIFY_PLACES ||
	    bpf_map_lookup_elem(maps.fd[MAP_NICS], &place, &there) ||
	    there != key)
		return complain("no NIC is classified by XDP by address", mac,
				ENOENT);
	if (clear_place(&maps, place))
		return complain("cannot forget the address", mac, errno);
	bpf_map_delete_elem(maps.fd[MAP_TARGETS], &place);
	return 0;
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
	if (rules_print(&maps))
		return complain("cannot read the rules of", lower, errno);
	print_nics(&maps);
	return 0;
}

static int bad_rule(char **word)
{
	char text[96];

	snprintf(text, sizeof(text), "match%s%s%s%s", word[1] ? " " : "",
		 word[1] ? word[1] : "", word[1] && word[2] ? " " : "",
		 word[1] && word[2] ? word[2] : "");
	return misused("no rule, or a bad value:", text);
}

/* "match" and the words of a rule; returns how many words that is, 0: none. */
static int parse_match(char **word, struct request *q)
{
	int n;

	if (!word[0] || strcmp(word[0], "match") || q->by_rule)
		return 0;
	n = rule_parse(word + 1, &q->rule);
	q->by_rule = n;
	for (int i = 1; i <= n; i++)
		snprintf(q->words + strlen(q->words),
			 sizeof(q->words) - strlen(q->words), "%s%s",
			 i > 1 ? " " : "", word[i]);
	return n ? n + 1 : 0;
}

/* netns and match, in any order; returns the exit status. */
static int parse_options(char **word, struct request *q)
{
	int n;

	for (; *word; word += n) {
		if (!strcmp(word[0], "netns") && word[1] && !q->netns) {
			q->netns = word[1];
			n = 2;
			continue;
		}
		if (!strcmp(word[0], "match") && q->by_rule)
			return misused("one rule at a time, not also", word[1]);
		n = parse_match(word, q);
		if (!n && !strcmp(word[0], "match"))
			return bad_rule(word);
		if (!n)
			return misused("bad option or value:", word[0]);
	}
	if (q->by_rule && q->names > 1)
		return misused("a rule leads to one NIC, not also to",
			       q->name[1]);
	if (q->replace && !q->by_rule)
		return misused("xdp replace needs match FIELD VALUE", NULL);
	return 0;
}

static int xdp_add(char **word, bool replace)
{
	struct request q = { .name = word, .replace = replace };
	int status;

	while (word[q.names] && strcmp(word[q.names], "link"))
		q.names++;
	if (!q.names || !word[q.names] || !word[q.names + 1])
		return misused("xdp add and replace need NICs and a lower netdev: NAME... link LOWER",
			       NULL);
	q.lower = word[q.names + 1];
	status = parse_options(&word[q.names + 2], &q);
	return status ?: lock() ?: add(&q);
}

/* MAC [vlan ID [proto 802.1ad]], as show tells it; false: it is not. */
static bool parse_address(char **word, struct nic_info *nic)
{
	static const uint8_t none[6];
	unsigned long vlan;

	*nic = (struct nic_info){ .mode = EUROPA_MODE_MAC };
	if (!parse_mac(word[0], nic->mac) || !memcmp(nic->mac, none, 6))
		return false;
	if (!word[1])
		return true;
	if (strcmp(word[1], "vlan") || !parse_number(word[2], 1, 4094, &vlan))
		return false;
	nic->mode = EUROPA_MODE_VLAN;
	nic->vlan_id = (uint16_t)vlan;
	nic->vlan_proto = htons(ETH_P_8021Q);
	if (!word[3])
		return true;
	if (strcmp(word[3], "proto") || !word[4] || word[5])
		return false;
	if (!strcasecmp(word[4], "802.1ad"))
		nic->vlan_proto = htons(ETH_P_8021AD);
	return nic->vlan_proto == htons(ETH_P_8021AD) ||
	       !strcasecmp(word[4], "802.1q");
}

static int xdp_del(char **word)
{
	struct request q = {};
	struct nic_info nic;
	int n;

	if (!word[0] || strcmp(word[0], "link") || !word[1] || !word[2])
		return misused("xdp del needs link LOWER, and match FIELD VALUE or address MAC",
			       NULL);
	q.lower = word[1];
	if (!strcmp(word[2], "address")) {
		if (!parse_address(word + 3, &nic))
			return misused("not address MAC [vlan ID [proto 802.1ad]]:",
				       word[3]);
		return lock() ?: del_nic(q.lower, word[3], &nic);
	}
	n = parse_match(word + 2, &q);
	if (!n && !strcmp(word[2], "match"))
		return bad_rule(word + 2);
	if (!n || word[2 + n])
		return misused("bad option or value:", word[2 + n]);
	return lock() ?: del_rule(&q);
}

int xdp(char **word)
{
	if (!word[0] || !word[1])
		return misused("xdp needs add or replace NAME... link LOWER, del link LOWER ..., show LOWER, or off LOWER",
			       NULL);
	if (!strcmp(word[0], "add") || !strcmp(word[0], "replace"))
		return xdp_add(word + 1, *word[0] == 'r');
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
