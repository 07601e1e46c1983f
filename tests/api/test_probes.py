"""What a load balancer asks every second: /readyz and /healthz, outside of the commands."""

import pytest

from support import wire

BARE = {"Content-Type": None, "Content-Length": None}
BODIES = {"/readyz": b'{"ready":true}', "/healthz": b'{"healthy":true}'}
probes = pytest.mark.parametrize("path", BODIES)


def probe(connection, path, method="GET", headers=(), version="HTTP/1.1"):
    connection.send(wire.request(path, b"", {**BARE, **dict(headers)}, method=method,
                                 version=version))
    return connection.answer(to_head=method == "HEAD", enveloped=False)


@probes
@pytest.mark.parametrize("segment_bytes", [None, 1], ids=["at once", "byte by byte"])
def test_it_is_good_and_the_connection_goes_on(server, good_request, path, segment_bytes):
    with server.connect() as connection:
        for _ in range(3):
            connection.send(wire.request(path, b"", BARE, method="GET"), segment_bytes)
            answer = connection.answer(enveloped=False)
            assert (answer.http, answer.body) == (200, BODIES[path]), answer
            assert not answer.closes and "retry-after" not in answer.headers, answer
            connection.send(good_request(), segment_bytes)
            assert connection.answer().code == 101


@probes
def test_head_has_the_headers_and_no_body(server, path):
    with server.connect() as connection:
        answer = probe(connection, path, "HEAD")
        assert answer.http == 200 and not answer.closes, answer
        assert answer.headers["content-length"] == str(len(BODIES[path])), answer
        assert probe(connection, path).body == BODIES[path]


@probes
def test_answers_come_in_order(server, good_request, path):
    asked = wire.request(path, b"", BARE, method="GET")
    with server.connect() as connection:
        connection.send(asked + good_request() + asked + asked)
        assert connection.answer(enveloped=False).body == BODIES[path]
        assert connection.answer().code == 101
        for _ in range(2):
            assert connection.answer(enveloped=False).body == BODIES[path]


@probes
@pytest.mark.parametrize("request_", [b"GET %s HTTP/1.0\r\n\r\n", b"HEAD %s HTTP/1.0\r\n\r\n"])
def test_http_1_0_needs_no_host(server, path, request_):
    """As load balancers ask that were told no more than the path."""
    with server.connect() as connection:
        connection.send(request_ % path.encode())
        answer = connection.answer(to_head=request_.startswith(b"HEAD"), enveloped=False)
        assert answer.http == 200 and answer.closes, answer
        connection.assert_closed()


@probes
@pytest.mark.parametrize("headers, http", [
    ({"Host": None}, 400),
    ({"Content-Length": "2"}, 400),
    ({"Transfer-Encoding": "chunked"}, 400),
    ({"Content-Length": "0", "Transfer-Encoding": "chunked"}, 400),
    ({"Content-Length": "65537"}, 413),
    ({"Expect": "more"}, 417),
])
def test_it_is_as_strict_as_a_command(server, path, headers, http):
    with server.connect() as connection:
        connection.send(wire.request(path, b"", {**BARE, **headers}, method="GET"))
        assert connection.answer().http == http
        connection.assert_closed()


@probes
@pytest.mark.parametrize("headers", [{"Content-Length": "0"}, {"Expect": "100-continue"},
                                     {"Content-Type": "text/plain"}, {"Accept": "text/html"}])
def test_what_does_not_matter_is_let_be(server, path, headers):
    with server.connect() as connection:
        assert probe(connection, path, headers=headers).body == BODIES[path]


@probes
def test_it_has_the_callers_request_id(server, path):
    with server.connect() as connection:
        answer = probe(connection, path, headers={"X-Request-Id": "lb-1"})
        assert answer.headers["x-request-id"] == "lb-1"


def test_it_is_outside_of_the_base_path(start_server):
    server = start_server(settings={"server.base_path": "/api/v2"})
    with server.connect() as connection:
        for path, body in BODIES.items():
            assert probe(connection, path).body == body
    for path in BODIES:
        answer = server.ask("api/v2" + path, headers=BARE, method="GET")
        assert (answer.http, answer.code) == (404, 500), answer


def test_it_is_not_behind_the_operators_door(server):
    for path in BODIES:
        answer = wire.ask(server.admin_socket, path, b"", BARE, method="GET")
        assert (answer.http, answer.code) == (404, 500), answer


def test_it_is_counted_and_not_logged(start_server):
    server = start_server()
    asked = 50

    def counted():
        return wire.ask(server.admin_socket, "/GetStatus", {}).json["server"]

    before = counted()
    assert before["ready"] is True and before["not_ready"] == ""
    with server.connect() as connection:
        for _ in range(asked // 2):
            for path in BODIES:
                probe(connection, path, headers={"X-Request-Id": "lb"})
    after = counted()
    assert after["requests"] - before["requests"] == asked + 1  # and the first look at it
    server.stop()
    lines = server.events("request")
    assert lines and all("command" in line for line in lines), lines
    assert "lb" not in [line["request_id"] for line in lines]
