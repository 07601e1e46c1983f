#!/usr/bin/python3
"""The measure beside CreateCustomer: a bare program that puts the same rows into the same tables,
one commit for each customer, without HTTP, JSON or any check of its own.

usage: bare.py DATABASE SEED PREFIX CUSTOMERS SECONDS

Rows and search terms are made before the clock starts. SQLite is as Python has it, but for
synchronous=FULL."""

import json
import sqlite3
import sys
import time

from people import people

COMPANY, AUDIT_CUSTOMER, COUNTER_CUSTOMER = 9001, 4, 3
BATCH = 100

CUSTOMER = """INSERT INTO customer (customer_key, company_id, customer_id, external_customer_ref,
created, last_modified, title, first_name, last_name, gender, dob, line_1, line_2, line_3, city,
county, postal_code, email_address, tel_number_1, tel_number_2, active, branch_id, version, last_op)
VALUES (?, ?, ?, ?, '2026-01-01', '2026-01-01', ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, 1, 1, 1,
?)"""
TERM = "INSERT INTO customer_term (company_id, term, customer_id) VALUES (?, ?, ?)"
AUDIT = """INSERT INTO audit (company_id, op, key_number, operator_uid, command, request_id, record,
record_id, record_branch_id, fields, old_version, new_version) VALUES (?, ?, 1, -1,
'CreateCustomer', ?, ?, ?, 1, '', 0, 1)"""
COUNTER = "UPDATE id_counter SET next_id = ? WHERE company_id = ? AND kind = ?"


def letters(text):
    return "".join(c for c in text.lower() if c.isalnum())


def digits(text):
    return "".join(c for c in text if c.isdigit())


def terms(values):
    """As src/store/term.c makes them, near enough: accents stay."""
    made = {"d" + values["dob"], "e" + values["email_address"], "l" + letters(values["last_name"]),
            "p" + letters(values["postal_code"]), "t" + digits(values["tel_number_1"]),
            "t" + digits(values["tel_number_2"])}
    return [term for term in made if len(term) > 1]


def rows(values, customer_id, us):
    """What one customer is in each table."""
    op = us.to_bytes(8, "big") + customer_id.to_bytes(8, "big")
    gender = {"": 0, "Male": 1, "Female": 2}[values["gender"]]
    v = values
    customer = (COMPANY << 33 | customer_id, COMPANY, customer_id, v["external_customer_ref"],
                v["title"], v["first_name"], v["last_name"], gender, v["dob"] or None, v["line_1"],
                v["line_2"], v["city"], v["county"], v["postal_code"], v["email_address"],
                v["tel_number_1"], v["tel_number_2"], op)
    return (customer, [(COMPANY, term, customer_id) for term in terms(values)],
            (COMPANY, op, f"{customer_id:016x}", AUDIT_CUSTOMER, customer_id),
            (customer_id + 1, COMPANY, COUNTER_CUSTOMER))


def prepare(db, seed, prefix, n):
    """Ids and ops go on where the database is."""
    next_id, = db.execute("SELECT next_id FROM id_counter WHERE company_id = ? AND kind = ?",
                          (COMPANY, COUNTER_CUSTOMER)).fetchone()
    last_op, = db.execute("SELECT max(op) FROM audit WHERE company_id = ?", (COMPANY,)).fetchone()
    us = max(int.from_bytes(last_op[:8], "big") + 1, time.time_ns() // 1000 - n)
    return [rows(values, next_id + i, us + i) for i, values in enumerate(people(seed, prefix, n))]


def write(db, made, seconds):
    """Until all are written or the time is over; gives how many."""
    end = time.monotonic() + seconds
    for done, (customer, its_terms, audit, counter) in enumerate(made):
        if done % BATCH == 0 and time.monotonic() > end:
            return done
        db.execute("BEGIN IMMEDIATE")
        db.execute(COUNTER, counter)
        db.execute(CUSTOMER, customer)
        db.executemany(TERM, its_terms)
        db.execute(AUDIT, audit)
        db.execute("COMMIT")
    return len(made)


def main():
    path, seed, prefix, n, seconds = sys.argv[1:]
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = FULL")
    if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        sys.exit("bare.py: the database has no write-ahead log")
    made = prepare(db, seed, prefix, int(n))
    begin, cpu = time.monotonic(), time.process_time()
    done = write(db, made, float(seconds))
    took, cpu = time.monotonic() - begin, time.process_time() - cpu
    db.close()
    print(json.dumps({"answers": done, "bad": 0, "seconds": took, "cpu_seconds": cpu}))


main()
