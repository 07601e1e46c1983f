#include "http/socket.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/compiler.h"

#define BACKLOG 4096 /* the system's own limit may be lower */

static const struct ip ip_loopback = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct ip socket_ip(const struct sockaddr_storage *from)
{
	struct ip ip = ip_loopback;

	if (from->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)from;
		memcpy(ip.bytes, v4_prefix, sizeof(v4_prefix));
		memcpy(ip.bytes + sizeof(v4_prefix), &in->sin_addr, 4);
	} else if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
		memcpy(ip.bytes, &in6->sin6_addr, 16);
	}
	return ip;
}

bool socket_peer_is_owner(int fd, int64_t *ret_uid)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		return false;
	if (peer.uid != geteuid() && peer.uid != 0)
		return false;
	*ret_uid = peer.uid;
	return true;
}

/* ---- TCP ----------------------------------------------------------------------------------- */

static bool parse_port(struct str s, in_port_t *ret_port)
{
	unsigned port = 0;

	if (s.n < 1 || s.n > 5)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		port = port * 10 + (unsigned)(s.p[i] - '0');
	}
	if (port > 65535)
		return false;
	*ret_port = htons((uint16_t)port);
	return true;
}

static bool parse_address(struct str s, struct sockaddr_storage *ret_address)
{
	const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
	struct sockaddr_storage address = {0};
	struct ip ip;
	in_port_t port;

	if (!colon)
		return false;
	struct str host = {s.p, (size_t)(colon - s.p)};
	bool bracketed = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	if (bracketed)
		host = (struct str){host.p + 1, host.n - 2};
	else if (host.n && memchr(host.p, ':', host.n))
		return false;
	if (ip_parse(host, &ip) != RC_OK ||
	    !parse_port((struct str){colon + 1, s.n - (size_t)(colon + 1 - s.p)}, &port))
		return false;
	if (memcmp(ip.bytes, v4_prefix, sizeof(v4_prefix)) == 0) {
		struct sockaddr_in *in = (struct sockaddr_in *)&address;
		in->sin_family = AF_INET;
		in->sin_port = port;
		memcpy(&in->sin_addr, ip.bytes + sizeof(v4_prefix), 4);
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		memcpy(&in6->sin6_addr, ip.bytes, 16);
	}
	*ret_address = address;
	return true;
}

static void format_address(const struct sockaddr_storage *from,
			   char ret_address[ADDRESS_CHARS_MAX + 1])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	bool v4 = from->ss_family == AF_INET;
	struct ip ip = socket_ip(from);
	char text[IP_CHARS_MAX + 1];

	ip_format(&ip, text);
	int n = snprintf(ret_address, ADDRESS_CHARS_MAX + 1, v4 ? "%s:%u" : "[%s]:%u", text,
			 (unsigned)ntohs(v4 ? in->sin_port : in6->sin6_port));
	assert(n > 0 && n <= ADDRESS_CHARS_MAX);
}

static socklen_t address_bytes(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET ? sizeof(struct sockaddr_in)
					     : sizeof(struct sockaddr_in6);
}

static bool set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/*
 * The first of several binds without SO_REUSEPORT, so that it fails where anybody else has the
 * port, even another one of us; it says so only afterwards, to let its own sisters in.
 * TCP_NODELAY is inherited by what is accepted. [::] takes IPv4 as well, whatever the system's
 * own default is.
 */
static bool open_one(const struct sockaddr_storage *address, bool first, int *ret_fd)
{
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	bool good =
		set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
		(address->ss_family != AF_INET6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
		(first || set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
		bind(fd, (const struct sockaddr *)address, address_bytes(address)) == 0 &&
		(!first || set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) && listen(fd, BACKLOG) == 0;
	if (!good) {
		int kept = errno;
		(void)close(fd); /* nothing was written to it */
		errno = kept;
		return false;
	}
	*ret_fd = fd;
	return true;
}

static enum rc explain(const char *address, struct text *reterr)
{
	int e = errno;

	text_printf(reterr, "cannot listen on %s: ", address);
	if (e == EADDRINUSE) {
		text_add_c(reterr, "it is in use");
		return RC_EXISTS;
	}
	if (e == EACCES || e == EPERM) {
		text_add_c(reterr, "the system does not permit it");
		return RC_DENIED;
	}
	if (e == EADDRNOTAVAIL) {
		text_add_c(reterr, "this machine has no such address");
		return RC_INVALID;
	}
	text_add_c(reterr, strerror(e));
	return RC_IO;
}

enum rc socket_listen(const char *address, size_t n, int ret_fds[],
		      char ret_address[ADDRESS_CHARS_MAX + 1], struct text *reterr)
{
	struct sockaddr_storage at;
	socklen_t at_bytes = sizeof(at);

	assert(n > 0);
	if (!parse_address(str_c(address), &at)) {
		text_printf(reterr,
			    "%s is not an address and port such as 127.0.0.1:8080 or "
			    "[::1]:8080",
			    address);
		return RC_INVALID;
	}
	size_t n_open = 0;
	bool good = true;
	while (good && n_open < n) {
		good = open_one(&at, n_open == 0, &ret_fds[n_open]);
		if (!good)
			break;
		n_open++;
		/* Port 0 is settled by the first. */
		good = getsockname(ret_fds[0], (struct sockaddr *)&at, &at_bytes) == 0;
	}
	if (!good) {
		enum rc rc = explain(address, reterr);
		while (n_open > 0)
			(void)close(ret_fds[--n_open]); /* nothing was written to it */
		return rc;
	}
	format_address(&at, ret_address);
	return RC_OK;
}

/* What a filter on a socket sees begins with the TCP header: its flags are byte 13. A packet with
 * SYN is dropped, the others of a greeting under way pass. */
bool socket_refuse_newcomers(int fd)
{
	static struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog filter = {.len = sizeof(program) / sizeof(program[0]), .filter = program};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

/* ---- Unix ---------------------------------------------------------------------------------- */

static int open_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* RC_OK: the path is free now. */
static enum rc clear_path(const struct sockaddr_un *at, struct text *reterr)
{
	struct stat st;
	int fd = open_unix();

	if (fd < 0)
		return explain(at->sun_path, reterr);
	int answer = connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ? 0 : errno;
	(void)close(fd); /* nothing was written to it */
	if (answer == ENOENT)
		return RC_OK;
	if (answer == 0 || answer == EAGAIN) {
		text_printf(reterr, "another server answers on %s", at->sun_path);
		return RC_EXISTS;
	}
	if (lstat(at->sun_path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
		text_printf(reterr, "%s is there and is not a socket", at->sun_path);
		return RC_EXISTS;
	}
	if (answer == ECONNREFUSED && unlink(at->sun_path) == 0)
		return RC_OK;
	if (answer != ECONNREFUSED)
		errno = answer;
	return explain(at->sun_path, reterr);
}

enum rc socket_listen_unix(const char *path, int *ret_fd, struct text *reterr)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(at.sun_path)) {
		text_printf(reterr,
			    "%s: the path of a socket has 1 to %zu bytes; choose a data directory "
			    "with a shorter one",
			    path, sizeof(at.sun_path) - 1);
		return RC_INVALID;
	}
	memcpy(at.sun_path, path, n + 1);
	enum rc rc = clear_path(&at, reterr);
	if (rc != RC_OK)
		return rc;
	int fd = open_unix();
	if (fd < 0)
		return explain(path, reterr);
	/* The mode that the descriptor has is the one that bind gives to the file: at no moment can
	 * anybody else connect. */
	if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, BACKLOG) != 0) {
		rc = explain(path, reterr);
		(void)close(fd); /* nothing was written to it */
		return rc;
	}
	*ret_fd = fd;
	return RC_OK;
}
