#ifndef SERVER_RELOAD_H
#define SERVER_RELOAD_H

struct http;
struct server_options;

/*
 * SIGHUP: reads the settings and the TLS files again, and takes over what can change while the
 * server runs: the certificate and its key, and log.level. Of any other change the log says that it
 * waits for a restart. Where something is wrong, all stays as it was. First loop's thread.
 */
void reload(const struct server_options *options, struct http *http);

#endif
