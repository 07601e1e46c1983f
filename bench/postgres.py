"""pdmd on a PostgreSQL of its own, and pgbench beside it on the same data: look-ups, and new
customers. Nothing is pinned: database, pdmd and load share all cores."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

import imports  # noqa: E402
from load import Requests, Rounds, measured, pace  # noqa: E402
from people import write_requests  # noqa: E402
from servers import PDMD, ROOT, Pdmd, ask, wait_for_port  # noqa: E402
from support import postgres as private  # noqa: E402
from writes import CALLERS, MOST_RPS, OK, PACE  # noqa: E402

Failed = private.PostgresError

# As a server of its own has them that has a standby to feed; and memory as for a small one.
SETTINGS = ["shared_buffers=512MB", "max_wal_size=4GB", "wal_level=replica", "max_wal_senders=10",
            "autovacuum_naptime=1min"]
CONNECTIONS = (32, 128)
PGBENCH_CLIENTS = 32
COMPANY = 9001
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_ticks(pid, with_ended):
    """User and system time; `with_ended`: and that of its children that are gone."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15 if with_ended else 13]))


class Database:
    """The private PostgreSQL with the customers of a demo's data directory in it."""

    def __init__(self, folder, data):
        self.server = private.Postgres.start(folder, fsync=True, extra=SETTINGS)
        self.url = self.server.make_database("pdmd")
        done = subprocess.run([PDMD, "db", "copy", "--dir", data, "--to", self.url],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"pdmd db copy: {done.stderr}")
        self.sql("VACUUM (ANALYZE)")
        self.sql("CHECKPOINT")

    def sql(self, text):
        return self.server.sql(text, "pdmd")

    def number(self, text):
        return float(self.sql(text))

    def cpu_seconds(self):
        """Of all processes that there are and were."""
        first = self.server.pid
        children = pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split()
        ticks = cpu_ticks(first, True)
        for pid in children:
            try:
                ticks += cpu_ticks(pid, False)
            except (FileNotFoundError, ProcessLookupError):
                pass  # a helper that ended just now; a session's end is waited for
        return ticks * TICK_S

    def wal_bytes(self):
        """Ever written to the write-ahead log."""
        return self.number("SELECT pg_current_wal_lsn() - '0/0'")

    def connections(self, program):
        return self.number("SELECT count(*) FROM pg_stat_activity WHERE datname = 'pdmd' "
                           f"AND application_name = '{program}'")

    def wait_for_ends(self):
        """Of pgbench's sessions, so that what they took is in the books."""
        deadline = time.monotonic() + 20
        while self.connections("pgbench"):
            if time.monotonic() > deadline:
                raise Failed("pgbench's sessions do not end")
            time.sleep(0.02)

    def sizes(self):
        """Bytes for each row, with indexes and what else belongs to them."""
        customers = self.number("SELECT count(*) FROM customer")
        table = "SELECT pg_total_relation_size('%s')"
        alone = self.number(table % "customer") / customers
        terms = self.number(table % "customer_term") / customers
        audit = self.number(table % "audit") / self.number("SELECT count(*) FROM audit")
        return {"bytes_customer": alone + terms, "bytes_customer_alone": alone,
                "bytes_terms": terms, "bytes_audit": audit}


class Side:
    """The kinds of round on one database."""

    def __init__(self, database, folder, key, customers, seconds):
        self.database, self.folder, self.seconds = database, folder, seconds
        self.customers = customers
        self.n_rounds = 0
        self.most_connections = 0
        self.pdmd = Pdmd.serve(folder, {"PDMD_DATABASE_URL": database.url,
                                        "PDMD_SERVER_THREADS": "0"}, core=None)
        wait_for_port(self.pdmd.port, self.pdmd.process)
        _, body = ask(self.pdmd.port, "GetSessionToken", {"company_id": COMPANY, "key": key})
        self.token = re.search(r'"session_token":"([^"]+)"', body)[1]
        self.asked = Requests.customers(folder, self.token, customers)

    def with_database(self, run):
        """A round, and what PostgreSQL took of the CPU and wrote for each request meanwhile."""
        cpu, wal = self.database.cpu_seconds(), self.database.wal_bytes()
        result = run()
        asked = result.get("sent", result["answers"])
        result["database_us"] = (self.database.cpu_seconds() - cpu) * 1e6 / asked
        result["wal_bytes"] = (self.database.wal_bytes() - wal) / asked
        self.most_connections = max(self.most_connections, self.database.connections("pdmd"))
        return result

    def look_up(self, connections):
        return self.with_database(lambda: pace(
            self.pdmd, self.asked, self.seconds, connections=connections, core=None))

    def create(self):
        self.n_rounds += 1
        lines = self.folder / "create.lines"
        write_requests(lines, self.token, self.n_rounds, f"W{self.n_rounds}-",
                       MOST_RPS * self.seconds)
        command = [PACE, "--address", f"127.0.0.1:{self.pdmd.port}", "--seconds", self.seconds,
                   "--path", "/CreateCustomer", "--lines-file", lines, "--expect", OK,
                   "--connections", CALLERS]
        return self.with_database(lambda: measured(
            self.pdmd, command, "callers of CreateCustomer on PostgreSQL", core=None))

    def pgbench(self, script, clients, **variables):
        def run():
            result = pgbench(self.database.url, ROOT / "bench" / script, clients, self.seconds,
                             variables)
            self.database.wait_for_ends()
            return result

        return self.with_database(run)


def pgbench(url, script, clients, seconds, variables):
    """What it says, with its own CPU time. As pdmd's, its sessions plan a statement once."""
    words = [private.program("pgbench"), "-n", "-M", "prepared", "-c", clients, "-j", 2, "-T", seconds, "-f", script]
    for name, value in variables.items():
        words += ["-D", f"{name}={value}"]
    env = {**os.environ, "PGOPTIONS": "-c plan_cache_mode=force_generic_plan"}
    begun = subprocess.Popen([*map(str, words), url], env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = begun.stdout.read()
    _, status, usage = os.wait4(begun.pid, 0)
    begun.returncode = os.waitstatus_to_exitcode(status)
    done = re.search(r"transactions actually processed: (\d+)", said)
    rate = re.search(r"^tps = ([\d.]+) ", said, re.M)
    failed = re.search(r"number of failed transactions: (\d+)", said)
    if begun.returncode or not done or not rate or not failed or int(failed[1]):
        raise Failed(f"pgbench: {said[:2000]}")
    answers, rps = int(done[1]), float(rate[1])
    cpu_us = (usage.ru_utime + usage.ru_stime) * 1e6 / answers
    return {"answers": answers, "rps": rps, "cpu_us": cpu_us, "busy": rps * cpu_us / 1e6}


def directory(source, folder):
    """A data directory for a server of the copied database: the same secret."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True, mode=0o700)
    shutil.copy2(source / "data" / "secret.key", folder / "data")
    return (source / "data" / "demo-9001.key").read_text().strip()


def measure(source, folder, customers, rounds, seconds):
    """Rounds that read, rounds that write, and facts."""
    Pdmd.demo(source, customers).stop()  # makes the data where they are not there
    key = directory(source, folder)
    print("copying the customers to PostgreSQL", flush=True)
    database = Database(folder / "server", source / "data")
    try:
        facts = database.sizes()
        side = Side(database, folder, key, customers, seconds)
        few, many = CONNECTIONS
        reading = Rounds({
            f"pdmd, {few} connections": lambda: side.look_up(few),
            "pgbench, look-ups": lambda: side.pgbench(  # next to both
                "get_customer.sql", PGBENCH_CLIENTS, customers=customers),
            f"pdmd, {many} connections": lambda: side.look_up(many)}, rounds)
        facts["connections"] = side.most_connections
        writing = Rounds({
            "pdmd, 64 callers": side.create,
            "pgbench, inserts": lambda: side.pgbench(
                "create_customer.sql", CALLERS, left=0, next=0, start=time.time_ns() // 1000)},
            rounds)
        facts["connections"] = max(facts["connections"], side.most_connections)
        side.pdmd.stop()
        facts |= imports.measure_shared(folder / "import", database.server.make_database("import"),
                                        customers)
    finally:
        database.server.stop()
    shutil.rmtree(folder)
    return reading, writing, facts
