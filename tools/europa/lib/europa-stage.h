/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Stages of europa-router: what makes a virtual router one's own
 *
 * What europa-router does to packets is a chain of stages, which its
 * configuration lists.  A stage gets a burst of packets and decides about each:
 * it goes on to the next stage, leaves by a NIC, is dropped, is given to the IP
 * stack, or is kept for later.  The last stage of a chain hands none on.
 *
 * A stage is one C file:
 *
 *	#include <europa-stage.h>
 *
 *	static void mine_burst(struct europa_stage *s, unsigned int in,
 *			       struct europa_slot *slot, unsigned int n)
 *	{
 *		...
 *		europa_stage_pass(s, in, slot, n);
 *	}
 *
 *	EUROPA_STAGE = {
 *		.version = EUROPA_STAGE_VERSION,
 *		.burst	 = mine_burst,
 *	};
 *
 *	cc -O2 -shared -fPIC $(pkg-config --cflags libeuropa) mine.c \
 *		-o /usr/lib/europa/mine.so
 *
 * and in the configuration: processing = ( { stage = "mine"; }, { stage = "ip"; } );
 *
 * Each forwarding thread has instances of its own.  Their functions are called
 * by that thread only, but for init and fini, which are called while it does not
 * use them.
 *
 * NICs have the numbers of the configuration's order.
 */
#ifndef LIBEUROPA_STAGE_H
#define LIBEUROPA_STAGE_H

#include <endian.h>
#include <libconfig.h>
#include <stdio.h>
#include <string.h>
#include <europa.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EUROPA_STAGE_VERSION	1
#define EUROPA_STAGE_COUNTERS	8
/* Room for what init says is wrong. */
#define EUROPA_STAGE_ERROR	160

struct worker;
struct europa_stage_type;

/* An instance: one place in the chain of one thread. */
struct europa_stage {
	const struct europa_stage_type *type;
	struct europa_stage *next;	/* NULL: the last */
	struct europa_router *router;
	struct worker *worker;		/* europa-router's own */
	unsigned int thread;		/* of so many: */
	unsigned int threads;
	uint64_t count[EUROPA_STAGE_COUNTERS];	/* the stage's own to count */
	uint32_t keeps;			/* packets at most; init says so */
	void *state;
};

/**
 * struct europa_stage_type - a stage
 * @version: EUROPA_STAGE_VERSION
 * @last: it decides about every packet itself
 * @counters: names for @count, up to EUROPA_STAGE_COUNTERS, then NULL; or NULL
 * @state: bytes of state that each instance has, zero at first
 * @init: read the settings, of the group that names the stage; may be NULL.
 *	Returns false and says in @error what is wrong, in EUROPA_STAGE_ERROR
 *	bytes; then fini is not called
 * @fini: undo init; may be NULL
 * @burst: decide about @n packets that came by NIC @in; @slot may be changed
 * @poll: called in each round of a thread, also without packets; for a stage
 *	that keeps packets, else NULL.  Returns whether it keeps some: then it is
 *	called again within a millisecond.
 * @flush: hand on all that is kept, now: the chain ends.  May be NULL
 *
 * Kept packets are slots that cannot receive: all stages of a chain together keep a
 * quarter of the pool at most, or the configuration is refused.
 */
struct europa_stage_type {
	unsigned int version;
	bool last;
	const char *const *counters;
	size_t state;
	bool (*init)(struct europa_stage *s, config_setting_t *settings,
		     char *error);
	void (*fini)(struct europa_stage *s);
	void (*burst)(struct europa_stage *s, unsigned int in,
		      struct europa_slot *slot, unsigned int n);
	bool (*poll)(struct europa_stage *s);
	void (*flush)(struct europa_stage *s);
};

/* What a shared object offers. */
extern const struct europa_stage_type europa_stage
	__attribute__((visibility("default")));
#define EUROPA_STAGE const struct europa_stage_type europa_stage

/* --- what becomes of a packet: one of these, once ------------------------- */

/* It goes on.  The slots of a burst came by one NIC. */
static inline void europa_stage_pass(struct europa_stage *s, unsigned int in,
				     struct europa_slot *slot, unsigned int n)
{
	if (n)
		s->next->type->burst(s->next, in, slot, n);
}

/* It leaves by NIC @out as it is. */
void europa_stage_send(struct europa_stage *s, unsigned int out,
		       struct europa_slot *slot);

/* It ends here, counted in @counter. */
void europa_stage_drop(struct europa_stage *s, unsigned int in,
		       struct europa_slot *slot, unsigned int counter);

/* The IP stack behind NIC @in gets it. */
void europa_stage_punt(struct europa_stage *s, unsigned int in,
		       struct europa_slot *slot);

/* --- settings: each says in @error what is wrong ---------------------------- */

/* Are all settings of a group among those named, up to a NULL? */
static inline bool europa_stage_known(config_setting_t *settings, char *error,
				      const char *const *known)
{
	for (int i = 0; i < config_setting_length(settings); i++) {
		const char *name = config_setting_name(
			config_setting_get_elem(settings, (unsigned int)i));
		const char *const *k = known;

		while (*k && strcmp(*k, name))
			k++;
		if (*k || !strcmp(name, "stage"))
			continue;
		snprintf(error, EUROPA_STAGE_ERROR, "unknown setting '%.80s'",
			 name);
		return false;
	}
	return true;
}

/* A string; without such a setting *value stays as it is. */
static inline bool europa_stage_string(config_setting_t *settings,
				       const char *name, const char **value,
				       char *error)
{
	config_setting_t *e = config_setting_get_member(settings, name);

	if (!e)
		return true;
	if (config_setting_type(e) != CONFIG_TYPE_STRING) {
		snprintf(error, EUROPA_STAGE_ERROR, "%.40s: not a string",
			 name);
		return false;
	}
	*value = config_setting_get_string(e);
	return true;
}

/* A number from @min to @max; without such a setting *value stays as it is. */
static inline bool europa_stage_number(config_setting_t *settings,
				       const char *name, long long min,
				       long long max, long long *value,
				       char *error)
{
	config_setting_t *e = config_setting_get_member(settings, name);
	long long n;

	if (!e)
		return true;
	n = config_setting_type(e) == CONFIG_TYPE_INT ?
	    config_setting_get_int(e) : config_setting_get_int64(e);
	if ((config_setting_type(e) != CONFIG_TYPE_INT &&
	     config_setting_type(e) != CONFIG_TYPE_INT64) || n < min ||
	    n > max) {
		snprintf(error, EUROPA_STAGE_ERROR,
			 "%.40s: not a number from %lld to %lld", name, min,
			 max);
		return false;
	}
	*value = n;
	return true;
}

/* A list; without such a setting *list is NULL. */
static inline bool europa_stage_list(config_setting_t *settings,
				     const char *name, config_setting_t **list,
				     char *error)
{
	*list = config_setting_get_member(settings, name);
	if (!*list || config_setting_is_list(*list) ||
	    config_setting_is_array(*list))
		return true;
	snprintf(error, EUROPA_STAGE_ERROR, "%.40s: not a list", name);
	return false;
}

/* --- NICs ------------------------------------------------------------------ */

/* How many there are. */
unsigned int europa_stage_nics(const struct europa_stage *s);

/* Number of a NIC, or -1. */
int europa_stage_nic(const struct europa_stage *s, const char *name);

/* MAC address of a NIC; as it is now, so to be asked for each burst. */
const uint8_t *europa_stage_mac(const struct europa_stage *s,
				unsigned int nic);

/* Longest IP packet that leaves by it, likewise; UINT32_MAX if it is gone for now. */
uint32_t europa_stage_mtu(const struct europa_stage *s, unsigned int nic);

/* --- packets ---------------------------------------------------------------- */

/**
 * europa_stage_copy - copy a packet to a slot of the router's own
 * @s: the stage
 * @slot: the packet
 * @copy: filled in: a packet of its own
 *
 * Return: false if all own slots (setting own) are on their way.
 */
static inline bool europa_stage_copy(struct europa_stage *s,
				     const struct europa_slot *slot,
				     struct europa_slot *copy)
{
	const struct europa_desc *from = slot->desc;

	if (from->len > s->router->slot_size - s->router->headroom ||
	    !europa_alloc(s->router, copy))
		return false;
	copy->desc->len = from->len;
	copy->desc->vnet = from->vnet;
	copy->desc->vlan_proto = from->vlan_proto;
	copy->desc->vlan_tci = from->vlan_tci;
	memcpy(europa_data(s->router, copy), europa_data(s->router, slot),
	       from->len);
	return true;
}

/* Where the checksum that is still to be computed begins moves along. */
static inline void europa_stage_move(struct europa_slot *slot, int32_t bytes)
{
	struct virtio_net_hdr *vnet = &slot->desc->vnet;

	slot->desc->offset -= (uint32_t)bytes;
	slot->desc->len += (uint32_t)bytes;
	if (vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		vnet->csum_start = htole16((uint16_t)(le16toh(vnet->csum_start) +
						      bytes));
}

/**
 * europa_stage_push - make room for a header before the packet
 * @s: the stage
 * @slot: the packet
 * @bytes: size of the header
 *
 * Return: the packet's new first byte, or NULL without room.
 */
static inline uint8_t *europa_stage_push(struct europa_stage *s,
					 struct europa_slot *slot,
					 uint32_t bytes)
{
	if (slot->desc->offset < bytes)
		return NULL;
	europa_stage_move(slot, (int32_t)bytes);
	return europa_data(s->router, slot);
}

/**
 * europa_stage_pull - cut off what the packet begins with
 * @s: the stage
 * @slot: the packet
 * @bytes: not more than it is long
 *
 * Return: the packet's new first byte.
 */
static inline uint8_t *europa_stage_pull(struct europa_stage *s,
					 struct europa_slot *slot,
					 uint32_t bytes)
{
	europa_stage_move(slot, -(int32_t)bytes);
	return europa_data(s->router, slot);
}

#ifdef __cplusplus
}
#endif

#endif /* LIBEUROPA_STAGE_H */
