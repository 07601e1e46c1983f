"""Deadlines and numbers of connections, on servers whose limits are small."""

import contextlib
import json
import threading
import time

import pytest

from support import wire
from support.server import COMPANY, EASY

HEAD_S, WHOLE_S, IDLE_S, WRITE_S = 0.4, 0.9, 1.2, 0.5


@pytest.fixture(scope="module")
def hasty(start_module_server):
    """A server without patience."""
    return start_module_server(settings={
        **EASY, "limits.head_ms": int(HEAD_S * 1000), "limits.whole_ms": int(WHOLE_S * 1000),
        "limits.idle_ms": int(IDLE_S * 1000), "limits.write_ms": int(WRITE_S * 1000)})


@pytest.fixture(scope="module")
def data(hasty):
    body = {"company_id": COMPANY, "session_token": hasty.token(), "customer_id": 1408}
    return wire.request("/GetCustomer", body)


@contextlib.contextmanager
def trickle(connection, data, pause_s=0.05):
    """Sends a byte now and then, beside whatever the test does."""
    stop = threading.Event()

    def send():
        for byte in data:
            if stop.wait(pause_s) or not connection.send(bytes([byte])):
                return

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def seconds_until_refused(connection):
    began = time.monotonic()
    answer = connection.answer()
    assert (answer.http, answer.code) == (408, 500) and answer.closes, answer
    took = time.monotonic() - began
    connection.assert_closed()
    return took


@pytest.mark.parametrize("trickled", [False, True])
def test_the_head_has_its_time_and_no_more_however_it_comes(hasty, data, trickled):
    with hasty.connect() as connection:
        connection.send(data[:10])
        with trickle(connection, data[10:] if trickled else b""):
            took = seconds_until_refused(connection)
    assert HEAD_S - 0.1 < took < WHOLE_S, took


@pytest.mark.parametrize("trickled", [False, True])
def test_the_whole_has_its_time_and_no_more_however_it_comes(hasty, data, trickled):
    head = data.index(b"\r\n\r\n") + 4
    with hasty.connect() as connection:
        connection.send(data[:head + 1])
        with trickle(connection, data[head + 1:] if trickled else b""):
            took = seconds_until_refused(connection)
    assert WHOLE_S - 0.1 < took < WHOLE_S + 0.6, took


def test_chunks_have_no_more_time_than_others(hasty):
    head = (b"POST /GetCustomer HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n")
    with hasty.connect() as connection:
        connection.send(head)
        with trickle(connection, b"1\r\n \r\n" * 100):
            took = seconds_until_refused(connection)
    assert WHOLE_S - 0.1 < took < WHOLE_S + 0.6, took


def test_the_time_begins_with_each_request_anew(hasty, data):
    with hasty.connect() as connection:
        for _ in range(3):
            connection.send(data[:20])
            time.sleep(HEAD_S / 2)
            connection.send(data[20:])
            assert connection.answer().code == 101


def test_a_pipelined_request_has_its_own_time(hasty, data):
    with hasty.connect() as connection:
        connection.send(data + data[:20])
        assert connection.answer().code == 101
        assert HEAD_S - 0.1 < seconds_until_refused(connection) < WHOLE_S


@pytest.mark.parametrize("n_requests", [0, 1])
def test_who_says_nothing_is_left_without_a_word(hasty, data, n_requests):
    with hasty.connect() as connection:
        for _ in range(n_requests):
            connection.send(data)
            assert connection.answer().code == 101
        began = time.monotonic()
        connection.assert_closed()
        took = time.monotonic() - began
    assert IDLE_S - 0.1 < took < IDLE_S + 1, took


def test_who_does_not_take_his_answers_is_left(hasty, data):
    with hasty.connect(receive_bytes=4096) as connection:
        connection.sock.settimeout(WRITE_S / 2)
        sent = 0
        try:
            while sent < 200000:
                connection.sock.sendall(data * 10)
                sent += 10
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            pass
        assert sent < 200000, "the server never stopped reading"
        time.sleep(WRITE_S + 0.5)
        connection.sock.settimeout(10)
        got = 0
        with contextlib.suppress(wire.Closed, AssertionError, ConnectionError):
            while connection.answer().code == 101:
                got += 1
        assert got < sent
    assert hasty.customer(hasty.token()).code == 101


# ---- numbers of connections


def answered(connection, data):
    connection.send(data)
    return connection.answer()


def customer_request(server):
    body = {"company_id": COMPANY, "session_token": server.token(), "customer_id": 1408}
    return wire.request("/GetCustomer", body)


def test_at_the_limit_the_longest_idle_one_goes(start_server):
    # Each thread knows which of its own is idle longest: with one thread it is the longest of all.
    server = start_server(settings={**EASY, "limits.connections_max": 8, "server.threads": 1})
    data = customer_request(server)
    time.sleep(0.1)
    with contextlib.ExitStack() as stack:
        held = []
        for _ in range(8):
            held.append(stack.enter_context(server.connect()))
            assert answered(held[-1], data).code == 101
            time.sleep(0.02)
        assert answered(held[0], data).code == 101  # so that the second is idle longest
        newcomer = stack.enter_context(server.connect())
        assert answered(newcomer, data).code == 101
        held[1].assert_closed()
        del held[1]
        for connection in held:
            assert answered(connection, data).code == 101


def test_at_the_limit_newcomers_are_served_whichever_thread_they_come_to(start_server):
    server = start_server(settings={**EASY, "limits.connections_max": 8, "server.threads": 4})
    data = customer_request(server)
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            newcomer = stack.enter_context(server.connect())
            assert answered(newcomer, data).code == 101
        time.sleep(0.1)
        facts = wire.ask(server.admin_socket, "/GetStatus", {}).json["server"]
        assert facts["connections"] <= 8


def test_when_all_are_busy_a_newcomer_is_told_to_come_later(start_server):
    server = start_server(settings={**EASY, "limits.connections_max": 8})
    data = customer_request(server)
    time.sleep(0.1)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(server.connect()) for _ in range(8)]
        for connection in held:
            connection.send(data[:30])
        time.sleep(0.2)
        newcomer = stack.enter_context(server.connect())
        newcomer.send(data)
        answer = newcomer.answer()
        assert (answer.http, answer.code) == (503, 500) and answer.closes, answer
        assert int(answer.headers["retry-after"]) >= 1
        newcomer.assert_closed()
        for connection in held:
            connection.send(data[30:])
            assert connection.answer().code == 101
    assert server.customer(server.token()).code == 101


def test_one_address_does_not_get_all_of_them(start_server):
    # No trusted proxies here: through a proxy come the connections of many.
    server = start_server(settings={"limits.connections_per_address_max": 4})
    data = customer_request(server)
    time.sleep(0.1)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(server.connect()) for _ in range(4)]
        for connection in held:
            connection.send(data[:30])
        time.sleep(0.2)
        newcomer = stack.enter_context(server.connect())
        newcomer.send(data)
        answer = newcomer.answer()
        assert (answer.http, answer.code) == (503, 500), answer
        neighbour = stack.enter_context(server.connect(source="127.0.0.2"))
        assert answered(neighbour, data).code == 101
        for connection in held:
            connection.send(data[30:])
            assert connection.answer().code == 101


def test_the_limit_of_the_body_is_a_setting(start_server):
    server = start_server(settings={**EASY, "limits.body_bytes_max": 2000})
    for n, http in ((2000, 200), (2001, 413)):
        body = json.dumps({"x": ""}).encode()
        body = body.replace(b'""', b'"' + b"x" * (n - len(body)) + b'"')
        assert len(body) == n
        assert server.ask("GetCustomer", body).http == http
