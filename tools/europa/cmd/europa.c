// SPDX-License-Identifier: GPL-2.0-only
/*
 * europa: make, show and remove virtual NICs, read their counters
 */
#include <arpa/inet.h>
#include <errno.h>
#include <europa-match.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/europa.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "europa.h"

static const char usage[] =
"Usage: europa nic add NAME link LOWER [OPTION...]\n"
"       europa nic set NAME [spoofchk on|off] [xmit auto|queue|direct]\n"
"                           [lend on|off]\n"
"       europa nic del NAME\n"
"       europa nic show [NAME]\n"
"       europa stats [NAME]\n"
"       europa xdp add NAME... link LOWER [netns PID|NETNS]\n"
"       europa xdp add|replace NAME link LOWER [netns PID|NETNS] match FIELD VALUE\n"
"       europa xdp del link LOWER match FIELD VALUE\n"
"       europa xdp del link LOWER address MAC [vlan ID [proto 802.1ad]]\n"
"       europa xdp show LOWER\n"
"       europa xdp off LOWER\n"
"       europa topology up|down|status FILE\n"
"       europa -batch FILE\n"
"\n"
"Options of add; the first four say which frames are the NIC's:\n"
"  (none)                 frames to its MAC address\n"
"  vlan ID [proto 802.1ad] to its MAC address in this VLAN\n"
"  mark N                 with this mark, set by tc on LOWER\n"
"  any                    all that nobody else claims\n"
"  address MAC            its MAC address (default random)\n"
"  mtu N                  its MTU (default LOWER's)\n"
"  queues N               its receive and transmit queues (default 1)\n"
"  spoofchk on|off        may it only send from its MAC address? (default on)\n"
"  xmit auto|queue|direct pass LOWER's qdisc and egress hooks:\n"
"                         if there are any, always, never\n"
"  lend on|off            may large frames leave in slots that its router can\n"
"                         still write to? (default off)\n"
"\n"
"What XDP matches besides a NIC's MAC address or VLAN, of several the first:\n"
"  vxlan VNI, gre KEY, udp_port N, dst_ip PREFIX, qinq OUTER INNER, vlan_id N,\n"
"  dst_mac MAC\n";

int complain(const char *what, const char *name, int err)
{
	fprintf(stderr, "europa: %s %s: %s\n", what, name, strerror(err));
	return 1;
}

int misused(const char *what, const char *word)
{
	fprintf(stderr, "europa: %s '%s'; see 'europa help'\n", what,
		word ? word : "");
	return 2;
}

/* --- netlink ---------------------------------------------------------- */

static struct mnl_socket *nl_open(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	int on = 1;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID)) {
		perror("europa: netlink");
		exit(1);
	}
	/* So the kernel says in words what is wrong. */
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &on, sizeof(on));
	return nl;
}

static int print_ext_ack(const struct nlattr *attr, void *data)
{
	const char **message = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
		*message = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static int report_error(const struct nlmsghdr *nlh, const char *what,
			const char *name)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const char *message = NULL;

	if (!err->error)
		return 0;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(nlh, sizeof(*err), print_ext_ack, &message);
	if (err->error == -EOPNOTSUPP &&
	    (!message || !strcmp(message, "Unknown device type")))
		message = "this kernel has no Europa";
	fprintf(stderr, "europa: %s %s: %s%s%s\n", what, name,
		strerror(-err->error), message ? ": " : "",
		message ? message : "");
	return 1;
}

/* Sends a request and reports its answer; returns the exit status. */
static int nl_request(struct nlmsghdr *nlh, const char *what, const char *name)
{
	struct mnl_socket *nl = nl_open();
	char buf[MNL_SOCKET_BUFFER_SIZE];
	const struct nlmsghdr *answer;
	ssize_t len = -1;
	int status;

	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) >= 0)
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (len < (ssize_t)sizeof(*answer)) {
		status = complain(what, name, errno);
	} else {
		answer = (const void *)buf;
		status = report_error(answer, what, name);
	}
	mnl_socket_close(nl);
	return status;
}

/* --- add, set, del ---------------------------------------------------- */

/* What the words after the name ask for; has_*: they do. */
struct request {
	const char *link;
	unsigned char mac[6];
	unsigned long mtu, queues, vlan, mark;
	unsigned char mode, spoofchk, xmit, lend;
	unsigned short proto;
	bool has_mac, has_mtu, has_queues, has_mode, has_spoofchk, has_xmit;
	bool has_proto, has_lend;
};

bool parse_number(const char *word, unsigned long min,
		  unsigned long max, unsigned long *value)
{
	char *end;

	if (!word || *word < '0' || *word > '9')
		return false;
	errno = 0;
	*value = strtoul(word, &end, 0);
	return !errno && !*end && *value >= min && *value <= max;
}

static bool parse_choice(const char *word, const char *const *choice,
			 unsigned char n, unsigned char *value)
{
	for (*value = 0; *value < n; ++*value)
		if (word && !strcmp(word, choice[*value]))
			return true;
	return false;
}

bool parse_mac(const char *word, unsigned char *mac)
{
	return word && europa_mac_parse(mac, word);
}

static const char *const off_on[] = { "off", "on" };
static const char *const xmits[] = { "auto", "queue", "direct" };
static const char *const modes[] = { "mac", "vlan", "mark", "any" };

static bool set_mode(struct request *q, unsigned char mode)
{
	if (q->has_mode)
		return false;
	q->has_mode = true;
	q->mode = mode;
	return true;
}

static bool set_proto(struct request *q, const char *arg)
{
	bool ad = arg && !strcasecmp(arg, "802.1ad");

	q->proto = ad ? ETH_P_8021AD : ETH_P_8021Q;
	return ad || (arg && !strcasecmp(arg, "802.1q"));
}

/* It has not been said before. */
static bool once(bool *has)
{
	bool before = *has;

	*has = true;
	return !before;
}

/* One option; returns how many words it took, 0: it is wrong. */
static int parse_option(struct request *q, char **word)
{
	const char *arg = word[1];

	if (!strcmp(word[0], "any"))
		return set_mode(q, EUROPA_MODE_ANY) ? 1 : 0;
	if (!strcmp(word[0], "link"))
		return !q->link && (q->link = arg) ? 2 : 0;
	if (!strcmp(word[0], "vlan"))
		return set_mode(q, EUROPA_MODE_VLAN) &&
		       parse_number(arg, 1, 4094, &q->vlan) ? 2 : 0;
	if (!strcmp(word[0], "mark"))
		return set_mode(q, EUROPA_MODE_MARK) &&
		       parse_number(arg, 1, 0xffffffff, &q->mark) ? 2 : 0;
	if (!strcmp(word[0], "proto"))
		return once(&q->has_proto) && set_proto(q, arg) ? 2 : 0;
	if (!strcmp(word[0], "address"))
		return once(&q->has_mac) && parse_mac(arg, q->mac) ? 2 : 0;
	if (!strcmp(word[0], "mtu"))
		return once(&q->has_mtu) &&
		       parse_number(arg, 68, 65535, &q->mtu) ? 2 : 0;
	if (!strcmp(word[0], "queues"))
		return once(&q->has_queues) &&
		       parse_number(arg, 1, 4096, &q->queues) ? 2 : 0;
	if (!strcmp(word[0], "spoofchk"))
		return once(&q->has_spoofchk) &&
		       parse_choice(arg, off_on, 2, &q->spoofchk) ? 2 : 0;
	if (!strcmp(word[0], "xmit"))
		return once(&q->has_xmit) &&
		       parse_choice(arg, xmits, 3, &q->xmit) ? 2 : 0;
	if (!strcmp(word[0], "lend"))
		return once(&q->has_lend) &&
		       parse_choice(arg, off_on, 2, &q->lend) ? 2 : 0;
	return 0;
}

static bool parse_options(struct request *q, char **word)
{
	while (*word) {
		int n = parse_option(q, word);

		if (!n) {
			misused("bad option or value:", *word);
			return false;
		}
		word += n;
	}
	return true;
}

static struct nlmsghdr *link_message(char *buf, uint16_t type,
				     const char *name)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return nlh;
}

static void put_info(struct nlmsghdr *nlh, const struct request *q)
{
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "europa");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	if (q->has_mode)
		mnl_attr_put_u8(nlh, IFLA_EUROPA_MODE, q->mode);
	if (q->vlan)
		mnl_attr_put_u16(nlh, IFLA_EUROPA_VLAN_ID, (uint16_t)q->vlan);
	if (q->has_proto)
		mnl_attr_put_u16(nlh, IFLA_EUROPA_VLAN_PROTO,
				 htons(q->proto));
	if (q->mark)
		mnl_attr_put_u32(nlh, IFLA_EUROPA_MARK, (uint32_t)q->mark);
	if (q->has_spoofchk)
		mnl_attr_put_u8(nlh, IFLA_EUROPA_SPOOFCHK, q->spoofchk);
	if (q->has_xmit)
		mnl_attr_put_u8(nlh, IFLA_EUROPA_XMIT, q->xmit);
	if (q->has_lend)
		mnl_attr_put_u8(nlh, IFLA_EUROPA_LEND, q->lend);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

static int nic_add(const char *name, char **word)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct request q = {};
	struct nlmsghdr *nlh;
	unsigned int lower;

	if (!parse_options(&q, word))
		return 2;
	if (!q.link)
		return misused("nic add needs a lower netdev: link LOWER", NULL);
	if (q.has_proto && q.mode != EUROPA_MODE_VLAN)
		return misused("proto is of a VLAN: vlan ID proto PROTO", NULL);
	lower = if_nametoindex(q.link);
	if (!lower)
		return complain("no such lower netdev:", q.link, errno);
	nlh = link_message(buf, RTM_NEWLINK, name);
	nlh->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	mnl_attr_put_u32(nlh, IFLA_LINK, lower);
	if (q.has_mac)
		mnl_attr_put(nlh, IFLA_ADDRESS, 6, q.mac);
	if (q.has_mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, (uint32_t)q.mtu);
	if (q.has_queues) {
		mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, (uint32_t)q.queues);
		mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, (uint32_t)q.queues);
	}
	put_info(nlh, &q);
	return nl_request(nlh, "cannot add NIC", name);
}

static int nic_set(const char *name, char **word)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct request q = {};
	struct nlmsghdr *nlh;

	if (!parse_options(&q, word))
		return 2;
	if (q.link || q.has_mac || q.has_mtu || q.has_queues || q.has_mode ||
	    q.has_proto || (!q.has_spoofchk && !q.has_xmit && !q.has_lend))
		return misused("nic set changes spoofchk, xmit and lend only",
			       NULL);
	nlh = link_message(buf, RTM_NEWLINK, name);
	put_info(nlh, &q);
	return nl_request(nlh, "cannot change NIC", name);
}

/* --- show ------------------------------------------------------------- */

struct shown {
	const char *only;		/* NULL: all */
	unsigned int n;
	bool quiet;			/* find out if it is one of ours */
	struct nic_info *info;		/* filled in if not NULL */
};

static int keep_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **table = data;

	/* The largest table is that of links. */
	if (mnl_attr_get_type(attr) <= IFLA_MAX)
		table[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static void show_data(const struct nlattr *data)
{
	const struct nlattr *tb[IFLA_MAX + 1] = {};
	unsigned char mode;

	mnl_attr_parse_nested(data, keep_attr, tb);
	if (!tb[IFLA_EUROPA_MODE])
		return;
	mode = mnl_attr_get_u8(tb[IFLA_EUROPA_MODE]);
	printf(" %s", mode < 4 ? modes[mode] : "?");
	if (tb[IFLA_EUROPA_VLAN_ID])
		printf(" %u", mnl_attr_get_u16(tb[IFLA_EUROPA_VLAN_ID]));
	if (tb[IFLA_EUROPA_VLAN_PROTO] &&
	    mnl_attr_get_u16(tb[IFLA_EUROPA_VLAN_PROTO]) ==
	    htons(ETH_P_8021AD))
		printf(" proto 802.1ad");
	if (tb[IFLA_EUROPA_MARK])
		printf(" %u", mnl_attr_get_u32(tb[IFLA_EUROPA_MARK]));
	if (tb[IFLA_EUROPA_SPOOFCHK])
		printf(" spoofchk %s",
		       off_on[!!mnl_attr_get_u8(tb[IFLA_EUROPA_SPOOFCHK])]);
	if (tb[IFLA_EUROPA_XMIT] && mnl_attr_get_u8(tb[IFLA_EUROPA_XMIT]) < 3)
		printf(" xmit %s", xmits[mnl_attr_get_u8(tb[IFLA_EUROPA_XMIT])]);
	if (tb[IFLA_EUROPA_LEND] && mnl_attr_get_u8(tb[IFLA_EUROPA_LEND]))
		printf(" lend on");
	if (tb[IFLA_EUROPA_ROUTER])
		printf(" routers %u",
		       mnl_attr_get_u32(tb[IFLA_EUROPA_ROUTER]));
}

static void show_link(const struct nlattr **tb, const struct nlattr *data)
{
	const unsigned char *mac = NULL;
	char lower[IF_NAMESIZE];

	printf("%s link ", mnl_attr_get_str(tb[IFLA_IFNAME]));
	/* The lower netdev may be in another netns: only its number is known. */
	if (!tb[IFLA_LINK_NETNSID] && tb[IFLA_LINK] &&
	    if_indextoname(mnl_attr_get_u32(tb[IFLA_LINK]), lower))
		printf("%s", lower);
	else if (tb[IFLA_LINK])
		printf("if%u", mnl_attr_get_u32(tb[IFLA_LINK]));
	if (tb[IFLA_ADDRESS])
		mac = mnl_attr_get_payload(tb[IFLA_ADDRESS]);
	if (mac)
		printf(" address %02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		       mac[1], mac[2], mac[3], mac[4], mac[5]);
	if (tb[IFLA_MTU])
		printf(" mtu %u", mnl_attr_get_u32(tb[IFLA_MTU]));
	if (tb[IFLA_NUM_RX_QUEUES])
		printf(" queues %u", mnl_attr_get_u32(tb[IFLA_NUM_RX_QUEUES]));
	if (data)
		show_data(data);
	putchar('\n');
}

static void get_info(const struct nlattr **tb, const struct nlattr *data,
		     uint32_t ifindex, struct nic_info *info)
{
	const struct nlattr *attr[IFLA_MAX + 1] = {};

	info->ifindex = ifindex;
	if (tb[IFLA_LINK])
		info->lower = mnl_attr_get_u32(tb[IFLA_LINK]);
	info->elsewhere = tb[IFLA_LINK_NETNSID];
	if (tb[IFLA_ADDRESS] &&
	    mnl_attr_get_payload_len(tb[IFLA_ADDRESS]) == sizeof(info->mac))
		memcpy(info->mac, mnl_attr_get_payload(tb[IFLA_ADDRESS]),
		       sizeof(info->mac));
	if (data)
		mnl_attr_parse_nested(data, keep_attr, attr);
	if (attr[IFLA_EUROPA_MODE])
		info->mode = mnl_attr_get_u8(attr[IFLA_EUROPA_MODE]);
	if (attr[IFLA_EUROPA_VLAN_ID])
		info->vlan_id = mnl_attr_get_u16(attr[IFLA_EUROPA_VLAN_ID]);
	if (attr[IFLA_EUROPA_VLAN_PROTO])
		info->vlan_proto =
			mnl_attr_get_u16(attr[IFLA_EUROPA_VLAN_PROTO]);
}

static int on_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[IFLA_MAX + 1] = {}, *info[IFLA_MAX + 1] = {};
	struct shown *shown = arg;

	mnl_attr_parse(nlh, sizeof(struct ifinfomsg), keep_attr, tb);
	if (!tb[IFLA_LINKINFO] || !tb[IFLA_IFNAME])
		return MNL_CB_OK;
	mnl_attr_parse_nested(tb[IFLA_LINKINFO], keep_attr, info);
	if (!info[IFLA_INFO_KIND] ||
	    strcmp(mnl_attr_get_str(info[IFLA_INFO_KIND]), "europa"))
		return MNL_CB_OK;
	if (shown->only &&
	    strcmp(shown->only, mnl_attr_get_str(tb[IFLA_IFNAME])))
		return MNL_CB_OK;
	shown->n++;
	if (shown->info) {
		const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

		get_info(tb, info[IFLA_INFO_DATA], (uint32_t)ifi->ifi_index,
			 shown->info);
	}
	if (!shown->quiet)
		show_link(tb, info[IFLA_INFO_DATA]);
	return MNL_CB_OK;
}

static int for_each_nic(struct shown *shown)
{
	char buf[MNL_SOCKET_BUFFER_SIZE * 2];
	struct mnl_socket *nl = nl_open();
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int ret = MNL_CB_OK;
	ssize_t len;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		ret = MNL_CB_ERROR;
	while (ret > MNL_CB_STOP) {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (len < 0)
			ret = MNL_CB_ERROR;
		else
			ret = mnl_cb_run(buf, (size_t)len, 0,
					 mnl_socket_get_portid(nl), on_link,
					 shown);
	}
	mnl_socket_close(nl);
	return ret < 0 ? complain("netlink", "dump", errno) : 0;
}

static int not_ours(const char *name)
{
	return complain(if_nametoindex(name) ? "not a Europa NIC:" :
					       "no such NIC:", name,
			if_nametoindex(name) ? EINVAL : ENODEV);
}

int nic_info(const char *name, struct nic_info *info)
{
	struct shown shown = { .only = name, .quiet = true, .info = info };
	int status;

	memset(info, 0, sizeof(*info));
	status = for_each_nic(&shown);
	return !status && !shown.n ? not_ours(name) : status;
}

static int nic_show(const char *name)
{
	struct shown shown = { .only = name };
	int status = for_each_nic(&shown);

	return !status && name && !shown.n ? not_ours(name) : status;
}

static int nic_del(const char *name)
{
	struct shown shown = { .only = name, .quiet = true };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	int status = for_each_nic(&shown);

	if (status)
		return status;
	if (!shown.n)
		return not_ours(name);
	return nl_request(link_message(buf, RTM_DELLINK, name),
			  "cannot delete NIC", name);
}

/* --- counters --------------------------------------------------------- */

static int ethtool(int fd, const char *name, void *command)
{
	struct ifreq ifr = { .ifr_data = command };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

static bool is_ours(int fd, const char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	return !ethtool(fd, name, &info) && !strcmp(info.driver, "europa");
}

static int print_stats(int fd, const char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_gstrings *strings;
	struct ethtool_stats *stats;
	unsigned int n;
	int err = 1;

	if (ethtool(fd, name, &info))
		return complain("cannot read the counters of", name, errno);
	n = info.n_stats;
	strings = calloc(1, sizeof(*strings) + n * ETH_GSTRING_LEN);
	stats = calloc(1, sizeof(*stats) + n * sizeof(uint64_t));
	if (strings && stats) {
		strings->cmd = ETHTOOL_GSTRINGS;
		strings->string_set = ETH_SS_STATS;
		strings->len = n;
		stats->cmd = ETHTOOL_GSTATS;
		stats->n_stats = n;
		err = ethtool(fd, name, strings) || ethtool(fd, name, stats);
	}
	if (err)
		complain("cannot read the counters of", name, errno);
	for (unsigned int i = 0; !err && i < n; i++)
		printf("%s %.32s %llu\n", name,
		       (char *)strings->data + i * ETH_GSTRING_LEN,
		       (unsigned long long)stats->data[i]);
	free(strings);
	free(stats);
	return err;
}

static int stats_of(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), status = 0;
	struct if_nameindex *all;

	if (fd < 0)
		return complain("socket", "", errno);
	if (name) {
		status = is_ours(fd, name) ? print_stats(fd, name) :
					     not_ours(name);
	} else {
		all = if_nameindex();
		for (struct if_nameindex *i = all; i && i->if_index; i++)
			if (is_ours(fd, i->if_name))
				status |= print_stats(fd, i->if_name);
		if_freenameindex(all);
	}
	close(fd);
	return status;
}

/* ---------------------------------------------------------------------- */

static int nic(char **word)
{
	const char *what = word[0], *name = what ? word[1] : NULL;

	if (!what)
		return misused("nic needs add, set, del or show", NULL);
	if (!strcmp(what, "show"))
		return name && word[2] ? misused("too many words:", word[2]) :
					 nic_show(name);
	if (!name || !*name || strlen(name) >= IF_NAMESIZE)
		return misused("a NIC's name is 1 to 15 characters:", name);
	if (!strcmp(what, "add"))
		return nic_add(name, word + 2);
	if (!strcmp(what, "set"))
		return nic_set(name, word + 2);
	if (!strcmp(what, "del"))
		return word[2] ? misused("too many words:", word[2]) :
				 nic_del(name);
	return misused("no such command: nic", what);
}

static int help(FILE *f)
{
	fputs(usage, f);
	return f == stdout ? 0 : 2;
}

/**
 * command - do one, other than a batch
 * @word: its words, and NULL
 *
 * Return: the exit status.
 */
int command(char **word)
{
	if (word[0] && !strcmp(word[0], "nic"))
		return nic(word + 1);
	if (word[0] && !strcmp(word[0], "xdp"))
		return xdp(word + 1);
	if (word[0] && !strcmp(word[0], "topology"))
		return topology(word + 1);
	if (word[0] && !strcmp(word[0], "stats"))
		return word[1] && word[2] ?
		       misused("too many words:", word[2]) : stats_of(word[1]);
	if (word[0] && (!strcmp(word[0], "help") || !strcmp(word[0], "--help")))
		return help(stdout);
	return help(stderr);
}

int main(int argc, char **argv)
{
	if (argc == 3 && (!strcmp(argv[1], "-batch") ||
			  !strcmp(argv[1], "-b")))
		return batch(argv[2]);
	return argc ? command(argv + 1) : 2;
}
