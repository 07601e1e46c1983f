"""A data directory's database as its engine sees it, beside a server or after one: what no answer
shows."""

import contextlib
import json
import math
import pathlib
import re
import sqlite3

from support import engine, postgres
from support.pharmacy import ADDRESS

# The write-ahead log is emptied when it is so long, as the program has it.
_HEADER = pathlib.Path(__file__).resolve().parents[2] / "src" / "store" / "session.h"
LOG_BYTES = math.prod(int(n) for n in re.search(
    r"#define SESSION_LOG_BYTES_MAX \((\d+) \* (\d+) \* (\d+)\)", _HEADER.read_text()).groups())

CUSTOMERS = 3  # the counter of customers; see src/store/counter.h
AUDIT_CUSTOMER = 4
GENDERS = ["", "Male", "Female"]
COLUMNS = ["title", "first_name", "last_name", "gender", "dob", *ADDRESS, "email_address",
           "tel_number_1", "tel_number_2", "active"]


def _letters(text):
    return re.sub("[^a-z0-9]", "", text.lower())


def _telephone(text):
    digits = re.sub("[^0-9]", "", text)
    for prefix, there in (("44", text.strip().startswith("+")), ("0044", True)):
        if there and digits.startswith(prefix):
            rest = digits.removeprefix(prefix)
            return rest if rest.startswith("0") else "0" + rest
    return digits


def terms_of(row):
    """What a customer is searched by, for ASCII alone; src/store/term.c has the whole of it."""
    terms = {("e", row["email_address"].lower()), ("d", row["dob"] or ""),
             ("l", _letters(row["last_name"])), ("p", _letters(row["postal_code"])),
             ("t", _telephone(row["tel_number_1"])), ("t", _telephone(row["tel_number_2"]))}
    return {kind + text for kind, text in terms if text}


def _as_answered(row):
    customer = {"customer_id": row["customer_id"],
                "external_customer_ref": row["external_customer_ref"] or ""}
    for name in COLUMNS:
        value = row[name]
        if name == "gender":
            value = GENDERS[value]
        elif name == "active":
            value = bool(value)
        if name in ADDRESS:
            customer.setdefault("address", {})[name] = value
        else:
            customer[name] = value or "" if name == "dob" else value
    return customer


def read_all(directory, *queries):
    """The rows of each query, as dictionaries; all are of one snapshot."""
    if engine.ON_POSTGRES:
        found = ",".join(f"(SELECT coalesce(json_agg(q), '[]') FROM ({query}) q)"
                         for query in queries)
        # In hexadecimal: psql leaves out characters that Unicode has not given away.
        text = postgres.psql(engine.url(directory), "SELECT encode(convert_to("
                             f"json_build_array({found})::text, 'UTF8'), 'hex')")
        return json.loads(bytes.fromhex(text))
    uri = f"file:{directory}/pdmd.db?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN")
        return [[dict(row) for row in db.execute(query)] for query in queries]


def read(directory, query):
    """The rows of one query, as tuples."""
    return [tuple(row.values()) for row in read_all(directory, query)[0]]


def execute(directory, statement):
    """One change, behind the program's back."""
    if engine.ON_POSTGRES:
        postgres.psql(engine.url(directory), statement)
        return
    with contextlib.closing(sqlite3.connect(pathlib.Path(directory) / "pdmd.db")) as db, db:
        db.execute(statement)


def bytes_literal(content):
    return f"'\\x{content.hex()}'" if engine.ON_POSTGRES else f"x'{content.hex()}'"


def content(directory):
    """Every byte that the directory's data is kept in, by a name for people; on PostgreSQL, whose
    files are not ours, all that a backup would have."""
    files = {path.name: path.read_bytes() for path in pathlib.Path(directory).iterdir()
             if path.is_file()}
    if engine.ON_POSTGRES:
        files["the database"] = postgres.dump(engine.url(directory)).encode()
    return files


def _integrity(directory):
    """PostgreSQL has no such look at all of it; its own checks are made with each reading."""
    if engine.ON_POSTGRES:
        return ["ok"]
    return [row[0] for row in read(directory, "SELECT * FROM pragma_integrity_check")]


class Database:
    """One snapshot; sound, or an AssertionError."""

    def __init__(self, directory, company_id=9001):
        where = f"WHERE company_id = {company_id}"
        # Where several write at a time, operations are not in the order of their numbers.
        order = "record_id, new_version" if engine.ON_POSTGRES else "op"
        self.integrity = _integrity(directory)
        self.rows, terms, self.audit, counters = read_all(
            directory, f"SELECT * FROM customer {where}",
            f"SELECT customer_id, term FROM customer_term {where}",
            f"SELECT * FROM audit {where} AND record = {AUDIT_CUSTOMER} ORDER BY {order}",
            f"SELECT kind, next_id FROM id_counter {where}")
        self.terms = {tuple(row.values()) for row in terms}
        self.next_id = {row["kind"]: row["next_id"] for row in counters}

    def by_ref(self):
        """{reference: (customer, version)} of those who have one."""
        return {row["external_customer_ref"]: (_as_answered(row), row["version"])
                for row in self.rows if row["external_customer_ref"]}

    def assert_sound(self):
        """For a company whose customers were all made through the API."""
        assert self.integrity == ["ok"], self.integrity
        self._assert_ids()
        self._assert_terms()
        self._assert_audit()
        return self

    def _assert_ids(self):
        """Each number was given once, and none was left out: what failed gave its number back. On
        PostgreSQL a server takes numbers in blocks, and what is left of one is given to nobody."""
        ids = sorted(row["customer_id"] for row in self.rows)
        if engine.ON_POSTGRES:
            assert len(set(ids)) == len(ids)
            assert max(ids, default=0) < self.next_id.get(CUSTOMERS, 1), (self.next_id, ids[-1:])
            return
        assert ids == list(range(1, len(ids) + 1))
        assert self.next_id.get(CUSTOMERS, 1) == len(ids) + 1, (self.next_id, len(ids))

    def _assert_terms(self):
        expected = {(row["customer_id"], term) for row in self.rows for term in terms_of(row)}
        assert self.terms == expected, (sorted(self.terms - expected)[:5],
                                        sorted(expected - self.terms)[:5])

    def _assert_audit(self):
        """Every customer's rows lead from nothing to its version, one by one, in their order; the
        last is the one that the customer names."""
        chains = {row["customer_id"]: [] for row in self.rows}
        for row in self.audit:
            chains[row["record_id"]].append(row)
        for customer in self.rows:
            chain = chains[customer["customer_id"]]
            steps = [(row["old_version"], row["new_version"]) for row in chain]
            assert steps == [(n, n + 1) for n in range(customer["version"])], steps
            assert chain[-1]["op"] == customer["last_op"]
            commands = [row["command"] for row in chain]
            assert commands == ["CreateCustomer"] + ["ModifyCustomer"] * (len(chain) - 1)
            assert all((row["fields"] == "") == (row["old_version"] == 0) for row in chain)
