"""Calls that only add, and wait for the same thread, share a transaction on PostgreSQL: and nobody
sees it."""

import random
import threading

import pytest

from support import pharmacy
from support.postgres import Postgres
from support.server import COMPANY
from support.several import House, wait_for

SLOW = """
CREATE FUNCTION wait_a_moment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.external_customer_ref LIKE 'slow%' THEN PERFORM pg_sleep(1); END IF; RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON customer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait_a_moment();
"""
CREATED = "FROM audit WHERE command = 'CreateCustomer'"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    settings = ["wal_level=replica", "max_wal_senders=4", "synchronous_commit=on"]
    with Postgres.start(tmp_path_factory.mktemp("postgres") / "own", extra=settings) as server:
        yield server


class Together(House):
    """One thread writes, and has learned that all goes well. A commit of a customer whose reference
    begins with "slow" takes a second: meanwhile others wait, and go together behind it."""

    def __init__(self, folder, start_server, postgres):
        super().__init__(folder, start_server, postgres)
        self.sql(SLOW)
        self.server = self.start(settings={"database.writers": 1, "database.deadline_ms": 15000})
        self.tokens = {COMPANY: self.server.token(self.key)}
        for i in range(6):
            assert self.create(f"before-{i}").code == 101

    def create(self, ref, company_id=COMPANY):
        person = pharmacy.person(random.Random(ref), ref, "mark")
        token = self.tokens[company_id]
        with pharmacy.Client(self.server.address, token, company_id) as client:
            return client.create(person)

    def add_company(self, company_id):
        self.pdmd("company", "add", company_id, "Another company")
        self.pdmd("branch", "add", company_id, "Its branch")
        key = self.pdmd("key", "add", company_id, 1, "--label", "test", *pharmacy.FAST)
        self.tokens[company_id] = self.server.token(key, company_id)

    def behind_a_slow_one(self, refs, meanwhile=lambda: None):
        """The answers, in the order of `refs`; a pair is a reference and a company."""
        answers = {}

        def ask(i, ref):
            answers[i] = self.create(*ref) if isinstance(ref, tuple) else self.create(ref)

        threads = [threading.Thread(target=ask, args=item) for item in enumerate(["slow", *refs])]
        for thread in threads:
            thread.start()
            wait_for(self.somebody_waits)
        meanwhile()
        for thread in threads:
            thread.join()
        assert answers.pop(0).code == 101
        return [answers[i + 1] for i in range(len(refs))]

    def somebody_waits(self):
        return self.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") != "0"

    def waiting_for_a_standby(self):
        return self.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")

    def transactions(self):
        return int(self.sql(f"SELECT count(DISTINCT tx) {CREATED}"))


@pytest.fixture
def house(tmp_path, start_server, postgres):
    house = Together(tmp_path, start_server, postgres)
    yield house
    house.wait_for_standby("")


def test_what_waits_goes_in_one_transaction(house):
    before = house.transactions()
    answers = house.behind_a_slow_one([f"r-{i}" for i in range(10)])
    assert [answer.code for answer in answers] == 10 * [101]
    assert house.transactions() <= before + 3
    assert set(house.customers().values()) == {1} and len(house.customers()) == 17
    assert house.sql(f"SELECT count(DISTINCT request_id), count(DISTINCT record_id) {CREATED}") == \
        "17|17"


def test_each_company_has_transactions_of_its_own(house):
    """One that is spread over several shards would be slow."""
    other = COMPANY + 1
    house.add_company(other)
    asked = [(f"r-{i}", company_id) for i in range(5) for company_id in (COMPANY, other)]
    assert [answer.code for answer in house.behind_a_slow_one(asked)] == 10 * [101]
    assert house.sql(f"SELECT company_id, count(*) {CREATED} GROUP BY 1 ORDER BY 1").split() == [
        f"{COMPANY}|12", f"{other}|5"]
    companies = f"SELECT count(DISTINCT company_id) AS n {CREATED} GROUP BY tx"
    assert house.sql(f"SELECT max(n) FROM ({companies}) AS each") == "1"


def test_one_whose_reference_is_taken_harms_none_of_the_others(house):
    taken = house.create("taken").json["customer"]["customer_id"]
    refs = ["r-0", "r-1", "taken", "r-2", "r-3", "r-1"]
    answers = house.behind_a_slow_one(refs)
    by_ref = {ref: sorted(a.code for a, r in zip(answers, refs) if r == ref) for ref in refs}
    assert by_ref == {"r-0": [101], "r-1": [101, 402], "taken": [402], "r-2": [101], "r-3": [101]}
    assert str(taken) in answers[2].details
    assert set(house.customers().values()) == {1}
    assert house.sql(f"SELECT count(*) {CREATED}") == str(6 + 1 + 1 + 4)


def test_a_commit_of_many_that_is_lost_before_it_has_happened_is_done_once(house):
    def end_it():
        wait_for(lambda: house.customers().get("slow"))  # the first one's is done
        wait_for(house.somebody_waits)
        assert house.end_sessions() > 0

    answers = house.behind_a_slow_one(["r-0", "r-1", "slow-2", "r-3"], end_it)
    assert [answer.code for answer in answers] == 4 * [101]
    assert set(house.customers().values()) == {1} and len(house.customers()) == 11
    assert house.sql(f"SELECT count(*) {CREATED}") == "11"


def test_a_commit_of_many_that_is_lost_when_it_has_happened_is_done_once(house):
    """It waits for its standby, and its session is ended there."""
    def end_it():
        wait_for(lambda: house.customers().get("slow"))
        wait_for(house.somebody_waits)
        house.wait_for_standby("nobody")
        wait_for(lambda: house.waiting_for_a_standby() != "0")
        assert house.end_sessions() > 0
        house.wait_for_standby("")

    answers = house.behind_a_slow_one(["r-0", "r-1", "slow-2", "r-3"], end_it)
    assert [answer.code for answer in answers] == 4 * [101]
    made = [answer.json["customer"] for answer in answers]
    assert [customer["external_customer_ref"] for customer in made] == ["r-0", "r-1", "slow-2", "r-3"]
    for customer in made:
        assert house.sql("SELECT external_customer_ref FROM customer WHERE customer_id = "
                         f"{customer['customer_id']}") == customer["external_customer_ref"]
    assert set(house.customers().values()) == {1} and len(house.customers()) == 11
    assert house.sql(f"SELECT count(*) {CREATED}") == "11"
