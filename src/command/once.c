#include "command/once.h"

#include "base/hash.h"
#include "command/answer.h"
#include "command/command.h"

#define KEPT_US (INT64_C(24) * 60 * 60 * 1000000) /* contract section 4.6 */

/* Of what is asked for, whatever the body's blanks and order, and the session that asks. */
static bool hash_request(const struct call *call, uint8_t ret_hash[HASH_BYTES])
{
	struct text text;

	text_init(&text, CALL_ANSWER_BYTES_MAX);
	field_encode_request(call->command->in_fields, call->in, &text);
	const struct str parts[] = {str_c(call->command->name), text_str(&text)};
	bool good = !text.failed;
	if (good)
		hash_texts(parts, ARRAY_LEN(parts), ret_hash);
	text_fini(&text);
	return good;
}

static enum status keep(struct call *call, const uint8_t hash[HASH_BYTES])
{
	struct kept_answer kept = {
		.expires_us = call->now_us + KEPT_US,
		.etag = call->etag,
		.customer_id = call->customer_id,
	};

	call->status = ST_OK;
	answer_write(call);
	if (call->status != ST_OK)
		return call->status;
	memcpy(kept.request_hash, hash, HASH_BYTES);
	kept.answer = text_str(&call->answer);
	enum rc rc = store_answer_put(call->store, call->scope.company_id, call->key_number,
				      call->idempotency_key, call->now_us, &kept);
	if (rc != RC_OK)
		return call_fail(call, rc, "keeping the answer");
	call->answer_kept = true;
	return ST_OK;
}

static enum status give_again(struct call *call, const struct kept_answer *kept)
{
	text_clear(&call->answer);
	text_add_str(&call->answer, kept->answer);
	if (call->answer.failed)
		return call_fail(call, RC_NOMEM, "giving an answer again");
	call->etag = kept->etag;
	call->customer_id = kept->customer_id;
	call->answer_kept = true;
	return ST_OK;
}

/* RC_NOTFOUND: there is none, and nobody else can be first any more. */
static enum rc find(struct call *call, const uint8_t hash[HASH_BYTES], struct kept_answer *kept)
{
	enum rc rc = RC_EXISTS;

	while (rc == RC_EXISTS) {
		rc = store_answer_get(call->store, &call->arena, call->scope.company_id,
				      call->key_number, call->idempotency_key, call->now_us, kept);
		if (rc != RC_NOTFOUND)
			return rc;
		rc = store_answer_claim(call->store, call->scope.company_id, call->key_number,
					call->idempotency_key, call->now_us, hash);
	}
	return rc == RC_OK ? RC_NOTFOUND : rc;
}

enum status once_run(struct call *call)
{
	uint8_t hash[HASH_BYTES];
	struct kept_answer kept;

	if (!hash_request(call, hash))
		return call_fail(call, RC_NOMEM, "reading an Idempotency-Key");
	enum rc rc = find(call, hash, &kept);
	if (rc == RC_OK && memcmp(kept.request_hash, hash, HASH_BYTES) != 0)
		return ST_IDEMPOTENCY;
	if (rc == RC_OK)
		return give_again(call, &kept);
	if (rc != RC_NOTFOUND)
		return call_fail(call, rc, "looking for the answer of an Idempotency-Key");
	enum status status = call->command->run(call, call->in, call->out);
	return status == ST_OK ? keep(call, hash) : status;
}
