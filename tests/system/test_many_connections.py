"""Thousands of idle and slow connections beside working ones; and what happens without files."""

import contextlib
import resource
import socket
import threading
import time

import pytest

from support import wire
from support.server import COMPANY, EASY

IDLE, SLOW = 2000, 200


@pytest.fixture
def many_files():
    """This process needs as many as the server."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + SLOW + 500
    if hard < wanted:
        pytest.skip(f"this process may open only {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def customer_request(server):
    body = {"company_id": COMPANY, "session_token": server.token(), "customer_id": 1408}
    return wire.request("/GetCustomer", body)


def test_working_connections_do_not_notice_idle_and_slow_ones(start_server, many_files):
    server = start_server()
    data = customer_request(server)
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(server.connect()) for _ in range(IDLE)]
        slow = [stack.enter_context(server.connect()) for _ in range(SLOW)]
        stop = threading.Event()

        def trickle():
            for n in range(len(data)):
                for connection in slow:
                    connection.send(data[n:n + 1])
                if stop.wait(1):
                    return

        trickling = threading.Thread(target=trickle)
        trickling.start()
        stack.callback(trickling.join)
        stack.callback(stop.set)
        times = []
        with server.connect() as connection:
            for _ in range(1000):
                began = time.perf_counter()
                connection.send(data)
                assert connection.answer().code == 101
                times.append(time.perf_counter() - began)
        times.sort()
        assert times[len(times) // 2] < 0.02 and times[-10] < 0.25, times[-10:]
        for connection in idle[::100]:
            connection.send(data)
            assert connection.answer().code == 101
        facts = wire.ask(server.admin_socket, "/GetStatus", {}).json["server"]
        assert facts["connections"] >= IDLE


def few_files(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_out_of_files_and_back(start_server):
    server = start_server(settings={**EASY, "limits.connections_max": 10000},
                          prepare_child=few_files(64, 64))
    data = customer_request(server)
    with contextlib.ExitStack() as stack:
        for _ in range(150):
            sock = stack.enter_context(socket.socket())
            sock.settimeout(5)
            sock.connect(server.address)
            with contextlib.suppress(OSError):  # it may have been sent away at once
                sock.sendall(data[:20])
        time.sleep(0.3)
        used = cpu_seconds(server.pid)
        time.sleep(1)
        assert cpu_seconds(server.pid) - used < 0.5, "it spins while it cannot accept"
    # Each thread lets go of those of the 150 that are its own, in its own time.
    deadline = time.monotonic() + 10
    in_a_row = 0
    while in_a_row < 20:
        try:
            with server.connect() as connection:
                connection.send(data)
                answer = connection.answer()
            if answer.http == 503:
                raise wire.Closed("busy")
            assert answer.code == 101
            in_a_row += 1
        except (wire.Closed, OSError):
            assert time.monotonic() < deadline
            in_a_row = 0
            time.sleep(0.1)
    assert server.process.poll() is None


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
