#include "store/term.h"

#include <string.h>

#include "base/compiler.h"
#include "base/fold.h"
#include "record/customer.h"

enum kind {
	KIND_EMAIL = 'e',
	KIND_TELEPHONE = 't',
	KIND_POSTCODE = 'p',
	KIND_DOB = 'd',
	KIND_LAST_NAME = 'l',
};

/* Digits alone; a number with the country's prefix is the one without it. */
static size_t fold_telephone(struct str s, char *to, size_t room)
{
	bool plus = false;
	size_t n = 0, prefix = 0;

	for (size_t i = 0; i < s.n && n < room; i++) {
		plus = plus || (s.p[i] == '+' && n == 0);
		if (s.p[i] >= '0' && s.p[i] <= '9')
			to[n++] = s.p[i];
	}
	if (plus && n > 2 && memcmp(to, "44", 2) == 0)
		prefix = 2;
	else if (n > 4 && memcmp(to, "0044", 4) == 0)
		prefix = 4;
	if (prefix == 0)
		return n;
	/* "+44 (0)20…" has the 0 already. */
	if (to[prefix] == '0')
		prefix++;
	to[0] = '0';
	memmove(to + 1, to + prefix, n - prefix);
	return n - prefix + 1;
}

static struct term make(enum kind kind, struct str s)
{
	struct term t = {.n = 0};
	char *to = t.bytes + 1;
	size_t room = TERM_BYTES_MAX - 1;

	t.bytes[0] = (char)kind;
	switch (kind) {
	case KIND_TELEPHONE:
		t.n = fold_telephone(s, to, room);
		break;
	case KIND_EMAIL:
	case KIND_DOB:
		t.n = fold(s, FOLD_CASE, to, room);
		break;
	case KIND_POSTCODE:
	case KIND_LAST_NAME:
		t.n = fold(s, FOLD_LETTERS, to, room);
		break;
	}
	t.n++;
	return t;
}

bool terms_have(const struct terms *terms, const struct term *t)
{
	for (size_t i = 0; i < terms->n; i++)
		if (str_equal(term_str(&terms->items[i]), term_str(t)))
			return true;
	return false;
}

static void add(struct terms *terms, enum kind kind, struct str s)
{
	if (s.n == 0)
		return;
	struct term t = make(kind, s);
	if (t.n > 1 && !terms_have(terms, &t))
		terms->items[terms->n++] = t;
}

void terms_of(const struct customer *c, struct terms *ret_terms)
{
	ret_terms->n = 0;
	add(ret_terms, KIND_DOB, c->dob);
	add(ret_terms, KIND_EMAIL, c->email_address);
	add(ret_terms, KIND_LAST_NAME, c->last_name);
	add(ret_terms, KIND_POSTCODE, c->address.postal_code);
	add(ret_terms, KIND_TELEPHONE, c->tel_number_1);
	add(ret_terms, KIND_TELEPHONE, c->tel_number_2);
}

bool terms_sought(const struct customer_search *search, struct terms *ret_terms)
{
	const struct {
		enum kind kind;
		struct str text;
	} rarest_first[] = {
		{KIND_EMAIL, search->email_address},  {KIND_TELEPHONE, search->tel_number},
		{KIND_POSTCODE, search->postal_code}, {KIND_DOB, search->dob},
		{KIND_LAST_NAME, search->last_name},
	};

	ret_terms->n = 0;
	for (size_t i = 0; i < ARRAY_LEN(rarest_first); i++) {
		size_t before = ret_terms->n;
		add(ret_terms, rarest_first[i].kind, rarest_first[i].text);
		if (rarest_first[i].text.n && ret_terms->n == before)
			return false;
	}
	return ret_terms->n > 0;
}

struct term term_end(const struct term *t)
{
	static const char last_character[TERM_END_BYTES] = {'\xf4', '\x8f', '\xbf', '\xbf'};
	struct term end = *t;

	memcpy(end.bytes + end.n, last_character, sizeof(last_character));
	end.n += sizeof(last_character);
	return end;
}

bool term_is_name(const struct term *t)
{
	return t->bytes[0] == KIND_LAST_NAME;
}

bool term_covers(const struct term *sought, const struct term *t)
{
	return (t->n == sought->n || (t->n > sought->n && term_is_name(sought))) &&
	       memcmp(t->bytes, sought->bytes, sought->n) == 0;
}

bool terms_match(const struct terms *sought, const struct customer *c)
{
	struct terms own;

	terms_of(c, &own);
	for (size_t i = 0; i < sought->n; i++) {
		bool found = false;

		for (size_t k = 0; k < own.n && !found; k++)
			found = term_covers(&sought->items[i], &own.items[k]);
		if (!found)
			return false;
	}
	return true;
}
