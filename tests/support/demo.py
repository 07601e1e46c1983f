"""The demo's data in a new directory. `pdmd demo` makes it on SQLite alone; for PostgreSQL it is made
there once and brought over, and every directory that wants it has a copy."""

import contextlib
import pathlib
import shutil
import sqlite3
import tempfile

from support import cli, engine, postgres

KEPT = ("secret.key", "demo", "demo-9001.key", "demo-9002.key")

_masters = {}  # how many customers: directory


def _run(directory, customers):
    made = cli.run("demo", "--once", "--customers", customers, "--dir", directory, "--listen",
                   "127.0.0.1:0")
    assert made.code == 0, made


def _cell(value):
    """As COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value).translate({92: "\\\\", 9: "\\t", 10: "\\n", 13: "\\r"})


def _tables(url):
    """{table: its columns} of PostgreSQL."""
    tables = {}
    for line in postgres.psql(url, "SELECT table_name, column_name FROM information_schema.columns "
                                   "WHERE table_schema = 'public'").splitlines():
        table, column = line.split("|")
        tables.setdefault(table, []).append(column)
    return tables


def _bring_over(directory):
    """Every row of SQLite's file into the same table of PostgreSQL, in the columns that both have;
    what PostgreSQL's tables tell of themselves stays."""
    script = ["SET session_replication_role = replica;"]  # whatever the order of the tables
    with contextlib.closing(sqlite3.connect(directory / "pdmd.db")) as db:
        for table, columns in _tables(engine.url(directory)).items():
            if table in ("installation", "schema_migration"):
                continue
            there = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
            if not there:
                continue  # PostgreSQL's alone
            names = ", ".join(column for column in columns if column in there)
            script += [f"COPY {table} ({names}) FROM stdin;"]
            script += ["\t".join(map(_cell, row))
                       for row in db.execute(f"SELECT {names} FROM {table}")]
            script.append("\\.")
    postgres.psql(engine.url(directory), "\n".join(script) + "\n")


def _master(customers):
    if customers not in _masters:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="pdmd-demo-"))
        _run(folder / "data", customers)
        cli.migrate(folder / "data")
        _bring_over(folder / "data")
        _masters[customers] = folder / "data"
    return _masters[customers]


def forget():
    """The run is over; a helper of pytest's ends without what Python does at the end."""
    for directory in _masters.values():
        shutil.rmtree(directory.parent, ignore_errors=True)
    _masters.clear()


def make(directory, customers=20):
    directory = pathlib.Path(directory)
    if not engine.ON_POSTGRES:
        _run(directory, customers)
        return
    master = _master(customers)
    directory.mkdir(parents=True, mode=0o700)
    for name in KEPT:
        shutil.copy2(master / name, directory / name)
    engine.take(directory, engine.name(master))
