#include "server/reload.h"

#include "base/log.h"
#include "http/http.h"
#include "server/check.h"
#include "server/dir.h"
#include "server/server.h"
#include "server/settings.h"

#define WHY_BYTES_MAX 4096

static void say_restart(void *owner, const char *setting)
{
	(void)owner;
	/* The one that just took effect. */
	if (strcmp(setting, "log.level") == 0)
		return;
	log_event(LOG_WARN, "restart_needed", LOG_S(LOG_SETTING, str_c(setting)));
}

static enum rc take_over(const struct server_options *options, const struct settings *fresh,
			 struct http *http, struct text *reterr)
{
	/* Files that are named anew are used by the next start, which must not be the first to look
	 * at them. */
	enum rc rc = check_tls(fresh, reterr);

	if (rc == RC_OK && options->settings->tls_cert[0])
		rc = http_reload_tls(http, reterr);
	if (rc != RC_OK)
		return rc;
	log_set_lowest(fresh->log_level);
	settings_compare(options->settings, fresh, say_restart, NULL);
	return RC_OK;
}

void reload(const struct server_options *options, struct http *http)
{
	CLEANUP(text_fini) struct text why, usual;
	const char *config = options->config;
	struct settings fresh;
	enum rc rc;

	text_init(&why, WHY_BYTES_MAX);
	text_init(&usual, WHY_BYTES_MAX);
	if (!config && dir_config(options->dir, &usual))
		config = text_c(&usual);
	rc = settings_load(&fresh, config, options->flags, options->n_flags, &why);
	if (rc == RC_OK) {
		rc = take_over(options, &fresh, http, &why);
		settings_fini(&fresh);
	}
	if (rc == RC_OK)
		log_line(LOG_INFO, "reloaded", NULL, 0);
	else
		log_event(LOG_ERROR, "reload_failed", LOG_S(LOG_RC, str_c(rc_name(rc))),
			  LOG_S(LOG_CAUSE, text_str(&why)));
}
