"""A backup beside a server at work: of one moment, whole, and good to be served."""

import itertools
import json
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

from support import cli, strace, wire
from support.build import PATIENCE_S, PDMD, environment
from support.server import COMPANY

PERSON = {"first_name": "Ann", "last_name": "Example",
          "address": {"line_1": "1 High Street", "city": "Leeds", "postal_code": "LS1 1AA"}}


class Writer(threading.Thread):
    """Creates customers one after the other, as fast as they are answered."""

    def __init__(self, server, token):
        super().__init__(daemon=True)
        body = {"company_id": COMPANY, "session_token": token, "customer": PERSON}
        self.data = wire.request("/CreateCustomer", body)
        self.address = server.address
        self.made = []  # id, when it was asked for, when it was answered
        self.failures = []
        self._stop_asked = threading.Event()

    def run(self):
        with wire.Connection(self.address) as connection:
            while not self._stop_asked.is_set() and not self.failures:
                asked = time.monotonic()
                connection.send(self.data)
                answer = connection.answer()
                if answer.code == 101:
                    made = answer.json["customer"]["customer_id"]
                    self.made.append((made, asked, time.monotonic()))
                else:
                    self.failures.append(answer)

    def stop(self):
        self._stop_asked.set()
        self.join(PATIENCE_S)
        assert not self.is_alive()


def wait_until(true):
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def customers(database):
    with sqlite3.connect(f"file:{database}?immutable=1", uri=True) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = db.execute("SELECT customer_id FROM customer WHERE company_id = ?", (COMPANY,))
        return {row[0] for row in found}


def test_beside_writers_it_holds_all_that_was_answered_before_and_nothing_asked_after(
        start_server, tmp_path):
    server = start_server(customers=20000)
    server.pdmd("key", "edit", COMPANY, 1, "--rate", 1000000, "--burst", 1000000)
    token = server.token()
    writers = [Writer(server, token) for _ in range(8)]
    rounds = []
    for writer in writers:
        writer.start()
    try:
        for n in range(4):
            wait_until(lambda: all(len(writer.made) > 30 * (n + 1) for writer in writers))
            began = time.monotonic()
            server.pdmd("backup", tmp_path / f"backup{n}")
            rounds.append((tmp_path / f"backup{n}", began, time.monotonic()))
        wait_until(lambda: all(w.made[-1][1] > rounds[-1][2] for w in writers))
    finally:
        for writer in writers:
            writer.stop()
    assert not [writer.failures for writer in writers if writer.failures]
    made = [one for writer in writers for one in writer.made]
    for backup, began, ended in rounds:
        found = customers(backup)
        before = {made_id for made_id, _, answered in made if answered < began}
        after = {made_id for made_id, asked, _ in made if asked > ended}
        assert len(before) > 100 and after
        assert before <= found
        assert not after & found
        # Ids are given in the order of the commits: a moment's are those up to one of them.
        new = {made_id for made_id, _, _ in made}
        assert found & new == {made_id for made_id in new if made_id <= max(found)}
    # During the copying, too, they went on.
    assert any(began < answered < ended for _, began, ended in rounds for _, _, answered in made)

    server.stop()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(0o700)
    shutil.copy(server.dir / "secret.key", elsewhere)
    restored = cli.run("restore", rounds[-1][0], "--dir", elsewhere)
    assert restored.code == 0, restored
    again = start_server(command="serve", directory=elsewhere)
    found = customers(rounds[-1][0])
    last = max(found)
    answer = again.customer(token, last)
    assert answer.code == 101 and answer.json["customer"]["customer_ref"] == f"C{last:06}", answer
    assert again.customer(token).json["customer"]["external_customer_ref"] == "EXTREF164736"
    assert again.customer(token, last + 1).code == 401


def test_the_facts_as_json(start_server, tmp_path):
    server = start_server(customers=20)
    backup = tmp_path / "backup"
    facts = json.loads(server.pdmd("backup", backup, "--json"))
    assert facts["file"] == str(backup)
    assert facts["bytes"] == backup.stat().st_size
    assert facts["customers"] == 20 + 1 + 100
    assert 0 <= facts["duration_ms"] < PATIENCE_S * 1000
    server.stop()
    facts = json.loads(server.pdmd("restore", backup, "--json"))
    assert facts["customers"] == 20 + 1 + 100 and facts["kept_damaged"] is False
    assert facts["kept"].startswith(f"{server.dir}/pdmd.db.before-")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_it_leaves_at_most_what_the_next_one_replaces(start_server, tmp_path, number):
    server = start_server(customers=20000)
    backup, half = tmp_path / "out/backup", tmp_path / "out/backup.new"
    backup.parent.mkdir()
    words = [PDMD, "backup", backup, "--dir", server.dir]
    process = subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE)
    wait_until(lambda: half.exists() or process.poll() is not None)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_S)
    if process.returncode == 0:
        backup.unlink()  # it was quicker
    else:
        assert process.returncode == -number
        assert {path.name for path in backup.parent.iterdir()} <= {"backup.new",
                                                                   "backup.new-journal"}
    server.pdmd("backup", backup)
    assert [path.name for path in backup.parent.iterdir()] == ["backup"]
    assert 1408 in customers(backup)
    assert server.customer(server.token()).code == 101


def test_killed_at_each_step_it_has_no_name_or_is_whole(start_server, tmp_path):
    server = start_server(customers=20)
    out = tmp_path / "out"
    numbers = itertools.count()
    seen = {"nothing": 0, "whole": 0}

    def words():
        return ("backup", out / f"backup{next(numbers)}", "--dir", server.dir)

    out.mkdir()
    calls = strace.count(words(), tmp_path / "strace")
    assert calls["renameat2"] == 1 and calls["fsync"] == 2, calls
    for call, times in calls.items():
        for n in range(1, times + 1):
            made = words()
            strace.kill_at(made, tmp_path / "strace", call, n)
            seen["whole" if made[1].exists() else "nothing"] += 1
            if made[1].exists():
                assert 1408 in customers(made[1])
    assert seen["nothing"] > 10 and seen["whole"] > 0, seen
    assert server.customer(server.token()).code == 101


@pytest.mark.parametrize("call, n, error, says", [
    ("pwrite64", 9, "ENOSPC", "no room on the disk"),
    ("pwrite64", 9, "EIO", "disk I/O error"),
    ("pread64", 30, "EIO", "disk I/O error"),
    ("fsync", 1, "EIO", "Input/output error"),
    ("renameat2", 1, "EEXIST", "File exists"),
])
def test_a_disk_that_fails_leaves_nothing(start_server, tmp_path, call, n, error, says):
    server = start_server(customers=20)
    out = tmp_path / "out"
    out.mkdir()
    words = ("backup", out / "backup", "--dir", server.dir)
    done = strace.fail_at(words, tmp_path / "strace", call, n, error)
    assert done.returncode == 1 and says in done.stderr, done
    assert not list(out.iterdir())
    assert server.customer(server.token()).code == 101


def test_a_file_system_without_that_way_of_renaming_does(start_server, tmp_path):
    server = start_server(customers=20)
    words = ("backup", tmp_path / "backup", "--dir", server.dir)
    done = strace.fail_at(words, tmp_path / "strace", "renameat2", 1, "EINVAL")
    assert done.returncode == 0, done
    assert 1408 in customers(tmp_path / "backup")
    assert not (tmp_path / "backup.new").exists()
