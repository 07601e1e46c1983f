"""A small company of our own: its data directory, a vendor's system that calls, made-up people."""

import json

from support import cli, engine, wire
from support.server import COMPANY

# Who writes as fast as he can must not be held up by his key's rate.
FAST = ("--rate", 1000000, "--burst", 1000000)

ADDRESS = ["line_1", "line_2", "line_3", "city", "county", "postal_code"]
# What the server adds to what was sent.
ADDED = {"customer_id", "customer_ref", "created", "last_modified"}

LAST_NAMES = "Smith O'Brien Patel Jones-Hughes Taylor McDonald Kaur Wright".split()
FIRST_NAMES = "Ann Joe Priya Margaret Imran Stanley".split()
TELEPHONES = ["", "07700 900%03d", "+44 7700 900%03d", "0044 (0)113 496 0%03d", "0113-4960-%03d"]


def pdmd(directory, *words):
    done = cli.run(*words, "--dir", directory)
    assert done.code == 0, done
    return done.out.rstrip("\n")


def make(directory, company_id=COMPANY):
    """A data directory with one company, one branch, no customers; gives an access key."""
    cli.set_up(directory)
    pdmd(directory, "company", "add", company_id, "Test company")
    pdmd(directory, "branch", "add", company_id, "Test branch")
    return pdmd(directory, "key", "add", company_id, 1, "--label", "test", *FAST)


def person(chance, ref, mark):
    """A complete customer as it is sent. `mark` makes it different from every other."""
    pick = chance.choice

    def telephone():
        form = pick(TELEPHONES)
        return form % chance.randrange(1000) if form else ""

    last_name = pick(LAST_NAMES)
    return {
        "external_customer_ref": ref,
        "title": pick(["", "Mr", "Mrs", "Dr"]),
        "first_name": pick(FIRST_NAMES),
        "last_name": last_name,
        "gender": pick(["", "Male", "Female"]),
        "dob": pick(["", f"19{chance.randrange(30, 99)}-02-1{chance.randrange(10)}"]),
        "address": {
            "line_1": f"{chance.randrange(1, 200)} Test Street",
            "line_2": mark,
            "line_3": pick(["", "x" * chance.randrange(1, 50)]),
            "city": "Test City",
            "county": pick(["", "Test County"]),
            "postal_code": f"TT{chance.randrange(1, 99)} {chance.randrange(10)}TT",
        },
        "email_address": pick(["", f"{chance.randrange(1000)}@Example.org"]),
        "tel_number_1": telephone(),
        "tel_number_2": telephone(),
        "active": pick([True, False]),
    }


def content(customer):
    """Of an answered customer what was sent."""
    return {name: value for name, value in customer.items() if name not in ADDED}


def version(answer):
    """The number in the ETag."""
    return int(answer.headers["etag"].strip('"'))


class Client:
    """A vendor's system: one connection, one token."""

    def __init__(self, address, token, company_id=COMPANY, **options):
        self.connection = wire.Connection(address, **options)
        self.company_id, self.token = company_id, token

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.sock.close()

    def request(self, command, body, headers=()):
        body = {"company_id": self.company_id, "session_token": self.token, **body}
        data = json.dumps(body, ensure_ascii=False).encode()
        return wire.request(f"/{command}", data, headers)

    def ask(self, command, body, headers=()):
        if command == "ListChanges":
            engine.settle()
        self.connection.send(self.request(command, body, headers))
        return self.connection.answer()

    def create(self, customer, headers=()):
        return self.ask("CreateCustomer", {"customer": customer}, headers)

    def modify(self, customer, headers=()):
        return self.ask("ModifyCustomer", {"customer": customer}, headers)

    def get(self, customer_id=0, ref=""):
        return self.ask("GetCustomer", {"customer_id": customer_id, "external_customer_ref": ref})
