/*
 * Which column is which field: by the field's name, by what spreadsheets and other systems call
 * it, or as --map says. Case, blanks and marks do not matter.
 */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>

#include "base/utf8.h"
#include "cli/import.h"
#include "cli/show.h"

#define NAME_BYTES_MAX  64 /* longer ones are none that we know */
#define SHOWN_BYTES_MAX 4096

/* Names as plain() makes them. A number that is called "Customer ID" is another system's, which
 * here is a reference: only what is called just as the API does is ours. */
static const struct synonym {
	const char *field;
	const char *names; /* with a blank before and behind each */
} synonyms[] = {
	{"external_customer_ref",
	 " externalref externalreference customerid customerno customernumber customerref "
	 "customerreference patientid patientno patientnumber patientref patientreference pmrid "
	 "pmrno pmrnumber ref reference "},
	{"title", " salutation prefix "},
	{"first_name", " first forename forenames givenname givennames christianname "},
	{"last_name", " last surname familyname "},
	{"gender", " sex "},
	{"dob", " dateofbirth birthdate birthday born "},
	{"address.line_1",
	 " address address1 addr1 addressline1 street streetaddress houseandstreet "},
	{"address.line_2", " address2 addr2 addressline2 "},
	{"address.line_3", " address3 addr3 addressline3 locality "},
	{"address.city", " town towncity citytown posttown "},
	{"address.postal_code", " postcode pcode zip zipcode "},
	{"email_address", " email mail emailaddr "},
	{"tel_number_1", " tel tel1 telno telephone telephone1 telephonenumber phone phone1 "
			 "phonenumber phoneno hometelephone homephone hometel landline "},
	{"tel_number_2", " tel2 telephone2 phone2 mobile mobilephone mobilenumber mobileno "
			 "mobiletelephone mobiletel cell cellphone "},
};

/* Beside the fields in an export. */
static const char *const own_names[] = {"customer_ref", "created", "last_modified"};

static const char id_name[] = "customer_id";

/* Letters and digits alone, small. False: it has nothing left, or too much. */
static bool plain(struct str name, char ret_plain[NAME_BYTES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (c < 0x80 && !isalnum(c))
			continue;
		if (n + 1 == NAME_BYTES_MAX)
			return false;
		ret_plain[n++] = (char)(c < 0x80 ? tolower(c) : c);
	}
	ret_plain[n] = '\0';
	return n > 0;
}

static bool plain_equal(struct str a, struct str b)
{
	char x[NAME_BYTES_MAX], y[NAME_BYTES_MAX];

	return plain(a, x) && plain(b, y) && strcmp(x, y) == 0;
}

static bool is_synonym(const char *field, struct str name)
{
	char word[NAME_BYTES_MAX + 2] = " ";

	if (!plain(name, word + 1))
		return false;
	word[strlen(word) + 1] = '\0';
	word[strlen(word)] = ' ';
	for (size_t i = 0; i < ARRAY_LEN(synonyms); i++)
		if (strcmp(synonyms[i].field, field) == 0 && strstr(synonyms[i].names, word))
			return true;
	return false;
}

static bool leaf_called(const struct field_leaf *leaf, struct str name)
{
	if (str_equal_c(name, leaf->path))
		return true;
	if (strcmp(leaf->path, id_name) == 0)
		return false;
	return plain_equal(name, str_c(leaf->path)) ||
	       plain_equal(name, str_c(leaf->field->name)) || is_synonym(leaf->path, name);
}

static bool is_own(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(own_names); i++)
		if (str_equal_c(name, own_names[i]))
			return true;
	return false;
}

/* The column of a field; NULL: there is none. */
static struct import_column *column_of(const struct import_plan *plan, size_t leaf)
{
	for (size_t i = 0; i < plan->n_columns; i++)
		if (plan->columns[i].kind == IMPORT_COLUMN_FIELD && plan->columns[i].leaf == leaf)
			return &plan->columns[i];
	return NULL;
}

/* ---- --map --------------------------------------------------------------------------------- */

static enum cli_exit find_leaf(struct import_plan *plan, struct str name, size_t *ret_leaf)
{
	for (size_t i = 0; i < plan->n_leaves; i++) {
		const struct field_leaf *leaf = &plan->leaves[i];
		if (!str_equal_c(name, leaf->path) && !str_equal_c(name, leaf->field->name))
			continue;
		*ret_leaf = i;
		return CLI_DONE;
	}
	return cli_misused(plan->cli, "--map: a customer has no field %.*s", STR_ARGS(name));
}

static enum cli_exit find_column(struct import_plan *plan, struct str name, size_t *ret_column)
{
	size_t n = 0;

	for (int exact = 1; exact >= 0 && n == 0; exact--) {
		for (size_t i = 0; i < plan->n_columns; i++) {
			struct str own = plan->columns[i].name;
			if (!(exact ? str_equal(own, name) : plain_equal(own, name)))
				continue;
			*ret_column = i;
			n++;
		}
	}
	if (n == 1)
		return CLI_DONE;
	return cli_misused(plan->cli, "--map: %s has %s column %.*s", plan->path,
			   n ? "more than one" : "no", STR_ARGS(name));
}

static enum cli_exit map_one(struct import_plan *plan, const char *given)
{
	const char *equals = strchr(given, '=');
	size_t leaf = 0, column = 0;

	if (!equals || equals == given || equals[1] == '\0')
		return cli_misused(plan->cli, "--map wants FIELD=COLUMN: --map dob=Birthday");
	enum cli_exit code = find_leaf(plan, (struct str){given, (size_t)(equals - given)}, &leaf);
	if (code == CLI_DONE)
		code = find_column(plan, str_c(equals + 1), &column);
	if (code != CLI_DONE)
		return code;
	if (plan->columns[column].said || column_of(plan, leaf))
		return cli_misused(plan->cli, "--map: %s is said twice", given);
	plan->columns[column].kind = IMPORT_COLUMN_FIELD;
	plan->columns[column].leaf = leaf;
	plan->columns[column].said = true;
	return CLI_DONE;
}

static enum cli_exit map_said(struct import_plan *plan)
{
	const struct cli *cli = plan->cli;
	enum cli_exit code = CLI_DONE;

	for (size_t i = 0; i < cli->n_given && code == CLI_DONE; i++)
		if (strcmp(cli->given[i].option->name, "map") == 0)
			code = map_one(plan, cli->given[i].value);
	return code;
}

/* ---- by name --------------------------------------------------------------------------------- */

static enum cli_exit map_column(struct import_plan *plan, struct import_column *c)
{
	c->kind = is_own(c->name) ? IMPORT_COLUMN_OWN : IMPORT_COLUMN_OTHER;
	for (size_t i = 0; i < plan->n_leaves && c->kind == IMPORT_COLUMN_OTHER; i++) {
		if (!leaf_called(&plan->leaves[i], c->name))
			continue;
		const struct import_column *other = column_of(plan, i);
		if (other && other->said)
			continue;
		if (other)
			return cli_misused(plan->cli,
					   "%s: both \"%.*s\" and \"%.*s\" could be %s; say which: "
					   "--map %s=COLUMN",
					   plan->path, STR_ARGS(other->name), STR_ARGS(c->name),
					   plan->leaves[i].path, plan->leaves[i].path);
		c->kind = IMPORT_COLUMN_FIELD;
		c->leaf = i;
		return CLI_DONE;
	}
	return CLI_DONE;
}

static enum cli_exit map_by_name(struct import_plan *plan)
{
	size_t from = 0;

	if (plan->n_columns > 2 && str_equal_c(plan->columns[0].name, "line") &&
	    str_equal_c(plan->columns[1].name, "reasons")) {
		plan->columns[0].kind = plan->columns[1].kind = IMPORT_COLUMN_MARK;
		from = 2;
	}
	for (size_t i = from; i < plan->n_columns; i++) {
		enum cli_exit code =
			plan->columns[i].said ? CLI_DONE : map_column(plan, &plan->columns[i]);
		if (code != CLI_DONE)
			return code;
	}
	return CLI_DONE;
}

/* Without a header the first row would be somebody's data, so none of it is shown. */
static enum cli_exit check_fields(const struct import_plan *plan)
{
	const char *existing = cli_option(plan->cli, "on-existing");
	bool update = existing && strcmp(existing, "update") == 0;
	CLEANUP(text_fini) struct text missing;
	size_t n = 0;

	text_init(&missing, SHOWN_BYTES_MAX);
	for (size_t i = 0; i < plan->n_leaves; i++) {
		bool there = column_of(plan, i);
		n += there;
		if (there || !(plan->leaves[i].field->flags & FIELD_REQUIRED))
			continue;
		text_printf(&missing, "%s%s", missing.n ? ", " : "", plan->leaves[i].path);
	}
	if (n == 0)
		return cli_misused(plan->cli,
				   "%s: none of its columns could be matched to a field; does it "
				   "begin with a header?",
				   plan->path);
	if (missing.n > 0 && !update)
		return cli_misused(plan->cli,
				   "%s has no column for %s; say which it is with --map "
				   "FIELD=COLUMN (a file that only updates may leave them out: "
				   "--on-existing update)",
				   plan->path, text_c(&missing));
	return CLI_DONE;
}

/* ---- dates ----------------------------------------------------------------------------------- */

static enum cli_exit settle_dates(struct import_plan *plan)
{
	const char *said = cli_option(plan->cli, "dates");

	if (said) {
		if (strcmp(said, "dmy") != 0 && strcmp(said, "mdy") != 0 &&
		    strcmp(said, "ymd") != 0)
			return cli_misused(plan->cli, "--dates is dmy, mdy or ymd");
		plan->dates = said[0] == 'd'   ? DATE_FORM_DMY
			      : said[0] == 'm' ? DATE_FORM_MDY
					       : DATE_FORM_YMD;
		return CLI_DONE;
	}
	for (size_t i = 0; i < plan->n_columns; i++) {
		const struct import_column *c = &plan->columns[i];
		if (c->kind != IMPORT_COLUMN_FIELD ||
		    plan->leaves[c->leaf].field->kind != FIELD_KIND_DATE)
			continue;
		if (!date_settle(&c->dates, &plan->dates))
			return cli_misused(plan->cli,
					   "%s: the dates of \"%.*s\" %s; say which comes first: "
					   "--dates dmy (the day) or --dates mdy (the month)",
					   plan->path, STR_ARGS(c->name),
					   c->dates.n_day_first
						   ? "are written in both ways, dd/mm/yyyy and "
						     "mm/dd/yyyy"
						   : "could be dd/mm/yyyy as well as mm/dd/yyyy");
	}
	return CLI_DONE;
}

enum cli_exit import_map(struct import_plan *plan)
{
	enum cli_exit code = map_said(plan);

	if (code == CLI_DONE)
		code = map_by_name(plan);
	if (code == CLI_DONE)
		code = check_fields(plan);
	return code == CLI_DONE ? settle_dates(plan) : code;
}

/* ---- shown -------------------------------------------------------------------------------------
 */

static const char *what_of(const struct import_plan *plan, const struct import_column *c)
{
	switch (c->kind) {
	case IMPORT_COLUMN_FIELD:
		return plan->leaves[c->leaf].path;
	case IMPORT_COLUMN_OWN:
		return "(the server's own; not imported)";
	case IMPORT_COLUMN_MARK:
		return "(of a file of rejects; not imported)";
	case IMPORT_COLUMN_OTHER:
		break;
	}
	return "(not imported)";
}

static void show_column(const struct import_plan *plan, const struct import_column *c, size_t width,
			struct text *t)
{
	bool date = c->kind == IMPORT_COLUMN_FIELD &&
		    plan->leaves[c->leaf].field->kind == FIELD_KIND_DATE;

	text_add_c(t, "  ");
	show_plain(c->name, t);
	for (size_t n = utf8_chars(c->name); n < width; n++)
		text_add_char(t, ' ');
	text_printf(t, "  %s%s%s\n", what_of(plan, c), date ? ", written as " : "",
		    date ? date_form_name(plan->dates) : "");
}

void import_show_map(const struct import_plan *plan)
{
	const char *separator = plan->separator == ','   ? "comma"
				: plan->separator == ';' ? "semicolon"
							 : "tab";
	CLEANUP(text_fini) struct text t;
	size_t width = 0;

	text_init(&t, 2 * CSV_ROW_BYTES_MAX);
	for (size_t i = 0; i < plan->n_columns; i++) {
		size_t n = utf8_chars(plan->columns[i].name);
		width = n > width ? n : width;
	}
	for (size_t i = 0; i < plan->n_columns; i++)
		show_column(plan, &plan->columns[i], width, &t);
	cli_say(plan->cli, "%s: %" PRId64 " rows, %s, parted by %ss", plan->path, plan->n_rows,
		plan->charset == CHARSET_UTF8 ? "UTF-8" : "Windows-1252", separator);
	(void)fputs(text_c(&t), plan->cli->err); /* as all messages */
}
