"""What was asked of a server and what it answered, kept where the server cannot lose it; and the
callers who fill it."""

import threading

from support import pharmacy, wire


class Entry:
    """One customer, by its reference. What was answered is `known`, by version; what was asked and
    not answered with 101 may have happened or not."""

    def __init__(self, ref):
        self.ref = ref
        self.customer_id = None
        self.known = {}
        self.open = []

    def asked(self, content):
        self.open.append(content)

    def answered(self, content, answer):
        number = pharmacy.version(answer)
        assert number not in self.known, f"{self.ref}: version {number} was given twice"
        assert pharmacy.content(answer.json["customer"]) == content, answer
        self.acknowledged_id(answer.json["customer"]["customer_id"])
        self.known[number] = content
        self.open.remove(content)

    def acknowledged_id(self, customer_id):
        assert self.customer_id in (None, customer_id), f"{self.ref}: two customers have it"
        self.customer_id = customer_id

    def settle(self, found):
        """`found` is (customer, version), or None. Fails when something acknowledged is lost or
        anything is halved; what is there now is what is known from here on."""
        newest = max(self.known, default=0)
        if found is None:
            assert newest == 0, f"{self.ref}: acknowledged as version {newest}, and lost"
            self.open = []
            return
        customer, number = found
        content = pharmacy.content(customer)
        assert newest <= number <= newest + len(self.open), \
            f"{self.ref}: version {number}; {newest} acknowledged, {len(self.open)} open"
        wanted = [self.known[number]] if number in self.known else self.open
        assert content in wanted, f"{self.ref}: version {number} is none that was sent: {content}"
        self.acknowledged_id(customer["customer_id"])
        self.known, self.open = {number: content}, []


class Journal:
    def __init__(self):
        self.entries = {}
        self.touched = set()
        self.acknowledged = 0
        self.asked = 0

    def entry(self, ref):
        self.touched.add(ref)
        return self.entries.setdefault(ref, Entry(ref))

    def write(self, client, ref, content):
        """Creates the customer, or changes it where it is known; gives what became of it."""
        entry = self.entry(ref)
        entry.asked(content)
        self.asked += 1
        try:
            answer = client.modify(content) if entry.known else self._create(client, content)
        except (wire.Closed, OSError, AssertionError) as fault:
            return fault
        if answer.code == 101:
            entry.answered(content, answer)
            self.acknowledged += 1
        return answer

    @staticmethod
    def _create(client, content):
        once = {"Idempotency-Key": content["external_customer_ref"]}
        return client.create(content, once)

    def ask_again(self, client):
        """Whatever was to be created and got no answer, as a careful caller does: with the same
        Idempotency-Key, and so without fear that it is in use by what it has made itself."""
        for ref in sorted(self.touched):
            entry = self.entries[ref]
            if not entry.known and entry.open:
                [content] = entry.open
                answer = self._create(client, content)
                assert answer.code == 101, answer
                entry.answered(content, answer)
                self.acknowledged += 1

    def settle_touched(self, client):
        """Looks at whatever was touched since the last time, by reference and by number."""
        for ref in sorted(self.touched):
            entry = self.entries[ref]
            answer = client.get(ref=ref)
            assert answer.code in (101, 401), answer
            found = None
            if answer.code == 101:
                found = (answer.json["customer"], pharmacy.version(answer))
                again = client.get(customer_id=found[0]["customer_id"])
                assert again.body == answer.body, (answer, again)
            entry.settle(found)
        self.touched = set()

    def compare(self, stored):
        """With all that is stored, {reference: (customer, version)}; after settle_touched."""
        assert not self.touched
        expected = {ref: (entry.customer_id, *next(iter(entry.known.items())))
                    for ref, entry in self.entries.items() if entry.known}
        seen = {ref: (customer["customer_id"], number, pharmacy.content(customer))
                for ref, (customer, number) in stored.items()}
        assert seen == expected


class Writer(threading.Thread):
    """Creates and changes customers of its own, and changes those whom all writers share, as fast
    as the server answers, until it is gone."""

    def __init__(self, client, journal, chance, prefix, shared=()):
        super().__init__(daemon=True)
        self.client, self.journal, self.chance = client, journal, chance
        self.prefix, self.shared = prefix, shared
        self.fault = None

    def run(self):
        try:
            with self.client:
                self._write()
        except BaseException as fault:  # a thread's failure is the test's
            self.fault = fault

    def _write(self):
        own = []
        for n in range(1_000_000):
            kind = self.chance.random()
            if self.shared and kind < 0.2:
                ref = self.chance.choice(self.shared)
            elif own and kind < 0.5:
                ref = self.chance.choice(own)
            else:
                ref = f"{self.prefix}-{n}"
            content = pharmacy.person(self.chance, ref, f"{self.prefix}-{n}")
            answer = self.journal.write(self.client, ref, content)
            if not isinstance(answer, wire.Answer):
                return
            assert answer.code == 101, answer
            if answer.closes:
                return
            if ref not in self.shared:
                own.append(ref)
