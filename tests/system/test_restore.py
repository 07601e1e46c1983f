"""A restore that is ended anywhere leaves all of the old database or all of the new one."""

import os
import shutil
import sqlite3

import pytest

from support import cli, strace
from support.server import COMPANY

ONLY_OLD, LOGGED, ONLY_NEW = 501, 502, 503


def customers(database):
    """The ids, the way SQLite itself sees them, of a copy that may be changed."""
    with sqlite3.connect(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = db.execute("SELECT customer_id FROM customer WHERE company_id = ?", (COMPANY,))
        return {row[0] for row in found}


def add(path, customer_id):
    with sqlite3.connect(path) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(customer)")]
        values = {"customer_key": COMPANY << 33 | customer_id, "customer_id": customer_id,
                  "external_customer_ref": f"T{customer_id}"}
        chosen = ", ".join("?" if column in values else column for column in columns)
        db.execute(f"INSERT INTO customer SELECT {chosen} FROM customer LIMIT 1",
                   [values[column] for column in columns if column in values])
    db.close()


def add_to_log(directory, customer_id):
    """As after a kill: the customer stands in the log, and nobody has the database open."""
    path, aside = directory / "pdmd.db", directory.parent / "aside"
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
        add(path, customer_id)
        aside.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", aside / f"pdmd.db{suffix}")
    db.close()
    for file in aside.iterdir():
        shutil.copy(file, directory / file.name)
    shutil.rmtree(aside)
    assert (directory / "pdmd.db-wal").stat().st_size > 0


@pytest.fixture(name="place")
def make_place(tmp_path):
    """data: a directory whose database has a customer of its own, and one more in its log;
    backup: what is to be restored, with another."""
    directory = tmp_path / "data"
    made = cli.run("demo", "--once", "--customers", 20, "--dir", directory, "--listen",
                   "127.0.0.1:0")
    assert made.code == 0, made
    backup = tmp_path / "backup"
    assert cli.run("backup", backup, "--dir", directory).code == 0
    add(backup, ONLY_NEW)
    add(directory / "pdmd.db", ONLY_OLD)
    add_to_log(directory, LOGGED)
    return tmp_path


def contents(directory, folder):
    """The customers of a copy of the directory, after the program has opened it."""
    copy = folder / "looked at"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory, copy, copy_function=shutil.copy)
    listed = cli.run("company", "list", "--dir", copy)
    assert listed.code == 0 and listed.out.startswith(f"{COMPANY}\t"), listed
    return customers(copy / "pdmd.db")


def kills(place, words_of):
    """Ends a restore at each call in its turn, on a copy of the directory each; gives the copies."""
    log, data, trial = place / "strace", place / "data", place / "trial"

    def fresh():
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(data, trial)

    fresh()
    calls = strace.count(words_of(trial), log)
    assert calls["rename"] + calls["renameat2"] >= 1 and calls["fsync"] >= 4, calls
    for call, times in calls.items():
        for n in range(1, times + 1):
            fresh()
            strace.kill_at(words_of(trial), log, call, n)
            yield f"{call} {n} of {times}", trial
    print(dict(calls))


def restore_of(place):
    return lambda directory: ("restore", place / "backup", "--dir", directory)


def test_killed_at_each_step_it_leaves_all_of_the_old_or_all_of_the_new(place):
    demo = set(range(1, 21)) | {1408}
    old, new = demo | {ONLY_OLD, LOGGED}, demo | {ONLY_NEW}
    seen = {"old": 0, "new": 0}
    assert contents(place / "data", place) == old
    for where, trial in kills(place, restore_of(place)):
        found = contents(trial, place)
        assert found in (old, new), (where, sorted(found - demo), sorted(os.listdir(trial)))
        seen["old" if found == old else "new"] += 1
        kept = list(trial.glob("pdmd.db.before-*"))
        if found == new:
            assert len(kept) == 1 and customers(kept[0]) == old, where
    assert seen["old"] > 10 and seen["new"] > 0, seen
    # The last trial: what is left of it is in nobody's way.
    again = cli.run("restore", place / "backup", "--dir", trial)
    assert again.code == 0, again
    assert contents(trial, place) == new


def test_a_damaged_database_is_kept_to_the_byte_however_its_restore_is_ended(place):
    path, log = place / "data/pdmd.db", place / "data/pdmd.db-wal"
    for file, n in ((path, 8192), (log, 32)):
        with open(file, "r+b") as damaged:
            damaged.write(b"\xa5" * n)
    (place / "data/pdmd.db-shm").unlink(missing_ok=True)
    old = [path.read_bytes(), log.read_bytes()]
    new = set(range(1, 21)) | {1408, ONLY_NEW}
    seen = {"old": 0, "none": 0, "new": 0}

    def pair(trial, name):
        files = [trial / name, trial / f"{name}-wal"]
        return [file.read_bytes() if file.exists() else None for file in files]

    for where, trial in kills(place, restore_of(place)):
        kept = [file.name for file in trial.glob("pdmd.db.before-*") if "-wal" not in file.name]
        if pair(trial, "pdmd.db") == old:
            seen["old"] += 1
        else:
            assert len(kept) == 1 and pair(trial, kept[0]) == old, (where, os.listdir(trial))
            if (trial / "pdmd.db").exists():
                seen["new"] += 1
                assert contents(trial, place) == new, where
                continue
            seen["none"] += 1
            # Nobody serves anything from it, nor makes an empty database there.
            served = cli.run("serve", "--dir", trial, "--listen", "127.0.0.1:0")
            assert served.code == 1 and "a restore was interrupted" in served.err, served
            assert cli.run("setup", "--dir", trial).code == 1
        again = cli.run("restore", place / "backup", "--dir", trial)
        assert again.code == 0, (where, again)
        assert contents(trial, place) == new, where
    assert seen["old"] > 3 and seen["none"] > 0 and seen["new"] > 0, seen


@pytest.mark.parametrize("call, n, error, says", [
    ("write", 1, "ENOSPC", "No space left"),
    ("write", 1, "EIO", "Input/output error"),
    ("fsync", 1, "EIO", "Input/output error"),
    ("link", 1, "EPERM", "Operation not permitted"),
    ("rename", 1, "EIO", "Input/output error"),
])
def test_a_restore_that_fails_leaves_the_old_one(place, call, n, error, says):
    before = contents(place / "data", place)
    words = restore_of(place)(place / "data")
    done = strace.fail_at(words, place / "strace", call, n, error)
    assert done.returncode != 0 and says in done.stderr, done
    assert "restored" not in done.stderr
    assert contents(place / "data", place) == before == contents(place / "data", place)
    assert not list((place / "data").glob("pdmd.db.*"))


def test_a_server_on_the_directory_is_named(start_server, tmp_path):
    server = start_server()
    backup = tmp_path / "backup"
    server.pdmd("backup", backup)
    refused = cli.run("restore", backup, "--dir", server.dir)
    assert refused.code == 1, refused
    assert f"in use by process {server.pid}; stop that first" in refused.err, refused
    assert server.customer(server.token()).code == 101


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_restores_belongs_to_whom_the_directory_belongs(place):
    os.chown(place / "data", 65534, 65534)
    assert cli.run("restore", place / "backup", "--dir", place / "data").code == 0
    restored = (place / "data/pdmd.db").stat()
    assert (restored.st_uid, restored.st_gid, restored.st_mode & 0o7777) == (65534, 65534, 0o600)
