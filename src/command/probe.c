#include "command/probe.h"

#include "base/metrics.h"
#include "command/command.h"

#define WHY_BYTES_MAX 256

struct readiness {
	int8_t ready;
	struct str why;
};

struct health {
	int8_t healthy;
};

static const struct field ready_fields[] = {
	FIELD_BOOLEAN(readiness, ready, .help = "The server can take calls."),
	FIELD_END,
};

static const struct field not_ready_fields[] = {
	FIELD_BOOLEAN(readiness, ready, .help = "The server can take calls."),
	FIELD_STRING(readiness, why, WHY_BYTES_MAX, .help = "Why it cannot."),
	FIELD_END,
};

static const struct field health_fields[] = {
	FIELD_BOOLEAN(health, healthy, .help = "The process serves."),
	FIELD_END,
};

static void run_readyz(struct call *call)
{
	CLEANUP(text_fini) struct text why;

	text_init(&why, WHY_BYTES_MAX);
	bool ready = facts_ready(call->services->facts, &why);
	const struct readiness out = {ready, text_str(&why)};
	call->http_status = ready ? 200 : 503;
	call->retry_after_s = ready ? 0 : 1;
	field_encode(ready ? ready_fields : not_ready_fields, &out, &call->answer);
}

/* That it is answered says it all. */
static void run_healthz(struct call *call)
{
	const struct health out = {.healthy = true};

	call->http_status = 200;
	field_encode(health_fields, &out, &call->answer);
}

static const struct probe probes[] = {
	{"/readyz", run_readyz},
	{"/healthz", run_healthz},
};

const struct probe *probe_find(struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		if (str_equal_c(path, probes[i].path))
			return &probes[i];
	return NULL;
}

void probe_run(const struct probe *probe, struct call *call)
{
	probe->run(call);
	/* Untimed: where there is little to do, the percentiles would tell of nothing else. */
	metrics_count_untimed(REGISTRY_ROW_NONE,
			      call->http_status == 200 ? METRICS_GOOD : METRICS_REFUSED);
}
