/*
 * SearchCustomers: by what people know of themselves.
 */
#include "base/fold.h"
#include "base/utf8.h"
#include "command/api/api.h"
#include "command/command.h"
#include "command/page.h"
#include "record/customer.h"

/* Room for the beginning of a folded text: one character may become eighteen. */
#define FOLDED_BYTES 128
#define LETTERS_MIN  3 /* of a last name that is all there is to go by */

struct search_customers_in {
	struct str last_name, postal_code, tel_number, email_address, dob;
	struct page page;
};

struct search_customers_out {
	struct list customers;
	struct str next_cursor;
};

static enum field_fault check_letters(void *member, const struct field_context *context,
				      const char **reterr_rule)
{
	char letters[FOLDED_BYTES];

	(void)context;
	if (fold(*(const struct str *)member, FOLD_LETTERS, letters, sizeof(letters)) > 0)
		return FIELD_GOOD;
	*reterr_rule = "a letter or digit in it";
	return FIELD_RANGE;
}

static enum field_fault check_digits(void *member, const struct field_context *context,
				     const char **reterr_rule)
{
	const struct str *s = member;

	(void)context;
	for (size_t i = 0; i < s->n; i++)
		if (s->p[i] >= '0' && s->p[i] <= '9')
			return FIELD_GOOD;
	*reterr_rule = "a digit in it";
	return FIELD_RANGE;
}

static const struct field in_fields[] = {
	FIELD_STRING(search_customers_in, last_name, 50, .check = check_letters,
		     .help = "How the last name begins; at least three letters, unless something "
			     "else is given as well."),
	FIELD_STRING(search_customers_in, postal_code, 20, .check = check_letters,
		     .help = "The whole postcode."),
	FIELD_STRING(search_customers_in, tel_number, 50, .check = check_digits,
		     .help = "A whole telephone number, the first or the second; `+44` and `0044` "
			     "at its beginning are `0`."),
	FIELD_STRING(search_customers_in, email_address, 250, .check = field_check_email,
		     .help = "The whole e-mail address."),
	FIELD_DATE(search_customers_in, dob, .check = field_check_dob,
		   .help = "The date of birth."),
	FIELD_ONE_OF("last_name", "postal_code", "tel_number", "email_address", "dob"),
	PAGE_FIELDS(search_customers_in),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(search_customers_out, customers, customer, customer_fields, PAGE_LIMIT_MAX,
		    .flags = FIELD_ANSWER_ONLY,
		    .help = "Those that match, as GetCustomer gives them."),
	FIELD_STRING(search_customers_out, next_cursor, CURSOR_CHARS_MAX,
		     .flags = FIELD_ANSWER_ONLY,
		     .help = "Send it as `cursor`, with the same search, for the next page; `\"\"` "
			     "at the end."),
	FIELD_END,
};

/* Few letters of a last name are a large part of everybody. */
static bool too_little(const struct search_customers_in *in)
{
	char letters[FOLDED_BYTES];

	if (in->postal_code.n || in->tel_number.n || in->email_address.n || in->dob.n)
		return false;
	size_t n = fold(in->last_name, FOLD_LETTERS, letters, sizeof(letters));
	return utf8_chars((struct str){letters, n}) < LETTERS_MIN;
}

/* A cursor holds the customer's number and, behind it, the term. */
_Static_assert(PAGE_ID_BYTES + CUSTOMER_TERM_BYTES_MAX <= CURSOR_BYTES_MAX, "room for the longest");

static struct customer_place read_place(const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return (struct customer_place){0};
	return (struct customer_place){
		.term = {(const char *)bytes + PAGE_ID_BYTES, n - PAGE_ID_BYTES},
		.customer_id = page_id(bytes),
	};
}

static size_t write_place(const struct customer_place *place, uint8_t bytes[CURSOR_BYTES_MAX])
{
	page_put_id(place->customer_id, bytes);
	memcpy(bytes + PAGE_ID_BYTES, place->term.p, place->term.n);
	return PAGE_ID_BYTES + place->term.n;
}

static enum status search_customers_run(struct call *call, const void *in_, void *out_)
{
	const struct search_customers_in *in = in_;
	struct search_customers_out *out = out_;
	const struct customer_search search = {in->last_name, in->postal_code, in->tel_number,
					       in->email_address, in->dob};
	const struct str filter[] = {in->last_name, in->postal_code, in->tel_number,
				     in->email_address, in->dob};
	const struct cursor_use use = page_use(call, filter, ARRAY_LEN(filter));
	uint8_t from_bytes[CURSOR_BYTES_MAX], bytes[CURSOR_BYTES_MAX];
	struct customer_place place;
	size_t n;

	if (too_little(in))
		return call_refuse(call, ST_RANGE,
				   "last_name (at least %d letters, unless another field is given)",
				   LETTERS_MIN);
	enum status status = page_place(call, &use, &in->page, PAGE_ID_BYTES, from_bytes, &n);
	if (status != ST_OK)
		return status;
	place = read_place(from_bytes, n);
	enum rc rc = store_customer_search(call->store, &call->arena, call->scope, &search, &place,
					   (size_t)in->page.limit, &out->customers, &place);
	if (rc == RC_INVALID && n) /* the fields have passed: what is wrong is the place */
		return page_refuse(call);
	if (rc != RC_OK)
		return call_fail(call, rc, "searching");
	if (place.customer_id == 0)
		return ST_OK;
	return page_cursor(call, &use, bytes, write_place(&place, bytes), &out->next_cursor);
}

const struct command cmd_search_customers = {
	.name = "SearchCustomers",
	.summary = "Find customers by name, postcode, telephone, e-mail or date of birth",
	.description =
		"Send one of the five or several; customers that match all of them come. Capital "
		"and small letters, accents, blanks and marks do not matter: `obrien` finds "
		"`O'Brien`, `tt111tt` finds `TT11 1TT`. `last_name` is how the name begins, the "
		"others are whole; with `last_name` alone customers come by last name. One call "
		"looks at a bounded number of customers, so a page may be short, or empty, "
		"although there are more: the end is where `next_cursor` is `\"\"`, and nothing "
		"else. Naming more is what makes a search short. A customer whose name or "
		"particulars are changed between two pages may be missed or come twice; all "
		"others come once.",
	.door = DOOR_PUBLIC,
	.flags = CMD_SESSION | CMD_REPLICA,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct search_customers_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct search_customers_out),
	.statuses = ST_GATE,
	.run = search_customers_run,
};
