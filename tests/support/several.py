"""Several servers on one PostgreSQL."""

import random
import shutil
import time

from support import cli, pharmacy, wire
from support.build import PATIENCE_S
from support.journal import Writer
from support.pharmacy import Client
from support.server import COMPANY


class House:
    """Servers of one database, each with a directory of its own and the same secret."""

    def __init__(self, folder, start_server, postgres):
        self.folder, self.start_server, self.postgres = folder, start_server, postgres
        self.url = postgres.make_database(f"d{folder.name.replace('-', '_')}"[:50].lower())
        self.settings = {"database.url": self.url}
        self.dirs = [folder / "one", folder / "two"]
        self.pdmd("setup")
        self.pdmd("db", "migrate")
        self.pdmd("company", "add", COMPANY, "Test company")
        self.pdmd("branch", "add", COMPANY, "Test branch")
        self.key = self.pdmd("key", "add", COMPANY, 1, "--label", "test", *pharmacy.FAST)
        shutil.copytree(self.dirs[0], self.dirs[1])

    def pdmd(self, *words, n=0):
        done = cli.run(*words, "--dir", self.dirs[n], settings=self.settings)
        assert done.code == 0, done
        return done.out.rstrip("\n")

    def start(self, n=0, settings=None):
        easy = {"limits.token_failures_per_minute": 0, **self.settings, **(settings or {})}
        return self.start_server(command="serve", directory=self.dirs[n], settings=easy)

    def sql(self, text):
        return self.postgres.sql(text, self.url.split("?")[0].rsplit("/", 1)[1]).strip()

    def customers(self):
        """reference: how many customers have it."""
        rows = self.sql("SELECT external_customer_ref, count(*) FROM customer GROUP BY 1")
        return {ref: int(n) for ref, n in (row.split("|") for row in rows.splitlines())}

    def wait_for_standby(self, name):
        """Commits wait for a standby of this name from now on; none: for nobody."""
        self.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        self.sql("SELECT pg_reload_conf()")

    def end_sessions(self):
        """As an operator, or a failover, ends them; gives how many."""
        return int(self.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                            "WHERE application_name = 'pdmd' AND pid <> pg_backend_pid()"))


def writers_of(house, server, journal, n, chance):
    token = server.token(house.key)
    return [Writer(Client(server.address, token), journal, random.Random(chance.random()), f"w{i}")
            for i in range(n)]


def wait_for(what, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def is_ready(server):
    with wire.Connection(server.address) as connection:
        connection.send(wire.request("/readyz", b"", method="GET"))
        return connection.answer(enveloped=False).http == 200
