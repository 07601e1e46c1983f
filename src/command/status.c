#include "command/status.h"

#include <assert.h>

/* Meanings and marks are contract section 2, word for word. */
static const struct status_row rows[] = {
	[ST_OK] = {101, "OK", 'P', "The command did what was asked.", "Nothing."},
	[ST_COMPANY] = {201, "Invalid / inactive company ID", 'P',
			"No active company has this `company_id`.",
			"Check the number with the pharmacy."},
	[ST_KEY] = {202, "Invalid / inactive API key", 'P',
		    "The access key is wrong or was revoked; or the session token is malformed, "
		    "forged or expired, belongs to another company, or its key was revoked.",
		    "Get a new token with GetSessionToken. If that answers 202 as well, ask the "
		    "pharmacy for a new key."},
	[ST_ADDRESS] =
		{204, "IP address not approved", 'P',
		 "The key has an allow list and the call came from an address outside it.",
		 "Tell the pharmacy the address named in `details`, so that it can be added."},
	[ST_RATE] = {205, "Rate limit exceeded", 'P',
		     "More calls than the key's rate allows; or too many failed GetSessionToken "
		     "from this address.",
		     "Wait as long as the `Retry-After` header says, then go on more slowly."},
	[ST_MISSING] = {301, "Required data missing", 'P',
			"A required field is absent: not there, `null`, or empty.",
			"Send the fields named in `details`."},
	[ST_RANGE] = {302, "Data exceeded parameters", 'P',
		      "A value is too long, too big, too small, or not one of those allowed.",
		      "Mend the fields named in `details`; the rule stands beside each."},
	[ST_TYPE] = {303, "Incorrect data type", 'P',
		     "A value is of another type than its field: a number in quotation marks, say. "
		     "Or the body is not JSON at all.",
		     "Mend the fields, or the place in the body, named in `details`."},
	[ST_NO_CUSTOMER] = {401, "No matching customer found", 'P',
			    "The company has no customer with this id or reference.",
			    "Check both; a customer of another company counts as not there."},
	[ST_CUSTOMER_REF_TAKEN] =
		{402, "External customer reference already in use", 'A',
		 "Another customer of the company has this `external_customer_ref`.",
		 "Use the customer that `details` names, or another reference."},
	[ST_DELIVERY_REF_TAKEN] =
		{403, "External delivery reference already in use", 'A',
		 "Another delivery of the company has this `external_delivery_ref`.",
		 "Use that delivery, or another reference."},
	[ST_DELIVERY_THAT_DAY] = {404,
				  "A delivery is already scheduled for this customer on this date",
				  'P', "`check_delivery` was asked and there is one.",
				  "Add to that delivery, choose another day, or send without "
				  "`check_delivery`."},
	[ST_CHANGED] = {405, "Record changed since it was read", 'X',
			"`If-Match` named another version than the record has now.",
			"Read the record again, look at what changed, and send again."},
	[ST_IDEMPOTENCY] = {406, "Idempotency key reused with different data", 'X',
			    "The same `Idempotency-Key` came before with another body.",
			    "Use a new key for a new request."},
	[ST_NO_DELIVERY] = {407, "No matching delivery found", 'X',
			    "The company has no delivery with this id or reference.",
			    "Check both."},
	[ST_STATE] = {408, "Not allowed in the delivery's present state", 'X',
		      "The delivery is on its way or finished.",
		      "Read the delivery; its `state` says what can still be done."},
	[ST_ERROR] = {500, "General service error", 'P',
		      "The server could not do it: the fault is ours, or the request never reached "
		      "a command (then the HTTP status and `details` say why).",
		      "Try again in a little while. If it stays, give the operator the "
		      "`X-Request-Id` of the answer."},
	[ST_NOT_FOUND] = {601, "No matching record found", 'X',
			  "Only for the operator: there is no branch or key of that number.",
			  "List them."},
	[ST_EXISTS] = {602, "Already exists", 'X', "Only for the operator: the number is taken.",
		       "Choose another number."},
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == ST_END, "a row for each status");

const struct status_row *status_row(enum status status)
{
	assert(status < ST_END);
	return &rows[status];
}
