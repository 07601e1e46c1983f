#include "cli/curl.h"

#include "cli/show.h"

static void add_body(struct str body, const char *secret, struct text *t)
{
	text_add_char(t, '\'');
	for (size_t i = 0; i < body.n; i++) {
		if (body.p[i] == '\'')
			text_add_c(t, "'\\''");
		else if (secret && body.p[i] == CURL_SECRET[0])
			text_printf(t, "'\"%s\"'", secret);
		else
			text_add_char(t, body.p[i]);
	}
	text_add_char(t, '\'');
}

void curl_line(const char *url, const char *command, struct str body, const char *secret,
	       const char *parting, struct text *t)
{
	struct str base = str_c(url);
	struct text where;

	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	text_init(&where, t->bytes_max);
	text_printf(&where, "%.*s/%s", STR_ARGS(base), command);
	text_add_c(t, "curl -sS ");
	show_shell_word(text_str(&where), t);
	t->failed |= where.failed;
	text_fini(&where);
	text_printf(t, "%s-H 'Content-Type: application/json'%s-d ", parting, parting);
	add_body(body, secret, t);
}
