"""What a kill -9 does not show, since the system keeps what was written: that everything is put on
the disk before it is answered, and the log emptied only when the database has all of it."""

import os
import random
import signal
import time

import pytest

from support import pharmacy, strace
from support.build import PATIENCE_S
from support.journal import Journal
from support.pharmacy import Client

CALLS = ("pwrite64", "fdatasync", "fsync", "sendto", "sendmsg", "write", "writev")
SENDS = ("sendto", "sendmsg", "write", "writev")


@pytest.fixture(scope="module")
def calls(start_module_server, tmp_path_factory):
    """All that a server calls while one customer after the other is written, from its start on,
    until it has emptied its log twice."""
    strace.needed()
    folder = tmp_path_factory.mktemp("order")
    directory, output = folder / "data", folder / "calls"
    key = pharmacy.make(directory)
    assert not (directory / "pdmd.db-wal").exists()
    server = start_module_server(command="serve", directory=directory, ready=False,
                                 before=strace.words(output, calls=CALLS),
                                 env=strace.environment())
    server.wait_for_log()
    journal, chance = Journal(), random.Random(1)
    database = str(directory / "pdmd.db")
    with Client(server.address, server.token(key)) as client:
        deadline = time.monotonic() + 3 * PATIENCE_S
        n = 0
        while sum(1 for _ in emptied(strace.events(output), database)) < 2:
            assert time.monotonic() < deadline, "the log is never emptied"
            for _ in range(50):
                n += 1
                answer = journal.write(client, f"r-{n}", pharmacy.person(chance, f"r-{n}", ""))
                assert answer.code == 101, answer
    os.kill(server.events("starting")[0]["pid"], signal.SIGTERM)
    server.wait_for_end()
    return database, n, list(strace.events(output))


def emptied(events, database):
    """Where the log begins anew: its header is written."""
    return (event for event in events
            if event.call == "pwrite64" and event.path == f"{database}-wal" and event.offset == 0)


def test_every_write_is_on_the_disk_before_its_answer(calls):
    """The log is written, synced, and only then the answer is sent; a sync is over when it has come
    back."""
    database, n, events = calls
    waiting = answers = 0
    for event in events:
        if event.call == "pwrite64" and event.path == f"{database}-wal":
            waiting += 1
        elif event.call in strace.SYNCS and event.path == f"{database}-wal":
            waiting = 0
        elif event.call in SENDS and "ETag" in event.text:
            answers += 1
            assert waiting == 0, f"answer {answers} was sent with {waiting} writes not synced"
    assert answers == n


def test_a_commit_goes_to_the_log_in_few_pieces(calls):
    """SQLite would write each page with two calls."""
    database, n, events = calls
    log = [event for event in events if event.path == f"{database}-wal"]
    writes = sum(event.call == "pwrite64" for event in log)
    syncs = sum(event.call in strace.SYNCS for event in log)
    assert syncs >= n
    assert writes <= 2 * syncs


def test_a_new_log_has_its_name_on_the_disk_before_the_first_answer(calls):
    database, _, events = calls
    named = False
    for event in events:
        named = named or (event.call in strace.SYNCS and event.path == os.path.dirname(database))
        if event.call in SENDS and "ETag" in event.text:
            assert named
            return
    raise AssertionError("no answer was sent")


def test_the_log_begins_anew_only_when_the_database_is_on_the_disk(calls):
    database, _, events = calls
    written = waiting = begun = 0
    for event in events:
        if event.call == "pwrite64" and event.path == database:
            waiting += 1
            written += 1
        elif event.call in strace.SYNCS and event.path == database:
            waiting = 0
        elif event.call == "pwrite64" and event.path == f"{database}-wal" and event.offset == 0:
            begun += 1
            assert waiting == 0, f"{waiting} pages of the database were not synced"
            assert begun == 1 or written > 0, "nothing was written before the log began anew"
    assert begun >= 2
