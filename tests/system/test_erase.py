"""A person who is erased is gone: from every answer, and from every byte of every file."""

import random
import sqlite3
import time

import pytest

from support import cli, database, wire
from support.build import PATIENCE_S
from support.server import COMPANY

EDITS, NEIGHBOURS = 25, 250


class Person:
    """Made-up texts that nothing else has; all that he ever had are in `marks`."""

    def __init__(self, chance):
        self.chance, self.marks = chance, set()

    def _text(self, length, letters="bcdfghjkmpqvwxz"):
        mark = "".join(self.chance.choices(letters, k=length))
        self.marks.add(mark)
        return mark

    def record(self):
        long = self.chance.randrange(12, 45)
        return {
            "external_customer_ref": self._text(20), "title": self._text(12),
            "first_name": self._text(long), "last_name": self._text(long), "gender": "Male",
            "address": {**{name: self._text(long) for name in
                           ("line_1", "line_2", "line_3", "city", "county")},
                        "postal_code": self._text(12)},
            "email_address": self._text(20) + "@" + self._text(150),
            "tel_number_1": self._text(15, "0123456789"),
            "tel_number_2": self._text(15, "0123456789"),
        }


def left(directory, marks):
    """Which marks are in the data of the directory, and where; case does not matter."""
    found = []
    for name, content in database.content(directory).items():
        content = content.lower()
        found += [(name, mark) for mark in marks if mark.encode() in content]
    return found


class House:
    """A server with a person whom everything has happened to, among neighbours."""

    def __init__(self, server):
        self.server, self.token = server, server.token()
        chance = random.Random(7)
        self.victim, other = Person(chance), Person(chance)
        self.customer_id = self.call("CreateCustomer", self.victim.record())["customer_id"]
        ids = [self.call("CreateCustomer", other.record())["customer_id"]
               for _ in range(NEIGHBOURS)]
        for _ in range(EDITS):
            self.call("ModifyCustomer", {**self.victim.record(), "customer_id": self.customer_id})
            for customer_id in chance.sample(ids, 5):
                self.call("ModifyCustomer", {**other.record(), "customer_id": customer_id})
        self.ref = f"C{self.customer_id:06}"
        self.marks, self.other_marks = self.victim.marks, other.marks
        assert len(self.marks) > 100 and left(server.dir, self.marks)

    def call(self, command, customer):
        body = {"company_id": COMPANY, "session_token": self.token, "customer": customer}
        answer = self.server.ask(command, body)
        assert answer.code == 101, answer
        return answer.json["customer"]

    def assert_gone(self):
        assert left(self.server.dir, self.marks) == []
        assert left(self.server.dir, self.other_marks)  # the others are as they were


@pytest.fixture
def house(start_server):
    return House(start_server())


def erase(house, *options):
    return cli.run("customer", "erase", COMPANY, house.customer_id, "--confirm", house.ref, "--dir",
                   house.server.dir, *options)


def audit(house):
    done = cli.run("audit", "list", COMPANY, "--customer", house.customer_id, "--dir",
                   house.server.dir)
    assert done.code == 0, done
    return [line.split("\t") for line in done.out.splitlines()]


def test_nothing_is_left_while_the_server_runs_nor_when_it_has_stopped(house):
    done = erase(house)
    assert done.code == 0 and done.out.splitlines()[-1] == "bytes_left\t0", done
    house.assert_gone()
    assert house.server.customer(house.token, house.customer_id).code == 401
    assert [row[2] for row in audit(house)] == (["CreateCustomer"] + ["ModifyCustomer"] * EDITS
                                                + ["EraseCustomer"])
    house.server.stop()
    house.assert_gone()
    assert not any(mark in house.server.log() for mark in house.marks)


def test_nothing_is_left_when_no_server_runs(house):
    house.server.stop()
    assert left(house.server.dir, house.marks)
    done = erase(house)
    assert done.code == 0 and done.out.splitlines()[-1] == "bytes_left\t0", done
    house.assert_gone()


def test_nothing_is_left_while_others_read_all_the_time(house):
    """Their threads hold snapshots; they let go when they are asked to."""
    body = {"company_id": COMPANY, "session_token": house.token, "customer_id": 1408}
    many = wire.request("/GetCustomer", body) * 200
    connections = [house.server.connect(timeout_s=PATIENCE_S) for _ in range(4)]
    for connection in connections:
        connection.send(many)
    done = erase(house)
    assert done.code == 0 and done.out.splitlines()[-1] == "bytes_left\t0", done
    house.assert_gone()
    for connection in connections:
        with connection:
            for _ in range(200):
                assert connection.answer().code == 101


def test_another_programs_reader_is_told_of_and_outlived(house):
    with sqlite3.connect(f"file:{house.server.dir}/pdmd.db?mode=ro", uri=True) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM customer").fetchone()
        done = erase(house)
        kept = int(done.out.splitlines()[-1].split("\t")[1])
        assert done.code == 0 and kept > 0, done
        assert house.server.customer(house.token, house.customer_id).code == 401
        [event] = house.server.events("erased_data_kept")
        assert event["count"] == kept
        reader.execute("ROLLBACK")
    deadline = time.monotonic() + PATIENCE_S
    while not house.server.events("erased_data_gone"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    house.assert_gone()
    reader.close()


def test_a_server_killed_before_it_was_done_is_followed_by_one_that_finishes(house, start_server):
    reader = sqlite3.connect(f"file:{house.server.dir}/pdmd.db?mode=ro", uri=True)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM customer").fetchone()
    assert int(erase(house).out.splitlines()[-1].split("\t")[1]) > 0
    house.server.kill()
    reader.execute("ROLLBACK")
    assert left(house.server.dir, house.marks)
    house.server = start_server(command="serve", directory=house.server.dir)
    house.assert_gone()
    reader.close()


def test_kept_answers_are_in_the_dossier_and_go_with_the_person(house, start_server):
    mark = "zzqqanswerzzqq"
    house.server.stop()
    database.execute(house.server.dir, f"""
        INSERT INTO idempotency (company_id, key_number, idempotency_key, request_hash, expires_us,
                                 etag, customer_id, answer)
        VALUES ({COMPANY}, 1, 'again', {database.bytes_literal(b"x" * 32)}, 1700000000000000, 1,
                {house.customer_id}, '{{"name":"{mark}"}}')""")
    house.server = start_server(command="serve", directory=house.server.dir)
    dossier = wire.ask(house.server.admin_socket, "/ShowDossier",
                       {"company_id": COMPANY, "customer_id": house.customer_id}).json
    assert dossier["answers"] == [{"key_number": 1, "idempotency_key": "again",
                                   "expires": "2023-11-14 22:13:20",
                                   "answer": f'{{"name":"{mark}"}}'}]
    assert erase(house).code == 0
    house.marks.add(mark)
    house.assert_gone()


def test_a_wrong_confirmation_changes_nothing(house):
    for wrong in ("C001408", house.ref.lower(), house.ref[1:], "yes"):
        done = cli.run("customer", "erase", COMPANY, house.customer_id, "--confirm", wrong, "--dir",
                       house.server.dir)
        assert done.code == 2 and "customer_ref; nothing was erased" in done.err, done
    assert house.server.customer(house.token, house.customer_id).code == 101
    assert len(audit(house)) == EDITS + 1
