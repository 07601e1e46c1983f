#include <assert.h>

#include "base/near.h"
#include "command/admin/admin.h"
#include "command/api/api.h"
#include "command/command.h"

/* Sorted by name; a test makes sure. */
static const struct command *const public_commands[] = {
	&cmd_create_customer, &cmd_end_session,    &cmd_get_customer,    &cmd_get_session_token,
	&cmd_list_changes,    &cmd_list_customers, &cmd_modify_customer, &cmd_search_customers,
};

static const struct command *const admin_commands[] = {
	&cmd_add_access_key, &cmd_add_branch,       &cmd_add_company,       &cmd_edit_access_key,
	&cmd_edit_branch,    &cmd_edit_company,     &cmd_erase_customer,    &cmd_export_customers,
	&cmd_get_status,     &cmd_import_customers, &cmd_list_access_keys,  &cmd_list_audit,
	&cmd_list_branches,  &cmd_list_companies,   &cmd_revoke_access_key, &cmd_show_access_key,
	&cmd_show_company,   &cmd_show_customer,    &cmd_show_dossier,
};

_Static_assert(ARRAY_LEN(public_commands) + ARRAY_LEN(admin_commands) < METRICS_ROWS,
	       "a row of the metrics for each command, and one for what is none");

const struct command *const *registry(enum door door, size_t *ret_n)
{
	if (door == DOOR_PUBLIC) {
		*ret_n = ARRAY_LEN(public_commands);
		return public_commands;
	}
	*ret_n = ARRAY_LEN(admin_commands);
	return admin_commands;
}

/* A door has some twenty commands; a name's length rules most of them out. */
const struct command *registry_find(enum door door, struct str name)
{
	size_t n;
	const struct command *const *commands = registry(door, &n);

	for (size_t i = 0; i < n; i++) {
		const struct command *c = commands[i];
		if (str_equal_c(name, c->name))
			return c;
		if (c->other_name && str_equal_c(name, c->other_name))
			return c;
	}
	return NULL;
}

const struct command *registry_nearest(enum door door, struct str name)
{
	const struct command *best = NULL;
	size_t n, least = SIZE_MAX;
	const struct command *const *commands = registry(door, &n);

	for (size_t i = 0; i < n; i++) {
		struct str known = str_c(commands[i]->name);
		size_t distance = near_distance(name, known);
		if (str_equal_nocase(name, known))
			return commands[i];
		if (near_enough(name, known) && distance < least) {
			best = commands[i];
			least = distance;
		}
	}
	return best;
}

unsigned registry_row(const struct command *command)
{
	for (unsigned i = 0; i < ARRAY_LEN(public_commands); i++)
		if (public_commands[i] == command)
			return i;
	for (unsigned i = 0; i < ARRAY_LEN(admin_commands); i++)
		if (admin_commands[i] == command)
			return (unsigned)ARRAY_LEN(public_commands) + i;
	return REGISTRY_ROW_NONE;
}

const struct command *registry_by_row(unsigned row)
{
	if (row < ARRAY_LEN(public_commands))
		return public_commands[row];
	row -= (unsigned)ARRAY_LEN(public_commands);
	return row < ARRAY_LEN(admin_commands) ? admin_commands[row] : NULL;
}
