#include "access/access.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "place.h"

struct fixture {
	struct place place, handed;
	char path[128], credential[128];
	struct text why;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	place_make(&f->place);
	(void)snprintf(f->path, sizeof(f->path), "%s/secret.key", f->place.dir);
	text_init(&f->why, PATH_MAX);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	if (f->handed.dir[0])
		place_remove(&f->handed);
	place_remove(&f->place);
	text_fini(&f->why);
	free(f);
	return 0;
}

static enum rc opened(struct fixture *f)
{
	struct access *a = NULL;
	enum rc rc;

	text_clear(&f->why);
	rc = access_open(f->place.dir, &(struct access_options){0}, &a, &f->why);
	assert_int_equal(rc == RC_OK, a != NULL);
	assert_int_equal(rc == RC_OK, f->why.n == 0);
	access_close(a);
	return rc;
}

static void test_secret__is_made_for_its_owner_alone_and_can_be_read_again(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(unlink(f->path), 0);
	mode_t mask = umask(0777);
	enum rc rc = access_create_secret(f->place.dir, &f->why);
	(void)umask(mask);
	assert_int_equal(rc, RC_OK);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(opened(f), RC_OK);
}

static void test_secret__is_never_the_same_twice(void **state)
{
	struct fixture *f = *state;
	char files[2][512] = {"", ""};

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(unlink(f->path), 0);
		assert_int_equal(access_create_secret(f->place.dir, &f->why), RC_OK);
		FILE *file = fopen(f->path, "r");
		assert_non_null(file);
		assert_int_equal(fread(files[i], 1, sizeof(files[i]), file), 5 + 65 + 9 + 65);
		assert_int_equal(fclose(file), 0);
	}
	assert_string_not_equal(files[0], files[1]);
}

static void test_secret__is_not_made_over_another(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(access_create_secret(f->place.dir, &f->why), RC_EXISTS);
	assert_non_null(strstr(text_c(&f->why), "secret.key"));
	assert_int_equal(opened(f), RC_OK);
}

static void test_secret__is_missed_with_a_sentence(void **state)
{
	struct fixture *f = *state;
	struct access *a = NULL;

	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(opened(f), RC_NOTFOUND);
	assert_non_null(strstr(text_c(&f->why), f->path));
	assert_int_equal(access_open("/nonexistent", &(struct access_options){0}, &a, &f->why),
			 RC_NOTFOUND);
	assert_int_equal(access_create_secret("/nonexistent", &f->why), RC_NOTFOUND);
}

static void test_secret__is_not_read_when_others_may_use_it(void **state)
{
	struct fixture *f = *state;

	for (mode_t bit = 1; bit <= 040; bit <<= 1) {
		assert_int_equal(chmod(f->path, 0600 | bit), 0);
		assert_int_equal(opened(f), RC_DENIED);
		assert_non_null(strstr(text_c(&f->why), "chmod 600"));
	}
	assert_int_equal(chmod(f->path, 0400), 0);
	assert_int_equal(opened(f), RC_OK);
}

#define OTHER_HEX "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
#define HEX       "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void test_secret__is_read_strictly(void **state)
{
	static const struct {
		const char *file;
		enum rc rc;
	} cases[] = {
		{PLACE_KEYS PLACE_TOKENS, RC_OK},
		{"# why\n\n" PLACE_TOKENS2 PLACE_KEYS PLACE_TOKENS, RC_OK},
		{"keys " HEX "\ntokens 999999 " HEX, RC_OK}, /* no newline at the end */
		{"", RC_INVALID},
		{"\n", RC_INVALID},
		{PLACE_KEYS, RC_INVALID},
		{PLACE_TOKENS, RC_INVALID},
		{PLACE_KEYS PLACE_KEYS PLACE_TOKENS, RC_INVALID},
		{PLACE_KEYS PLACE_TOKENS PLACE_TOKENS, RC_INVALID},
		{PLACE_KEYS PLACE_TOKENS PLACE_TOKENS2 "tokens 3 " HEX "\n", RC_INVALID},
		{PLACE_KEYS PLACE_TOKENS "more " HEX "\n", RC_INVALID},
		{PLACE_KEYS "tokens " HEX "\n", RC_INVALID},
		{PLACE_KEYS "tokens 0 " HEX "\n", RC_INVALID},
		{PLACE_KEYS "tokens 01 " HEX "\n", RC_INVALID},
		{PLACE_KEYS "tokens -1 " HEX "\n", RC_INVALID},
		{PLACE_KEYS "tokens 1000000 " HEX "\n", RC_INVALID},
		{PLACE_KEYS "tokens 1  " HEX "\n", RC_INVALID},
		{PLACE_KEYS "tokens 1 " HEX "00\n", RC_INVALID},
		{PLACE_KEYS "tokens 1 " HEX " \n", RC_INVALID},
		{PLACE_KEYS "tokens 1 " HEX "\r\n", RC_INVALID},
		{PLACE_KEYS "tokens 1 00\n", RC_INVALID},
		{PLACE_KEYS "tokens 1\n", RC_INVALID},
		{PLACE_KEYS "tokens\n", RC_INVALID},
		{PLACE_TOKENS "keys g" HEX "\n", RC_INVALID},
		{PLACE_TOKENS "keys\n", RC_INVALID},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		place_write_secret(&f->place, cases[i].file);
		if (opened(f) != cases[i].rc)
			fail_msg("case %zu: %s", i, text_c(&f->why));
	}
}

static void test_secret__is_not_read_without_end(void **state)
{
	struct fixture *f = *state;
	char file[4096];

	(void)snprintf(file, sizeof(file), "%s%s%*s", PLACE_KEYS, PLACE_TOKENS, 3000, "#\n");
	place_write_secret(&f->place, file);
	assert_int_equal(opened(f), RC_INVALID);
	assert_non_null(strstr(text_c(&f->why), "too long"));
}

static void test_secret__is_never_in_a_message(void **state)
{
	struct fixture *f = *state;

	place_write_secret(&f->place, PLACE_KEYS "tokens 1 " HEX "00\n");
	assert_int_equal(opened(f), RC_INVALID);
	assert_null(strstr(text_c(&f->why), "0001"));
}

/* ---- the credential -------------------------------------------------------------------- */

/* The same secret as in the directory, handed over as systemd does it. */
static void hand_over(struct fixture *f)
{
	char made[128];

	place_make(&f->handed);
	(void)snprintf(made, sizeof(made), "%s/secret.key", f->handed.dir);
	(void)snprintf(f->credential, sizeof(f->credential), "%s/pdmd-secret", f->handed.dir);
	assert_int_equal(rename(made, f->credential), 0);
	assert_int_equal(chmod(f->credential, 0400), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", f->handed.dir, 1), 0);
}

/* Whether it says which of the two it means. */
static bool says(struct fixture *f, const char *path)
{
	return strstr(text_c(&f->why), path) != NULL;
}

static void test_credential__takes_the_place_of_the_file(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(opened(f), RC_NOTFOUND);
	assert_true(says(f, "pdmd-secret"));
	assert_false(access_secret_handed_over());
	hand_over(f);
	assert_true(access_secret_handed_over());
	assert_int_equal(opened(f), RC_OK);
}

static void test_credential__of_others_alone_changes_nothing(void **state)
{
	struct fixture *f = *state;

	hand_over(f);
	assert_int_equal(unlink(f->credential), 0);
	assert_false(access_secret_handed_over());
	assert_int_equal(opened(f), RC_OK);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "", 1), 0);
	assert_int_equal(opened(f), RC_OK);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1), 0);
	assert_int_equal(opened(f), RC_OK);
}

static void test_credential__and_file_must_be_the_same_secret(void **state)
{
	static const struct {
		const char *file;
		enum rc rc;
	} cases[] = {
		{PLACE_KEYS PLACE_TOKENS, RC_OK},
		{"# in another order\n" PLACE_TOKENS PLACE_KEYS, RC_OK},
		{PLACE_KEYS PLACE_TOKENS PLACE_TOKENS2, RC_INVALID},
		{PLACE_KEYS PLACE_TOKENS2, RC_INVALID},
		{PLACE_KEYS "tokens 1 " HEX "\n", RC_INVALID},
		{"keys " OTHER_HEX "\n" PLACE_TOKENS, RC_INVALID},
	};
	struct fixture *f = *state;

	hand_over(f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		place_write_secret(&f->place, cases[i].file);
		if (opened(f) != cases[i].rc)
			fail_msg("case %zu: %s", i, text_c(&f->why));
		if (cases[i].rc != RC_OK)
			assert_true(says(f, f->path) && says(f, f->credential));
		assert_false(says(f, "0001") || says(f, "a0a1"));
	}
	place_write_secret(&f->place, "");
	assert_int_equal(opened(f), RC_INVALID);
	assert_true(says(f, f->path) && says(f, "damaged"));
}

static void test_credential__with_two_secrets_for_tokens_is_compared_whole(void **state)
{
	struct fixture *f = *state;

	hand_over(f);
	place_write_secret(&f->handed, PLACE_KEYS PLACE_TOKENS PLACE_TOKENS2);
	place_write_secret(&f->place, PLACE_KEYS PLACE_TOKENS2 PLACE_TOKENS);
	char made[128];
	(void)snprintf(made, sizeof(made), "%s/secret.key", f->handed.dir);
	assert_int_equal(rename(made, f->credential), 0);
	assert_int_equal(opened(f), RC_OK);
	place_write_secret(&f->place, PLACE_KEYS PLACE_TOKENS);
	assert_int_equal(opened(f), RC_INVALID);
}

static void test_credential__is_read_as_strictly_as_the_file(void **state)
{
	struct fixture *f = *state;

	hand_over(f);
	assert_int_equal(unlink(f->path), 0);
	for (mode_t bit = 1; bit <= 020; bit <<= 1) {
		assert_int_equal(chmod(f->credential, 0400 | bit), 0);
		assert_int_equal(opened(f), RC_DENIED);
		assert_true(says(f, f->credential) && says(f, "chmod 600"));
	}
	/* Root's own, with its group's bit: systemd's access list for the service's user. */
	assert_int_equal(chmod(f->credential, 0440), 0);
	bool of_root = geteuid() == 0 && chown(f->credential, 0, 0) == 0;
	assert_int_equal(opened(f), of_root ? RC_OK : RC_DENIED);
	if (of_root) {
		assert_int_equal(chown(f->credential, 0, 1), 0);
		assert_int_equal(opened(f), RC_DENIED);
	}
	assert_int_equal(chmod(f->credential, 0600), 0);
	assert_int_equal(truncate(f->credential, 10), 0);
	assert_int_equal(opened(f), RC_INVALID);
	assert_true(says(f, f->credential) && says(f, "damaged"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_secret__is_made_for_its_owner_alone_and_can_be_read_again),
		TEST(test_secret__is_never_the_same_twice),
		TEST(test_secret__is_not_made_over_another),
		TEST(test_secret__is_missed_with_a_sentence),
		TEST(test_secret__is_not_read_when_others_may_use_it),
		TEST(test_secret__is_read_strictly),
		TEST(test_secret__is_not_read_without_end),
		TEST(test_secret__is_never_in_a_message),
		TEST(test_credential__takes_the_place_of_the_file),
		TEST(test_credential__of_others_alone_changes_nothing),
		TEST(test_credential__and_file_must_be_the_same_secret),
		TEST(test_credential__with_two_secrets_for_tokens_is_compared_whole),
		TEST(test_credential__is_read_as_strictly_as_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
