#ifndef HTTP_SOCKET_H
#define HTTP_SOCKET_H

#include <sys/socket.h>

#include "base/compiler.h"
#include "base/ip.h"
#include "base/rc.h"
#include "base/text.h"

/*
 * Listening sockets. They do not block and are closed on exec. On failure a sentence is
 * appended to reterr and nothing stays open; the codes are those of http_open.
 */
#define ADDRESS_CHARS_MAX (IP_CHARS_MAX + 8) /* "[…]:65535" */

/* `n` sockets on one address ("127.0.0.1:8080", "[::1]:0"), between which the kernel spreads
 * connections. Fails when anybody else has the port. ret_address: what it really is. */
MUST_CHECK enum rc socket_listen(const char *address, size_t n, int ret_fds[],
				 char ret_address[ADDRESS_CHARS_MAX + 1], struct text *reterr);

/* A Unix socket that only its owner may use. One that a dead server left behind is replaced. */
MUST_CHECK enum rc socket_listen_unix(const char *path, int *ret_fd, struct text *reterr);

/* From now on nobody new is greeted on a listening TCP socket: who asks is not answered, asks
 * again a second later, and then finds whoever listens there by then. Those already greeted
 * still arrive. False: the system will not (they are refused or lost when it is closed). */
bool socket_refuse_newcomers(int fd);

/* The address of a peer; ::1 for a Unix socket's. */
struct ip socket_ip(const struct sockaddr_storage *from);

/* Is the process behind a Unix socket ours (or root's)? Then *ret_uid is whose. */
bool socket_peer_is_owner(int fd, int64_t *ret_uid);

#endif
