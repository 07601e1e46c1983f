#!/usr/bin/python3
"""How many machines so many customers and look-ups need, reckoned from the figures that are kept in
bench/figures.json; the tables of docs/scaling.md. `make bench` puts them there anew.

usage: bench/capacity.py            prints them
       bench/capacity.py --write    into docs/scaling.md
"""

import json
import math
import re
import statistics
import sys

from servers import ROOT

PAGE = ROOT / "docs" / "scaling.md"
BEGIN, END = "<!-- from here: bench/capacity.py -->", "<!-- to here -->"

CUSTOMERS, LOOK_UPS = 10**9, 10**6
# What we have no measure for. Each is named where it is used.
WRITES = 0.05  # of the look-ups, at the busiest
MEAN = 0.2  # of the busiest, over a month
STATEMENTS = 1.1  # a look-up: some ask by a reference that is not there, caches ask again
USED = 0.5  # of the cores, at the busiest
SPACE = 1.33  # what updates leave behind in tables and indexes
COMMIT_MS = 1.5  # to a standby in the next building
DATABASE_CORES, SERVER_CORES = 16, 8
DATABASE_BYTES = 1e12  # what can be copied anew within an hour
MB_S = 300  # of a standby that is made anew
MONTH_S = 30 * 86400


def cores(per_s, us):
    """Of so many calls a second that take so much CPU time each."""
    return per_s * us / 1e6 / USED


class Need:
    """Of customers and look-ups a second, from `f`, the facts of the part postgres."""

    def __init__(self, f, customers, look_ups):
        writes = look_ups * WRITES
        self.writes = writes
        self.read_cores = cores(look_ups * STATEMENTS, f["get_database_us"])
        self.write_cores = cores(writes, f["create_database_us"])
        self.server_cores = cores(look_ups, f["get_pdmd_us"]) + cores(writes, f["create_pdmd_us"])
        self.data = customers * f["bytes_customer"] * SPACE
        self.audit = writes * MEAN * MONTH_S * f["bytes_audit"]
        self.looked_up = customers * f["bytes_customer_alone"] * SPACE
        self.databases = math.ceil(max((self.read_cores + self.write_cores) / DATABASE_CORES,
                                       (self.data + self.audit) / DATABASE_BYTES))
        self.servers = math.ceil(self.server_cores / SERVER_CORES)
        self.servers_each = max(2, math.ceil(self.servers / self.databases))


def size(n):
    """Of bytes."""
    for unit, bytes_each in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if n >= bytes_each:
            return f"{n / bytes_each:.{0 if n >= 10 * bytes_each else 1}f} {unit}"
    return f"{n:.0f} B"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def outage_s(parts):
    """The median of all runs in which a whole primary was killed, or None."""
    runs = parts.get("failover", {}).get("runs", [])
    gaps = [run["write_gap_s"] for run in runs
            if run["scenario"] == "primary-killed" and "fault" not in run]
    return statistics.median(gaps) if gaps else None


def measured(f):
    return table(["measured", "", "r"], [
        ["CPU of PostgreSQL for a look-up", f"{f['get_database_us']:.1f} us",
         f"{1e6 / f['get_database_us']:,.0f} a second and core"],
        ["CPU of `pdmd` for it", f"{f['get_pdmd_us']:.1f} us",
         f"{1e6 / f['get_pdmd_us']:,.0f} a second and core"],
        ["CPU of PostgreSQL for a new customer", f"{f['create_database_us']:.0f} us",
         f"{1e6 / f['create_database_us']:,.0f} a second and core"],
        ["CPU of `pdmd` for it", f"{f['create_pdmd_us']:.0f} us",
         f"{1e6 / f['create_pdmd_us']:,.0f} a second and core"],
        ["write-ahead log for it", f"{f['wal_create']:,.0f} bytes", ""],
        ["a customer, with what he is searched by and all indexes",
         f"{f['bytes_customer']:.0f} bytes",
         f"of it {f['bytes_customer_alone']:.0f} the customer"],
        ["a row of the audit, with its indexes", f"{f['bytes_audit']:.0f} bytes", ""]])


def largest(parts, f):
    n = Need(f, CUSTOMERS, LOOK_UPS)
    each = n.databases
    held = (n.data + n.audit) / each
    answer = parts.get("large", {}).get("facts", {}).get("answer_bytes", {}).get("pdmd", 730)
    out = outage_s(parts)
    rows = [
        ["customers", f"10^9 x {f['bytes_customer']:.0f} B x {SPACE} (E)",
         f"{size(n.data)} for each copy"],
        ["audit, 30 days", f"{n.writes * MEAN:,.0f}/s (E) x {MONTH_S:,} s x "
         f"{f['bytes_audit']:.0f} B", f"{size(n.audit)} for each copy"],
        ["cores of PostgreSQL, look-ups", f"10^6/s x {STATEMENTS} (E) x "
         f"{f['get_database_us']:.1f} us / {USED} (E)", f"{n.read_cores:.0f}"],
        ["cores of PostgreSQL, writes", f"{n.writes:,.0f}/s (E) x "
         f"{f['create_database_us']:.0f} us / {USED} (E)", f"{n.write_cores:.0f}"],
        [f"databases of {DATABASE_CORES} cores", f"({n.read_cores:.0f} + {n.write_cores:.0f}) / "
         f"{DATABASE_CORES}, or {size(n.data + n.audit)} / {size(DATABASE_BYTES)} (E)", f"{each}"],
        ["each of them", "look-ups, writes at the busiest, size",
         f"{LOOK_UPS / each:,.0f}/s, {n.writes / each:,.0f}/s, {size(held)}"],
        ["its memory", "what look-ups touch: the customers and their keys",
         f"{size(n.looked_up / each)} and some more"],
        ["its machines", "primary, synchronous standby, one more", f"3, {each * 3} in all"],
        ["its write-ahead log", f"{n.writes / each:,.0f}/s x {f['wal_create']:,.0f} B",
         f"{size(n.writes / each * f['wal_create'])}/s at the busiest"],
        ["its connections that are committing", f"{n.writes / each:,.0f}/s x {COMMIT_MS} ms (E)",
         f"{n.writes / each * COMMIT_MS / 1000:.1f}"],
        ["cores of `pdmd`", f"(10^6/s x {f['get_pdmd_us']:.1f} us + {n.writes:,.0f}/s x "
         f"{f['create_pdmd_us']:.0f} us) / {USED} (E)", f"{n.server_cores:.0f}"],
        [f"servers of {SERVER_CORES} cores", f"{n.server_cores:.0f} / {SERVER_CORES}; at least 2 "
         "for each database", f"{n.servers_each} for each, {n.servers_each * each} in all"],
        ["connections to each primary", f"{n.servers_each} servers x {f['connections']:.0f}",
         f"{n.servers_each * f['connections']:.0f}"],
        ["traffic to callers", f"10^6/s x {answer} B", f"{answer * 8 / 1000:.1f} Gbit/s"],
        ["a standby made anew", f"{size(held)} at {MB_S} MB/s (E)",
         f"{held / MB_S / 1e6 / 60:.0f} min"],
        ["a company's outage in a year", f"one failure of its primary (E) x "
         f"{'an outage of a failover' if out is None else f'{out:.0f} s'}",
         "see below" if out is None else f"{out:.0f} s"]]
    return table(["quantity", "reckoned from", "result"], rows)


def steps(f):
    rows = []
    for customers, look_ups in ((10**6, 10**3), (10**7, 10**4), (10**8, 10**5),
                                (CUSTOMERS, LOOK_UPS)):
        n = Need(f, customers, look_ups)
        rows.append([f"10^{math.log10(customers):.0f}", f"10^{math.log10(look_ups):.0f}",
                     size(n.data), size(n.audit), f"{n.read_cores + n.write_cores:.1f}",
                     f"{n.server_cores:.1f}"])
    return table(["customers", "look-ups a second", "customers' data", "audit, 30 days",
                  "cores of PostgreSQL", "cores of `pdmd`"], rows)


def text(parts):
    f = parts["postgres"]["facts"]
    told = f"Of {parts['postgres']['date']}, commit {parts['postgres']['commit']}."
    return "\n\n".join([told, measured(f), steps(f),
                        "The largest step, line by line:", largest(parts, f)])


def renew(parts):
    """Nothing where PostgreSQL was never measured."""
    if "postgres" not in parts:
        return
    before = PAGE.read_text()
    made = f"{BEGIN}\n\n{text(parts)}\n\n{END}"
    after, n = re.subn(f"{BEGIN}.*{END}", lambda _: made, before, flags=re.S)
    if n != 1:
        raise RuntimeError(f"{PAGE.name} has no place for the tables of bench/capacity.py")
    PAGE.write_text(after)


def main():
    parts = json.loads((ROOT / "bench" / "figures.json").read_text())
    if sys.argv[1:] == ["--write"]:
        renew(parts)
    elif sys.argv[1:]:
        sys.exit(__doc__.strip())
    else:
        print(text(parts))


if __name__ == "__main__":
    main()
