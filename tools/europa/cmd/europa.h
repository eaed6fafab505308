/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the command share. */
#ifndef EUROPA_CMD_H
#define EUROPA_CMD_H

#include <stdbool.h>
#include <stdint.h>

/* What the kernel says of a virtual NIC. */
struct nic_info {
	uint32_t ifindex;
	uint32_t lower;			/* index, in the lower netdev's netns */
	bool elsewhere;			/* which is not the NIC's */
	uint8_t mac[6];
	uint8_t mode;			/* enum europa_mode */
	uint16_t vlan_id;
	uint16_t vlan_proto;		/* network byte order */
};

/* europa.c; the first four complain themselves and return an exit status */
int command(char **word);
int complain(const char *what, const char *name, int err);
int misused(const char *what, const char *word);
int nic_info(const char *name, struct nic_info *info);
bool parse_number(const char *word, unsigned long min, unsigned long max,
		  unsigned long *value);
bool parse_mac(const char *word, unsigned char *mac);

/* xdp.c */
int xdp(char **word);

/* batch.c */
int batch(const char *path);

/* topology.c */
int topology(char **word);

#endif /* EUROPA_CMD_H */
