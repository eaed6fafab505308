// SPDX-License-Identifier: GPL-2.0-only
/*
 * Europa: the address family, and what is set up and torn down in which order
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/net.h>
#include <net/sock.h>

#include "main.h"

static int europa_create(struct net *net, struct socket *sock, int protocol,
			 int kern)
{
	if (!ns_capable(net->user_ns, CAP_NET_RAW))
		return -EPERM;
	if (protocol)
		return -EPROTONOSUPPORT;
	if (sock->type == SOCK_RAW)
		return europa_socket_create(net, sock, kern);
	return -ESOCKTNOSUPPORT;
}

static const struct net_proto_family europa_family = {
	.family	= PF_EUROPA,
	.create	= europa_create,
	.owner	= THIS_MODULE,
};

static int europa_family_init(void)
{
	return sock_register(&europa_family);
}

static void europa_family_exit(void)
{
	sock_unregister(PF_EUROPA);
}

/* Lower layers first; the family comes last, for it lets users in. */
static const struct europa_layer {
	int (*init)(void);
	void (*exit)(void);
} europa_layers[] = {
	{ europa_poll_init, europa_poll_exit },
	{ europa_nic_init, europa_nic_exit },
	{ europa_socket_init, europa_socket_exit },
	{ europa_family_init, europa_family_exit },
};

static void europa_exit_layers(unsigned int n)
{
	while (n--)
		europa_layers[n].exit();
}

static int __init europa_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(europa_layers); i++) {
		err = europa_layers[i].init();
		if (err) {
			europa_exit_layers(i);
			return err;
		}
	}
	return 0;
}

static void __exit europa_exit(void)
{
	europa_exit_layers(ARRAY_SIZE(europa_layers));
}

module_init(europa_init);
module_exit(europa_exit);

MODULE_DESCRIPTION("Europa: user mode packet forwarding for virtual routers");
MODULE_LICENSE("GPL");
MODULE_ALIAS_NETPROTO(PF_EUROPA);
MODULE_ALIAS_RTNL_LINK("europa");
