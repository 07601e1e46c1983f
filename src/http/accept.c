/*
 * Connections coming in. We accept by hand rather than through libuv, because what to do
 * when there are no descriptors left is ours to decide: send the longest idle connection away, or
 * leave the others waiting for a moment; never spin.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "http/limits.h"
#include "http/loop.h"
#include "http/socket.h"

#define ACCEPTS_AT_A_TIME 64
#define BACKLOG_MAX       4096 /* taken over when the server stops */
#define EVICT_LOOK_MAX    1024 /* idle connections looked at for one that can go */

static void on_waiting(uv_poll_t *poll, int status, int events);

enum rc loop_listen(struct loop *loop, int fd, enum door door, bool tls)
{
	struct listener *l = &loop->listeners[loop->n_listeners];

	if (uv_poll_init(&loop->uv, &l->poll, fd) != 0)
		return RC_IO;
	l->poll.data = l;
	l->loop = loop;
	l->fd = fd;
	l->door = door;
	l->tls = tls;
	loop->n_listeners++;
	return RC_OK;
}

static void pause_listeners(struct loop *loop, int error)
{
	/* Once, until one is accepted again. */
	if (!loop->accept_warned)
		log_event(LOG_WARN, "connections_wait", LOG_S(LOG_CAUSE, str_c(strerror(error))));
	loop->accept_warned = loop->accept_paused = true;
	for (size_t i = 0; i < loop->n_listeners; i++)
		(void)uv_poll_stop(&loop->listeners[i].poll); /* always 0 */
	loop_tick_on(loop);
}

void accept_resume(struct loop *loop)
{
	loop->accept_paused = false;
	for (size_t i = 0; i < loop->n_listeners; i++) {
		if (uv_poll_start(&loop->listeners[i].poll, UV_READABLE, on_waiting) != 0)
			loop->accept_paused = true;
	}
}

/* ---- who has to go
 * ---------------------------------------------------------------------- */

bool loop_evict(struct loop *loop)
{
	struct connection *next, *c = loop->lists[CONNECTION_IDLE].first;

	for (int i = 0; c && i < EVICT_LOOK_MAX; i++, c = next) {
		next = c->next;
		if (c->door == DOOR_PUBLIC && connection_dismiss(c))
			return true;
	}
	return false;
}

static bool evict_same(struct loop *loop, const struct ip *key)
{
	struct connection *next, *c = loop->lists[CONNECTION_IDLE].first;

	for (int i = 0; c && i < EVICT_LOOK_MAX; i++, c = next) {
		struct ip other = limits_key(&c->peer);
		next = c->next;
		if (c->counted_ip && ip_equal(&other, key) && connection_dismiss(c))
			return true;
	}
	return false;
}

/* Asks another loop to send one away. */
static bool evict_elsewhere(struct loop *loop)
{
	struct common *common = loop->common;

	for (size_t i = 0; i < common->n_loops; i++) {
		struct loop *other = &common->loops[i];
		if (other == loop || !atomic_load_explicit(&other->n_idle, memory_order_relaxed))
			continue;
		atomic_fetch_add_explicit(&other->n_evict, 1, memory_order_relaxed);
		loop_wake(other);
		return true;
	}
	return false;
}

static bool admit(struct loop *loop, struct connection_origin *origin)
{
	struct limits *limits = loop->common->limits;
	struct ip key = limits_key(&origin->peer);
	const struct ip *counted_key = origin->from_proxy ? NULL : &key;
	enum limits_answer answer = limits_take(limits, counted_key, 0);

	if (answer == LIMITS_ADDRESS && evict_same(loop, &key))
		answer = limits_take(limits, counted_key, 0);
	else if (answer == LIMITS_FULL && loop_evict(loop))
		answer = limits_take(limits, counted_key, 0);
	/* What another loop sends away goes a moment later. */
	if (answer == LIMITS_FULL && evict_elsewhere(loop))
		answer = limits_take(limits, counted_key, LIMITS_SPARE_MAX);
	origin->counted = answer == LIMITS_GOOD;
	origin->counted_ip = origin->counted && counted_key;
	return origin->counted;
}

/* ---- coming in
 * -------------------------------------------------------------------------- */

static void open_public(struct listener *l, int fd, const struct ip *peer)
{
	struct loop *loop = l->loop;
	struct connection_origin origin = {
		.peer = *peer,
		.operator_uid = -1,
		.door = l->door,
		.tls = l->tls,
		.from_proxy = proxies_trust(&loop->common->proxies, peer),
	};

	if (!admit(loop, &origin)) {
		/* TLS would cost more than there is. */
		if (l->tls || loop->n_turned_away == TURNED_AWAY_MAX) {
			(void)close(fd); /* nothing was written to it */
			return;
		}
		origin.turned_away = true;
	}
	connection_open(loop, fd, &origin);
}

static void open_admin(struct listener *l, int fd, const struct ip *peer)
{
	struct connection_origin origin = {.peer = *peer, .door = l->door};

	if (l->loop->n_admins == ADMINS_MAX || !socket_peer_is_owner(fd, &origin.operator_uid)) {
		(void)close(fd); /* nothing was written to it */
		return;
	}
	connection_open(l->loop, fd, &origin);
}

static bool anybody_waits(const struct listener *l)
{
	struct pollfd waiting = {.fd = l->fd, .events = POLLIN};

	return poll(&waiting, 1, 0) != 0; /* in doubt: yes */
}

/* Nothing to take, or nothing can be taken: false. */
static bool accept_failed(struct listener *l, int error)
{
	struct loop *loop = l->loop;

	switch (error) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		/* Without a descriptor to give, the system does not even look whether there is
		 * somebody: nobody has to go for nobody. */
		if (!anybody_waits(l))
			return false;
		if (!loop->draining && loop_evict(loop))
			return true;
		pause_listeners(loop, error);
		return false;
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
	case EFAULT:
		pause_listeners(loop, error);
		return false;
	default:
		return true; /* this one connection came to nothing: accept(2) */
	}
}

static void accept_some(struct listener *l, int n_max)
{
	for (int i = 0; i < n_max; i++) {
		struct sockaddr_storage from = {0};
		socklen_t n = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (!accept_failed(l, errno))
				return;
			continue;
		}
		l->loop->accept_warned = false;
		struct ip peer = socket_ip(&from);
		if (l->door == DOOR_ADMIN)
			open_admin(l, fd, &peer);
		else
			open_public(l, fd, &peer);
	}
}

static void on_waiting(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;

	(void)events;
	if (status < 0)
		pause_listeners(l->loop, -status);
	else
		accept_some(l, ACCEPTS_AT_A_TIME);
}

void accept_last(struct loop *loop)
{
	for (size_t i = 0; i < loop->n_listeners; i++) {
		if (loop->listeners[i].door == DOOR_PUBLIC &&
		    !socket_refuse_newcomers(loop->listeners[i].fd))
			log_event(LOG_WARN, "newcomers_not_refused",
				  LOG_S(LOG_CAUSE, str_c(strerror(errno))));
	}
}

void accept_finish(struct loop *loop)
{
	loop->closed = true;
	for (size_t i = 0; i < loop->n_listeners; i++) {
		struct listener *l = &loop->listeners[i];
		if (l->fd < 0)
			continue;
		if (loop->draining)
			accept_some(l, BACKLOG_MAX);
		uv_close((uv_handle_t *)&l->poll, NULL);
		(void)close(l->fd); /* nothing was written to it */
		l->fd = -1;
	}
	loop->accept_paused = false;
}
