"""ListCustomers and ListChanges while others add and change customers.

A walk of 100,000 customers; of fewer where a sanitizer makes everything slow."""

import random
import threading

import pytest

from support import engine, wire
from support.build import SANITIZER
from support.server import COMPANY

# PostgreSQL has each of the demo's customers in a transaction of some rows: a minute for so many.
CUSTOMERS = 400 if SANITIZER else 5000 if engine.ON_POSTGRES else 100_000
WRITERS = 4
CHANGES_MIN = 200  # of each writer, and as many more as the walks take
PAGES_MAX = 1_000_000


class Client:
    """One connection that stays open."""

    def __init__(self, server, token):
        self.connection = wire.Connection(server.address, timeout_s=60)
        self.token = token

    def ask(self, command, **fields):
        body = {"company_id": COMPANY, "session_token": self.token, **fields}
        self.connection.send(wire.request(f"/{command}", body))
        answer = self.connection.answer()
        assert answer.code == 101, answer
        return answer.json

    def close(self):
        self.connection.sock.close()


class Worker(threading.Thread):
    """A thread with a client; what goes wrong in it is the test's."""

    def __init__(self, server, token, seed):
        super().__init__(daemon=True)
        self.client = Client(server, token)
        self.chance = random.Random(seed)
        self.fault = None

    def run(self):
        try:
            self.work()
        except BaseException as fault:
            self.fault = fault
        finally:
            self.client.close()

    def end(self):
        self.join(600)
        assert not self.is_alive()
        if self.fault:
            raise self.fault


class Writer(Worker):
    """Changes its own part of the customers, and adds some to it. Each change has the writer's name
    and a number that counts up in it."""

    def __init__(self, server, token, number, ids):
        super().__init__(server, token, number)
        self.word = f"Writer{number}"
        self.own = list(ids)
        self.n = 0
        self.last = {}  # customer_id -> as answered to the last change
        self.stop_asked = threading.Event()

    def work(self):
        while self.n < CHANGES_MIN or not self.stop_asked.is_set():
            self.n += 1
            add = self.chance.random() < 0.3
            sent = {"first_name": self.word, "last_name": "Changed", "address": {
                "line_1": f"{self.n}", "city": "Test City", "postal_code": "TT1 1TT"}}
            if not add:
                sent["customer_id"] = self.chance.choice(self.own)
            answer = self.client.ask("CreateCustomer" if add else "ModifyCustomer", customer=sent)
            customer = answer["customer"]
            self.last[customer["customer_id"]] = customer
            if add:
                self.own.append(customer["customer_id"])


class Lister(Worker):
    """Walks through all customers once."""

    def work(self):
        self.seen, cursor = [], ""
        for _ in range(PAGES_MAX):
            page = self.client.ask("ListCustomers", cursor=cursor,
                                   limit=self.chance.randint(1, max(10, CUSTOMERS // 500)))
            self.seen += [customer["customer_id"] for customer in page["customers"]]
            cursor = page["next_cursor"]
            if not cursor:
                return
        raise AssertionError("no end of the list")


class Follower(Worker):
    """Keeps a copy; ends when it is told to and there is nothing new."""

    def __init__(self, server, token, seed):
        super().__init__(server, token, seed)
        self.copy = {}
        self.numbers = {}  # writer -> numbers of its changes, as they came
        self.stop_asked = threading.Event()

    def work(self):
        cursor = ""
        for _ in range(PAGES_MAX):
            last = self.stop_asked.is_set()
            if last:
                engine.settle()
            page = self.client.ask("ListChanges", cursor=cursor, limit=self.chance.randint(1, 200))
            for customer in page["customers"]:
                self.take(customer)
            cursor = page["next_cursor"]
            if last and not page["more"]:
                return
        raise AssertionError("no end of the changes")

    def take(self, customer):
        assert customer.pop("erased") is False
        self.copy[customer["customer_id"]] = customer
        if customer["first_name"].startswith("Writer"):
            numbers = self.numbers.setdefault(customer["first_name"], [])
            numbers.append(int(customer["address"]["line_1"]))


@pytest.fixture(scope="module")
def done(start_module_server):
    """Everybody has done his work: (server, writers, listers, followers)."""
    server = start_module_server(customers=CUSTOMERS)
    token = server.token()
    ids = range(1, CUSTOMERS + 1)
    writers = [Writer(server, token, n, ids[n::WRITERS]) for n in range(WRITERS)]
    listers = [Lister(server, token, seed) for seed in (11, 12)]
    followers = [Follower(server, token, seed) for seed in (21, 22)]
    everybody = [*writers, *listers, *followers]
    for worker in everybody:
        worker.start()
    for worker in listers:
        worker.end()
    for writer in writers:
        writer.stop_asked.set()
    for writer in writers:
        writer.end()
    for follower in followers:
        follower.stop_asked.set()
        follower.end()
    n = sum(writer.n for writer in writers)
    print(f"{n} changes, {len(listers[0].seen)} customers listed")
    return server, writers, listers, followers


def test_a_walk_misses_none_and_has_none_twice(done):
    _, writers, listers, _ = done
    for lister in listers:
        assert lister.seen == sorted(set(lister.seen))
        assert set(range(1, CUSTOMERS + 1)) <= set(lister.seen)
        added = {i for writer in writers for i in writer.last if i > CUSTOMERS}
        assert set(lister.seen) - set(range(1, CUSTOMERS + 1)) <= added | {1408}


def test_a_follower_sees_changes_in_their_order(done):
    _, writers, _, followers = done
    for follower in followers:
        for writer in writers:
            numbers = follower.numbers[writer.word]
            assert numbers == sorted(set(numbers))
            assert numbers[-1] == writer.n


def test_a_followers_copy_is_the_servers(done):
    server, writers, _, followers = done
    client = Client(server, server.token())
    whole, cursor = {}, None
    while cursor != "":
        page = client.ask("ListCustomers", limit=200, cursor=cursor)
        whole.update((customer["customer_id"], customer) for customer in page["customers"])
        cursor = page["next_cursor"]
    for writer in writers:
        for customer_id, customer in writer.last.items():
            assert whole[customer_id] == customer
    for follower in followers:
        assert follower.copy == whole
    client.close()
