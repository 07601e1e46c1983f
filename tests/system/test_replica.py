"""Reads from a standby: used where that is allowed, and never at the price of what was promised."""

import contextlib
import os
import random
import re
import shutil
import signal
import threading
import time
import urllib.parse

import pytest

from support import cli, pharmacy, wire
from support.build import PATIENCE_S
from support.pharmacy import Client
from support.postgres import ROLE, WITH_STANDBYS, Postgres, psql
from support.server import COMPANY, OTHER

# So long a bound that no test passes it by being slow.
PATIENT = {"database.replica_staleness_ms": 60000}
READ = re.compile(r"execute s\d+: SELECT .* FROM customer(?:_term)?\b")
TOGETHER = re.compile(r"execute s\d+: SELECT .* FROM unnest\(")


def wait_for(what, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)
    return found


class Pair:
    """A primary and its standby, which logs what it is asked."""

    def __init__(self, folder):
        self.primary = Postgres.start(folder / "primary", extra=WITH_STANDBYS)
        self.standby = self.primary.start_standby(folder / "standby", ["log_statement=all"])

    def stop(self):
        self.standby.stop()
        self.primary.stop()

    def url(self, database):
        hosts = ",".join(urllib.parse.quote(str(s.place)) for s in (self.primary, self.standby))
        return f"postgresql://{ROLE}@/{database}?host={hosts}"


class House:
    """Two servers' directories, of one database on the pair."""

    def __init__(self, folder, start_server, pair):
        self.start_server, self.primary, self.standby = start_server, pair.primary, pair.standby
        self.database = f"d{abs(hash(folder))}"
        self.primary.make_database(self.database)
        self.url = pair.url(self.database)
        self.dirs = [folder / "one", folder / "two"]
        self.pdmd("setup")
        self.pdmd("db", "migrate")
        self.keys = {}
        for company in (COMPANY, OTHER):
            self.pdmd("company", "add", company, "Test company")
            self.pdmd("branch", "add", company, "Test branch")
            self.keys[company] = self.pdmd("key", "add", company, 1, "--label", "test",
                                           *pharmacy.FAST)
        shutil.copytree(self.dirs[0], self.dirs[1])
        self.said_before = self.standby.log.stat().st_size

    def pdmd(self, *words, n=0):
        done = cli.run(*words, "--dir", self.dirs[n], settings={"database.url": self.url})
        assert done.code == 0, done
        return done.out.rstrip("\n")

    def start(self, n=0, **settings):
        settings = {f"database.{name}": value for name, value in settings.items()}
        easy = {"limits.token_failures_per_minute": 0, "database.url": self.url,
                "database.replica_reads": "on", "database.readers": 1, **PATIENT, **settings}
        return self.start_server(command="serve", directory=self.dirs[n], settings=easy)

    def client(self, server, company=COMPANY):
        return Client(server.address, server.token(self.keys[company], company), company)

    def commits_wait(self):
        """From now on, for the standby."""
        self.primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self.primary.sql("SELECT pg_reload_conf()")
        wait_for(lambda: "sync" in self.primary.sql("SELECT sync_state FROM pg_stat_replication"))

    def follow(self):
        """Waits until the standby shows what the primary has."""
        at = self.primary.sql("SELECT pg_current_wal_flush_lsn()").strip()
        wait_for(lambda: self.standby.sql(
            f"SELECT pg_last_wal_replay_lsn() >= '{at}'").strip() == "t")

    @contextlib.contextmanager
    def paused(self):
        """What the primary does is not shown by the standby meanwhile."""
        self.standby.sql("SELECT pg_wal_replay_pause()")
        wait_for(lambda: self.standby.sql("SELECT pg_get_wal_replay_pause_state()").strip() ==
                 "paused")
        try:
            yield
        finally:
            self.standby.sql("SELECT pg_wal_replay_resume()")

    def reads(self, what=READ):
        """How many of customers the standby has answered."""
        return len(what.findall(self.said()))

    def said(self):
        """The standby's log, of this test."""
        with open(self.standby.log, errors="replace") as log:
            log.seek(self.said_before)
            return log.read()

    def read_until_used(self, client, ref):
        """Until an answer has come from the standby."""
        before = self.reads()

        def used():
            assert client.get(ref=ref).code == 101
            return self.reads() > before
        wait_for(used)


def person(ref, mark="mark"):
    return pharmacy.person(random.Random(ref), ref, mark)


def create(client, ref):
    made = client.create(person(ref))
    assert made.code == 101, made
    return made.json["customer"]


def line_2(answer):
    assert answer.code == 101, answer
    return answer.json["customer"]["address"]["line_2"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    pair = Pair(tmp_path_factory.mktemp("pair"))
    yield pair
    pair.stop()


@pytest.fixture
def house(tmp_path, start_server, pair):
    return House(tmp_path, start_server, pair)


@pytest.fixture
def lost_house(tmp_path, start_server):
    """With a pair of its own, of which it may lose one for good."""
    pair = Pair(tmp_path)
    yield House(tmp_path, start_server, pair)
    pair.stop()


def is_ready(server):
    with server.connect() as connection:
        connection.send(wire.request("/readyz", b"", method="GET"))
        return connection.answer(enveloped=False).http == 200


def pids(postgres, database):
    """The server's first process, and those of our sessions."""
    found = postgres.sql(f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}' AND "
                         "application_name = 'pdmd'")
    return [postgres.pid, *map(int, found.split())]


def signal_all(pids, sign):
    for pid in pids:
        os.kill(pid, sign)


# ---- what may come from there ---------------------------------------------------------------


def test_customers_are_read_from_the_standby_and_changes_and_who_may_call_are_not(house):
    server = house.start()
    with house.client(server) as client:
        made = create(client, "r-1")
        house.read_until_used(client, "r-1")
        assert client.get(ref="r-1").json["customer"] == made
        for command, body in (("SearchCustomers", {"last_name": made["last_name"]}),
                              ("ListCustomers", {})):
            before = house.reads()
            wait_for(lambda: client.ask(command, body).code == 101 and house.reads() > before)
        for _ in range(20):
            assert client.ask("ListChanges", {}).code == 101
    said = house.said()
    assert "FROM audit" not in said
    assert "FROM access_key" not in said and "FROM company" not in said
    server.stop()


def test_nothing_is_asked_of_the_standby_where_the_setting_is_off(house):
    server = house.start(replica_reads="off")
    with house.client(server) as client:
        create(client, "r-1")
        house.follow()
        for _ in range(20):
            assert client.get(ref="r-1").code == 101
    assert house.reads() == 0 and "guard" not in house.said()
    server.stop()


def test_calls_that_wait_together_are_looked_up_together_there(house):
    server = house.start()
    with house.client(server) as client:
        refs = [create(client, f"r-{i}")["external_customer_ref"] for i in range(8)]
        house.read_until_used(client, refs[0])
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Client(server.address, client.token)) for _ in refs]

            def asked_together():
                for each, ref in zip(clients, refs):
                    each.connection.send(each.request("GetCustomer", {
                        "customer_id": 0, "external_customer_ref": ref}))
                for each, ref in zip(clients, refs):
                    answer = each.connection.answer()
                    assert answer.code == 101, answer
                    assert answer.json["customer"]["external_customer_ref"] == ref
                return house.reads(TOGETHER) > 0
            wait_for(asked_together)
            with house.paused():
                for ref in refs:
                    changed = {**person(ref, "changed")}
                    assert client.modify(changed).code == 101
                for _ in range(10):
                    for each, ref in zip(clients, refs):
                        each.connection.send(each.request("GetCustomer", {
                            "customer_id": 0, "external_customer_ref": ref}))
                    for each in clients:
                        assert line_2(each.connection.answer()) == "changed"
    server.stop()


# ---- how old it may be ----------------------------------------------------------------------


def test_a_caller_sees_what_he_has_written_although_the_standby_has_not(house):
    server = house.start()
    with house.client(server) as client, house.client(server, OTHER) as other:
        create(other, "o-1")
        house.read_until_used(other, "o-1")
        with house.paused():
            for i in range(30):
                create(client, f"r-{i}")
                assert client.get(ref=f"r-{i}").code == 101
                assert client.modify(person(f"r-{i}", f"changed {i}")).code == 101
                assert line_2(client.get(ref=f"r-{i}")) == f"changed {i}"
            house.read_until_used(other, "o-1")  # who has written nothing is none the worse
        house.follow()
        house.read_until_used(client, "r-29")
    server.stop()


def test_what_another_server_wrote_is_seen_when_the_bound_has_passed(house):
    server, elsewhere = house.start(replica_staleness_ms=1000), house.start(1, replica_reads="off")
    with house.client(server) as client, house.client(elsewhere) as writer:
        create(writer, "r-1")
        house.follow()
        time.sleep(1)
        house.read_until_used(client, "r-1")
        with house.paused():
            for i in range(3):
                assert writer.modify(person("r-1", f"changed {i}")).code == 101
                time.sleep(1)
                assert line_2(client.get(ref="r-1")) == f"changed {i}"
            before = house.reads()
            for _ in range(10):
                assert line_2(client.get(ref="r-1")) == "changed 2"
            refused = house.reads() - before  # asked, and too old
            assert refused < 10, "it is asked less and less"
        house.follow()
        house.read_until_used(client, "r-1")
    server.stop()
    elsewhere.stop()


def test_a_key_that_is_revoked_elsewhere_is_refused_although_the_standby_knows_nothing_of_it(house):
    server, elsewhere = house.start(), house.start(1)
    with house.client(server) as client:
        create(client, "r-1")
        house.read_until_used(client, "r-1")
        with house.paused():
            cli.run("key", "revoke", COMPANY, 1, "--dir", house.dirs[1])
            wait_for(lambda: client.get(ref="r-1").code == 202)
    server.stop()
    elsewhere.stop()


# ---- when one of them is gone -----------------------------------------------------------------


def test_reads_go_on_without_the_primary_and_nothing_acknowledged_is_missing(lost_house):
    house = lost_house
    house.commits_wait()
    server, elsewhere = house.start(), house.start(1)
    refs = []
    with house.client(server) as client, house.client(server) as writer, \
            house.client(elsewhere) as reader:
        create(client, "r-0")
        house.read_until_used(client, "r-0")

        def write():
            for n in range(1, 100000):
                if writer.create(person(f"r-{n}")).code != 101:
                    return
                refs.append(f"r-{n}")
        thread = threading.Thread(target=write)
        thread.start()
        wait_for(lambda: len(refs) > 20)
        house.primary.end(signal.SIGKILL)
        killed = time.monotonic()
        wait_for(lambda: client.get(ref="r-0").code == 101)
        assert is_ready(server)
        print(f"reads went on after {time.monotonic() - killed:.2f} s")
        thread.join()
        for each in (client, reader):
            wait_for(lambda each=each: each.get(ref=refs[-1]).code == 101)
            print(f"all was there after {time.monotonic() - killed:.2f} s")
            for ref in refs:
                assert each.get(ref=ref).code == 101, ref
        wait_for(lambda: server.events("database_lost"))
        assert is_ready(server)  # or a load balancer would lead nobody here
        assert server.token(house.keys[COMPANY])  # one who calls for the first time may
        psql(house.standby.url(), "ALTER SYSTEM SET synchronous_standby_names = ''")
        psql(house.standby.url(), "SELECT pg_promote()")
        for n in range(20):
            wait_for(lambda n=n: client.create(person(f"later-{n}")).code in (101, 402))
            assert client.get(ref=f"later-{n}").code == 101
    server.stop()
    elsewhere.stop()


def test_reads_go_on_while_the_primary_hangs_and_writes_when_it_is_back(house):
    server = house.start()
    with house.client(server) as client:
        create(client, "r-1")
        house.read_until_used(client, "r-1")
        hung = pids(house.primary, house.database)
        signal_all(hung, signal.SIGSTOP)
        try:
            wait_for(lambda: client.get(ref="r-1").code == 101)
            for _ in range(200):
                assert client.get(ref="r-1").code == 101
            assert server.token(house.keys[COMPANY])
        finally:
            signal_all(hung, signal.SIGCONT)
        wait_for(lambda: client.create(person("r-2")).code in (101, 402))
        assert client.get(ref="r-2").code == 101
    server.stop()


def test_no_read_fails_when_the_standby_is_killed_and_it_is_used_when_it_is_back(house):
    server = house.start(readers=2)
    with house.client(server) as client:
        create(client, "r-1")
        house.read_until_used(client, "r-1")
        house.standby.end(signal.SIGQUIT)
        for _ in range(200):
            assert client.get(ref="r-1").code == 101
        house.standby.run()
        house.read_until_used(client, "r-1")
    server.stop()


def test_no_read_fails_when_the_standby_hangs(house):
    server = house.start(readers=2)
    with house.client(server) as client:
        create(client, "r-1")
        house.read_until_used(client, "r-1")
        hung = pids(house.standby, house.database)
        signal_all(hung, signal.SIGSTOP)
        try:
            for _ in range(200):
                assert client.get(ref="r-1").code == 101
        finally:
            signal_all(hung, signal.SIGCONT)
        house.read_until_used(client, "r-1")
    server.stop()
