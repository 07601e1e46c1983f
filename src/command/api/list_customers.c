/*
 * ListCustomers: all of them, page by page.
 */
#include "command/api/api.h"
#include "command/command.h"
#include "command/page.h"
#include "record/customer.h"

struct list_customers_in {
	struct page page;
};

struct list_customers_out {
	struct list customers;
	struct str next_cursor;
};

static const struct field in_fields[] = {
	PAGE_FIELDS(list_customers_in),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(list_customers_out, customers, customer, customer_fields, PAGE_LIMIT_MAX,
		    .flags = FIELD_ANSWER_ONLY,
		    .help = "Customers as GetCustomer gives them, in the order of `customer_id`."),
	FIELD_STRING(list_customers_out, next_cursor, CURSOR_CHARS_MAX, .flags = FIELD_ANSWER_ONLY,
		     .help = "Send it as `cursor` for the next page; `\"\"` with the last one."),
	FIELD_END,
};

static enum status list_customers_run(struct call *call, const void *in_, void *out_)
{
	const struct list_customers_in *in = in_;
	struct list_customers_out *out = out_;
	const struct cursor_use use = page_use(call, NULL, 0);
	uint8_t place[CURSOR_BYTES_MAX];
	int64_t after_id = 0;
	size_t n;

	enum status status = page_place(call, &use, &in->page, PAGE_ID_BYTES, place, &n);
	if (status != ST_OK)
		return status;
	if (n)
		after_id = page_id(place);
	enum rc rc = store_customer_list(call->store, &call->arena, call->scope, after_id,
					 (size_t)in->page.limit, &out->customers, &after_id);
	if (rc != RC_OK)
		return call_fail(call, rc, "listing customers");
	if (after_id == 0)
		return ST_OK;
	page_put_id(after_id, place);
	return page_cursor(call, &use, place, PAGE_ID_BYTES, &out->next_cursor);
}

const struct command cmd_list_customers = {
	.name = "ListCustomers",
	.summary = "All customers, page by page",
	.description =
		"Call it without a cursor, then again and again with the `next_cursor` of the "
		"answer before, until that is `\"\"`. Customers come in the order of "
		"`customer_id`: none that was there at the start is left out and none comes "
		"twice, whatever is added or changed meanwhile; each is as it was when its page "
		"was read. To hear of what has changed since, use ListChanges. With a key that "
		"is restricted to its branch a page may be short, or empty, although there are "
		"more: the end is where `next_cursor` is `\"\"`, and nothing else. A cursor does "
		"not expire, and `limit` may change from page to page.",
	.door = DOOR_PUBLIC,
	.flags = CMD_SESSION | CMD_REPLICA,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct list_customers_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct list_customers_out),
	.statuses = ST_GATE,
	.run = list_customers_run,
};
