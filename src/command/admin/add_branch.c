/*
 * AddBranch: a new branch of a company; it gets the next number.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/company.h"

struct add_branch_in {
	int64_t company_id;
	struct str name;
};

struct add_branch_out {
	struct branch branch;
};

static const struct field in_fields[] = {
	FIELD_INT(add_branch_in, company_id, 1, COMPANY_ID_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The company's number."),
	FIELD_STRING(add_branch_in, name, COMPANY_NAME_CHARS, .flags = FIELD_REQUIRED,
		     .help = "The branch's name."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(add_branch_out, branch, branch_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The branch as stored."),
	FIELD_END,
};

static enum status add_branch_run(struct call *call, const void *in_, void *out_)
{
	const struct add_branch_in *in = in_;
	struct add_branch_out *out = out_;

	out->branch = (struct branch){.company_id = in->company_id, .name = in->name, .active = 1};
	enum rc rc =
		store_branch_add(call->store, &out->branch, &call->change, &out->branch.branch_id);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc != RC_OK)
		return call_fail(call, rc, "adding a branch");
	return ST_OK;
}

const struct command cmd_add_branch = {
	.name = "AddBranch",
	.summary = "Add a branch to a company",
	.description = "Branches are numbered 1, 2, … within the company.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct add_branch_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct add_branch_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY),
	.run = add_branch_run,
};
