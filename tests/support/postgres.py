"""A PostgreSQL of the tests' own: a private server in a folder, on a Unix socket in it. Knows only
Python's library, since scripts/postgres and scripts/test begin here too.

`Postgres.start` ties the server to the process that called it: it is ended, and its folder removed,
by `stop`, and by itself when that process is gone, however it went. `scripts/postgres start` leaves
one running until `scripts/postgres stop`.
"""

import contextlib
import glob
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "postgres"
ROLE = "pdmd"
USER = "postgres"  # whom it runs as where we are root, since it refuses to be root's
PORT = 5432
READY_S = 60
END_S = 20
SOCKET_BYTES_MAX = 107
OURS = ("data", "log", "password")  # and sockets: what is in such a folder

# Small, with room for many sessions; databases that live for seconds have little to vacuum.
ALWAYS = ["shared_buffers=32MB", "max_connections=300", "jit=off", "autovacuum_naptime=10min",
          "wal_level=minimal", "max_wal_senders=0", "log_min_duration_statement=-1"]
# Besides, for one that has standbys.
WITH_STANDBYS = ["wal_level=replica", "max_wal_senders=8", "synchronous_commit=on"]
# What is written may be lost with the machine; nothing is lost with the server's process.
NOT_DURABLE = ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]


class PostgresError(Exception):
    pass


def _bin():
    """The folder of the newest PostgreSQL's programs."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    newest = max(found, key=lambda path: int(path.split("/")[-3]), default=shutil.which("initdb"))
    if not newest:
        raise PostgresError("PostgreSQL is not installed; `scripts/need test` installs it")
    return pathlib.Path(newest).parent


def _environment():
    """Ours, without what would make PostgreSQL's programs look elsewhere."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**env, "LC_ALL": "C", "TZ": "UTC"}


def _run(words, whom=None, stdin="", **options):
    as_whom = {"user": whom.pw_uid, "group": whom.pw_gid, "extra_groups": []} if whom else {}
    done = subprocess.run(list(map(str, words)), input=stdin, capture_output=True, text=True,
                          check=False, cwd="/", env=_environment(), **as_whom, **options)
    if done.returncode != 0:
        raise PostgresError(f"{words[0]}: {done.stdout}{done.stderr}".rstrip())
    return done.stdout


def _owner():
    """Whom the server is to run as; None for ourselves."""
    return pwd.getpwnam(USER) if os.geteuid() == 0 else None


def _reachable(folder, whom):
    """Is the folder for that user to write in, and not too deep for a socket?"""
    if len(os.fsencode(f"{folder}/.s.PGSQL.65535")) > SOCKET_BYTES_MAX:
        return False
    if not whom:
        return True
    with contextlib.suppress(PostgresError):
        _run(["test", "-w", folder], whom)
        return True
    return False


def _make_place(folder):
    """The folder, made, and where it really is: a link leads to a short path elsewhere if sockets
    cannot have so long a path, or the server's user cannot come so far."""
    whom = _owner()
    folder.mkdir(parents=True, mode=0o700)
    if whom:
        os.chown(folder, whom.pw_uid, whom.pw_gid)
    if _reachable(folder, whom):
        return folder
    place = pathlib.Path(tempfile.mkdtemp(prefix="pdmd-postgres-", dir="/tmp"))
    if whom:
        os.chown(place, whom.pw_uid, whom.pw_gid)
    folder.rmdir()
    folder.symlink_to(place)
    return place


def _pid(place):
    """The server that runs on this place's data, or None. A number alone would not do: it may be
    another process's by now."""
    data = place / "data"
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        return pid if os.readlink(f"/proc/{pid}/cwd") == str(data.resolve()) else None
    except (OSError, ValueError):
        return None


def _end(place, sign=signal.SIGINT):
    """Ends it: SIGINT is orderly and waits for no session, SIGQUIT is a crash. Nothing if there is
    none."""
    pid = _pid(place)
    for sent in (sign, signal.SIGQUIT, signal.SIGKILL):
        if not pid:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)
        deadline = time.monotonic() + END_S
        while _pid(place) == pid and time.monotonic() < deadline:
            time.sleep(0.02)
        if _pid(place) != pid:
            return
    raise PostgresError(f"the server in {place} does not end")


def remove(folder):
    """Ends what runs there and removes it; nothing if there is nothing. A folder that has other
    things in it is left alone."""
    folder = pathlib.Path(folder).absolute()
    place = folder.resolve()
    there = {path.name for path in place.iterdir()} if place.exists() else set()
    if not all(name in OURS or name.startswith(".s.PGSQL.") for name in there):
        raise PostgresError(f"{folder} is not a PostgreSQL of tests and is left alone")
    _clear(folder, place)


def _clear(folder, place):
    _end(place)
    shutil.rmtree(place, ignore_errors=True)
    if folder.is_symlink():
        folder.unlink()


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postgres:
    """`place` has the socket and `log`; `port` is 5432 without TCP. `password` is the role's, asked
    for over TCP where `auth` is not "trust"; the socket never asks."""

    def __init__(self, folder, place, port, password):
        self.folder, self.place, self.port, self.password = folder, place, port, password
        self.log = place / "log"
        self._keeper = None

    @classmethod
    def start(cls, folder, tcp=False, auth="trust", fsync=False, extra=(), tied=True):
        """A server with the settings of `extra` ("name=value") besides. What an earlier one left
        in the folder is removed first. Without `tied` it stays when we are gone."""
        folder = pathlib.Path(folder).absolute()
        remove(folder)
        place = _make_place(folder)
        server = cls(folder, place, _free_port() if tcp else PORT, secrets.token_hex(16))
        try:
            server._make(tcp, auth, fsync, extra)
            server.run()
            if tied:
                server._tie()
        except BaseException:
            _clear(server.folder, server.place)
            raise
        return server

    def _make(self, tcp, auth, fsync, extra):
        whom = _owner()
        word = self.place / "password"
        word.touch(0o600)
        word.write_text(self.password)
        if whom:
            os.chown(word, whom.pw_uid, whom.pw_gid)
        data = self.place / "data"
        _run([_bin() / "initdb", "-D", data, "-U", ROLE, "--encoding=UTF8", "--locale=C",
              "--auth-local=trust", f"--auth-host={auth}", f"--pwfile={word}", "--no-sync"], whom)
        word.unlink()
        settings = [f"listen_addresses={'127.0.0.1' if tcp else ''}", f"port={self.port}",
                    f"unix_socket_directories={self.place}", *ALWAYS,
                    *([] if fsync else NOT_DURABLE), *extra]
        with open(data / "postgresql.conf", "a", encoding="utf-8") as conf:
            for setting in settings:
                name, value = setting.split("=", 1)
                conf.write(f"{name} = '{value}'\n")

    def start_standby(self, folder, extra=()):
        """A server that follows this one (made with WITH_STANDBYS), in a folder of its own."""
        folder = pathlib.Path(folder).absolute()
        remove(folder)
        place = _make_place(folder)
        server = Postgres(folder, place, self.port, self.password)
        try:
            data = place / "data"
            _run([_bin() / "pg_basebackup", "-D", data, "-d", self._replication(), "-X", "stream",
                  "-R", "--checkpoint=fast", "--no-sync"], _owner())
            with open(data / "postgresql.conf", "a", encoding="utf-8") as conf:
                for setting in [f"unix_socket_directories={place}", *extra]:
                    name, value = setting.split("=", 1)
                    conf.write(f"{name} = '{value}'\n")
            server.run()
            server._tie()
        except BaseException:
            _clear(server.folder, server.place)
            raise
        return server

    def _replication(self):
        return f"host={self.place} port={self.port} user={ROLE} application_name=standby"

    def run(self):
        """Starts the server on the data that is there, and waits until it answers."""
        words = [_bin() / "pg_ctl", "start", "-w", "-t", READY_S, "-s", "-D", self.place / "data",
                 "-l", self.log]
        try:
            _run(words, _owner(), start_new_session=True)
        except PostgresError as why:
            said = self.log.read_text(errors="replace") if self.log.exists() else ""
            raise PostgresError(f"{why}\n{said[-4000:]}") from None

    def _tie(self):
        """A process that waits for the end of what we never write, and then clears up."""
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r _; exec "$@"', "sh", sys.executable, SCRIPT, "stop",
             self.folder], stdin=subprocess.PIPE, start_new_session=True)

    def stop(self):
        """Ends it and removes its folder."""
        if self._keeper:
            self._keeper.stdin.close()
            self._keeper.wait(4 * END_S)
            self._keeper = None
        _clear(self.folder, self.place)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        """The server's first process, or None."""
        return _pid(self.place)

    def end(self, sign=signal.SIGINT):
        """Ends the server alone, or crashes it with SIGQUIT; `run` starts it again on its data."""
        _end(self.place, sign)

    # ---- databases

    def url(self, database="postgres"):
        return f"postgresql://{ROLE}@/{database}?host={urllib.parse.quote(str(self.place))}" + \
            (f"&port={self.port}" if self.port != PORT else "")

    def tcp_url(self, database="postgres", password=None):
        """Over TCP, with the role's password or another."""
        return f"postgresql://{ROLE}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def sql(self, text, database="postgres"):
        return psql(self.url(database), text)

    def make_database(self, name, template="template0"):
        """A new database, empty or a copy of another; gives its URL."""
        return make_database(self.url(), name, template)

    def drop(self, name):
        """Removes the database, whoever is in it."""
        drop_database(self.url(), name)


# ---- on any server: `url` is of one of its databases -------------------------------------------


def psql(url, text):
    """What it prints of a script: a line for each row, columns separated by |."""
    return _run([_bin() / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url], stdin=text)


def dump(url):
    """All that is in the database, as a backup has it."""
    return _run([_bin() / "pg_dump", "--dbname", url])


def database_url(url, name):
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(path="/" + name))


def make_database(url, name, template="template0"):
    psql(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return database_url(url, name)


def drop_database(url, name):
    """Whoever is in it."""
    psql(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def program(name):
    """One of PostgreSQL's own programs, not what may be called so on the PATH."""
    return _bin() / name
