#include "command/page.h"

#include <assert.h>

#include "command/command.h"

struct cursor_use page_use(const struct call *call, const struct str *filter, size_t n)
{
	struct cursor_use use = {
		.company_id = call->scope.company_id,
		.command = str_c(call->command->name),
	};
	struct str texts[1 + PAGE_FILTER_MAX];
	char branch[TEXT_INT_CHARS_MAX];

	assert(n <= PAGE_FILTER_MAX);
	texts[0] = (struct str){branch,
				(size_t)(text_put_int(branch, call->scope.branch_id) - branch)};
	for (size_t i = 0; i < n; i++)
		texts[1 + i] = filter[i];
	hash_texts(texts, 1 + n, use.filter);
	return use;
}

enum status page_place(struct call *call, const struct cursor_use *use, const struct page *page,
		       size_t bytes_min, uint8_t ret_bytes[CURSOR_BYTES_MAX], size_t *ret_n)
{
	*ret_n = 0;
	if (page->cursor.n == 0)
		return ST_OK;
	enum rc rc = cursor_open(call->services->access, use, page->cursor, ret_bytes, ret_n);
	return rc == RC_OK && *ret_n >= bytes_min ? ST_OK : page_refuse(call);
}

enum status page_refuse(struct call *call)
{
	return call_refuse(call, ST_RANGE,
			   "cursor (the next_cursor of an answer to the same request, unchanged; "
			   "leave it out to begin again)");
}

enum status page_cursor(struct call *call, const struct cursor_use *use, const void *bytes,
			size_t n, struct str *ret_cursor)
{
	enum rc rc = cursor_seal(call->services->access, use, bytes, n, &call->arena, ret_cursor);

	return rc == RC_OK ? ST_OK : call_fail(call, rc, "making a cursor");
}

void page_put_id(int64_t id, uint8_t ret_bytes[PAGE_ID_BYTES])
{
	for (size_t i = 0; i < PAGE_ID_BYTES; i++)
		ret_bytes[i] = (uint8_t)((uint64_t)id >> (8 * i));
}

int64_t page_id(const uint8_t bytes[PAGE_ID_BYTES])
{
	uint64_t id = 0;

	for (size_t i = PAGE_ID_BYTES; i-- > 0;)
		id = id << 8 | bytes[i];
	return (int64_t)id;
}
