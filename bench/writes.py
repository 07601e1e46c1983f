"""CreateCustomer at a million customers: rounds with 64 callers and with one, on the disk of the
machine and with nobody waiting for it, and a bare program that commits the same rows one by one. And
reading while customers are created. All of them write to one copy of the data, in turns, so each
finds the database as large as the others do."""

import json
import os
import shutil
import sqlite3
import statistics
import sys
import time

from load import PACE, Requests, Rounds, measured, result_of
from people import write_requests
from servers import BUILD, ROOT, Pdmd, ask, wait_for_port

CALLERS = 64
BESIDE_RPS = 500  # creates a second, beside readers
MOST_RPS = 12_000  # so many lines of requests a second are made, which nobody reaches
SYNCS = 200

OK = '{"status":{"code":101,"details":"OK"},"customer":{"customer_id":'


def sync_us(folder):
    """What one page and an fdatasync take on this disk: the median, without any database."""
    path = folder / "sync-probe"
    took = []
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.pwrite(fd, bytes(4096 * SYNCS), 0)
        os.fsync(fd)
        for n in range(SYNCS):
            os.pwrite(fd, b"x" * 4096, 4096 * n)
            begin = time.perf_counter()
            os.fdatasync(fd)
            took.append((time.perf_counter() - begin) * 1e6)
    finally:
        os.close(fd)
        path.unlink()
    return statistics.median(took)


class Writes:
    """A copy of the data of `source`, in `folder`."""

    def __init__(self, source, folder, customers, seconds):
        self.folder, self.customers, self.seconds = folder, customers, seconds
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source / "data", folder / "data",
                        ignore=lambda _, names: [name for name in names if name.endswith(".sock")])
        self.key = (folder / "data" / "demo-9001.key").read_text().strip()
        self.n_rounds = 0

    def serve(self, settings=None):
        server = Pdmd.serve(self.folder, settings)
        wait_for_port(server.port, server.process)
        _, body = ask(server.port, "GetSessionToken", {"company_id": 9001, "key": self.key})
        return server, json.loads(body)["session"]["session_token"]

    def requests(self, token, n):
        """n bodies of new customers, whom no other round has."""
        self.n_rounds += 1
        path = self.folder / "create.lines"
        write_requests(path, token, self.n_rounds, f"W{self.n_rounds}-", n)
        return path

    # ---- the kinds of round

    def create(self, callers, settings=None):
        server, token = self.serve(settings)
        lines = self.requests(token, MOST_RPS * self.seconds)
        command = [PACE, "--address", f"127.0.0.1:{server.port}", "--seconds", self.seconds,
                   "--path", "/CreateCustomer", "--lines-file", lines,
                   "--expect", OK, "--connections", callers]
        result = measured(server, command, f"{callers} callers of CreateCustomer")
        server.stop()
        return result

    def bare(self):
        """As many as it commits in a round's time."""
        self.n_rounds += 1
        command = [sys.executable, ROOT / "bench" / "bare.py", self.folder / "data" / "pdmd.db",
                   self.n_rounds, f"B{self.n_rounds}-", MOST_RPS * self.seconds, self.seconds]
        result = result_of(command, "the bare program")
        result["rps"] = result["answers"] / result["seconds"]
        result["cpu_us"] = result["cpu_seconds"] * 1e6 / result["answers"]
        result["busy"] = result["cpu_seconds"] / result["seconds"]
        return result

    def read(self, rate, creating):
        """GetCustomer by schedule; with `creating`, CreateCustomer by schedule beside it."""
        server, token = self.serve()
        asked = Requests.customers(self.folder, token, self.customers)
        command = [PACE, "--address", f"127.0.0.1:{server.port}", "--seconds", self.seconds,
                   "--path", asked.path, "--body-file", asked.body_file, "--ids", asked.ids,
                   "--expect", asked.expects[0], "--rate", f"{rate:.0f}"]
        if creating:
            lines = self.requests(token, 2 * BESIDE_RPS * self.seconds)
            command += ["--beside", "--path", "/CreateCustomer", "--lines-file", lines,
                        "--expect", OK, "--rate", BESIDE_RPS, "--connections", 8]
        result = measured(server, command, "readers", of=0)
        server.stop()
        return result

    def bytes_a_customer(self):
        """The file of a database that nobody has open, over all customers of it."""
        sums = "SELECT (SELECT count(*) FROM customer), page_count * page_size " \
               "FROM pragma_page_count, pragma_page_size"
        db = sqlite3.connect(self.folder / "data" / "pdmd.db")
        n, size = db.execute(sums).fetchone()
        db.close()
        return size / n


def measure(source, folder, customers, rounds, seconds, half_rate):
    """Rounds of writing, rounds of reading beside writing, and the facts of the disk."""
    w = Writes(source, folder, customers, seconds)
    per_customer = w.bytes_a_customer()
    no_sync = {"LD_PRELOAD": str(BUILD / "bench" / "no_sync.so")}
    writing = Rounds({
        "64 callers": lambda: w.create(CALLERS),
        "64 callers, no sync": lambda: w.create(CALLERS, no_sync),
        "1 caller": lambda: w.create(1),
        "bare program": w.bare}, rounds)
    reading = Rounds({
        "reading alone": lambda: w.read(half_rate, False),
        "reading beside creates": lambda: w.read(half_rate, True)}, rounds)
    facts = {"sync_us": sync_us(folder), "bytes": per_customer}
    shutil.rmtree(folder)
    return writing, reading, facts
