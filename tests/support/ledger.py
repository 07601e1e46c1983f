"""Callers that go on calling while something breaks, and the ledger of what they were told.

A customer is `acked` once CreateCustomer was answered with 101, and `unknown` after any other
answer or none: then it may be there or not. Afterwards the ledger is held against what is stored.
"""

import collections
import random
import threading
import time

from support import pharmacy, wire

TIMEOUT_S = 5.0  # longer than the server's deadline of 2 s, so that its own answer is seen
PAUSE_S = 0.05   # after a failure, before the next attempt


class Ledger:
    """Written by many threads; each reference is one writer's own."""

    def __init__(self):
        self.acked = {}    # (company_id, reference): customer_id
        self.unknown = {}  # (company_id, reference): the customer as it was sent
        self.times = {"CreateCustomer": [], "GetCustomer": []}  # of each answer with 101
        self.failures = collections.Counter()  # (command, what was said instead)
        self.unseen = []   # acked, and not found by a reader
        self._known = []   # the acked ones again, to choose from
        self._lock = threading.Lock()

    def answered(self, command):
        self.times[command].append(time.monotonic())

    def failed(self, command, why):
        with self._lock:
            self.failures[command, why] += 1

    def one_of(self, chance):
        """An acked customer, (company_id, reference) and its id, or None while there is none."""
        with self._lock:
            return chance.choice(self._known) if self._known else None

    def ack(self, key, customer_id):
        with self._lock:
            assert key not in self.acked, f"{key} was acknowledged twice"
            self.acked[key] = customer_id
            self._known.append((key, customer_id))

    def gap_s(self, command, since=0.0):
        """The longest time without a good answer from `since` on, over all callers."""
        times = sorted(t for t in self.times[command])
        times = [t for t in times if t >= since - 1]
        return max((b - a for a, b in zip(times, times[1:])), default=float("inf"))

    def last(self, command):
        times = self.times[command]
        return times[-1] if times else 0.0


class Account:
    """A company's way in: its number, and a session token."""

    def __init__(self, company_id, token):
        self.company_id, self.token = company_id, token


class Caller(threading.Thread):
    """One connection to one of several addresses, and to another one when that fails, as a caller
    with more than one address record does. Calls so often a second, one call at a time."""

    command = None

    def __init__(self, ledger, addresses, rate, seed):
        super().__init__(daemon=True)
        self.ledger, self.addresses, self.rate = ledger, list(addresses), rate
        self.chance = random.Random(seed)
        self.connection = None
        self.fault = None
        self._stop_asked = threading.Event()

    def ask_to_stop(self):
        self._stop_asked.set()

    def run(self):
        try:
            self._call_until_told()
        except BaseException as fault:  # a thread's failure is the test's
            self.fault = fault
        finally:
            self._hang_up()

    def _call_until_told(self):
        due = time.monotonic()
        while not self._stop_asked.is_set():
            self.call()
            # Who was held up does not call twice as often afterwards.
            due = max(due + 1 / self.rate, time.monotonic() - 0.1)
            self._stop_asked.wait(max(0.0, due - time.monotonic()))

    def ask(self, body, headers=()):
        """The answer, or None: then nothing is known of what became of it."""
        try:
            if not self.connection:
                self.connection = wire.Connection(self.addresses[0], timeout_s=TIMEOUT_S)
            self.connection.send(wire.request(f"/{self.command}", body, headers))
            answer = self.connection.answer()
        except (wire.Closed, OSError, AssertionError) as fault:
            self.ledger.failed(self.command, _short(fault))
            self._elsewhere()
            return None
        if answer.closes:
            self._hang_up()
        if answer.code == 101:
            self.ledger.answered(self.command)
        else:
            self.ledger.failed(self.command, f"{answer.http} {answer.code} {answer.details}")
        return answer

    def _elsewhere(self):
        self._hang_up()
        self.addresses.append(self.addresses.pop(0))
        self._stop_asked.wait(PAUSE_S * self.chance.random())

    def _hang_up(self):
        if self.connection:
            self.connection.sock.close()
            self.connection = None


def _short(fault):
    """What happened, without the bytes that came: a proxy's page is not of interest as a whole."""
    text = str(fault).split("\\r\\n")[0]
    return f"{type(fault).__name__} {text[:60]}".strip()


class Writer(Caller):
    """Creates customers w<k>-<n> of its own company, each with its reference as Idempotency-Key."""

    command = "CreateCustomer"

    def __init__(self, ledger, addresses, rate, number, account):
        super().__init__(ledger, addresses, rate, number)
        self.number, self.account = number, account
        self.n_sent = 0

    def call(self):
        ref = f"w{self.number}-{self.n_sent}"
        self.n_sent += 1
        self.create(ref, pharmacy.person(self.chance, ref, ref))

    def create(self, ref, customer):
        key = (self.account.company_id, ref)
        # Before it is asked: whatever happens to us now, it may have happened.
        self.ledger.unknown[key] = customer
        answer = self.ask({"company_id": key[0], "session_token": self.account.token,
                           "customer": customer}, {"Idempotency-Key": ref})
        if answer and answer.code == 101:
            created = answer.json["customer"]
            assert pharmacy.content(created) == customer, f"{key}: another one was answered"
            self.ledger.ack(key, created["customer_id"])
            del self.ledger.unknown[key]
        return answer


class Reader(Caller):
    """Gets customers that were acked before, of any company."""

    command = "GetCustomer"

    def __init__(self, ledger, addresses, rate, number, accounts):
        super().__init__(ledger, addresses, rate, 1000 + number)
        self.tokens = {account.company_id: account.token for account in accounts}

    def call(self):
        known = self.ledger.one_of(self.chance)
        if not known:
            return
        (company_id, ref), customer_id = known
        answer = self.ask({"company_id": company_id, "session_token": self.tokens[company_id],
                           "customer_id": customer_id})
        if not answer:
            return
        if answer.code == 401:
            self.ledger.unseen.append((company_id, ref))
        elif answer.code == 101:
            found = answer.json["customer"]["external_customer_ref"]
            assert found == ref, f"{company_id}: asked for {ref}, got {found}"


class Load:
    """All callers at work, from `with` to its end."""

    def __init__(self, addresses, accounts, writes_per_s, reads_per_s, readers=10):
        self.ledger = Ledger()
        self.writers = [Writer(self.ledger, addresses[n % len(addresses):] +
                               addresses[:n % len(addresses)],
                               writes_per_s / len(accounts), n, account)
                        for n, account in enumerate(accounts)]
        self.readers = [Reader(self.ledger, addresses[n % len(addresses):] +
                               addresses[:n % len(addresses)],
                               reads_per_s / readers, n, accounts) for n in range(readers)]

    def __enter__(self):
        for caller in self.all():
            caller.start()
        return self

    def __exit__(self, *_):
        for caller in self.all():
            caller.ask_to_stop()
        for caller in self.all():
            caller.join()

    def all(self):
        return [*self.writers, *self.readers]

    def assert_sound(self):
        """That no caller met what must not be: an answer that is not its own, or one twice."""
        for caller in self.all():
            if caller.fault:
                raise caller.fault

    def replay_unknown(self):
        """Asks for every unknown customer again under its Idempotency-Key, as a careful caller
        does; each is acked then, and by the ledger's check is there once."""
        for writer in self.writers:
            mine = [key for key in self.ledger.unknown if key[0] == writer.account.company_id]
            for key in sorted(mine):
                answer = writer.create(key[1], self.ledger.unknown[key])
                assert answer and answer.code == 101, f"{key}, asked again: {answer}"
            writer._hang_up()


class Verdict:
    """The ledger held against what is stored: `customers` are (company_id, reference, customer_id),
    `created` the (company_id, customer_id) of each audit row of a CreateCustomer."""

    def __init__(self, ledger, customers, created):
        stored = collections.Counter((company_id, ref) for company_id, ref, _ in customers)
        ids = {(company_id, ref): customer_id for company_id, ref, customer_id in customers}
        audited = collections.Counter(created)
        self.acked, self.unknown = len(ledger.acked), len(ledger.unknown)
        self.lost = sorted(key for key in ledger.acked if key not in stored)
        self.doubled = sorted(key for key, n in stored.items() if n > 1)
        self.ghosts = sorted(key for key in stored
                             if key not in ledger.acked and key not in ledger.unknown)
        self.changed_ids = sorted(key for key, customer_id in ledger.acked.items()
                                  if key in ids and ids[key] != customer_id)
        rows = {(company_id, customer_id) for company_id, _, customer_id in customers}
        self.audit_wrong = sorted(key for key in rows | set(audited)
                                  if audited[key] != 1 or key not in rows)
        self.unknown_there = sum(key in stored for key in ledger.unknown)
        self.unseen = list(ledger.unseen)

    FAULTS = ("lost", "doubled", "ghosts", "changed_ids", "audit_wrong", "unseen")

    def counts(self):
        counts = {name: len(getattr(self, name)) for name in self.FAULTS}
        return {"acked": self.acked, "unknown": self.unknown,
                "unknown_there": self.unknown_there, **counts}

    def assert_clean(self):
        for name in self.FAULTS:
            found = getattr(self, name)
            assert not found, f"{name}: {len(found)}, {found[:5]}; {self.counts()}"
