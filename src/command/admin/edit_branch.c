/*
 * EditBranch: changes what is given, leaves the rest.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/company.h"

struct edit_branch_out {
	struct branch branch;
};

static const struct field in_fields[] = {
	FIELD_INT(branch, company_id, 1, COMPANY_ID_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The company's number."),
	FIELD_INT(branch, branch_id, 1, INT64_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The branch's number within the company."),
	FIELD_STRING(branch, name, COMPANY_NAME_CHARS, .help = "Its new name."),
	FIELD_BOOLEAN(branch, active, .absent = -1, .help = "Whether its keys work."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(edit_branch_out, branch, branch_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The branch as stored."),
	FIELD_END,
};

static enum status edit_branch_run(struct call *call, const void *in_, void *out_)
{
	const struct branch *in = in_;
	struct edit_branch_out *out = out_;

	enum rc rc = store_branch_get(call->store, &call->arena, in->company_id, in->branch_id,
				      &out->branch);
	if (rc == RC_NOTFOUND)
		return call_refuse(call, ST_NOT_FOUND, "branch_id");
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the branch");
	const struct branch before = out->branch;
	if (in->name.n)
		out->branch.name = in->name;
	if (in->active >= 0)
		out->branch.active = in->active;
	rc = store_branch_edit(call->store, &before, &out->branch, &call->change);
	if (rc != RC_OK)
		return call_fail(call, rc, "changing the branch");
	return ST_OK;
}

const struct command cmd_edit_branch = {
	.name = "EditBranch",
	.summary = "Change a branch",
	.description = "What is not given stays as it is. The keys and tokens of an inactive "
		       "branch are refused at once.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE | CMD_ACCESS,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct branch),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct edit_branch_out),
	.statuses = ST_ADMIN | ST_BIT(ST_NOT_FOUND),
	.run = edit_branch_run,
};
