"""Several servers on one PostgreSQL, and what they do when it is lost for a moment."""

import csv
import json
import random
import signal
import subprocess
import threading
import time

import pytest

from support import cli, effort, pharmacy
from support.build import PATIENCE_S, PDMD, SANITIZER, environment
from support.journal import Journal
from support.pharmacy import Client
from support.postgres import Postgres
from support.server import COMPANY
from support.several import House, is_ready, wait_for, writers_of

DEADLINE_S = 2  # [database] deadline_ms, as it comes


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with Postgres.start(tmp_path_factory.mktemp("postgres") / "server") as server:
        yield server


@pytest.fixture
def house(tmp_path, start_server, postgres):
    return House(tmp_path, start_server, postgres)


@pytest.fixture(scope="module")
def waiting_postgres(tmp_path_factory):
    """One that can be told to wait for a standby."""
    folder = tmp_path_factory.mktemp("postgres") / "waiting"
    settings = ["wal_level=replica", "max_wal_senders=4", "synchronous_commit=on"]
    with Postgres.start(folder, extra=settings) as server:
        yield server


@pytest.fixture
def waiting_house(tmp_path, start_server, waiting_postgres):
    house = House(tmp_path, start_server, waiting_postgres)
    yield house
    house.wait_for_standby("")


@pytest.fixture
def lost_house(tmp_path, start_server, tmp_path_factory):
    """With a PostgreSQL of its own, that the test may end."""
    folder = tmp_path_factory.mktemp("postgres") / "own"
    with Postgres.start(folder, extra=["synchronous_commit=on"]) as server:
        yield House(tmp_path, start_server, server)


# ---- several servers ------------------------------------------------------------------------


def test_a_token_of_one_server_is_good_on_the_other_and_so_is_what_was_written(house):
    one, two = house.start(0), house.start(1)
    token = one.token(house.key)
    with Client(one.address, token) as here, Client(two.address, token) as there:
        made = here.create(pharmacy.person(random.Random(1), "r-1", "mark"))
        assert made.code == 101, made
        seen = there.get(ref="r-1")
        assert seen.json["customer"] == made.json["customer"]
        refused = there.create(pharmacy.person(random.Random(2), "r-1", "other"))
        assert refused.code == 402
        assert str(made.json["customer"]["customer_id"]) in refused.details


def test_a_revoked_key_is_dead_everywhere_within_two_seconds(house):
    one, two = house.start(0), house.start(1)
    token = one.token(house.key)
    with Client(one.address, token) as here, Client(two.address, token) as there:
        assert here.get(1).code == there.get(1).code == 401
        house.pdmd("key", "revoke", COMPANY, 1)
        revoked = time.monotonic()
        assert here.get(1).code == 202  # the server that did it knows at once
        wait_for(lambda: there.get(1).code == 202)
        assert time.monotonic() - revoked <= 2


def test_an_ended_session_is_dead_everywhere_within_two_seconds(house):
    one, two = house.start(0), house.start(1)
    token = one.token(house.key)
    with Client(one.address, token) as here, Client(two.address, token) as there:
        assert there.get(1).code == 401
        assert here.ask("EndSession", {}).code == 101
        ended = time.monotonic()
        wait_for(lambda: there.get(1).code == 202)
        assert time.monotonic() - ended <= 2


def test_one_reference_is_given_once_however_many_ask_for_it_on_two_servers(house):
    servers = [house.start(0), house.start(1)]
    token = servers[0].token(house.key)
    for n in range(20):
        answers, person = [], pharmacy.person(random.Random(n), f"r-{n}", "race")
        together = threading.Barrier(16)

        def ask(server):
            with Client(server.address, token) as client:
                together.wait(PATIENCE_S)
                answers.append(client.create(person))

        threads = [threading.Thread(target=ask, args=(servers[i % 2],)) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.code for answer in answers) == [101] + 15 * [402], answers
        [made] = [a.json["customer"]["customer_id"] for a in answers if a.code == 101]
        assert all(str(made) in a.details for a in answers if a.code == 402), answers
    assert set(house.customers().values()) == {1}


def test_one_idempotency_key_gives_one_customer_and_equal_answers_on_two_servers(house):
    servers = [house.start(0), house.start(1)]
    token = servers[0].token(house.key)
    for n in range(10):
        bodies, person = [], pharmacy.person(random.Random(n), f"r-{n}", "once")
        together = threading.Barrier(16)

        def ask(server):
            with Client(server.address, token) as client:
                together.wait(PATIENCE_S)
                answer = client.create(person, {"Idempotency-Key": f"k-{n}"})
                assert answer.code == 101, answer
                bodies.append(answer.body)

        threads = [threading.Thread(target=ask, args=(servers[i % 2],)) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(bodies) == 16 and len(set(bodies)) == 1
    assert set(house.customers().values()) == {1}


def test_of_many_who_change_the_version_that_they_read_one_wins(house):
    servers = [house.start(0), house.start(1)]
    token = servers[0].token(house.key)
    person = pharmacy.person(random.Random(1), "r-1", "first")
    with Client(servers[0].address, token) as client:
        version = pharmacy.version(client.create(person))
    for n in range(10):
        codes, together = [], threading.Barrier(12)

        def ask(i):
            with Client(servers[i % 2].address, token) as client:
                together.wait(PATIENCE_S)
                changed = {**person, "first_name": f"N{n}-{i}"}
                codes.append(client.modify(changed, {"If-Match": f'"{version}"'}).code)

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(codes) == [101] + 11 * [405]
        version += 1


def test_changes_of_one_customer_by_many_without_a_condition_all_come_to_be(house):
    """Each reads, merges and writes; who is beaten does it again."""
    servers = [house.start(0), house.start(1)]
    token = servers[0].token(house.key)
    person = pharmacy.person(random.Random(1), "r-1", "first")
    with Client(servers[0].address, token) as client:
        assert client.create(person).code == 101
    codes, together = [], threading.Barrier(12)

    def ask(i):
        with Client(servers[i % 2].address, token) as client:
            together.wait(PATIENCE_S)
            for n in range(5):
                codes.append(client.modify({**person, "first_name": f"N{n}-{i}"}).code)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) == {101} and len(codes) == 60
    assert house.sql("SELECT version FROM customer") == "61"
    assert house.sql("SELECT count(*) FROM audit WHERE command = 'ModifyCustomer'") == "60"


# ---- lost for a moment ----------------------------------------------------------------------


@pytest.mark.parametrize("n_writers", (16, 1))  # with one, what waits for it goes together
def test_sessions_that_are_ended_fail_no_call_and_double_nothing(house, n_writers):
    server = house.start(settings={"database.writers": n_writers})
    journal, chance = Journal(), random.Random(1)
    writers = writers_of(house, server, journal, 6, chance)
    for writer in writers:
        writer.start()
    ended = 0
    for _ in range(15):
        time.sleep(0.1)
        ended += house.end_sessions()
    server.process.send_signal(signal.SIGTERM)
    for writer in writers:
        writer.join()
        if writer.fault:
            raise writer.fault  # an answer that was not 101
    server.wait_for_end()
    assert ended > 3 * n_writers
    assert set(house.customers().values()) == {1}
    rows = "SELECT count(*) FROM audit a WHERE record = 4"
    assert house.sql(rows) == house.sql("SELECT sum(version) FROM customer")
    server = house.start()
    with Client(server.address, server.token(house.key)) as client:
        journal.settle_touched(client)


@pytest.mark.parametrize("n_writers", (16, 1))
def test_a_crash_of_the_database_loses_nothing_that_was_acknowledged(lost_house, n_writers):
    house = lost_house
    server = house.start(settings={"database.writers": n_writers})
    journal, chance = Journal(), effort.chance()
    for cycle in range(effort.cycles(4, 2)):
        writers = writers_of(house, server, journal, 4, chance)
        for i, writer in enumerate(writers):
            writer.prefix = f"c{cycle}-{i}"
            writer.start()
        time.sleep(0.3 + 0.4 * chance.random())
        house.postgres.end(signal.SIGQUIT)
        house.postgres.run()
        time.sleep(0.5)
        for writer in writers:
            writer.client.connection.sock.close()
        for writer in writers:
            writer.join()
        wait_for(lambda: is_ready(server))
        with Client(server.address, server.token(house.key)) as client:
            journal.settle_touched(client)
    assert journal.acknowledged > 50
    assert set(house.customers().values()) == {1}


def test_a_database_that_is_away_is_answered_with_500_in_time_and_told_and_comes_back(lost_house):
    house = lost_house
    server = house.start()
    person = pharmacy.person(random.Random(3), "r-1", "mark")
    with Client(server.address, server.token(house.key)) as client:
        assert client.create(person).code == 101
        house.postgres.end(signal.SIGINT)
        begin = time.monotonic()
        answers = [client.get(1), client.create({**person, "external_customer_ref": "r-2"})]
        assert [answer.code for answer in answers] == [500, 500]
        assert all(answer.details == "General service error" for answer in answers)
        assert time.monotonic() - begin < 2 * (DEADLINE_S + 1)
        wait_for(lambda: server.events("database_lost"))
        status = cli.run("status", "--json", "--dir", house.dirs[0], settings=house.settings)
        assert "the database cannot be reached" in status.out, status
        house.postgres.run()
        wait_for(lambda: server.events("database_back"))
        assert client.get(1).code == 101
        assert client.create({**person, "external_customer_ref": "r-2"}).code in (101, 402)
    assert house.customers() == {"r-1": 1, "r-2": 1}


class Waiting:
    """A customer who is being created, and whose commit waits for a standby that is not there."""

    def __init__(self, house, server, seed):
        self.house, self.person = house, pharmacy.person(random.Random(seed), "r-1", "mark")
        self.address, self.token = server.address, server.token(house.key)
        with self.client() as client:  # so that the server has numbers to give
            assert client.create({**self.person, "external_customer_ref": "r-0"}).code == 101
        self.answers = []
        self.thread = threading.Thread(target=self._ask)
        house.wait_for_standby("nobody")
        self.thread.start()
        wait_for(lambda: house.sql(f"SELECT count(*) {self.SESSIONS}") != "0")

    SESSIONS = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

    def client(self):
        return Client(self.address, self.token)

    def _ask(self):
        with self.client() as client:
            self.answers.append(client.create(self.person))

    def each(self, function):
        """Calls it for every session that waits; gives how many do."""
        return int(self.house.sql(f"SELECT count({function}(pid)) {self.SESSIONS}"))


def test_a_commit_that_no_standby_has_is_not_acknowledged_and_done_once_when_one_has(waiting_house):
    """A standby that is not there is waited for; who then cancels the wait makes PostgreSQL say
    that it has committed, with a warning."""
    house = waiting_house
    waiting = Waiting(house, house.start(), 4)
    while waiting.thread.is_alive():
        waiting.each("pg_cancel_backend")
        time.sleep(0.05)
    waiting.thread.join()
    assert waiting.answers[0].code == 500, waiting.answers
    # It is there all the same, and can be seen when nobody waits any more.
    wait_for(lambda: waiting.each("pg_cancel_backend") == 0 and
             house.customers() == {"r-0": 1, "r-1": 1})
    house.wait_for_standby("")
    with waiting.client() as client:
        assert client.create(waiting.person).code == 402
    assert house.customers() == {"r-0": 1, "r-1": 1}


def test_a_commit_under_way_when_the_connection_goes_is_done_once(waiting_house):
    """Its session is ended, so that nobody knows."""
    house = waiting_house
    waiting = Waiting(house, house.start(settings={"database.deadline_ms": 15000}), 5)
    waiting.each("pg_terminate_backend")
    time.sleep(0.5)
    assert not waiting.answers
    house.wait_for_standby("")
    waiting.thread.join()
    assert waiting.answers[0].code == 101, waiting.answers
    assert house.customers() == {"r-0": 1, "r-1": 1}
    assert house.sql("SELECT count(*) FROM audit WHERE command = 'CreateCustomer'") == "2"


# ---- imports ------------------------------------------------------------------------------------

PLANS_S = 5.5  # so long are plans kept, and a little more
MANY = 6000  # of fewer any index is as good as another for PostgreSQL
ROWS = 600 if SANITIZER else MANY
HEADER = ["Ref", "Forename", "Surname", "Address 1", "Town", "Postcode"]


def references(numbers):
    """Every tenth row has that of the third before it."""
    return [f"I{n - 3 if n % 10 == 9 else n}" for n in numbers]


def write_csv(path, numbers, named=True):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER] + [
            [ref if named else "", f"Ann{ref}", "Example", "1 High Street", "Leeds",
             "LS1 1AA" if named else f"LS1 {ref}"]
            for ref in references(numbers)])
    return path


def begin_import(house, path, n):
    return subprocess.Popen(
        [PDMD, "customer", "import", str(COMPANY), path, "--json", "--dir", house.dirs[n]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(settings=house.settings))


def imported(process, code=0):
    """How many rows came to what."""
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code, err
    return json.loads(out)


def assert_each_once(house, n_rows=ROWS):
    """With their two terms and one row of the audit."""
    refs = references(range(n_rows))
    n = len(set(refs))
    assert house.customers() == {ref: 1 for ref in refs}
    assert house.sql("SELECT count(*) FROM customer c JOIN audit a ON a.op = c.last_op "
                     "AND a.record_id = c.customer_id") == str(n)
    assert house.sql("SELECT count(*) FROM audit WHERE record = 4") == str(n)
    assert house.sql("SELECT count(*) FROM customer_term") == str(2 * n)


@pytest.mark.parametrize("served", [False, True])
def test_imports_of_the_same_people_on_two_servers_make_each_once(house, tmp_path, served):
    """One forwards and one backwards, so that they meet."""
    if served:
        house.start(0)
        house.start(1)
    processes = [begin_import(house, write_csv(tmp_path / "a.csv", range(ROWS)), 0),
                 begin_import(house, write_csv(tmp_path / "b.csv", range(ROWS - 1, -1, -1)), 1)]
    told = [imported(process) for process in processes]
    assert_each_once(house)
    assert sum(one["added"] for one in told) == len(house.customers()), told
    assert sum(one["added"] + one["unchanged"] for one in told) == 2 * ROWS, told


@pytest.mark.parametrize("served", [False, True])
def test_an_import_is_beaten_to_references_by_callers_and_says_which(house, tmp_path, served):
    """They go through the file as well, and are quicker at times."""
    callers = house.start(0)
    if served:
        house.start(1)
    chance, codes = random.Random(1), []
    process = begin_import(house, write_csv(tmp_path / "a.csv", range(ROWS)), 1)
    with Client(callers.address, callers.token(house.key)) as client:
        while process.poll() is None:
            ref = f"I{chance.randrange(ROWS) // 10 * 10}"
            codes.append(client.create(pharmacy.person(chance, ref, "caller")).code)
    told = imported(process, code=5)
    assert set(codes) == {101, 402}
    assert set(house.customers().values()) == {1}
    assert told["added"] + codes.count(101) == len(house.customers())
    # Whom a caller has made is another person than the row says.
    assert told["rejected"] <= codes.count(101)


def test_an_import_whose_sessions_are_ended_goes_on_and_doubles_nothing(house, tmp_path):
    house.start(0)
    process = begin_import(house, write_csv(tmp_path / "a.csv", range(5 * ROWS)), 0)
    ended = 0
    while process.poll() is None:
        ended += house.end_sessions()
        time.sleep(0.3)  # an attempt takes less than half of it
    told = imported(process)
    assert ended > 0
    assert told["added"] + told["unchanged"] == 5 * ROWS, told
    assert_each_once(house, 5 * ROWS)


def rows_read(house):
    return int(house.sql("SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes) + "
                         "(SELECT sum(seq_tup_read) FROM pg_stat_user_tables)"))


@pytest.mark.parametrize("named", [True, False])
def test_an_import_into_an_empty_company_reads_little_for_each_row(house, tmp_path, named):
    """Statements are planned while the tables are empty, and have to be good when they are not."""
    path = write_csv(tmp_path / "a.csv", range(ROWS), named)
    imported(begin_import(house, path, 0), code=0 if named else 5)
    assert rows_read(house) < 30 * ROWS


def test_a_server_that_began_with_an_empty_company_soon_looks_up_by_the_key(house, tmp_path):
    server = house.start(0)
    with Client(server.address, server.token(house.key)) as client:
        assert client.get(1).code == 401  # planned
        imported(begin_import(house, write_csv(tmp_path / "a.csv", range(MANY)), 1))
        time.sleep(PLANS_S)
        for number in range(1, 201):
            assert client.get(number).code == 101
    server.process.send_signal(signal.SIGTERM)
    server.wait_for_end()  # its sessions tell what they have read
    assert rows_read(house) < 30 * MANY
