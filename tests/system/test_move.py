"""A whole database goes from SQLite to PostgreSQL and back, and is the same; what is broken on the
way leaves nothing that looks whole."""

import contextlib
import json
import os
import pty
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from support import awkward, cli, pharmacy, postgres, small_disk
from support.build import PATIENCE_S, PDMD, environment
from support.pharmacy import Client
from support.postgres import Postgres
from support.server import COMPANY

CUSTOMERS = 3000
LEFT_OUT = {"schema_migration", "installation"}  # each database has its own
KILLS = 12


# ---- a database with something in every table -------------------------------------------------


def write_awkward(client, chance):
    """Each text in a customer's names; every second customer is changed. Gives what was sent and
    answered of each that was taken."""
    made = []
    for n, text in enumerate([*awkward.SHORT.values(), *awkward.LONG.values()]):
        customer = pharmacy.person(chance, f"awkward-{n}", text[:50])
        customer |= {"first_name": text[:50], "last_name": "Test " + text[:40]}
        answer = client.create(customer, {"Idempotency-Key": f"key-{n}"})
        assert answer.code in (101, 303), answer
        if answer.code != 101:
            continue
        made.append((n, customer, answer))
        if n % 2:
            changed = answer.json["customer"] | {"title": text[:12]}
            for name in pharmacy.ADDED - {"customer_id"}:
                changed.pop(name, None)
            assert client.modify(changed).code in (101, 303)
    return made


def add_what_a_crash_leaves(path):
    """An import that has not ended, whose customers wait for what they are searched by."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO import_run VALUES (?, 'list.csv', 5, 3, 4, 17)", (COMPANY,))
        db.execute("INSERT INTO term_owed VALUES (?, 2, 4)", (COMPANY,))


class Past:
    """What has happened to the directory: its last call that was answered under an Idempotency-Key,
    and a session that was ended."""

    def __init__(self, directory, last, ended):
        self.dir, self.last, self.ended = directory, last, ended


@pytest.fixture(name="past", scope="module")
def make_past(start_module_server):
    server = start_module_server(customers=CUSTOMERS)
    _, number = server.add_key(COMPANY, 1, "ended", "--allow", "192.0.2.0/24", "--allow", "::1/128")
    server.pdmd("key", "revoke", COMPANY, number)
    ended = server.token()
    with Client(server.address, ended) as client:
        made = write_awkward(client, random.Random(3))
    assert len(made) > 20
    for _, _, answer in made[:-1:10]:
        customer = answer.json["customer"]
        server.pdmd("customer", "erase", COMPANY, customer["customer_id"], "--confirm",
                    customer["customer_ref"])
    assert server.ask("EndSession", {"company_id": COMPANY, "session_token": ended}).code == 101
    server.stop()
    add_what_a_crash_leaves(server.dir / "pdmd.db")
    for table, rows in contents(server.dir / "pdmd.db")[1].items():
        assert rows, f"{table} has nothing to copy"
    return Past(server.dir, made[-1], ended)


@pytest.fixture(name="house")
def make_house(past):
    """The directory, whose server has ended."""
    return past.dir


def contents(path):
    """The schema, and all rows of every table in the order of its key."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
        schema = set(db.execute("SELECT type, name, sql FROM sqlite_schema"))
        tables = [row[1] for row in schema if row[0] == "table" and row[1] not in LEFT_OUT]
        assert len(tables) > 10
        return schema, {table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
                        for table in tables}


def assert_same(path, other):
    (schema, rows), (other_schema, other_rows) = contents(path), contents(other)
    assert schema == other_schema
    for table, there in rows.items():
        assert there == other_rows[table], f"{table} differs"


# ---- a server's database --------------------------------------------------------------------------


@pytest.fixture(name="place", scope="module")
def make_place(tmp_path_factory):
    with Postgres.start(tmp_path_factory.mktemp("place") / "postgres") as server:
        yield server


@pytest.fixture(name="url")
def make_url(place):
    """Of a new, empty database."""
    name = f"move_{os.urandom(4).hex()}"
    yield place.make_database(name)
    place.drop(name)


def copy(directory, to, *words, **options):
    return cli.run("db", "copy", "--dir", directory, "--to", to, *words, **options)


def tables_of(url):
    return postgres.psql(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").strip()


def start_copy(directory, to, *words):
    return subprocess.Popen([PDMD, "db", "copy", "--dir", directory, "--to", to, *words],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment())


# ---- whole ----------------------------------------------------------------------------------------


def test_there_and_back_everything_is_the_same(house, url, tmp_path):
    there = copy(house, url, "--json")
    assert there.code == 0, there
    back = copy(house, f"sqlite:{tmp_path}/pdmd.db", "--from", url, "--json")
    assert back.code == 0, back
    assert_same(house / "pdmd.db", tmp_path / "pdmd.db")
    facts, others = json.loads(there.out), json.loads(back.out)
    assert facts["tables"] == others["tables"]
    rows = contents(house / "pdmd.db")[1]
    assert {table["name"]: table["rows"] for table in facts["tables"]} == \
        {table: len(there) for table, there in rows.items()}


@pytest.mark.parametrize("words", [
    ("company", "list"), ("key", "list", COMPANY), ("audit", "list", COMPANY),
    ("customer", "export", COMPANY, "--ndjson")], ids=lambda words: " ".join(map(str, words)))
def test_whoever_asks_sees_no_difference(house, url, words):
    assert copy(house, url).code == 0
    file = cli.run(*words, "--dir", house)
    shared = cli.run(*words, "--dir", house, settings={"database.url": url})
    assert (file.code, file.out) == (shared.code, shared.out) and file.code == 0, shared


def test_a_server_goes_on_with_the_copy(past, url, start_server):
    """Old keys are good, ended sessions stay ended, an answered call is answered the same."""
    assert copy(past.dir, url).code == 0
    server = start_server(command="serve", directory=past.dir,
                          settings={"database.url": url, "limits.token_failures_per_minute": 0})
    assert server.customer(past.ended).code == 202
    n, customer, answer = past.last
    last_id = answer.json["customer"]["customer_id"]
    with Client(server.address, server.token()) as client:
        again = client.create(customer, {"Idempotency-Key": f"key-{n}"})
        assert (again.code, again.json) == (101, answer.json)
        new = client.create(pharmacy.person(random.Random(5), "new", "m"))
        assert new.code == 101 and new.json["customer"]["customer_id"] > last_id


def test_the_file_is_the_directorys_owners(house, url, tmp_path):
    """Whoever serves it is not root."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    assert copy(house, url).code == 0
    os.chown(tmp_path, 1234, 1235)
    assert copy(house, f"sqlite:{tmp_path}/pdmd.db", "--from", url).code == 0
    made = (tmp_path / "pdmd.db").stat()
    assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (1234, 1235, 0o600)


def test_the_source_is_left_as_it_was(house, url):
    names = sorted(path.name for path in house.iterdir())
    before = (house / "pdmd.db").read_bytes()
    assert copy(house, url).code == 0
    assert (house / "pdmd.db").read_bytes() == before
    assert sorted(path.name for path in house.iterdir()) == names


def test_a_copy_at_a_terminal_tells_how_far_it_is(house, url):
    ours, theirs = pty.openpty()
    with subprocess.Popen([PDMD, "db", "copy", "--dir", house, "--to", url], stdin=theirs,
                          stdout=theirs, stderr=theirs, env=environment()) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how the end of a terminal looks
            while more := os.read(ours, 65536):
                shown += more
        os.close(ours)
    assert process.returncode == 0, shown
    assert b"\rcopying company: 0 rows, 0 a second" in shown and b"copied " in shown, shown


# ---- refused --------------------------------------------------------------------------------------


def test_a_database_that_has_data_is_left_alone(house, url):
    assert copy(house, url).code == 0
    rows = "SELECT count(*), max(xmin::text), max(xmax::text) FROM customer"
    before = postgres.psql(url, rows)
    again = copy(house, url)
    assert again.code == 1 and "has data of its own" in again.err, again
    assert postgres.psql(url, rows) == before


@pytest.mark.parametrize("what, why", [
    ("ours", "there is something already"), ("somebody's", "not a database of pdmd")])
def test_a_file_that_is_there_is_left_alone(house, url, tmp_path, what, why):
    assert copy(house, url).code == 0
    file = tmp_path / "pdmd.db"
    if what == "ours":
        shutil.copy(house / "pdmd.db", file)
    else:
        file.write_text(what)
    before = file.read_bytes()
    done = copy(house, f"sqlite:{file}", "--from", url)
    assert done.code == 1 and why in done.err, done
    assert file.read_bytes() == before and list(tmp_path.iterdir()) == [file]


def test_a_database_with_empty_tables_is_filled(house, url):
    made = cli.run("db", "migrate", "--dir", house, settings={"database.url": url})
    assert made.code == 0, made
    done = copy(house, url)
    assert done.code == 0, done


def test_a_database_of_another_secret_is_left_alone(house, url, tmp_path):
    settings = {"database.url": url}
    for words in (("setup",), ("db", "migrate")):
        assert cli.run(*words, "--dir", tmp_path / "other", settings=settings).code == 0
    done = copy(house, url)
    assert done.code == 1 and "belongs to another secret.key" in done.err, done
    assert postgres.psql(url, "SELECT count(*) FROM customer") == "0\n"


def test_a_server_that_works_on_the_file_keeps_the_copy_off(house, url, tmp_path, start_server):
    shutil.copytree(house, tmp_path / "data")
    server = start_server(command="serve", directory=tmp_path / "data")
    done = copy(tmp_path / "data", url)
    assert done.code == 1 and f"in use by process {server.pid}" in done.err, done
    assert tables_of(url) == "0"


@pytest.mark.parametrize("to, code, why", [
    ("mysql://pdmd@localhost/pdmd", 2, "names no database"),
    ("postgresql://pdmd@/nowhere?host={place}", 1, "does not exist"),
    ("postgresql://pdmd@/pdmd?host={place}/nowhere", 1, "the target: "),
    ("postgresql://pdmd@/pdmd?nothing=1", 2, "not well formed"),
    ("sqlite:{place}/nowhere/pdmd.db", 3, "cannot make a file"),
    ("postgresql://pdmd:sesame@/pdmd?host={place}", 2, "has a password in it"),
    ("postgresql://pdmd@/pdmd?password=sesame", 2, "has a password in it"),
])
def test_a_target_that_cannot_be(house, place, to, code, why):
    done = copy(house, to.format(place=place.place))
    assert done.code == code and why in done.err and "sesame" not in done.err, done


def test_a_source_that_is_not_there(house, url, tmp_path):
    done = copy(house, f"sqlite:{tmp_path}/pdmd.db", "--from", url)
    assert done.code == 3 and "has no tables of ours yet" in done.err, done
    assert not list(tmp_path.iterdir())


# ---- broken ---------------------------------------------------------------------------------------


def copy_killed(directory, to, after_s, *words):
    """Was it killed before its end?"""
    with start_copy(directory, to, *words) as process:
        try:
            process.wait(after_s)
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait() == -signal.SIGKILL


def moments(took_s):
    return [took_s * (n + 0.5) / KILLS for n in range(KILLS)]


def gone(url):
    """The server takes back what a lost session has done, which may last a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if postgres.psql(url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                              "'pdmd' AND datname = current_database()") == "0\n":
            return
        time.sleep(0.02)
    raise AssertionError("a session stays")


def timed(*words):
    began = time.monotonic()
    done = copy(*words)
    assert done.code == 0, done
    return time.monotonic() - began


def test_killed_anywhere_a_servers_database_stays_empty(house, place, url, tmp_path):
    took_s = timed(house, place.make_database("measure"))
    place.drop("measure")
    killed = 0
    for after_s in moments(took_s):
        if not copy_killed(house, url, after_s):
            break
        killed += 1
        gone(url)
        if tables_of(url) != "0":
            break  # the kill came behind the commit
        looked = cli.run("check", "--dir", house, settings={"database.url": url})
        assert looked.code != 0 and "has no tables of ours yet" in looked.err, looked
    assert killed > 0  # how many depends on how busy the machine is
    if tables_of(url) == "0":
        assert copy(house, url).code == 0
    looked = cli.run("check", "--dir", house, settings={"database.url": url})
    assert looked.code == 0, looked
    assert copy(house, f"sqlite:{tmp_path}/pdmd.db", "--from", url).code == 0
    assert_same(house / "pdmd.db", tmp_path / "pdmd.db")


def test_killed_anywhere_a_file_is_not_there(house, url, tmp_path):
    assert copy(house, url).code == 0
    took_s = timed(house, f"sqlite:{tmp_path}/measure.db", "--from", url)
    file = tmp_path / "pdmd.db"
    killed = 0
    for after_s in moments(took_s):
        if not copy_killed(house, f"sqlite:{file}", after_s, "--from", url) or file.exists():
            break
        killed += 1
    assert killed > 0  # how many depends on how busy the machine is
    if not file.exists():
        assert copy(house, f"sqlite:{file}", "--from", url).code == 0
    assert_same(house / "pdmd.db", file)


def test_a_server_that_crashes_meanwhile_has_nothing(house, url, place):
    with start_copy(house, url) as process:
        time.sleep(0.05)
        place.end(signal.SIGQUIT)
        said = process.stderr.read().decode()
    place.run()
    if process.returncode != 0:  # else it was done before
        assert process.returncode == 1 and said.startswith("pdmd db copy: "), said
        assert tables_of(url) == "0"
        assert copy(house, url).code == 0


def test_a_full_disk_takes_no_file(house, url, tmp_path):
    assert copy(house, url).code == 0
    with small_disk.mounted(tmp_path / "disk", 1) as disk:
        done = copy(house, f"sqlite:{disk.path}/pdmd.db", "--from", url)
        assert done.code == 1 and "no room on the disk" in done.err, done
        assert not list(disk.path.iterdir())
