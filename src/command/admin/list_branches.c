/*
 * ListBranches: a company's branches, by number.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/company.h"

struct list_branches_in {
	int64_t company_id;
};

struct list_branches_out {
	struct list branches;
};

static const struct field in_fields[] = {
	FIELD_INT(list_branches_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(list_branches_out, branches, branch, branch_fields, INT64_MAX,
		    .flags = FIELD_ANSWER_ONLY, .help = "The branches."),
	FIELD_END,
};

static enum status list_branches_run(struct call *call, const void *in_, void *out_)
{
	const struct list_branches_in *in = in_;
	struct list_branches_out *out = out_;
	struct company company;

	enum rc rc = store_company_get(call->store, &call->arena, in->company_id, &company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc == RC_OK)
		rc = store_branch_list(call->store, &call->arena, in->company_id, &out->branches);
	if (rc != RC_OK)
		return call_fail(call, rc, "listing the branches");
	return ST_OK;
}

const struct command cmd_list_branches = {
	.name = "ListBranches",
	.summary = "List a company's branches",
	.description = "All of them, by number.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct list_branches_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct list_branches_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY),
	.run = list_branches_run,
};
