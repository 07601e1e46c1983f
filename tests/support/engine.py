"""Which database the program under test works on. PDMD_TEST_ENGINE=postgresql: on PostgreSQL, each
data directory with a database of its own; else on the SQLite file in the directory.

PDMD_TEST_POSTGRES is the URL of a database of the server to make them on, as scripts/test sets it;
without it the run starts a server for itself.
"""

import itertools
import os
import pathlib

from support import postgres

PLACE = "PDMD_TEST_POSTGRES"
ON_POSTGRES = os.environ.get("PDMD_TEST_ENGINE", "sqlite") == "postgresql"
assert os.environ.get("PDMD_TEST_ENGINE", "sqlite") in ("sqlite", "postgresql")

_databases = {}  # directory: name
_numbers = itertools.count(1)


def _key(directory):
    return os.path.realpath(directory)


def url(directory):
    """Of the directory's database, made at the first use."""
    key = _key(directory)
    if key not in _databases:
        name = f"tests_{os.getpid()}_{next(_numbers)}"
        postgres.make_database(os.environ[PLACE], name)
        _databases[key] = name
    return postgres.database_url(os.environ[PLACE], _databases[key])


def share(directory, other):
    """The other directory, a copy, has the same database from now on."""
    if ON_POSTGRES:
        url(directory)
        _databases[_key(other)] = _databases[_key(directory)]


def settings(directory):
    """What the program is to be told when it works on this directory."""
    return {"database.url": url(directory)} if ON_POSTGRES and directory else {}


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
    within = [key for key in _databases if pathlib.Path(folder).resolve() in pathlib.Path(key).parents]
    for name in {_databases.pop(key) for key in within} - set(_databases.values()):
        postgres.drop_database(os.environ[PLACE], name)
