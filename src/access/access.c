#include "access/access.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "access/internal.h"
#include "access/rate_lease.h"
#include "base/random.h"

/* libsodium looks at the processor once; later calls cost nothing. */
static enum rc ready(struct text *reterr)
{
	if (sodium_init() >= 0)
		return RC_OK;
	text_add_c(reterr, "the system has no source of random numbers");
	return RC_IO;
}

static _Atomic uint64_t n_opened;

enum rc access_open(const char *dir, const struct access_options *options,
		    struct access **ret_access, struct text *reterr)
{
	enum rc rc = ready(reterr);

	if (rc != RC_OK)
		return rc;
	struct access *a = aligned_alloc(_Alignof(struct access), sizeof(*a));
	if (!a) {
		text_add_c(reterr, "out of memory");
		return RC_NOMEM;
	}
	memset(a, 0, sizeof(*a));
	a->options = *options;
	a->number = atomic_fetch_add(&n_opened, 1) + 1;
	a->generation = 1; /* 0 is what an empty entry of a directory has */
	random_bytes(a->slot_key, sizeof(a->slot_key));
	/* Out of swap and core dumps, where the system's limit on locked memory allows it. */
	(void)sodium_mlock(&a->secrets, sizeof(a->secrets));
	rc = secrets_read(dir, &a->secrets, reterr);
	if (rc != RC_OK) {
		access_close(a);
		return rc;
	}
	*ret_access = a;
	return RC_OK;
}

enum rc access_lease_rates(struct access *a, struct store *store, int64_t servers)
{
	a->leases = rate_leases_create(store, servers);
	return a->leases ? RC_OK : RC_NOMEM;
}

struct access *access_close(struct access *a)
{
	if (!a)
		return NULL;
	sodium_memzero(&a->secrets, sizeof(a->secrets));
	(void)sodium_munlock(&a->secrets, sizeof(a->secrets)); /* it may not have been locked */
	a->leases = rate_leases_destroy(a->leases);
	free(a);
	return NULL;
}

bool access_secret_handed_over(void)
{
	return secrets_handed_over();
}

enum rc access_create_secret(const char *dir, struct text *reterr)
{
	enum rc rc = ready(reterr);

	return rc == RC_OK ? secrets_create(dir, reterr) : rc;
}

void access_changed(struct access *a)
{
	atomic_fetch_add(&a->generation, 1);
}
