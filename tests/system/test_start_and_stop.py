"""From the start to the end of a server, with callers all the while."""

import contextlib
import fcntl
import os
import pathlib
import signal
import struct
import subprocess
import time

import pytest

from support import cli, engine, wire
from support.build import PATIENCE_S, PDMD, environment
from support.load import Callers
from support.server import COMPANY, EASY


def test_it_answers_from_the_moment_it_says_so(start_server):
    for _ in range(3):
        server = start_server()
        assert server.customer(server.token()).code == 101
        server.stop()


def test_stopping_under_load_fails_no_request(start_server, tmp_path):
    for round_ in range(3):
        server = start_server(directory=tmp_path / "data")
        with Callers(server, 8) as callers:
            time.sleep(0.5)
            took = server.stop()
            callers.join()
        assert callers.failures == [], (round_, len(callers.failures), callers.failures[:3])
        assert callers.answered > 100
        assert took < 5


def test_stopping_while_connections_come_and_go_fails_no_request(start_server, tmp_path):
    for round_ in range(3):
        server = start_server(directory=tmp_path / "data")
        with Callers(server, 8, requests_per_connection=1) as callers:
            time.sleep(0.5)
            server.stop()
            callers.join()
        assert callers.failures == [], (round_, len(callers.failures), callers.failures[:3])
        assert callers.answered > 100


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well_and_soon(start_server, number):
    server = start_server()
    with server.connect() as idle:
        began = time.monotonic()
        server.process.send_signal(number)
        idle.assert_closed()
        server.wait_for_end()
        assert time.monotonic() - began < 3
    assert not os.path.exists(server.admin_socket)


# struct flock as glibc has it on 64 bits: type, whence, start, length, pid.
WHOLE_FILE = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
F_OFD_SETLK = 37


@contextlib.contextmanager
def held(directory):
    """The lock of a data directory, so that a server has to wait for it."""
    with open(directory / "pdmd.lock", "r+b") as lock:
        fcntl.fcntl(lock, F_OFD_SETLK, WHOLE_FILE)
        yield


def wait_until_signals_are_held_back(pid):
    """Seen by SIGHUP: the others are not held back while they are waited for."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        [mask] = [line.split()[1] for line in lines if line.startswith("SigBlk:")]
        if int(mask, 16) >> (signal.SIGHUP - 1) & 1:
            return
        time.sleep(0.001)
    raise AssertionError("it does not hold signals back")


def wait_until_it_says(server, event):
    deadline = time.monotonic() + PATIENCE_S
    while not server.events(event):
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_it_waits_to_start_ends_it_well(start_server, tmp_path, number):
    directory = tmp_path / "data"
    cli.set_up(directory)
    with held(directory):
        server = start_server(command="serve", directory=directory, ready=False)
        wait_until_signals_are_held_back(server.pid)
        server.process.send_signal(number)
        server.wait_for_end()
    assert server.events("ready") == []


def test_a_hangup_while_it_starts_is_a_reload_when_it_has_started(start_server, tmp_path):
    directory = tmp_path / "data"
    cli.set_up(directory)
    with held(directory):
        server = start_server(command="serve", directory=directory, ready=False)
        wait_until_signals_are_held_back(server.pid)
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.1)
    server.wait_for_log()
    wait_until_it_says(server, "reloaded")


def test_what_is_in_flight_is_finished(start_server):
    server = start_server()
    body = {"company_id": COMPANY, "session_token": server.token(), "customer_id": 1408}
    data = wire.request("/GetCustomer", body)
    with server.connect() as connection:
        connection.send(data[:50])
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.process.poll() is None
        connection.send(data[50:])
        answer = connection.answer()
        assert answer.code == 101 and answer.closes, answer
        connection.assert_closed()
        server.wait_for_end()


PROBE = b"GET /%s HTTP/1.1\r\nHost: lb\r\n"


@pytest.mark.parametrize("wait_s", [0, 1.5], ids=["at once", "late"])
def test_a_load_balancer_sees_the_stop_while_it_drains(start_server, wait_s):
    """On connections that are held open by a request whose end is still to come."""
    server = start_server()
    with server.connect() as ready, server.connect() as healthy, server.connect() as idle:
        idle.send(PROBE % b"readyz" + b"\r\n")
        assert idle.answer(enveloped=False).http == 200
        ready.send(PROBE % b"readyz")
        healthy.send(PROBE % b"healthz")
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        wait_until_it_says(server, "stopping")
        if not wait_s:
            idle.send(PROBE % b"readyz" + b"\r\n")
            assert idle.answer(enveloped=False).http == 503
        time.sleep(wait_s)
        for connection in (ready, healthy):
            connection.send(b"\r\n")
        answer = ready.answer(enveloped=False)
        assert (answer.http, answer.closes) == (503, True), answer
        assert answer.json == {"ready": False, "why": "the server is stopping"}
        answer = healthy.answer(enveloped=False)
        assert (answer.http, answer.closes) == (200, True), answer
        for connection in (ready, healthy):
            connection.assert_closed()
    server.wait_for_end()


def test_the_operator_sees_it_too(start_server):
    server = start_server()
    with server.connect() as holds, wire.Connection(server.admin_socket) as admin:
        holds.send(PROBE % b"readyz")
        admin.send(b"POST /GetStatus HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n")
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        wait_until_it_says(server, "stopping")
        admin.send(b"Content-Length: 2\r\n\r\n{}")
        facts = admin.answer().json["server"]
        assert facts["ready"] is False and facts["not_ready"] == "the server is stopping", facts
    server.wait_for_end()


def test_what_never_finishes_does_not_hold_it_up(start_server):
    server = start_server(settings={**EASY, "limits.drain_ms": 500})
    with server.connect() as connection:
        connection.send(b"POST /GetCustomer HTTP/1.1\r\n")
        time.sleep(0.1)
        assert 0.3 < server.stop() < 4


def test_who_cannot_wait_for_the_end_signals_again(start_server):
    server = start_server()
    with server.connect() as connection:
        connection.send(b"POST /GetCustomer HTTP/1.1\r\n")
        time.sleep(0.1)
        for number in (signal.SIGTERM, signal.SIGHUP):
            server.process.send_signal(number)
            time.sleep(0.2)
            assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(2) == -signal.SIGTERM
    server.process.returncode = 0  # as wanted: not a fault of the server's


def test_a_second_server_is_refused_with_the_pid_of_the_first(start_server):
    server = start_server()
    for words in (("serve",),) if engine.ON_POSTGRES else (("serve",), ("demo", "--json")):
        second = cli.run(*words, "--dir", server.dir, "--listen", "127.0.0.1:0")
        assert second.code == 1, second
        assert str(server.pid) in second.err, second
        assert second.out == "", second
    assert server.customer(server.token()).code == 101
    assert os.path.exists(server.admin_socket)


def test_the_directory_is_free_again_after_the_end(start_server, tmp_path):
    directory = tmp_path / "data"
    start_server(directory=directory).stop()
    server = start_server(command="serve", directory=directory)
    assert wire.ask(server.admin_socket, "/GetStatus", {}).json["server"]["pid"] == server.pid


def test_a_port_in_use_is_told_and_leaves_nothing_behind(start_server, tmp_path):
    first = start_server()
    taken = "127.0.0.1:%d" % first.address[1]
    directory = tmp_path / "second"
    cli.set_up(directory)
    second = cli.run("serve", "--dir", directory, "--listen", taken)
    assert second.code == 1 and taken in second.err, second
    assert not (directory / "admin.sock").exists()
    start_server(command="serve", directory=directory)


def test_closed_standard_files_are_not_replaced_by_ours(tmp_path):
    """Else the log would go into the first file that is opened, which is the lock."""
    directory = tmp_path / "data"
    cli.set_up(directory)
    line = '"$0" serve --dir "$1" --listen 127.0.0.1:0 <&- >&- 2>&- & echo $!'
    done = subprocess.run(["sh", "-c", line, PDMD, directory], check=True,
                          env=environment(directory=directory), stdout=subprocess.PIPE, text=True)
    pid = int(done.stdout)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while cli.run("status", "--dir", directory).code != 0:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert (directory / "pdmd.lock").read_text() == f"{pid}\n"
    finally:
        os.kill(pid, signal.SIGTERM)
    while (directory / "admin.sock").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_directory_that_others_may_enter_is_told(start_server, tmp_path):
    directory = tmp_path / "data"
    cli.set_up(directory)
    for path, mode in ((directory, 0o755), (directory / "pdmd.db", 0o644)):
        path.chmod(mode)
        server = start_server(command="serve", directory=directory)
        [event] = server.events("directory_open")
        assert event["level"] == "warn" and f"{path}; chmod" in event["cause"], event
        server.stop()
        checked = cli.run("check", "--dir", directory)
        assert checked.code == 0 and f"{path}; chmod" in checked.err, checked
        path.chmod(mode & 0o700)
    assert "chmod" not in cli.run("check", "--dir", directory).err


def test_kill_9_and_start_again(start_server, tmp_path):
    directory = tmp_path / "data"
    server = start_server(directory=directory)
    key, number = server.add_key(COMPANY, 1, "survives")
    token = server.token(key)
    for _ in range(3):
        with Callers(server, 2):
            time.sleep(0.2)
            server.kill()
        server.process.returncode = 0  # as wanted: not a fault of the server's
        server = start_server(directory=directory)
        assert server.customer(token).code == 101
        assert server.token(key)
    server.pdmd("key", "revoke", COMPANY, number)
    assert server.customer(token).code == 202
    server.kill()
    server.process.returncode = 0
    server = start_server(directory=directory)
    assert server.customer(token).code == 202


def test_an_admin_change_acts_on_the_next_call(start_server):
    server = start_server()
    key, number = server.add_key(COMPANY, 1, "acts")
    token = server.token(key)
    with Callers(server, 2):
        for active, code in (("no", 201), ("yes", 101)) * 3:
            server.pdmd("company", "edit", COMPANY, "--active", active)
            assert server.customer(token).code == code
        server.pdmd("key", "revoke", COMPANY, number)
        assert server.customer(token).code == 202


def test_a_reader_that_is_gone_does_not_stop_the_server(start_server):
    """The log goes to a pipe that nobody reads any more."""
    server = start_server()
    server.process.stdout.close()
    for _ in range(10):
        assert server.customer(server.token()).code == 101
    server.process.stdout = None
