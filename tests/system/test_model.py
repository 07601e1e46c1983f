"""Any sequence of commands has the answers that a small model says.

4,000 steps in the ordinary run; PDMD_CYCLES=1000000 for more.
"""

import copy
import itertools
import json

from support import cli, effort, engine, pharmacy, wire
from support.database import Database
from support.model import FAULTS, Company, Key, Model, Refused

COMPANIES = [101, 102, 103]
UNKNOWN_COMPANY = 199
BRANCHES = [1, 2]
REFS = 60
CONNECTIONS = 4
KEYS_MIN = 4

# So often of a thousand.
STEPS = {
    "get": 350, "create": 150, "modify": 300, "token": 100, "end_session": 6, "revoke_key": 10,
    "add_key": 10, "company_active": 6, "branch_active": 6, "start_again": 1,
}


class Player:
    """Makes the steps, and compares."""

    def __init__(self, directory, start_server):
        self.dir, self.start_server = directory, start_server
        self.chance = effort.chance()
        self.model = Model()
        self.secrets = {}  # (company, key number): key
        self.given = []    # tokens, of late
        self.dates = {}    # (company, customer): created, last_modified
        self.step = ""
        self.next_once = itertools.count(1)
        self.once = []
        cli.set_up(directory)
        self.start()
        for company_id in COMPANIES:
            self.admin("AddCompany", company_id=company_id, name=f"Company {company_id}")
            self.model.companies[company_id] = Company()
            for branch_id in BRANCHES:
                self.admin("AddBranch", company_id=company_id, name=f"Branch {branch_id}")
                self.model.companies[company_id].branches[branch_id] = True
            for _ in range(KEYS_MIN):
                self.add_key(company_id)

    def start(self):
        self.server = self.start_server(command="serve", directory=self.dir)
        self.connections = [self.server.connect() for _ in range(CONNECTIONS)]
        self.operator = wire.Connection(self.server.admin_socket)

    def start_again(self):
        """Everything there is was acknowledged, so all of it outlives even kill -9."""
        for connection in [*self.connections, self.operator]:
            connection.sock.close()
        if self.chance.random() < 0.5:
            self.server.kill()
        else:
            self.server.stop()
        self.start()

    # ---- the operator

    def admin(self, command, **body):
        self.operator.send(wire.request(f"/{command}", body))
        answer = self.operator.answer()
        assert answer.code == 101, (self.step, answer)
        return answer.json

    def add_key(self, company_id=None):
        company_id = company_id or self.chance.choice(COMPANIES)
        branch_id, only = self.chance.choice(BRANCHES), self.chance.random() < 0.3
        answer = self.admin("AddAccessKey", company_id=company_id, branch_id=branch_id,
                            label="model", branch_only=only, rate=1000000, burst=1000000)
        keys = self.model.companies[company_id].keys
        number = answer["access_key"]["key_number"]
        assert number == len(keys) + 1, answer
        keys[number] = Key(branch_id, only)
        self.secrets[company_id, number] = answer["key"]

    def revoke_key(self):
        company_id = self.chance.choice(COMPANIES)
        keys = self.model.companies[company_id].keys
        working = [number for number, key in keys.items() if key.active]
        if len(working) <= KEYS_MIN // 2:
            self.add_key(company_id)
            return
        number = self.chance.choice(working)
        self.admin("RevokeAccessKey", company_id=company_id, key_number=number)
        keys[number].active = False

    def company_active(self):
        company_id = self.chance.choice(COMPANIES)
        active = self.chance.random() < 0.7
        self.admin("EditCompany", company_id=company_id, active=active)
        self.model.companies[company_id].active = active

    def branch_active(self):
        company_id, branch_id = self.chance.choice(COMPANIES), self.chance.choice(BRANCHES)
        active = self.chance.random() < 0.7
        self.admin("EditBranch", company_id=company_id, branch_id=branch_id, active=active)
        self.model.companies[company_id].branches[branch_id] = active

    # ---- the vendors' systems

    def ask(self, command, body, headers=()):
        connection = self.chance.choice(self.connections)
        connection.send(wire.request(f"/{command}", json.dumps(body).encode(), headers))
        return connection.answer()

    def caller(self):
        """A company and a token; now and then they have nothing to do with each other."""
        if not self.given:
            return self.chance.choice(COMPANIES), "none"
        token = self.chance.choice(self.given)
        company_id = self.model.tokens[token][0]
        if self.chance.random() < 0.05:
            company_id = self.chance.choice([*COMPANIES, UNKNOWN_COMPANY])
        return company_id, token

    def customer_id(self, company_id):
        company = self.model.companies.get(company_id)
        n = len(company.customers) if company else 1
        # Of the many there come to be, those that many have changed are more often meant.
        newest = self.chance.randint(1, n + 2)
        return self.chance.choice([0, newest, self.chance.randint(1, min(n + 2, 20))])

    def ref(self):
        return self.chance.choice(["", f"ref-{self.chance.randrange(REFS)}"])

    def person(self):
        content = pharmacy.person(self.chance, self.ref(), str(self.chance.randrange(1000)))
        fault = self.chance.choice(list(FAULTS)) if self.chance.random() < 0.04 else None
        return content, fault

    def agree(self, answer, expect):
        """`expect` is what asks the model."""
        try:
            expected = expect()
        except Refused as refused:
            assert (answer.code, answer.details) == (refused.code, refused.details), self.step
            assert "etag" not in answer.headers and list(answer.json) == ["status"], self.step
            return None
        assert answer.code == 101, (self.step, answer)
        return expected

    def agree_on_customer(self, company_id, answer, expected):
        if expected is None:
            return
        if expected.kept:
            assert (answer.body, answer.headers["etag"]) == expected.kept, self.step
            return
        customer = answer.json["customer"]
        assert customer["customer_id"] == expected.customer_id, (self.step, answer)
        assert customer["customer_ref"] == f"C{expected.customer_id:06}", (self.step, answer)
        assert pharmacy.content(customer) == expected.customer.content, self.step
        assert pharmacy.version(answer) == expected.customer.version, (self.step, answer)
        self.agree_on_dates((company_id, expected.customer_id), customer, expected.customer.version)

    def agree_on_dates(self, who, customer, version):
        """They stay for as long as the version does, and never go back."""
        dates = (customer["created"], customer["last_modified"])
        known, before = self.dates.get(who, (0, (dates[0], dates[0])))
        assert dates[0] == before[0] and dates[1] >= before[1], self.step
        assert known != version or dates == before, self.step
        self.dates[who] = (version, dates)

    def token(self):
        company_id = self.chance.choice(COMPANIES)
        keys = self.model.companies[company_id].keys
        number = self.chance.choice(list(keys)[-2 * KEYS_MIN:])
        body = {"company_id": company_id, "key": self.secrets[company_id, number]}
        if self.chance.random() < 0.03:
            body["company_id"] = company_id = UNKNOWN_COMPANY
        answer = self.ask("GetSessionToken", body)
        if answer.code == 205:
            # A key has one token for each second, of which the last 30 may all have been ended.
            ended = [token for token in self.model.ended
                     if self.model.tokens[token] == (company_id, number)]
            assert len(ended) >= 29, (self.step, answer)
            return
        self.agree(answer, lambda: self.model.may_get_token(company_id, number) or True)
        if answer.code == 101:
            token = answer.json["session"]["session_token"]
            assert token not in self.model.ended, self.step
            self.model.tokens[token] = (company_id, number)
            self.given = [*self.given, token][-20:]

    def end_session(self):
        company_id, token = self.caller()
        answer = self.ask("EndSession", {"company_id": company_id, "session_token": token})
        self.agree(answer, lambda: self.model.end_session(company_id, token))

    def get(self):
        company_id, token = self.caller()
        customer_id, ref = self.customer_id(company_id), self.ref()
        answer = self.ask("GetCustomer", {"company_id": company_id, "session_token": token,
                                          "customer_id": customer_id,
                                          "external_customer_ref": ref})
        expected = self.agree(answer, lambda: self.model.get(company_id, token, customer_id, ref))
        self.agree_on_customer(company_id, answer, expected)

    def once_key(self, content, fault):
        """Now and then an Idempotency-Key: a new one, or an earlier one with what it was for, or
        with something else."""
        if self.chance.random() < 0.7:
            return "", content, fault
        if self.once and self.chance.random() < 0.5:
            key, earlier = self.chance.choice(self.once[-20:])
            return (key, content, fault) if self.chance.random() < 0.3 else (key, earlier, None)
        self.once.append((f"once-{next(self.next_once)}", content))
        return self.once[-1][0], content, fault

    def create(self):
        company_id, token = self.caller()
        once, content, fault = self.once_key(*self.person())
        answer = self.ask("CreateCustomer", {"company_id": company_id, "session_token": token,
                                             "customer": spoiled(content, fault)},
                          {"Idempotency-Key": once} if once else {})
        # Where several servers write, numbers come in blocks, with gaps.
        given = engine.ON_POSTGRES and answer.code == 101 and \
            answer.json["customer"]["customer_id"]
        expected = self.agree(answer, lambda: self.model.create(company_id, token, content, fault,
                                                                once, given))
        self.agree_on_customer(company_id, answer, expected)
        if once and expected and not expected.kept:
            self.model.keep(company_id, token, content, once,
                            (answer.body, answer.headers["etag"]))

    def modify(self):
        company_id, token = self.caller()
        customer_id = self.customer_id(company_id)
        content, fault = self.person()
        known = self.known_content(company_id, customer_id)
        if known and self.chance.random() < 0.2:
            content, fault = known, None  # nothing changes
        if_match = self.chance.randint(1, 5) if self.chance.random() < 0.2 else None
        customer = {"customer_id": customer_id, **spoiled(content, fault)}
        answer = self.ask("ModifyCustomer", {"company_id": company_id, "session_token": token,
                                             "customer": customer},
                          {"If-Match": f'"{if_match}"'} if if_match else {})
        expected = self.agree(answer, lambda: self.model.modify(
            company_id, token, customer_id, content, fault, if_match))
        self.agree_on_customer(company_id, answer, expected)

    def known_content(self, company_id, customer_id):
        company = self.model.companies.get(company_id)
        known = company.customers.get(customer_id) if company else None
        return copy.deepcopy(known.content) if known else None

    def play(self, n):
        names, weights = list(STEPS), list(STEPS.values())
        for i in range(n):
            self.step = f"step {i}: {self.chance.choices(names, weights)[0]}"
            getattr(self, self.step.split()[-1])()
            if i % 50_000 == 49_999:
                print(f"{i + 1} steps", flush=True)


def spoiled(content, fault):
    """A copy with the fault in it."""
    customer = copy.deepcopy(content)
    if fault == "last_name missing":
        del customer["last_name"]
    elif fault == "title too long":
        customer["title"] = "x" * 13
    elif fault == "first_name a number":
        customer["first_name"] = 7
    elif fault == "dob no day":
        customer["dob"] = "1990-02-30"
    return customer


def test_every_answer_is_the_models(start_server, tmp_path):
    player = Player(tmp_path / "data", start_server)
    player.play(effort.cycles(4000, 1000))
    for company_id, company in player.model.companies.items():
        stored = Database(player.dir, company_id).assert_sound()
        assert len(stored.rows) == len(company.customers)
    assert sum(len(company.customers) for company in player.model.companies.values()) > 10
