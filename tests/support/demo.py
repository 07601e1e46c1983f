"""The demo's data in a new directory. On PostgreSQL, where it takes a while, it is made once, and every
directory that wants it has a copy."""

import pathlib
import shutil
import tempfile

from support import cli, engine

KEPT = ("secret.key", "demo", "demo-9001.key", "demo-9002.key")

_masters = {}  # how many customers: directory


def _run(directory, customers):
    made = cli.run("demo", "--once", "--customers", customers, "--dir", directory, "--listen",
                   "127.0.0.1:0")
    assert made.code == 0, made


def _master(customers):
    if customers not in _masters:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="pdmd-demo-"))
        _run(folder / "data", customers)
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
