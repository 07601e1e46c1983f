"""SIGHUP: what can be read again is read again; what is wrong leaves everything as it was."""

import signal
import time

import pytest

from support import wire
from support.build import PATIENCE_S
from support.server import COMPANY


@pytest.fixture
def served(start_server, tmp_path):
    """A server on a settings file, and a way to have it read again."""
    config = tmp_path / "pdmd.conf"
    config.write_text("[log]\nlevel = info\n")
    server = start_server(command="serve", config=config)

    def reload(text):
        """Gives the event that tells how it went. No text: no file."""
        config.unlink() if text is None else config.write_text(text)
        return sighup(server)

    return server, reload


def sighup(server):
    before = len(reloads(server))
    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE_S
    while len(reloads(server)) == before:
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.02)
    return reloads(server)[-1]


def reloads(server):
    return [e for e in server.events() if e["event"] in ("reloaded", "reload_failed")]


def test_a_good_file_is_taken_over(served):
    server, reload = served
    assert reload("[log]\nlevel = info\n")["event"] == "reloaded"
    assert server.customer(server.token()).code == 101


@pytest.mark.parametrize("text, hint", [
    ("[log]\nlevel = loud\n", ":2: "),
    ("[log]\n\nlevle = info\n", "level"),
    ("[logg]\nlevel = info\n", "log"),
    ("[server]\nlisten = nowhere\n", "listen"),
    ("[log\nlevel = info\n", ":1: "),
    ("nonsense\n", ":1: "),
])
def test_a_bad_file_changes_nothing_and_is_told(served, text, hint):
    server, reload = served
    token = server.token()
    event = reload(text)
    assert event["event"] == "reload_failed" and hint in event["cause"], event
    assert server.customer(token).code == 101


def test_a_file_that_is_gone_changes_nothing(served):
    server, reload = served
    assert reload(None)["event"] == "reload_failed"
    assert server.customer(server.token()).code == 101


def test_what_takes_a_restart_is_named(served):
    server, reload = served
    assert reload("[limits]\nhead_ms = 1234\n")["event"] == "reloaded"
    assert [e["setting"] for e in server.events("restart_needed")] == ["limits.head_ms"]


def test_a_file_made_in_the_directory_since_is_looked_at(start_server):
    server = start_server(command="serve")
    config = server.dir / "pdmd.conf"
    config.write_text("[limits]\nhead_ms = 1234\n")
    assert sighup(server)["event"] == "reloaded"
    assert [e["setting"] for e in server.events("restart_needed")] == ["limits.head_ms"]
    config.write_text("nonsense\n")
    assert sighup(server)["event"] == "reload_failed"
    config.unlink()
    assert sighup(server)["event"] == "reloaded"


def test_a_certificate_that_the_next_start_would_not_find_is_a_fault(served, tmp_path):
    server, reload = served
    event = reload(f"[server]\ntls_cert = {tmp_path}/none.pem\ntls_key = {tmp_path}/none.key\n")
    assert event["event"] == "reload_failed" and "none.pem" in event["cause"], event
    assert server.events("restart_needed") == []


def test_connections_outlive_it(served):
    server, reload = served
    body = {"company_id": COMPANY, "session_token": server.token(), "customer_id": 1408}
    data = wire.request("/GetCustomer", body)
    with server.connect() as connection:
        for _ in range(3):
            connection.send(data)
            assert connection.answer().code == 101
            reload("[log]\nlevel = info\n")
