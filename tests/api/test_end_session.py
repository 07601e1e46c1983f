"""EndSession: at once, everywhere, and for good."""

import time

import pytest

from support import wire
from support.server import COMPANY


def code(server, token):
    return server.customer(token).code


def end(server, token):
    return server.ask("EndSession", {"company_id": COMPANY, "session_token": token}).code


def second_of(token):
    """The second that a token expires in: what its bits begin with."""
    return int(token.split("|")[1].split("-")[0], 16)


@pytest.mark.parametrize("command", ["GetCustomer", "CreateCustomer", "EndSession"])
def test_an_ended_token_is_good_for_nothing(server, command):
    key, _ = server.add_key(COMPANY, 1, command)
    token = server.token(key)
    body = {"company_id": COMPANY, "session_token": token}
    assert server.ask(command, body).code in (101, 301)
    if command != "EndSession":
        assert end(server, token) == 101
    answer = server.ask(command, body)
    assert answer.json == {"status": {"code": 202, "details": "Invalid / inactive API key"}}


def test_the_key_and_other_keys_tokens_go_on(server, token):
    key, _ = server.add_key(COMPANY, 1, "goes on")
    ended = server.token(key)
    assert end(server, ended) == 101
    assert code(server, token) == 101
    assert code(server, server.token(key)) == 101


def test_every_thread_of_the_server_knows_at_once(server):
    """Several connections, so that each thread of the server has some."""
    key, _ = server.add_key(COMPANY, 1, "ended", "--rate", 1000, "--burst", 1000)
    connections = [server.connect() for _ in range(24)]
    try:
        for _ in range(5):
            token = server.token(key)
            body = {"company_id": COMPANY, "session_token": token, "customer_id": 1408}
            data = wire.request("/GetCustomer", body)
            for connection in connections:
                connection.send(data)
                assert connection.answer().code == 101
            assert end(server, token) == 101
            for connection in connections:
                connection.send(data)
                assert connection.answer().code == 202
    finally:
        for connection in connections:
            connection.sock.close()


def test_it_stays_ended_when_the_server_starts_again(start_server, tmp_path):
    directory = tmp_path / "kept"
    first = start_server(directory=directory)
    key = first.key
    ended = first.token(key)
    assert end(first, ended) == 101
    other = first.token(key)
    assert code(first, ended) == 202 and code(first, other) == 101
    first.kill()
    second = start_server(directory=directory)
    assert code(second, ended) == 202
    assert code(second, other) == 101
    assert end(second, ended) == 202


def test_a_token_of_an_earlier_second_goes_on(server):
    key, _ = server.add_key(COMPANY, 1, "two seconds")
    first = server.token(key)
    deadline = time.monotonic() + 10
    while second_of(second := server.token(key)) == second_of(first):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert end(server, second) == 101
    assert code(server, second) == 202 and code(server, first) == 101


def test_whoever_gets_a_token_gets_one_that_works(server):
    """Ended and fetched again faster than seconds go by."""
    key, _ = server.add_key(COMPANY, 1, "in a hurry", "--rate", 1000, "--burst", 1000)
    seen = set()
    for _ in range(20):
        token = server.token(key)
        assert token not in seen
        seen.add(token)
        assert code(server, token) == 101
        assert end(server, token) == 101
    assert {code(server, token) for token in seen} == {202}


def test_many_may_end_it_at_once(server):
    """Whoever was let in before it ended is told that it has; the others were too late."""
    key, _ = server.add_key(COMPANY, 1, "by many", "--rate", 1000, "--burst", 1000)
    token = server.token(key)
    data = wire.request("/EndSession", {"company_id": COMPANY, "session_token": token})
    connections = [server.connect() for _ in range(16)]
    try:
        for connection in connections:
            connection.send(data)
        codes = [connection.answer().code for connection in connections]
    finally:
        for connection in connections:
            connection.sock.close()
    assert 101 in codes and set(codes) <= {101, 202}
    assert code(server, token) == 202


def test_the_audit_says_that_a_session_was_ended(server):
    key, number = server.add_key(COMPANY, 1, "audited")
    answer = server.ask("EndSession", {"company_id": COMPANY, "session_token": server.token(key)})
    assert answer.code == 101
    rows = [line for line in server.pdmd("audit", "list", COMPANY, "--json").splitlines()
            if "EndSession" in line]
    assert answer.headers["x-request-id"] in rows[-1], rows
