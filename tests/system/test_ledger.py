"""The ledger of the failover test, tried where nothing needs a cluster: it finds nothing where all
is well, through a kill -9 too, and it does find what is lost, doubled or nobody's."""

import contextlib
import sqlite3
import time

from support import pharmacy
from support.database import AUDIT_CUSTOMER
from support.ledger import Account, Ledger, Load, Verdict
from support.server import COMPANY


def stored(directory):
    """What a Verdict is given, of a data directory."""
    with contextlib.closing(sqlite3.connect(f"file:{directory}/pdmd.db?mode=ro", uri=True)) as db:
        return (db.execute("SELECT company_id, external_customer_ref, customer_id "
                           "FROM customer").fetchall(),
                db.execute("SELECT company_id, record_id FROM audit WHERE record = ? "
                           "AND command = 'CreateCustomer'", (AUDIT_CUSTOMER,)).fetchall())


def test_through_a_kill_the_ledger_is_what_is_stored(start_server, tmp_path):
    directory = tmp_path / "data"
    key = pharmacy.make(directory)
    server = start_server(command="serve", directory=directory)
    accounts = [Account(COMPANY, server.token(key))]
    with Load([server.address], accounts, writes_per_s=100, reads_per_s=200, readers=4) as load:
        time.sleep(1.0)
        server.kill()
        host, port = server.address
        server = start_server(command="serve", directory=directory, listen=f"{host}:{port}")
        again = time.monotonic()
        while load.ledger.last("CreateCustomer") < again + 0.5:
            assert time.monotonic() < again + 20, load.ledger.failures
            time.sleep(0.05)
    load.assert_sound()
    verdict = Verdict(load.ledger, *stored(directory))
    verdict.assert_clean()
    assert verdict.acked > 20 and load.ledger.failures
    assert load.ledger.gap_s("GetCustomer") > 0

    load.replay_unknown()
    verdict = Verdict(load.ledger, *stored(directory))
    verdict.assert_clean()
    assert verdict.unknown == 0
    server.stop()


def test_what_is_wrong_is_found():
    ledger = Ledger()
    ledger.ack((1, "w0-0"), 10)
    ledger.ack((1, "w0-1"), 11)
    ledger.ack((1, "w0-2"), 12)
    ledger.unknown[1, "w0-3"] = {}
    customers = [(1, "w0-0", 10), (1, "w0-0", 14), (1, "w0-2", 99), (1, "w0-3", 13),
                 (1, "w0-4", 15)]
    created = [(1, 10), (1, 14), (1, 99), (1, 13), (1, 13), (1, 77)]
    verdict = Verdict(ledger, customers, created)
    assert verdict.lost == [(1, "w0-1")]
    assert verdict.doubled == [(1, "w0-0")]
    assert verdict.ghosts == [(1, "w0-4")]
    assert (1, "w0-2") in verdict.changed_ids
    assert verdict.audit_wrong == [(1, 13), (1, 15), (1, 77)]
    assert verdict.unknown_there == 1
