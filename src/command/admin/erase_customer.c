/*
 * EraseCustomer: takes a person out of everything that is kept. The answer comes when nothing of
 * him is left in the database's files, or says how much of them is still to be emptied.
 */
#include "base/log.h"
#include "command/admin/admin.h"
#include "command/command.h"
#include "command/find_customer.h"
#include "record/company.h"
#include "record/customer.h"

struct erase_customer_in {
	struct customer_name name;
	int64_t company_id;
	struct str confirm;
};

struct erased {
	int64_t company_id;
	int64_t customer_id;
	int64_t bytes_left;
};

struct erase_customer_out {
	struct erased erased;
};

static const struct field in_fields[] = {
	FIELD_INT(erase_customer_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	CUSTOMER_NAME_FIELDS(erase_customer_in),
	FIELD_STRING(erase_customer_in, confirm, FIELD_REF_CHARS_MAX, .flags = FIELD_REQUIRED,
		     .help = "The customer's customer_ref (C001408, say), so that nobody else is "
			     "erased by a slip."),
	FIELD_END,
};

static const struct field erased_fields[] = {
	FIELD_INT(erased, company_id, 1, INT64_MAX, .help = "The company's number."),
	FIELD_INT(erased, customer_id, 1, INT64_MAX, .help = "The number that the customer had."),
	FIELD_REF(erased, customer_ref, CUSTOMER_REF_LETTER, customer_id,
		  .help = "The reference that the customer had."),
	FIELD_INT(erased, bytes_left, 0, INT64_MAX,
		  .help = "Bytes of the write-ahead log that may still have something of it, since "
			  "another program is reading the database; they are emptied when it lets "
			  "go. 0: nothing is left."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(erase_customer_out, erased, erased_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "What was erased."),
	FIELD_END,
};

static enum status erase_customer_run(struct call *call, const void *in_, void *out_)
{
	const struct erase_customer_in *in = in_;
	struct erase_customer_out *out = out_;
	char ref[FIELD_REF_CHARS_MAX + 1];
	struct customer c;

	enum status status = find_company_customer(call, in->company_id, &in->name, &c);
	if (status != ST_OK)
		return status;
	field_ref(CUSTOMER_REF_LETTER, c.customer_id, ref);
	if (!str_equal_c(in->confirm, ref))
		return call_refuse(call, ST_RANGE,
				   "confirm (must be this customer's customer_ref; nothing was "
				   "erased)");
	enum rc rc = store_customer_erase(call->store, in->company_id, &c, &call->change);
	if (rc != RC_OK)
		return call_fail(call, rc, "erasing a customer");
	out->erased = (struct erased){.company_id = in->company_id, .customer_id = c.customer_id};
	return ST_OK;
}

static void erase_customer_committed(struct call *call, void *out_)
{
	struct erase_customer_out *out = out_;

	out->erased.bytes_left = store_unwiped(call->store);
	if (out->erased.bytes_left)
		log_event(LOG_WARN, "erased_data_kept", LOG_S(LOG_REQUEST_ID, call->request_id),
			  LOG_I(LOG_COUNT, out->erased.bytes_left));
	if (store_kept_dead(call->store))
		log_event(LOG_WARN, "erased_rows_kept", LOG_S(LOG_REQUEST_ID, call->request_id),
			  LOG_S(LOG_CAUSE, str_c(store_error(call->store))));
}

const struct command cmd_erase_customer = {
	.name = "EraseCustomer",
	.summary = "Erase a customer",
	.description = "For good. The audit keeps that it was done, and by whom.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct erase_customer_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct erase_customer_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY) | ST_BIT(ST_NO_CUSTOMER),
	.run = erase_customer_run,
	.committed = erase_customer_committed,
};
