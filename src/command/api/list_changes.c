/*
 * ListChanges: who has changed since, for those who keep a picture of the customers of their own.
 */
#include "command/api/api.h"
#include "command/command.h"
#include "command/page.h"
#include "record/customer.h"

struct list_changes_in {
	struct page page;
};

struct list_changes_out {
	struct list customers;
	struct str next_cursor;
	int8_t more;
};

static const struct field in_fields[] = {
	PAGE_FIELDS(list_changes_in),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(list_changes_out, customers, customer, customer_changed_fields, PAGE_LIMIT_MAX,
		    .flags = FIELD_ANSWER_ONLY,
		    .help = "Customers as GetCustomer gives them and `erased`, in the order of "
			    "their last change, oldest first."),
	FIELD_STRING(list_changes_out, next_cursor, CURSOR_CHARS_MAX, .flags = FIELD_ANSWER_ONLY,
		     .help = "Always there: send it as `cursor`, at once or at any later time."),
	FIELD_BOOLEAN(list_changes_out, more, .flags = FIELD_ANSWER_ONLY,
		      .help = "True: call again at once, there may be more already."),
	FIELD_END,
};

/* As a cursor holds it: the op, and behind it transaction and database where there is one. So a
 * cursor of a database that one server writes stays good when the database has moved to where
 * several do. */
#define PLACE_BYTES_MAX (OP_BYTES + 2 * PAGE_ID_BYTES)

_Static_assert(PLACE_BYTES_MAX <= CURSOR_BYTES_MAX, "a cursor has room for a place");

static size_t put_place(const struct change_place *place, uint8_t ret_bytes[PLACE_BYTES_MAX])
{
	memcpy(ret_bytes, place->op, OP_BYTES);
	page_put_id(place->tx, ret_bytes + OP_BYTES);
	page_put_id(place->database, ret_bytes + OP_BYTES + PAGE_ID_BYTES);
	return place->tx ? PLACE_BYTES_MAX : OP_BYTES;
}

static void take_place(const uint8_t *bytes, size_t n, struct change_place *ret_place)
{
	memcpy(ret_place->op, bytes, OP_BYTES);
	if (n < PLACE_BYTES_MAX)
		return;
	ret_place->tx = page_id(bytes + OP_BYTES);
	ret_place->database = page_id(bytes + OP_BYTES + PAGE_ID_BYTES);
}

static enum status list_changes_run(struct call *call, const void *in_, void *out_)
{
	const struct list_changes_in *in = in_;
	struct list_changes_out *out = out_;
	const struct cursor_use use = page_use(call, NULL, 0);
	uint8_t place[CURSOR_BYTES_MAX];
	struct change_place at = {0};
	bool more;
	size_t n;

	enum status status = page_place(call, &use, &in->page, OP_BYTES, place, &n);
	if (status != ST_OK)
		return status;
	if (n)
		take_place(place, n, &at);
	enum rc rc = store_customer_changes(call->store, &call->arena, call->scope, &at,
					    (size_t)in->page.limit, &out->customers, &at, &more);
	if (rc != RC_OK)
		return call_fail(call, rc, "listing changes");
	out->more = more;
	return page_cursor(call, &use, place, put_place(&at, place), &out->next_cursor);
}

const struct command cmd_list_changes = {
	.name = "ListChanges",
	.summary = "Customers that were added, changed or erased since the last time",
	.description =
		"For whoever keeps a copy. Call it without a cursor: everything counts as "
		"changed. Call it again with the `next_cursor` of the answer before: at once "
		"while `more` is true, then whenever you like, after a minute or a year; there "
		"is always a `next_cursor`, and it does not expire. Each customer that has "
		"changed comes as it is now, in the order of the last changes, oldest first; "
		"one that was changed several times comes once, for the last of them, and one "
		"that changes again comes again. Put each in the place of what you have under "
		"its `customer_id`, in the order in which they come, and your copy is the "
		"server's. Where `erased` is true the person has been taken out for good: only "
		"`customer_id` and `customer_ref` are left, everything else is `\"\"` or false; "
		"delete what you have. While `more` is true a page may be short, or empty. Where "
		"several servers share a database, a change is listed when every change that "
		"began before it has come to its end: as a rule at once, and a moment later while "
		"an older one is still under way, so that nothing is skipped.",
	.door = DOOR_PUBLIC,
	.flags = CMD_SESSION,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct list_changes_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct list_changes_out),
	.statuses = ST_GATE,
	.run = list_changes_run,
};
