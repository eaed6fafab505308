// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage "acl": let packets pass or not, by rules; the first that matches counts
 *
 *	{ stage = "acl";
 *	  rules = ( "permit udp to 10.2.0.0/16 dport 53", "deny udp dport 53" ); }
 *
 * What no rule matches passes, but for IPv6 whose headers go on in another
 * packet.
 */
#include <europa-match.h>
#include <europa-stage.h>

struct rule {
	struct europa_match match;
	bool permit;
};

struct acl {
	struct rule *rule;
	unsigned int rules;
};

enum { DENIED, CUT };

static bool parse(struct rule *r, const char *text)
{
	if (!strncmp(text, "permit", 6))
		r->permit = true;
	else if (strncmp(text, "deny", 4))
		return false;
	text += r->permit ? 6 : 4;
	return (!*text || *text == ' ') && europa_match_parse(&r->match, text);
}

/* The rule before it that matches the same, but does the opposite */
static unsigned int contradicted(const struct acl *acl)
{
	const struct rule *r = &acl->rule[acl->rules - 1];

	for (unsigned int i = 0; i + 1 < acl->rules; i++)
		if (acl->rule[i].permit != r->permit &&
		    !memcmp(&acl->rule[i].match, &r->match, sizeof(r->match)))
			return i + 1;
	return 0;
}

/* Adds one, or says what is wrong with it. */
static bool add(struct acl *acl, const char *text, char *error)
{
	unsigned int other;

	if (!text || !parse(&acl->rule[acl->rules++], text)) {
		snprintf(error, EUROPA_STAGE_ERROR,
			 "rule %u: not permit|deny [MATCH]: '%.80s'",
			 acl->rules + !text, text ? text : "");
		return false;
	}
	other = contradicted(acl);
	if (other)
		snprintf(error, EUROPA_STAGE_ERROR,
			 "rule %u: '%.40s' contradicts rule %u, and would match nothing: delete one",
			 acl->rules, text, other);
	return !other;
}

static bool acl_init(struct europa_stage *s, config_setting_t *settings,
		     char *error)
{
	static const char *const known[] = { "rules", NULL };
	struct acl *acl = s->state;
	config_setting_t *list;
	int n;

	if (!europa_stage_known(settings, error, known) ||
	    !europa_stage_list(settings, "rules", &list, error))
		return false;
	n = list ? config_setting_length(list) : 0;
	acl->rule = calloc((size_t)n + 1, sizeof(*acl->rule));
	if (!acl->rule) {
		snprintf(error, EUROPA_STAGE_ERROR, "no memory");
		return false;
	}
	for (int i = 0; i < n; i++) {
		if (add(acl, config_setting_get_string_elem(list, i), error))
			continue;
		free(acl->rule);
		return false;
	}
	return true;
}

static void acl_fini(struct europa_stage *s)
{
	struct acl *acl = s->state;

	free(acl->rule);
}

static bool passes(const struct acl *acl, const struct europa_packet *p)
{
	for (unsigned int i = 0; i < acl->rules; i++)
		if (europa_match(&acl->rule[i].match, p))
			return acl->rule[i].permit;
	return true;
}

static void acl_burst(struct europa_stage *s, unsigned int in,
		      struct europa_slot *slot, unsigned int n)
{
	struct europa_packet p;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++) {
		europa_packet_parse(&p, europa_data(s->router, &slot[i]),
				    slot[i].desc->len);
		if (!p.cut && passes(s->state, &p))
			slot[kept++] = slot[i];
		else
			europa_stage_drop(s, in, &slot[i],
					  p.cut ? CUT : DENIED);
	}
	europa_stage_pass(s, in, slot, kept);
}

EUROPA_STAGE = {
	.version  = EUROPA_STAGE_VERSION,
	.state	  = sizeof(struct acl),
	.counters = (const char *const[]){ [DENIED] = "denied",
		    [CUT] = "cut", NULL },
	.init	  = acl_init,
	.fini	  = acl_fini,
	.burst	  = acl_burst,
};
