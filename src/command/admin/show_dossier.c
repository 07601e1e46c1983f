/*
 * ShowDossier: everything that is held about one person.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "command/find_customer.h"
#include "record/audit.h"
#include "record/company.h"
#include "record/customer.h"
#include "record/held_answer.h"

#define DERIVED                                                                                    \
	"Made of the customer's names, postcode, telephone numbers, e-mail address and date of "   \
	"birth; not listed."

struct show_dossier_in {
	struct customer_name name;
	int64_t company_id;
};

struct show_dossier_out {
	struct customer customer;
	struct str search_terms;
	struct list audit;
	struct list answers;
};

static const struct field in_fields[] = {
	FIELD_INT(show_dossier_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	CUSTOMER_NAME_FIELDS(show_dossier_in),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(show_dossier_out, customer, customer_held_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The customer as stored."),
	FIELD_STRING(show_dossier_out, search_terms, 200, .flags = FIELD_ANSWER_ONLY,
		     .help = "What the customer is searched by."),
	FIELD_ARRAY(show_dossier_out, audit, audit, audit_fields, INT64_MAX,
		    .flags = FIELD_ANSWER_ONLY,
		    .help = "Every change of the customer, oldest first."),
	FIELD_ARRAY(show_dossier_out, answers, held_answer, held_answer_fields, INT64_MAX,
		    .flags = FIELD_ANSWER_ONLY,
		    .help = "Answers about the customer that are kept for Idempotency-Keys."),
	FIELD_END,
};

static enum rc gather(struct call *call, int64_t company_id, struct show_dossier_out *out)
{
	const int64_t customer_id = out->customer.customer_id;
	const struct audit_filter filter = {
		.company_id = company_id, .record = AUDIT_CUSTOMER, .record_id = customer_id};
	/* All of it is one document; the call's memory is the limit. */
	enum rc rc =
		store_audit_list(call->store, &call->arena, &filter, NULL, INT32_MAX, &out->audit);

	if (rc == RC_OK)
		rc = audit_tell(out->audit.items, out->audit.n, &call->arena);
	if (rc == RC_OK)
		rc = store_answer_list(call->store, &call->arena, company_id, customer_id,
				       &out->answers);
	if (rc == RC_OK)
		rc = held_answer_tell(out->answers.items, out->answers.n, &call->arena);
	return rc;
}

static enum status show_dossier_run(struct call *call, const void *in_, void *out_)
{
	const struct show_dossier_in *in = in_;
	struct show_dossier_out *out = out_;

	enum status status = find_company_customer(call, in->company_id, &in->name, &out->customer);
	if (status != ST_OK)
		return status;
	out->search_terms = STR(DERIVED);
	enum rc rc = gather(call, in->company_id, out);
	return rc == RC_OK ? ST_OK : call_fail(call, rc, "gathering what is held about a customer");
}

const struct command cmd_show_dossier = {
	.name = "ShowDossier",
	.summary = "Show everything that is held about a customer",
	.description = "By number or by the vendor's reference.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct show_dossier_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct show_dossier_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY) | ST_BIT(ST_NO_CUSTOMER),
	.run = show_dossier_run,
};
