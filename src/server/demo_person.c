#include "server/demo_person.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/date.h"
#include "server/demo_data.h"
#include "server/demo_words.h"

#define SEED UINT64_C(0x9d39247e33776d41)

/* Days since 1970. */
#define BORN_FIRST    (-16436) /* 1925-01-01 */
#define BORN_MIDDLE   (-1461)  /* 1966-01-01: most who are brought medicines were born before */
#define BORN_LAST     16800    /* 2015-12-31 */
#define CHILDREN_FROM 12418    /* 2004-01-01 */
#define CREATED_FIRST 16801    /* 2016-01-01 */
#define CREATED_LAST  20088    /* 2024-12-31 */

/* ---- chance: splitmix64 ------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t next(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(*state);
}

/* 0 to n - 1. */
static unsigned pick(uint64_t *state, size_t n)
{
	return (unsigned)(((next(state) >> 32) * n) >> 32);
}

static unsigned between(uint64_t *state, unsigned first, unsigned last)
{
	return first + pick(state, last - first + 1);
}

static int64_t pick_day(uint64_t *state, int64_t first, int64_t last)
{
	return first + pick(state, (size_t)(last - first + 1));
}

static bool chance(uint64_t *state, unsigned percent)
{
	return pick(state, 100) < percent;
}

/* ---- texts --------------------------------------------------------------------------- */

static struct str put(struct demo_person *p, const char *format, ...) PRINTF_LIKE(2, 3);

static struct str put(struct demo_person *p, const char *format, ...)
{
	char *at = p->room + p->used;
	va_list args;

	va_start(args, format);
	int n = vsnprintf(at, sizeof(p->room) - p->used, format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < sizeof(p->room) - p->used);
	p->used += (size_t)n + 1;
	return (struct str){at, (size_t)n};
}

static struct str put_day(struct demo_person *p, int64_t day)
{
	char text[DATE_CHARS + 1];

	date_format(day * 86400, text);
	return put(p, "%s", text);
}

/* ---- a customer, part by part -------------------------------------------------------- */

static const char *choose_title(uint64_t *state, enum gender gender, bool child)
{
	static const char *const women[] = {"Mrs", "Mrs", "Miss", "Ms"};

	if (chance(state, 6))
		return "";
	if (child)
		return gender == GENDER_FEMALE ? "Miss" : "Master";
	if (chance(state, 2))
		return "Dr";
	return gender == GENDER_FEMALE ? women[pick(state, ARRAY_LEN(women))] : "Mr";
}

static void make_name(struct demo_person *p, uint64_t *state)
{
	struct customer *c = &p->customer;
	enum gender gender = chance(state, 50) ? GENDER_FEMALE : GENDER_MALE;
	int64_t born = chance(state, 70) ? pick_day(state, BORN_FIRST, BORN_MIDDLE - 1)
					 : pick_day(state, BORN_MIDDLE, BORN_LAST);
	bool born_known = chance(state, 92);

	c->title = put(p, "%s", choose_title(state, gender, born_known && born >= CHILDREN_FROM));
	c->first_name = put(p, "%s",
			    gender == GENDER_FEMALE ? demo_women[pick(state, demo_n_women)]
						    : demo_men[pick(state, demo_n_men)]);
	c->last_name = put(p, "%s", demo_last_names[pick(state, demo_n_last_names)]);
	c->gender = (int8_t)(chance(state, 95) ? gender : GENDER_UNSET);
	if (born_known)
		c->dob = put_day(p, born);
}

static struct str put_postcode(struct demo_person *p, uint64_t *state, const struct demo_town *town)
{
	/* The letters that stand in the second half of a postcode. */
	static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
	unsigned district = between(state, town->first, town->last);
	unsigned sector = between(state, 1, 9);
	char one = letters[pick(state, sizeof(letters) - 1)];
	char two = letters[pick(state, sizeof(letters) - 1)];

	return put(p, "%s%u %u%c%c", town->area, district, sector, one, two);
}

static void make_address(struct demo_person *p, uint64_t *state, const struct demo_town *town)
{
	struct address *a = &p->customer.address;
	const char *street = demo_streets[pick(state, demo_n_streets)];
	const char *way = demo_ways[pick(state, demo_n_ways)];
	struct str line = put(p, "%u %s %s", between(state, 1, 240), street, way);

	if (chance(state, 70)) {
		a->line_1 = line;
	} else {
		a->line_1 = chance(state, 70)
				    ? put(p, "Flat %u", between(state, 1, 40))
				    : put(p, "%s", demo_houses[pick(state, demo_n_houses)]);
		a->line_2 = line;
	}
	a->city = put(p, "%s", town->city);
	a->county = put(p, "%s", town->county);
	a->postal_code = put_postcode(p, state, town);
}

static struct str put_mobile(struct demo_person *p, uint64_t *state)
{
	return put(p, "07700 900%03u", pick(state, 1000));
}

/* Olivia O'Brien has "o.obrien27@example.org". */
static struct str put_email(struct demo_person *p, uint64_t *state)
{
	static const char *const domains[] = {"example.com", "example.org", "example.net"};
	const struct customer *c = &p->customer;
	char local[64];
	size_t n = 0;

	assert(c->last_name.n < sizeof(local) - 2);
	local[n++] = (char)(c->first_name.p[0] | 0x20);
	local[n++] = '.';
	for (size_t i = 0; i < c->last_name.n; i++) {
		char letter = (char)(c->last_name.p[i] | 0x20);
		if (letter >= 'a' && letter <= 'z')
			local[n++] = letter;
	}
	const char *domain = domains[pick(state, ARRAY_LEN(domains))];
	return put(p, "%.*s%u@%s", (int)n, local, between(state, 1, 9999), domain);
}

static void make_contact(struct demo_person *p, uint64_t *state, const struct demo_town *town)
{
	struct customer *c = &p->customer;

	if (chance(state, 70)) {
		c->tel_number_1 = put(p, "%s%03u", town->telephone, pick(state, 1000));
		if (chance(state, 50))
			c->tel_number_2 = put_mobile(p, state);
	} else if (chance(state, 90)) {
		c->tel_number_1 = put_mobile(p, state);
	}
	if (chance(state, 60))
		c->email_address = put_email(p, state);
}

static void make_record(struct demo_person *p, uint64_t *state)
{
	struct customer *c = &p->customer;
	int64_t created = pick_day(state, CREATED_FIRST, CREATED_LAST);
	int64_t modified = chance(state, 60) ? pick_day(state, created, CREATED_LAST) : created;

	c->created = put_day(p, created);
	c->last_modified = put_day(p, modified);
	c->active = !chance(state, 5);
}

static struct str put_reference(struct demo_person *p, int64_t company_id, int64_t customer_id)
{
	if (company_id == DEMO_OTHER)
		return put(p, "NORTH-%05" PRId64, customer_id - DEMO_OTHER_FIRST_ID + 1);
	return put(p, "EXTREF%" PRId64, customer_id + 163328);
}

/* Contract section 4.2, value for value. */
static const struct customer example = {
	.customer_id = DEMO_EXAMPLE_ID,
	.external_customer_ref = STR_INIT("EXTREF164736"),
	.created = STR_INIT("2017-12-12"),
	.last_modified = STR_INIT("2017-12-14"),
	.title = STR_INIT("Mr"),
	.first_name = STR_INIT("Joe"),
	.last_name = STR_INIT("Bloggs"),
	.gender = GENDER_MALE,
	.dob = STR_INIT("1968-11-06"),
	.address =
		{
			.line_1 = STR_INIT("Test Address Line 1"),
			.line_2 = STR_INIT("Test Address Line 2"),
			.city = STR_INIT("Test City"),
			.county = STR_INIT("Test County"),
			.postal_code = STR_INIT("TT11 1TT"),
		},
	.email_address = STR_INIT("joe@blogs.com"),
	.active = 1,
	.branch_id = 1,
};

void demo_person_make(struct demo_person *p, int64_t company_id, int64_t customer_id)
{
	uint64_t state = mix(SEED ^ mix((uint64_t)company_id) ^ (uint64_t)customer_id);
	const struct demo_town *town = &demo_towns[pick(&state, demo_n_towns)];

	p->used = 0;
	if (company_id == DEMO_COMPANY && customer_id == DEMO_EXAMPLE_ID) {
		p->customer = example;
		return;
	}
	p->customer = (struct customer){.customer_id = customer_id, .branch_id = 1};
	p->customer.external_customer_ref = put_reference(p, company_id, customer_id);
	make_name(p, &state);
	make_address(p, &state, town);
	make_contact(p, &state, town);
	make_record(p, &state);
}
