// SPDX-License-Identifier: GPL-2.0-only
/*
 * A topology comes up, goes down and tells how it is.  ip(8) and LXC's commands do
 * the work.
 *
 * What is about to be made is written into a journal before it is; so whatever a
 * crash leaves behind, "down" finds it there.  A topology's files are in
 * DIR/NAME: the journal and a directory of LXC's for its containers.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "europa.h"
#include "topology.h"

#define DIR		"/var/lib/europa/topology"
#define HOOK		"/usr/libexec/europa/lxc-hook"
#define PATH_SIZE	512
/* How long a router may take until it forwards. */
#define START_SECONDS	60
#define STOP_SECONDS	30
/* What is in a router's log when it has. */
#define ENDED		"the router has ended"
/* That it forwards. */
#define RUNNING		"running"

extern char **environ;

/* --- commands of others -------------------------------------------------------- */

/* Runs a command; its output goes to where errors go, or nowhere. */
static int run(bool loud, char *const word[])
{
	posix_spawn_file_actions_t actions;
	int status = -1, err;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	if (loud) {
		posix_spawn_file_actions_adddup2(&actions, 2, 1);
	} else {
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null",
						 O_WRONLY, 0);
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null",
						 O_WRONLY, 0);
	}
	err = posix_spawnp(&pid, word[0], &actions, NULL, word, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return complain("cannot run", word[0], err);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

#define command(...)	run(true, (char *const []){ __VA_ARGS__, NULL })
#define quiet(...)	run(false, (char *const []){ __VA_ARGS__, NULL })

/* --- files --------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3)))
static void path_of(char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path, PATH_SIZE, format, args);
	va_end(args);
}

/* With all above it. */
static int make_dir(const char *path)
{
	return command("mkdir", "-p", (char *)path);
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		complain("cannot write", path, errno);
	return f;
}

static int finish(FILE *f, const char *path)
{
	bool bad = ferror(f);

	return fclose(f) || bad ? complain("cannot write", path, errno) : 0;
}

/* --- one at a time ---------------------------------------------------------------- */

/* For as long as the command runs; not for what it starts. */
static int lock(void)
{
	int fd;

	if (make_dir(DIR))
		return 1;
	fd = open(DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return complain("cannot open", DIR, errno);
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	fprintf(stderr, "europa: topology: another command is at work\n");
	return 1;
}

/* What netdevs and processes do not outlive. */
static void boot_id(char *id, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(id, (int)size, f))
		snprintf(id, size, "unknown");
	id[strcspn(id, "\n")] = '\0';
	if (f)
		fclose(f);
}

/* --- the journal ----------------------------------------------------------------- */

/* On the disk before what it tells of is done. */
static int note(const struct topology *t, const char *kind, const char *name)
{
	char path[PATH_SIZE];
	FILE *f;

	path_of(path, DIR "/%s/journal", t->name);
	f = fopen(path, "ae");
	if (!f)
		return complain("cannot write", path, errno);
	fprintf(f, "%s %s\n", kind, name);
	if (fflush(f) || fsync(fileno(f))) {
		fclose(f);
		return complain("cannot write", path, errno);
	}
	return finish(f, path);
}

/* --- links ------------------------------------------------------------------------ */

/* Names of the ends: LINK.a is the first NIC's that names it, LINK.b the other's. */
static void end_name(char *name, const struct topology *t,
		     const struct topo_nic *of)
{
	char end = 'a';

	for (unsigned int i = 0; i < t->router_count; i++) {
		for (unsigned int k = 0; k < t->router[i].nic_count; k++) {
			const struct topo_nic *nic = &t->router[i].nic[k];

			if (nic == of) {
				snprintf(name, IF_NAMESIZE, "%s.%c", of->link,
					 end);
				return;
			}
			if (nic->link && !strcmp(nic->link, of->link))
				end = 'b';
		}
	}
}

static int make_link(const struct topology *t, const struct topo_link *link)
{
	char a[IF_NAMESIZE], b[IF_NAMESIZE], mtu[16];

	snprintf(a, sizeof(a), "%s.a", link->name);
	snprintf(b, sizeof(b), "%s.b", link->name);
	snprintf(mtu, sizeof(mtu), "%u", link->mtu ? link->mtu : 1500);
	if (if_nametoindex(a) || if_nametoindex(b)) {
		fprintf(stderr, "europa: link %s: a netdev %s or %s is there already\n",
			link->name, a, b);
		return 1;
	}
	if (note(t, "link", a) ||
	    command("ip", "link", "add", a, "mtu", mtu, "type", "veth", "peer",
		    "name", b, "mtu", mtu))
		return 1;
	/* Lower netdevs are the host's: keep its own stack off them. */
	return command("ip", "link", "set", a, "addrgenmode", "none", "up") ||
	       command("ip", "link", "set", b, "addrgenmode", "none", "up");
}

/* --- tunnels ---------------------------------------------------------------------- */

/*
 * What is for an address that is not known yet goes to all others; the kernel learns
 * the rest.  Without others somebody else makes all of the entries.
 */
static int add_remotes(const struct topo_tunnel *tunnel)
{
	for (unsigned int i = 0; i < tunnel->remote_count; i++)
		if (command("bridge", "fdb", "append", "00:00:00:00:00:00",
			    "dev", tunnel->name, "dst", tunnel->remote[i]))
			return 1;
	return 0;
}

static int make_tunnel(const struct topology *t,
		       const struct topo_tunnel *tunnel)
{
	char vni[16], port[16], mtu[16];

	snprintf(vni, sizeof(vni), "%u", tunnel->vni);
	snprintf(port, sizeof(port), "%u", tunnel->port ? tunnel->port : 4789);
	snprintf(mtu, sizeof(mtu), "%u", tunnel->mtu);
	/* The words end with the first that is none. */
	if (note(t, "tunnel", tunnel->name) ||
	    command("ip", "link", "add", tunnel->name, "type", "vxlan", "id",
		    vni, "local", tunnel->local, "dstport", port,
		    tunnel->remote_count ? "learning" : "nolearning",
		    tunnel->device ? "dev" : NULL, tunnel->device) ||
	    (tunnel->mtu && command("ip", "link", "set", tunnel->name, "mtu",
				    mtu)) ||
	    add_remotes(tunnel))
		return 1;
	return command("ip", "link", "set", tunnel->name, "addrgenmode", "none",
		       "up");
}

/* --- routers ---------------------------------------------------------------------- */

#define NAME_SIZE	80

/* LXC's cgroups are by name, whatever directory a container is in. */
static void container_name(char *name, const struct topology *t,
			   const struct topo_router *r)
{
	snprintf(name, NAME_SIZE, "%s.%s", t->name, r->name);
}

/* Of this host; "" if it has none. */
static void machine_id(char *id, size_t size)
{
	FILE *f = fopen("/etc/machine-id", "re");

	if (!f || !fgets(id, (int)size, f))
		*id = '\0';
	if (f)
		fclose(f);
}

/*
 * The same each time it comes up here: neighbours may know it still.  Another host
 * may have the same topology on the same network.  FNV-1a.
 */
static void mac_of(char *mac, const struct topology *t,
		   const struct topo_router *r, const struct topo_nic *nic)
{
	char id[64];
	const char *const part[] = { id, t->name, r->name, nic->name };
	uint64_t h = 0xcbf29ce484222325;

	machine_id(id, sizeof(id));

	for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
		for (const char *c = part[i]; ; c++) {
			h = (h ^ (unsigned char)*c) * 0x100000001b3;
			if (!*c)
				break;
		}
	snprintf(mac, 18, "02:%02x:%02x:%02x:%02x:%02x",
		 (unsigned int)(h >> 56), (unsigned int)(h >> 48 & 255),
		 (unsigned int)(h >> 40 & 255), (unsigned int)(h >> 32 & 255),
		 (unsigned int)(h >> 24 & 255));
}

static void write_nic(FILE *f, const struct topology *t,
		      const struct topo_router *r, unsigned int i)
{
	const struct topo_nic *nic = &r->nic[i];
	char lower[IF_NAMESIZE], mac[18], queues[32] = "";

	if (nic->link)
		end_name(lower, t, nic);
	else
		snprintf(lower, sizeof(lower), "%s", nic->uplink);
	mac_of(mac, t, r, nic);
	/* Of what is said twice the later counts. */
	if (r->threads > 1)
		snprintf(queues, sizeof(queues), "queues=%u", r->threads);
	fprintf(f, "lxc.hook.pre-start = " HOOK " add nic=%s-%s lower=%s mac=%s %s %s\n"
		"lxc.net.%u.type = phys\nlxc.net.%u.link = %s-%s\n"
		"lxc.net.%u.name = %s\n", r->name, nic->name, lower, mac, queues,
		nic->options ? nic->options : "", i, i, r->name, nic->name, i,
		nic->name);
}

static int write_lxc(const struct topology *t, const struct topo_router *r,
		     const char *dir)
{
	char path[PATH_SIZE];
	FILE *f;

	path_of(path, "%s/config", dir);
	f = create(path);
	if (!f)
		return 1;
	fprintf(f, "lxc.include = /usr/share/lxc/config/common.conf\n"
		"lxc.include = /usr/share/lxc/config/europa.conf\n"
		"lxc.uts.name = %s\nlxc.init.cmd = /bin/sh /dev/europa-init\n"
		"lxc.signal.halt = SIGKILL\nlxc.log.file = %s/log\n"
		/* What hooks say is no error to LXC. */
		"lxc.log.level = DEBUG\n", r->name, dir);
	if (r->rootfs)
		fprintf(f, "lxc.rootfs.path = dir:%s\n", r->rootfs);
	else
		fprintf(f, "lxc.rootfs.path = dir:%s/rootfs\n"
			"lxc.mount.entry = /usr usr none ro,rbind 0 0\n", dir);
	/* Of each router its own, also where they share a rootfs: nothing is left there. */
	fprintf(f, "lxc.autodev = 1\n"
		"lxc.mount.entry = %s/init dev/europa-init none bind,ro,create=file 0 0\n"
		"lxc.mount.entry = %s/router.conf dev/europa-router.conf none bind,ro,create=file 0 0\n"
		"lxc.mount.entry = %s/router.log dev/europa-router.log none bind,create=file 0 0\n",
		dir, dir, dir);
	if (r->cpu)
		fprintf(f, "lxc.cgroup2.cpu.max = %u 100000\n", r->cpu * 1000);
	if (r->memory)
		fprintf(f, "lxc.cgroup2.memory.max = %s\n", r->memory);
	for (unsigned int i = 0; i < r->nic_count; i++)
		write_nic(f, t, r, i);
	return finish(f, path);
}

static int write_init(const struct topo_router *r, const char *dir)
{
	char path[PATH_SIZE];
	FILE *f;

	path_of(path, "%s/init", dir);
	f = create(path);
	if (!f)
		return 1;
	fprintf(f, "set -eu\nexec >>/dev/europa-router.log 2>&1\n"
		"refused() { echo \"$1 is refused\"; exit 1; }\n"
		"ip link set lo up\n");
	for (unsigned int i = 0; i < r->nic_count; i++) {
		const struct topo_nic *nic = &r->nic[i];

		for (unsigned int k = 0; k < nic->address_count; k++)
			fprintf(f, "ip addr add %s dev %s || refused 'address %s'\n",
				nic->address[k], nic->name, nic->address[k]);
		fprintf(f, "ip link set %s up\n", nic->name);
	}
	for (unsigned int i = 0; i < r->route_count; i++)
		fprintf(f, "ip route add %s || refused 'route %s'\n",
			r->route[i], r->route[i]);
	/* ICMP errors are the stack's, see europa-router(8). */
	fprintf(f, "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
		"echo 1 >/proc/sys/net/ipv6/conf/all/forwarding\n");
	if (r->start)
		fprintf(f, "%s\n", r->start);
	/* Who never came up says why; who dies later shall take nobody along. */
	fprintf(f, "until europa-router -c /dev/europa-router.conf; do\n"
		"grep -q '^forwarding' /dev/europa-router.log || exit 1\n"
		"echo '" ENDED ": starting it again'\n"
		"sleep 1\ndone\n");
	return finish(f, path);
}

static void write_number(FILE *f, const char *name, unsigned int value)
{
	if (value)
		fprintf(f, "%s = %u;\n", name, value);
}

static int write_router(const struct topo_router *r, const char *dir)
{
	char path[PATH_SIZE];
	FILE *f;

	path_of(path, "%s/router.conf", dir);
	f = create(path);
	if (!f)
		return 1;
	fprintf(f, "nics = [");
	for (unsigned int i = 0; i < r->nic_count; i++)
		fprintf(f, "%s \"%s\"", i ? "," : "", r->nic[i].name);
	fprintf(f, " ];\n");
	write_number(f, "slots", r->slots);
	write_number(f, "slot_size", r->slot_size);
	write_number(f, "own", r->own);
	write_number(f, "threads", r->threads);
	if (r->processing)
		fprintf(f, "processing = %s;\n", r->processing);
	return finish(f, path);
}

static int make_rootfs(const char *dir)
{
	static const char *const dirs[] = { "usr", "dev", "proc", "sys", "run",
					    "tmp", "etc", "root" };
	static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
	char path[PATH_SIZE], to[32];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		path_of(path, "%s/rootfs/%s", dir, dirs[i]);
		if (make_dir(path))
			return 1;
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		path_of(path, "%s/rootfs/%s", dir, links[i]);
		snprintf(to, sizeof(to), "usr/%s", links[i]);
		if (symlink(to, path))
			return complain("cannot make", path, errno);
	}
	path_of(path, "%s/rootfs/etc/", dir);
	return command("cp", "/etc/ld.so.cache", path);
}

static bool log_says(const char *dir, const char *word)
{
	char path[PATH_SIZE];

	path_of(path, "%s/router.log", dir);
	return !quiet("grep", "-q", (char *)word, path);
}

/* What a router whose container runs does, as it says itself. */
static const char *router_state(const char *dir)
{
	const char *state = "starting";
	char path[PATH_SIZE], line[256];
	FILE *f;

	path_of(path, "%s/router.log", dir);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "forwarding", 10))
			state = RUNNING;
		else if (!strncmp(line, ENDED, sizeof(ENDED) - 1))
			state = "restarting";
	}
	if (f)
		fclose(f);
	return state;
}

/* What went wrong, and what the hooks had to say about it. */
static void lxc_says(const char *dir)
{
	char path[PATH_SIZE];

	path_of(path, "%s/log", dir);
	command("grep", "-E", " ERROR | produced output: ", path);
}

/* Until it forwards, or has ended. */
static int wait_for_router(char *name, char *containers, const char *dir)
{
	char path[PATH_SIZE];

	for (int i = 0; i < START_SECONDS * 10; i++) {
		if (log_says(dir, "^forwarding"))
			return 0;
		if (i % 10 == 9 &&
		    quiet("lxc-wait", "-P", containers, "-n", name, "-s",
			  "RUNNING|STARTING", "-t", "0"))
			break;
		usleep(100000);
	}
	fprintf(stderr, "europa: router %s does not forward; it says:\n", name);
	path_of(path, "%s/router.log", dir);
	command("tail", "-n", "5", path);
	lxc_says(dir);
	return 1;
}

/* By that alone we would find its processes, and its NICs, to take them away. */
static bool name_is_taken(const char *name)
{
	char path[PATH_SIZE];

	path_of(path, "/sys/fs/cgroup/lxc.payload.%s", name);
	if (access(path, F_OK))
		return false;
	fprintf(stderr, "europa: router %s: another container of that name runs, or has left %s behind\n",
		name, path);
	return true;
}

static int make_router(const struct topology *t, const struct topo_router *r)
{
	char containers[PATH_SIZE], dir[PATH_SIZE], said[PATH_SIZE];
	char name[NAME_SIZE];
	FILE *f;

	container_name(name, t, r);
	path_of(containers, DIR "/%s/lxc", t->name);
	path_of(dir, DIR "/%s/lxc/%s", t->name, name);
	path_of(said, DIR "/%s/lxc/%s/router.log", t->name, name);
	if (name_is_taken(name) || note(t, "router", name) || make_dir(dir) ||
	    (!r->rootfs && make_rootfs(dir)) || write_lxc(t, r, dir) ||
	    write_init(r, dir) || write_router(r, dir))
		return 1;
	f = create(said);
	if (!f || finish(f, said))
		return 1;
	if (command("lxc-start", "-P", containers, "-n", name)) {
		fprintf(stderr, "europa: router %s does not start; LXC says:\n",
			r->name);
		lxc_says(dir);
		return 1;
	}
	return wait_for_router(name, containers, dir);
}

/* --- up, down, status ----------------------------------------------------------- */

static int make_all(const struct topology *t)
{
	for (unsigned int i = 0; i < t->link_count; i++)
		if (make_link(t, &t->link[i]))
			return 1;
	for (unsigned int i = 0; i < t->tunnel_count; i++)
		if (make_tunnel(t, &t->tunnel[i]))
			return 1;
	for (unsigned int i = 0; i < t->router_count; i++)
		if (make_router(t, &t->router[i]))
			return 1;
	return 0;
}

/* Processes of a container whose monitor was killed, say. */
static int kill_cgroup(const char *name)
{
	char path[PATH_SIZE];
	FILE *f;

	path_of(path, "/sys/fs/cgroup/lxc.payload.%s/cgroup.kill", name);
	f = fopen(path, "we");
	if (!f)
		return 0;
	fprintf(f, "1\n");
	fclose(f);
	path_of(path, "/sys/fs/cgroup/lxc.payload.%s/cgroup.events", name);
	for (int i = 0; i < STOP_SECONDS * 10; i++) {
		if (quiet("grep", "-q", "^populated 1", path))
			return 0;
		usleep(100000);
	}
	return complain("does not stop: router", name, ETIMEDOUT);
}

/* LXC's own, which go with a monitor that ends by itself. */
static void remove_cgroups(const char *name)
{
	static const char *const kind[] = { "payload", "monitor" };
	char path[PATH_SIZE];

	for (int i = 0; i < 2; i++) {
		path_of(path, "/sys/fs/cgroup/lxc.%s.%s", kind[i], name);
		quiet("find", path, "-depth", "-type", "d", "-delete");
	}
}

/* Its NICs go by the hook, which may have had no chance to run. */
static int remove_router(const char *topology, const char *name)
{
	char containers[PATH_SIZE], lxc_name[NAME_SIZE + 16];

	path_of(containers, DIR "/%s/lxc", topology);
	snprintf(lxc_name, sizeof(lxc_name), "LXC_NAME=%s", name);
	quiet("lxc-stop", "-P", containers, "-n", (char *)name, "-k");
	if (quiet("lxc-wait", "-P", containers, "-n", (char *)name, "-s",
		  "STOPPED", "-t", "30"))
		return complain("does not stop: router", name, ETIMEDOUT);
	if (kill_cgroup(name) || command("env", lxc_name, HOOK, "del"))
		return 1;
	remove_cgroups(name);
	return 0;
}

/* Or a tunnel */
static int remove_link(const char *name)
{
	if (!if_nametoindex(name))
		return 0;
	return command("ip", "link", "del", (char *)name);
}

/* Routers before the links and tunnels that their NICs are on: the newest first. */
static int remove_noted(const char *topology, FILE *journal)
{
	char kind[16], name[NAME_SIZE], boot[64];
	long *line = NULL, at = 0;
	int n = 0, status = 0;

	boot_id(boot, sizeof(boot));
	/* Of an earlier boot nothing is left, and names may be others'. */
	if (fscanf(journal, "boot %79s\n", name) == 1 && strcmp(name, boot))
		return 0;

	while (at = ftell(journal),
	       fscanf(journal, "%15s %79s\n", kind, name) == 2) {
		long *more = realloc(line, (size_t)(n + 1) * sizeof(*line));

		if (!more) {
			free(line);
			return complain("no memory for", topology, ENOMEM);
		}
		line = more;
		line[n++] = at;
	}
	while (n--) {
		if (fseek(journal, line[n], SEEK_SET) ||
		    fscanf(journal, "%15s %79s", kind, name) != 2)
			continue;
		status |= !strcmp(kind, "router") ?
			  remove_router(topology, name) : remove_link(name);
	}
	free(line);
	return status;
}

/* And the journal */
static int remove_all(const char *name)
{
	char path[PATH_SIZE];
	int status = 0;
	FILE *journal;

	path_of(path, DIR "/%s/journal", name);
	journal = fopen(path, "re");
	if (journal) {
		status = remove_noted(name, journal);
		fclose(journal);
	}
	if (status)
		return status;
	path_of(path, DIR "/%s", name);
	return command("rm", "-rf", "--one-file-system", path);
}

/**
 * topology_up - make all of it, or nothing
 * @t: the topology, checked
 */
int topology_up(const struct topology *t)
{
	char path[PATH_SIZE], boot[64];

	if (lock())
		return 1;
	path_of(path, DIR "/%s", t->name);
	if (mkdir(path, 0755) && errno == EEXIST) {
		fprintf(stderr, "europa: topology %s is up, or was left halfway: take it down first\n",
			t->name);
		return 1;
	} else if (access(path, W_OK)) {
		return complain("cannot make", path, errno);
	}
	boot_id(boot, sizeof(boot));
	if (!note(t, "boot", boot) && !make_all(t))
		return 0;
	fprintf(stderr, "europa: topology %s: taken down again\n", t->name);
	remove_all(t->name);
	return 1;
}

/**
 * topology_down - remove what the journal tells of, and the journal
 * @name: the topology
 *
 * Return: 0 also if there is none.
 */
int topology_down(const char *name)
{
	return lock() ?: remove_all(name);
}

static bool tell(const char *kind, const char *name, bool up)
{
	printf("%s %s %s\n", kind, name, up ? "up" : "missing");
	return up;
}

/**
 * topology_status - tell how routers, links and tunnels are
 * @t: the topology
 *
 * Return: 0 if all are up and forward.
 */
int topology_status(const struct topology *t)
{
	char containers[PATH_SIZE], end[IF_NAMESIZE];
	int status = 0;

	path_of(containers, DIR "/%s/lxc", t->name);
	for (unsigned int i = 0; i < t->link_count; i++) {
		bool up = true;

		for (const char *c = "ab"; *c; c++) {
			snprintf(end, sizeof(end), "%s.%c", t->link[i].name, *c);
			up &= if_nametoindex(end) > 0;
		}
		status |= !tell("link", t->link[i].name, up);
	}
	for (unsigned int i = 0; i < t->tunnel_count; i++)
		status |= !tell("tunnel", t->tunnel[i].name,
				if_nametoindex(t->tunnel[i].name) > 0);
	for (unsigned int i = 0; i < t->router_count; i++) {
		char name[NAME_SIZE], dir[PATH_SIZE];
		const char *state = "stopped";

		container_name(name, t, &t->router[i]);
		path_of(dir, DIR "/%s/lxc/%s", t->name, name);
		if (!quiet("lxc-wait", "-P", containers, "-n", name, "-s",
			   "RUNNING", "-t", "0"))
			state = router_state(dir);
		printf("router %s %s\n", t->router[i].name, state);
		status |= strcmp(state, RUNNING) != 0;
	}
	return status;
}
