"""Which database the program under test works on. TEST_ENGINE=postgresql: on PostgreSQL, each
data directory with a database of its own; else on the SQLite file in the directory.

TEST_POSTGRES is the URL of a database of the server to make them on, as scripts/test sets it;
without it the run starts a server for itself.
"""

import itertools
import os
import pathlib
import time

from support import postgres

SETTLED_S = 60
PLACE = "TEST_POSTGRES"
ON_POSTGRES = os.environ.get("TEST_ENGINE", "sqlite") == "postgresql"
assert os.environ.get("TEST_ENGINE", "sqlite") in ("sqlite", "postgresql")

# A call is not to fail because the machine has other work to do.
DEADLINE_MS = 20000

_databases = {}  # directory: name
_numbers = itertools.count(1)


def _key(directory):
    return os.path.realpath(directory)


def take(directory, template="template0"):
    """Makes the directory's database, empty or a copy of the template; gives its name."""
    name = f"tests_{os.getpid()}_{next(_numbers)}"
    postgres.make_database(os.environ[PLACE], name, template)
    _databases[_key(directory)] = name
    return name


def name(directory):
    """The directory's database, made at the first use."""
    return _databases.get(_key(directory)) or take(directory)


def url(directory):
    return postgres.database_url(os.environ[PLACE], name(directory))


def share(directory, other):
    """The other directory, a copy, has the same database from now on."""
    if ON_POSTGRES:
        _databases[_key(other)] = name(directory)


def settings(directory):
    """What the program is to be told when it works on this directory."""
    if not ON_POSTGRES or not directory:
        return {}
    return {"database.url": url(directory), "database.deadline_ms": DEADLINE_MS}


def settle():
    """Until whatever is written by now would be listed among the changes: PostgreSQL counts
    transactions for all its databases, and other tests have theirs under way."""
    if not ON_POSTGRES:
        return
    url, deadline = os.environ[PLACE], time.monotonic() + SETTLED_S
    now = postgres.psql(url, "SELECT pg_current_xact_id()").strip()
    passed = f"SELECT pg_snapshot_xmin(pg_current_snapshot()) > '{now}'"
    while postgres.psql(url, passed).strip() != "t":
        assert time.monotonic() < deadline, "a transaction stays open"
        time.sleep(0.01)


def directory_of(words):
    """What a command line's --dir names, or None."""
    words = [str(word) for word in words]
    for word, behind in zip(words, [*words[1:], None]):
        if word == "--dir":
            return behind
        if word.startswith("--dir="):
            return word.removeprefix("--dir=") or None
    return None


def forget_within(folder):
    """Removes the databases of all directories in the folder; its tests are over."""
    outer = pathlib.Path(folder).resolve()
    within = [key for key in _databases if outer in pathlib.Path(key).parents]
    for old in {_databases.pop(key) for key in within} - set(_databases.values()):
        postgres.drop_database(os.environ[PLACE], old)
