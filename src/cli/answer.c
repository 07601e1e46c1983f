#include "cli/answer.h"

#include "json/json.h"

/* Deeper than any answer of ours. */
#define DEPTH_MAX 16

static const struct json *member(const struct json *object, const char *name, enum json_kind kind)
{
	const struct json *value = json_member(object, name);

	return value && json_kind(value) == kind ? value : NULL;
}

enum rc answer_parse(struct arena *a, struct str body, struct answer *ret_answer)
{
	const struct json *object;
	struct json_error error;

	/* What is read points into its text, and has to outlive the caller's. */
	struct str kept = arena_str(a, body);
	if (!kept.p)
		return RC_NOMEM;
	enum rc rc = json_parse(a, kept, DEPTH_MAX, &object, &error);
	if (rc != RC_OK)
		return rc;
	const struct json *status = member(object, "status", JSON_KIND_OBJECT);
	const struct json *code = status ? member(status, "code", JSON_KIND_INT) : NULL;
	const struct json *details = status ? member(status, "details", JSON_KIND_STRING) : NULL;
	if (!code || !details)
		return RC_INVALID;
	*ret_answer = (struct answer){
		.json = object, .code = json_int(code), .details = json_str(details)};
	return RC_OK;
}

struct str answer_text(const struct answer *answer, const char *outer, const char *name)
{
	const struct json *object =
		outer ? member(answer->json, outer, JSON_KIND_OBJECT) : answer->json;
	const struct json *value = object ? member(object, name, JSON_KIND_STRING) : NULL;

	return value ? json_str(value) : STR("");
}
