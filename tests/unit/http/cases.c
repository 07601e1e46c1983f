#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static size_t one_piece(void *owner, size_t at)
{
	(void)owner;
	(void)at;
	return 0;
}

static size_t byte_by_byte(void *owner, size_t at)
{
	(void)owner;
	(void)at;
	return 1;
}

static size_t cut_once(void *cut_, size_t at)
{
	const size_t *cut = cut_;

	return at == 0 ? *cut : 0;
}

static void assert_same(struct str bytes, const struct outcome *whole, feed_piece *piece,
			void *owner)
{
	struct outcome o = feed(bytes, BODY_MAX, piece, owner);
	const char *difference = outcome_difference(whole, &o);

	if (difference)
		fail_msg("the %s depends on the pieces: %.*s", difference, STR_ARGS(bytes));
	outcome_fini(&o);
}

/* What came of it; the same however it is cut. */
struct outcome feed_all_ways(struct str bytes, size_t step)
{
	struct outcome whole = feed(bytes, BODY_MAX, one_piece, NULL);

	assert_same(bytes, &whole, byte_by_byte, NULL);
	for (size_t cut = 1; cut < bytes.n; cut += step)
		assert_same(bytes, &whole, cut_once, &cut);
	return whole;
}

void check_status(struct str bytes, int http_status, size_t step)
{
	struct outcome o = feed_all_ways(bytes, step);
	int got = o.result == FRAMING_REFUSED ? o.framing.http_status
		  : o.result == FRAMING_READY ? TAKEN
					      : -1;

	if (got != http_status)
		fail_msg("%d where %d is expected: %.*s", got, http_status, STR_ARGS(bytes));
	if (o.result == FRAMING_REFUSED)
		assert_non_null(o.framing.why);
	else
		assert_true(str_equal_c((struct str){o.rest, o.n_rest}, NEXT));
	outcome_fini(&o);
}

void check_rows(const struct row *rows, size_t n)
{
	struct text t;

	text_init(&t, 100000);
	for (size_t i = 0; i < n; i++) {
		text_clear(&t);
		text_add_c(&t, rows[i].bytes);
		text_add_c(&t, NEXT);
		check_status(text_str(&t), rows[i].http_status, 1);
	}
	text_fini(&t);
}
