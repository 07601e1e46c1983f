#include "record/access_key.h"

#include "base/ip.h"

enum field_fault access_key_check_network(void *member, const struct field_context *context,
					  const char **reterr_rule)
{
	struct str *s = member;
	char text[CIDR_CHARS_MAX + 1];
	struct cidr cidr;

	if (cidr_parse(*s, &cidr, reterr_rule) != RC_OK)
		return FIELD_RANGE;
	cidr_format(&cidr, text);
	struct str kept = arena_str(context->arena, str_c(text));
	if (kept.p)
		*s = kept;
	return FIELD_GOOD;
}

const struct field network_fields[] = {
	{FIELD_NAME(""), .kind = FIELD_KIND_STRING, .offset = offsetof(struct network, cidr),
	 .max = CIDR_CHARS_MAX, .check = access_key_check_network,
	 .help = "A network such as 192.0.2.0/24 or 2001:db8::/32, or one address."},
	FIELD_END,
};

const struct field access_key_fields[] = {
	FIELD_INT(access_key, company_id, 1, INT64_MAX, .flags = FIELD_ID,
		  .help = "The company's number."),
	FIELD_INT(access_key, key_number, 1, KEY_NUMBER_MAX, .flags = FIELD_ID,
		  .help = "The key's number within the company."),
	FIELD_INT(access_key, branch_id, 1, INT64_MAX, .flags = FIELD_ID,
		  .help = "The branch that it belongs to."),
	FIELD_STRING(access_key, label, KEY_LABEL_CHARS, .help = "What or whom it is for."),
	FIELD_ARRAY(access_key, allow, network, network_fields, KEY_NETWORKS_MAX,
		    .help = "Networks it may be used from; empty: any address."),
	FIELD_INT(access_key, rate, 1, KEY_RATE_MAX, .absent = KEY_RATE_DEFAULT,
		  .help = "Calls per second, sustained."),
	FIELD_INT(access_key, burst, 1, KEY_RATE_MAX, .absent = KEY_BURST_DEFAULT,
		  .help = "Calls that may come at once."),
	FIELD_BOOLEAN(access_key, branch_only,
		      .help = "Sees only the customers of its own branch."),
	FIELD_BOOLEAN(access_key, active, .absent = 1, .help = "False: revoked."),
	FIELD_DATE(access_key, created, .flags = FIELD_ANSWER_ONLY, .help = "The day it was made."),
	FIELD_DATE(access_key, revoked, .flags = FIELD_ANSWER_ONLY,
		   .help = "The day it was revoked, or empty."),
	FIELD_END,
};
