/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each layer gives to main.c
 */
#ifndef _NET_EUROPA_MAIN_H
#define _NET_EUROPA_MAIN_H

struct net;
struct socket;

int europa_poll_init(void);
void europa_poll_exit(void);
int europa_nic_init(void);
void europa_nic_exit(void);
int europa_socket_init(void);
void europa_socket_exit(void);
int europa_socket_create(struct net *net, struct socket *sock, int kern);

#endif /* _NET_EUROPA_MAIN_H */
