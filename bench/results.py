"""The figures of a run, part by part. They are kept in bench/figures.json: a part that is measured
takes the place of what was kept of it, and page.py writes RESULTS.md of all that are there."""

import json
import os
import re
import subprocess
import time

from servers import ROOT

KEPT = ROOT / "bench" / "figures.json"
WRITTEN = [KEPT, ROOT / "bench" / "RESULTS.md", ROOT / "docs" / "scaling.md"]  # by a run
RAW = ["rps", "cpu_us", "busy", "p50_us", "p99_us", "database_us"]


def perf_rows(data, sort, n=10):
    """The n first rows of a perf profile: (per cent, name)."""
    done = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-s", sort],
                          capture_output=True, text=True)
    rows = re.findall(r"^ +([\d.]+)%  (\S.*?) *$", done.stdout, re.M)
    return [(float(share), re.sub(r"[ -]+$", "", re.sub(r" +", " ", name)))
            for share, name in rows[:n]]


def commit():
    """The newest one, and whether what is measured is no commit."""
    def git(*words):
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False,
                              cwd=ROOT).stdout.strip()

    dirty = git("status", "--porcelain", "--untracked-files=no", "--", ".",
                *(f":!{path.relative_to(ROOT)}" for path in WRITTEN))
    return git("rev-parse", "--short", "HEAD") + (" and changes" if dirty else "")


class Figures:
    """`parts`: name -> what is kept of it, as JSON has it:
    rows: figure, wanted, measured, remark; raw: a round each; facts: numbers by name, for other
    parts, for page.py and for capacity.py; and when, of what and how it was measured."""

    def __init__(self, rounds, seconds):
        self.parts = json.loads(KEPT.read_text()) if KEPT.exists() else {}
        self.measured = []
        self.rounds, self.seconds = rounds, seconds
        self.part = None

    def begin(self, name):
        """What comes from here on is of this part, and takes the place of what was there."""
        self.part = {"commit": commit(), "date": time.strftime("%Y-%m-%d"),
                     "load": round(os.getloadavg()[0], 1), "rounds": self.rounds,
                     "seconds": self.seconds, "rows": [], "raw": [], "facts": {}}
        self.parts[name] = self.part
        self.measured.append(name)
        print(f"---- {name}", flush=True)

    def save(self):
        KEPT.write_text(json.dumps(self.parts, indent=1, sort_keys=True) + "\n")

    def fact(self, part, name):
        """Of this run or of an earlier one."""
        try:
            return self.parts[part]["facts"][name]
        except KeyError:
            raise RuntimeError(f"the part {part} has to be measured first") from None

    def facts(self, **facts):
        self.part["facts"].update(facts)

    def keep(self, title, rounds):
        """Every round as it was."""
        for name, results in rounds.results.items():
            for number, result in enumerate(results, 1):
                self.part["raw"].append([title, number, name] + [
                    round(result[key], 4) if key in result else None for key in RAW])

    # ---- what the parts of the run bring

    def load(self, customers, rounds, more):
        self.keep(f"{customers:,} customers", rounds)
        self.beside_nginx(f"{customers:,} customers", rounds, "wrk", "at most 2.0", "at least 0.5")
        if more:
            self.beside_nginx(f"{customers:,} customers", rounds, "pace", "at most 2.0",
                              "at least 0.5")
            self.add("GetSessionToken against GetCustomer, requests per second", "at least 0.5",
                     rounds.ratio("session, wrk", "pdmd, wrk", "rps").text("%.2f"),
                     "%.0f /s, %.1f us CPU" % (rounds.row("session, wrk", "rps").median,
                                               rounds.row("session, wrk", "cpu_us").median))

    def beside_nginx(self, what, rounds, how, cpu_wanted, rps_wanted):
        ours, theirs = f"pdmd, {how}", f"nginx, {how}"
        cpu, their_cpu = rounds.row(ours, "cpu_us"), rounds.row(theirs, "cpu_us")
        rps, their_rps = rounds.row(ours, "rps"), rounds.row(theirs, "rps")
        self.add(f"CPU per request against nginx, {what}, {how}", cpu_wanted,
                 rounds.ratio(ours, theirs, "cpu_us").text("%.2f"),
                 "%.1f us, nginx %.1f us" % (cpu.median, their_cpu.median))
        self.add(f"requests per second against nginx, {what}, {how}", rps_wanted,
                 rounds.ratio(ours, theirs, "rps").text("%.2f"),
                 "%.0f /s (busy %.0f %%), nginx %.0f /s (busy %.0f %%)" % (
                     rps.median, 100 * rounds.row(ours, "busy").median,
                     their_rps.median, 100 * rounds.row(theirs, "busy").median))

    def memory(self, server, beside):
        self.add("resident memory, 1,000,000 customers", "at most 100 MB",
                 "%.0f MB" % server.memory_mb("VmRSS"),
                 "most ever %.0f MB; nginx's worker %.0f MB" % (
                     server.memory_mb("VmHWM"), beside.memory_mb("VmRSS")))

    def search(self, customers, kinds):
        for name, costs in kinds.items():
            self.add(f"search at {customers:,} customers: {name}", "at most 5 ms",
                     "%.2f ms, worst %.2f ms" % (costs.median, costs.worst),
                     f"{costs.found_mean:.0f} found on average")

    def latency(self, how, rounds):
        self.keep(f"half load, {how}", rounds)
        for name in ("pdmd", "nginx"):
            kind = f"{name}, half load"
            self.add(f"p50 and p99 at half load, {how}, {name}", "",
                     rounds.row(kind, "p50_us").text("%.0f us") + " and " +
                     rounds.row(kind, "p99_us").text("%.0f us"),
                     "at %.0f /s; p99.9 %.0f us" % (rounds.row(kind, "rps").median,
                                                   rounds.row(kind, "p999_us").median))

    def tls(self, rounds):
        self.keep("TLS 1.3", rounds)
        self.beside_nginx("TLS", rounds, "pace", "", "")

    def writes(self, writing, reading, facts):
        self.keep("CreateCustomer, 1,000,000 customers", writing)
        self.keep("reading beside creates", reading)
        many = writing.row("64 callers", "rps")
        for name, wanted in (("64 callers, no sync", "at least 0.7"), ("1 caller", "at least 4"),
                             ("bare program", "at least 2.5")):
            self.add(f"CreateCustomer, 64 callers, durable, against {name}", wanted,
                     writing.ratio("64 callers", name, "rps").text("%.2f"),
                     "%.0f /s, %s %.0f /s" % (many.median, name,
                                              writing.row(name, "rps").median))
        self.add("CPU of a CreateCustomer, 64 callers", "",
                 writing.row("64 callers", "cpu_us").text("%.0f us"),
                 "1 caller %.0f us" % writing.row("1 caller", "cpu_us").median)
        self.add("an fdatasync of one page on this disk", "", "%.0f us" % facts["sync_us"], "")
        self.add("p99 of GetCustomer at half load, 500 creates a second beside it", "at most 3 ms",
                 reading.row("reading beside creates", "p99_us").text("%.0f us"),
                 "%.2f times what it is without them (%.0f us), at most 2 wanted" % (
                     reading.ratio("reading beside creates", "reading alone", "p99_us").median,
                     reading.row("reading alone", "p99_us").median))
        self.add("size on disk per customer, with all indexes", "under 700 bytes",
                 "%.0f bytes" % facts["bytes"], "")

    def imports(self, runs, server_mb):
        served, alone, again = runs["served"], runs["alone"], runs["again"]
        self.add("import of 1,000,000 rows with references, beside a server",
                 "at least 50,000 rows/s", f"{served.rows_per_second:,.0f} rows/s",
                 "most memory: import %.0f MB, server %.0f MB" % (served.memory_mb, server_mb))
        self.add("the same without a server", "", f"{alone.rows_per_second:,.0f} rows/s",
                 f"again, all unchanged: {again.rows_per_second:,.0f} rows/s; most memory "
                 f"{alone.memory_mb:.0f} MB")

    def start(self, row):
        self.add("start to first answer, 1,000,000 customers", "at most 200 ms",
                 row.text("%.0f ms"), f"{len(row.values)} starts")

    def profile(self, profiles):
        self.facts(profile=profiles)

    def postgres(self, reading, writing, facts):
        self.keep("GetCustomer, PostgreSQL", reading)
        self.keep("CreateCustomer, PostgreSQL", writing)
        beside = "pgbench, look-ups"
        for connections in (32, 128):
            self.beside_pgbench(f"GetCustomer on PostgreSQL, {connections} connections",
                                reading, f"pdmd, {connections} connections", beside,
                                "at least 1.0")
        self.beside_pgbench("CreateCustomer on PostgreSQL, durable, 64 callers", writing,
                            "pdmd, 64 callers", "pgbench, inserts", "at least 0.8")
        for what, rounds, ours, theirs in (
                ("GetCustomer, 32 connections", reading, "pdmd, 32 connections", beside),
                ("GetCustomer, 128 connections", reading, "pdmd, 128 connections", beside),
                ("CreateCustomer, 64 callers", writing, "pdmd, 64 callers", "pgbench, inserts")):
            self.add(f"CPU on PostgreSQL, {what}", "",
                     "pdmd %.1f us, PostgreSQL %.1f us" % (rounds.row(ours, "cpu_us").median,
                                                           rounds.row(ours, "database_us").median),
                     "pgbench %.1f us, PostgreSQL %.1f us" % (
                         rounds.row(theirs, "cpu_us").median,
                         rounds.row(theirs, "database_us").median))
        self.add("import of 1,000,000 rows with references into PostgreSQL, beside a server",
                 "at least 10,000 rows/s", "%s rows/s" % f"{facts['import_rps']:,.0f}",
                 "again, all unchanged: %s rows/s" % f"{facts['import_again_rps']:,.0f}")
        self.add("connections of pdmd to PostgreSQL", "", "%d" % facts["connections"],
                 "where pgbench has 32 and 64")
        self.add("size in PostgreSQL per customer, with all indexes", "",
                 "%.0f bytes" % facts["bytes_customer"],
                 "customer %.0f, customer_term %.0f; and %.0f for each row of the audit" % (
                     facts["bytes_customer_alone"], facts["bytes_terms"], facts["bytes_audit"]))
        self.facts(**facts, wal_create=writing.row("pdmd, 64 callers", "wal_bytes").median, **{
            f"{name}_{who}_us": rounds.row(kind, field).median
            for name, rounds, kind in (("get", reading, "pdmd, 128 connections"),
                                       ("create", writing, "pdmd, 64 callers"))
            for who, field in (("pdmd", "cpu_us"), ("database", "database_us"))})

    def beside_pgbench(self, what, rounds, ours, theirs, wanted):
        self.add(f"{what}: requests per second against pgbench", wanted,
                 rounds.ratio(ours, theirs, "rps").text("%.2f"),
                 "%.0f /s, pgbench %.0f /s" % (rounds.row(ours, "rps").median,
                                               rounds.row(theirs, "rps").median))

    def add(self, figure, wanted, measured, remark):
        self.part["rows"].append([figure, wanted, measured, remark])
