"""Each system call that writes or syncs, killed there and failed there: never a wrong answer.

A part of them in the ordinary run; PDMD_CYCLES=1000000 for every one.
"""

import itertools
import json
import os
import random
import shutil
import signal
import time

import pytest

from support import cli, database, effort, pharmacy, strace, wire
from support.build import PATIENCE_S
from support.database import Database
from support.journal import Journal
from support.pharmacy import Client

SESSION_WRITES = 8
IN_TURN = SESSION_WRITES + SESSION_WRITES // 2  # of its answers; the rest came at once

KINDS = [strace.KILLED, "EIO", "EIO from then on", "ENOSPC", "ENOSPC from then on"]


def every_write(server, journal, token, prefix, n=SESSION_WRITES):
    """One after the other, then as many at once; gives the answers."""
    chance = random.Random(prefix)
    refs = [f"{prefix}-{i}" for i in range(n)]
    answers = []
    try:
        with Client(server.address, token) as client:
            for ref in refs + refs[:n // 2]:
                content = pharmacy.person(chance, ref, f"mark {len(answers)}")
                answers.append(journal.write(client, ref, content))
                if not isinstance(answers[-1], wire.Answer):
                    return answers
        answers += at_once(server, journal, token, chance, [f"{ref}-p" for ref in refs])
    except (OSError, wire.Closed) as fault:
        answers.append(fault)
    return answers


def at_once(server, journal, token, chance, refs):
    clients = [Client(server.address, token) for _ in refs]
    asked, answers = [], []
    try:
        for client, ref in zip(clients, refs):
            content = pharmacy.person(chance, ref, "at once")
            journal.entry(ref).asked(content)
            asked.append((client, ref, content))
            client.connection.send(client.request("CreateCustomer", {"customer": content}))
        for client, ref, content in asked:
            try:
                answer = client.connection.answer()
            except (wire.Closed, OSError, AssertionError) as fault:
                answers.append(fault)
                continue
            if answer.code == 101:
                journal.entry(ref).answered(content, answer)
            answers.append(answer)
    finally:
        for client in clients:
            client.connection.sock.close()
    return answers


class Prepared:
    """A data directory whose log is about to be emptied, as a killed server left it."""

    def __init__(self, folder, start):
        self.dir, self.start = folder / "prepared", start
        self.key = pharmacy.make(self.dir)
        self.journal = Journal()
        server = start(command="serve", directory=self.dir)
        self.token = server.token(self.key)
        chance = random.Random(1)
        with Client(server.address, self.token) as client:
            n = 0
            while (self.dir / "pdmd.db-wal").stat().st_size < database.LOG_BYTES * 0.98:
                n += 1
                self.journal.write(client, f"p-{n}", pharmacy.person(chance, f"p-{n}", ""))
            self.journal.settle_touched(client)
        server.kill()

    def copy(self, to):
        shutil.copytree(self.dir, to, ignore=shutil.ignore_patterns("*.sock"))
        journal = Journal()
        journal.entries = {ref: _copy(entry) for ref, entry in self.journal.entries.items()}
        return journal


def _copy(entry):
    copied = type(entry)(entry.ref)
    copied.customer_id, copied.known = entry.customer_id, dict(entry.known)
    return copied


@pytest.fixture(scope="module")
def prepared(start_module_server, tmp_path_factory):
    strace.needed()
    return Prepared(tmp_path_factory.mktemp("prepared"), start_module_server)


class Run:
    """One session with one fault, and what it left behind."""

    def __init__(self, prepared, folder, fault=None):
        self.prepared, self.fault = prepared, fault
        self.dir, self.output = folder / "data", folder / "calls"
        self.journal = prepared.copy(self.dir)
        self.answers = []
        self.server = None

    def serve(self):
        self.server = self.prepared.start(
            command="serve", directory=self.dir, log=self.dir.parent / "log",
            prepare_child=strace.let_yourself_be_traced, env=strace.environment())
        with strace.attached(self.server.pid, self.output, self.fault, SESSION_CALLS):
            self.answers = every_write(self.server, self.journal, self.prepared.token, "s")
            self.end()
        return self

    def end(self):
        """By itself, where it must; else by a signal."""
        process = self.server.process
        if process.poll() is None and not self.outcome_unknown():
            process.terminate()
        process.communicate(timeout=PATIENCE_S)

    def outcome_unknown(self):
        """Whether a commit failed in a way that leaves open what is on the disk."""
        return bool(self.server.events("commit_failed")) and not self.no_room()

    def no_room(self):
        """A sync that finds no room has failed like any other: what it left is not known."""
        return self.fault[0] == "pwrite64" and self.fault[2].startswith("ENOSPC")

    def start_again(self):
        """Everything acknowledged is there, everything else whole, and it takes writes."""
        server = self.prepared.start(command="serve", directory=self.dir,
                                     log=self.dir.parent / "log-again")
        with Client(server.address, self.prepared.token) as client:
            self.journal.settle_touched(client)
            content = pharmacy.person(random.Random(1), "afterwards", "")
            assert self.journal.write(client, "afterwards", content).code == 101
            self.journal.settle_touched(client)
        server.stop()
        self.journal.compare(Database(self.dir).assert_sound().by_ref())

    # ---- what must be so

    def codes(self):
        return [answer.code if isinstance(answer, wire.Answer) else None
                for answer in self.answers]

    def assert_ended_as_designed(self):
        """A commit of unknown end is the last thing that the server writes; any other failure
        refuses some calls, and is over."""
        codes = self.codes()
        unknown = self.outcome_unknown()
        assert self.server.process.returncode == (1 if unknown else 0), self.server.log()[-2000:]
        assert set(codes) <= {101, 500, None}, self.answers
        if unknown:
            assert self.written_after_it() == [], self.server.log()[-4000:]
            return
        assert None not in codes, self.answers
        if self.fault[2].endswith("from then on"):
            in_turn = codes[:IN_TURN]
            first = in_turn.index(500) if 500 in in_turn else IN_TURN
            assert 101 not in in_turn[first:], codes
        else:
            # One batch at most, and a call or two on other threads: those after it are written.
            assert codes.count(500) <= SESSION_WRITES, codes
            assert 101 in codes[:4], codes

    def written_after_it(self):
        """The writer's lines are in the order in which it wrote."""
        events = self.server.events()
        names = [event["event"] for event in events]
        return [event for event in events[names.index("commit_failed"):]
                if event.get("command") in ("CreateCustomer", "ModifyCustomer")
                and event.get("code") == 101]

    def was_hit(self):
        return self.server.process.returncode == -9 or strace.was_hit(self.output)


def new_folder(parent, name):
    folder = parent / str(name)
    folder.mkdir()
    return folder


def numbers(output, call, ordinary, sanitizer):
    counted = strace.counts(output, [call])
    return effort.spread(counted[call], effort.cycles(ordinary, sanitizer))


# The calls that a server makes once it is up, and how many of them the ordinary run tries; a new
# file's fsync is the command line's.
ORDINARY = {"pwrite64": 5, "fdatasync": 3, "ftruncate": 1}
SESSION_CALLS = (*strace.CALLS, "pread64")
# A file that cannot be opened may be one that the program does without.
SET_UP_CALLS = [call for call in strace.CHANGES if call != "openat"]


@pytest.fixture(scope="module")
def dry(prepared, tmp_path_factory):
    """The session without a fault: the calls that it makes."""
    folder = tmp_path_factory.mktemp("dry")
    run = Run(prepared, folder).serve()
    assert set(run.codes()) == {101}, run.answers
    assert run.server.process.returncode == 0, run.server.log()
    run.start_again()
    counted = strace.counts(run.output)
    print(counted)
    # Both files are written and synced: the log by every commit, the database when it is emptied.
    for call, file in itertools.product(("pwrite64", "fdatasync"), ("pdmd.db", "pdmd.db-wal")):
        assert strace.was_made(run.output, call, f"{run.dir}/{file}"), (call, file, counted)
    return run


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ORDINARY)
def test_a_write_that_fails_is_not_acknowledged(prepared, dry, tmp_path, call, kind):
    fail_each(prepared, dry, tmp_path, call, kind, ORDINARY[call])


def test_a_read_that_fails_fails_its_call_alone(prepared, dry, tmp_path):
    fail_each(prepared, dry, tmp_path, "pread64", "EIO", 8)


def fail_each(prepared, dry, tmp_path, call, kind, ordinary):
    hit = 0
    for n in numbers(dry.output, call, ordinary, 2):
        print(f"{call} {n} {kind}", flush=True)
        run = Run(prepared, new_folder(tmp_path, n), (call, n, kind)).serve()
        if kind == strace.KILLED:
            assert run.server.process.returncode in (-9, 0), run.server.log()
        else:
            run.assert_ended_as_designed()
        run.start_again()
        hit += run.was_hit()
        shutil.rmtree(run.dir.parent)
    assert hit > 0


# ---- start and end, and the command line without a server


def pid_of(server):
    """Of the program; the process is strace. None: it ended before it began."""
    deadline = time.monotonic() + PATIENCE_S
    while server.process.poll() is None:
        if server.events("ready"):
            return server.events("starting")[0]["pid"]
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.005)
    return None


def start_and_stop(prepared, folder, fault=None):
    """On a log that waits to be emptied, which is done at the end."""
    run = Run(prepared, folder, fault)
    run.server = prepared.start(command="serve", directory=run.dir, log=folder / "log",
                                ready=False, before=strace.words(run.output, fault),
                                env=strace.environment())
    pid = pid_of(run.server)
    if pid:
        os.kill(pid, signal.SIGTERM)
    run.server.process.communicate(timeout=PATIENCE_S)
    return run


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_or_an_end_that_fails_loses_nothing(prepared, tmp_path, kind):
    dry = start_and_stop(prepared, new_folder(tmp_path, "dry"))
    assert dry.server.process.returncode == 0, dry.server.log()
    assert strace.was_made(dry.output, "pwrite64", dry.dir / "pdmd.db")
    for call in strace.CALLS:
        for n in numbers(dry.output, call, 2, 1):
            print(f"{call} {n} {kind}", flush=True)
            run = start_and_stop(prepared, new_folder(tmp_path, f"{call}-{n}"), (call, n, kind))
            code = run.server.process.returncode
            assert code in ((-9, 0) if kind == strace.KILLED else (0, 1)), run.server.log()
            assert code <= 0 or run.server.log() != "", "it failed and did not say why"
            run.start_again()
            shutil.rmtree(run.dir.parent)


def traced(output, fault, *words, calls=strace.CALLS):
    """A command line of pdmd under strace; gives its exit code."""
    done = strace.run(words, output, fault, calls)
    assert done.returncode in (0, 1, -9), done
    may_be_silent = fault and fault[0] == "write"
    assert done.returncode != 1 or done.stderr != "" or may_be_silent, "it did not say why"
    return done.returncode


def set_up(folder, fault=None):
    return traced(folder / "calls", fault, "setup", "--dir", folder / "data",
                  calls=SET_UP_CALLS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_set_up_that_fails_can_be_done_again(tmp_path, kind):
    dry = new_folder(tmp_path, "dry")
    assert set_up(dry) == 0
    assert strace.counts(dry / "calls")["fsync"] > 0
    for call in SET_UP_CALLS:
        for n in numbers(dry / "calls", call, 4, 1):
            print(f"{call} {n} {kind}", flush=True)
            folder = new_folder(tmp_path, f"{call}-{n}")
            set_up(folder, (call, n, kind))
            again = cli.run("setup", "--dir", folder / "data")
            # A whole one stays as it is, whether the first had been told of it or not.
            assert again.code == 0 or "already" in again.err, again
            added = cli.run("company", "add", 9001, "Test", "--dir", folder / "data")
            assert added.code == 0, added
            shutil.rmtree(folder)


def companies(directory):
    listed = cli.run("company", "list", "--json", "--dir", directory)
    assert listed.code == 0, listed
    return [company["company_id"] for company in json.loads(listed.out)["companies"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_without_a_server_is_told_as_it_is(tmp_path, kind):
    made = tmp_path / "made"
    pharmacy.make(made)

    def add(folder, fault=None):
        shutil.copytree(made, folder / "data")
        return traced(folder / "calls", fault, "company", "add", 9100, "New", "--dir",
                      folder / "data")

    dry = new_folder(tmp_path, "dry")
    assert add(dry) == 0
    for call in strace.CALLS:
        for n in numbers(dry / "calls", call, 3, 1):
            print(f"{call} {n} {kind}", flush=True)
            folder = new_folder(tmp_path, f"{call}-{n}")
            code = add(folder, (call, n, kind))
            there = companies(folder / "data")
            assert there in ([9001], [9001, 9100]), there
            assert code != 0 or 9100 in there, (call, n)
            again = cli.run("company", "add", 9100, "New", "--dir", folder / "data")
            assert again.code == (1 if 9100 in there else 0), again
            assert companies(folder / "data") == [9001, 9100]
            Database(folder / "data").assert_sound()
            shutil.rmtree(folder)
