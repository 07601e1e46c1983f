"""What depends on how the server was set up: the base path, and who is believed about callers."""

import pytest

from support.server import COMPANY, EASY


def test_the_commands_are_under_the_base_and_nowhere_else(start_server):
    server = start_server(settings={**EASY, "server.base_path": "/api/v2"})
    assert server.url.endswith("/api/v2")
    body = {"company_id": COMPANY, "key": server.key}
    assert server.ask("api/v2/GetSessionToken", body).code == 101
    for path in ("GetSessionToken", "api/GetSessionToken", "api/v2GetSessionToken",
                 "api/v2//GetSessionToken", "api/v2/GetSessionToken/", "api/v2/", "api/v2",
                 "api/v2/api/v2/GetSessionToken", "API/v2/GetSessionToken",
                 "api/v2x/GetSessionToken"):
        answer = server.ask(path, body)
        assert (answer.http, answer.code) == (404, 500), path


@pytest.fixture(scope="module")
def trusting_nobody(start_module_server):
    server = start_module_server(settings={}, listen="127.0.0.1:0")
    server.inner_key, _ = server.add_key(COMPANY, 1, "inner", "--allow", "192.0.2.0/24")
    server.own_key, _ = server.add_key(COMPANY, 1, "own", "--allow", "127.0.0.1")
    return server


def sign_in(server, key, **headers):
    body = {"company_id": COMPANY, "key": key}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.ask("GetSessionToken", body, names).code


def test_a_caller_who_is_no_proxy_is_not_believed(trusting_nobody):
    server = trusting_nobody
    assert sign_in(server, server.inner_key, X_Forwarded_For="192.0.2.1") == 204
    assert sign_in(server, server.own_key, X_Forwarded_For="192.0.2.1") == 101
    assert sign_in(server, server.own_key) == 101


@pytest.mark.parametrize("name", ["Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP"])
def test_other_headers_say_nothing_about_callers(start_server, name):
    server = start_server()
    key, _ = server.add_key(COMPANY, 1, "inner", "--allow", "192.0.2.0/24")
    value = "for=192.0.2.1" if name == "Forwarded" else "192.0.2.1"
    assert sign_in(server, key, **{name: value}) == 204
    assert sign_in(server, key, X_Forwarded_For="192.0.2.1") == 101


def test_header_lines_are_one_list(start_server):
    server = start_server(settings={**EASY, "server.trusted_proxies": "127.0.0.1, 10.0.0.0/8"})
    key, _ = server.add_key(COMPANY, 1, "inner", "--allow", "192.0.2.0/24")
    body = b'{"company_id": %d, "key": "%s"}' % (COMPANY, key.encode())

    def code(*lines):
        head = [b"POST /GetSessionToken HTTP/1.1", b"Host: h", b"Content-Type: application/json",
                b"Content-Length: %d" % len(body)]
        head += [b"X-Forwarded-For: " + line for line in lines]
        with server.connect() as connection:
            connection.send(b"\r\n".join([*head, b"", b""]) + body)
            return connection.answer().code

    assert code(b"198.51.100.1", b"192.0.2.1") == 101
    assert code(b"192.0.2.1", b"198.51.100.1") == 204
    assert code(b"192.0.2.1", b"10.1.2.3") == 101
    assert code(b"192.0.2.1, 10.1.2.3", b"10.0.0.1,127.0.0.1") == 101
    assert code(b"192.0.2.1, 198.51.100.1", b"10.0.0.1") == 204
    assert code(b"192.0.2.1", b"") == 101
    assert code(b"") == 204


def test_an_ipv6_peer_is_known_by_its_address(start_server):
    server = start_server(listen="[::1]:0", settings={})
    assert server.url.startswith("http://[::1]:")
    outside, _ = server.add_key(COMPANY, 1, "outside", "--allow", "2001:db8::/32")
    inside, _ = server.add_key(COMPANY, 1, "inside", "--allow", "::1")
    assert sign_in(server, outside) == 204
    assert sign_in(server, inside) == 101


def test_an_ipv4_peer_of_an_ipv6_socket_is_known_by_its_ipv4_address(start_server):
    """A socket on [::] takes IPv4 callers as ::ffff:a.b.c.d, where it takes them at all."""
    server = start_server(listen="[::]:0", settings={"server.plain_http": "true"})
    server.address = ("127.0.0.1", server.address[1])
    key, _ = server.add_key(COMPANY, 1, "four", "--allow", "127.0.0.0/8")
    try:
        assert sign_in(server, key) == 101
    except ConnectionRefusedError:
        pytest.skip("the server takes no IPv4 callers on [::]")
