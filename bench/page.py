"""bench/RESULTS.md, written of the figures that are kept, and the table that a run prints."""

import os
import pathlib
import platform
import re
import subprocess
import textwrap

import failures
import search
from load import CONNECTIONS
from servers import PDMD, ROOT

PAGE = ROOT / "bench" / "RESULTS.md"

WHAT_IT_MEANS = """\
Both servers run in the same run on core 0, one thread each, in turns; the load generator has
core 1. {connections} connections stay open with one request under way on each. A ratio is taken
between rounds that ran next to each other; given are the median of the rounds and the range.

- **nginx** is Debian's with one worker, `access_log off` and keep-alive without end. It answers
  every request with the same body, of middle length among ours ({body} bytes), and with our
  headers: {nginx} bytes in all, where pdmd sends {pdmd}. It reads no JSON, checks nothing and
  looks nothing up.
- **pdmd** runs as people run it: on its database, durable, with its log, a line for each
  request, going to a file. Customers are drawn uniformly from all there are; the database is in
  the page cache.
- **CPU per request** is user and system time of the server's process, as the kernel counts it,
  over requests. It hardly depends on how fast the client is.
- **Requests per second** do depend on it: *busy* is the part of its core that the server used.
  Below about 95 % the client was the limit, and the server could have done more. wrk runs a Lua
  script that checks each answer; pace is our own small C program and checks as well, with less
  effort.
- **What is checked**: under wrk, that each answer is 101, for a customer who was asked for and
  not yet answered, with that customer's own reference (one of wrk's threads cannot tell its
  connections apart). Under pace, that each is 101 for the very customer that its own connection
  asked for. One wrong answer ends the run without figures; there was none.
- **p50 and p99 at half load** come from pace with a fixed schedule, each server at half of the
  rate that it reached itself under pace. A request's time counts from when it was due, sent
  late or not. pace never sleeps, so its own delay is not in the figure.
- **A search** costs what the server's threads took of the CPU while it was under way, by the
  kernel's own books: the median and the worst of {searches} of each kind, pages behind the first
  counted as well. Searches go one after the other.
- **Resident memory** is read after the rounds; the most there ever was (VmHWM) includes the
  making of the demo data where this run made them.
- **Start to first answer** counts from before the process is made until a 101 to GetCustomer
  has been read, on data that were there, with a token from before the start; the files are in
  the page cache.
- **CreateCustomer** at a million customers: 64 callers, each with one request under way, every
  answer 101 and durable. *No sync* is the same server with `fsync` and `fdatasync` replaced by
  nothing (bench/no_sync.c), which is SQLite's synchronous=OFF. The *bare program* is Python's
  sqlite3 with the same rows in the same tables, one commit each, rows made beforehand, no HTTP.
  The rounds write to one copy of the data, in turns.
- **Import**: one run each, of a file of made-up people with the API's names as columns, into an
  empty company; the server has as many threads as cores, and nothing is pinned. Both readings of
  the file are in the time. On PostgreSQL likewise, into a database of its own.
- **GetSessionToken** against GetCustomer is under wrk, both checked.

On PostgreSQL it is otherwise: **nothing is pinned**. The database, pdmd with its defaults (threads,
4 connections that read, 16 that write) and the load share all cores, over a Unix socket; so where
pdmd is measured the cores also do HTTP, JSON, the log and pace, where pgbench is measured they
have pgbench alone beside the database.

- **The database** is a PostgreSQL of its own with 512 MB of shared buffers and `fsync`,
  `synchronous_commit` and full page writes on, no standby. It has the customers of the SQLite
  rounds, brought over by `pdmd db copy`.
- **GetCustomer** comes from pace, which checks each answer, on 32 and on 128 connections.
  Beside it `pgbench -M prepared -c 32 -j 2` sends bench/get_customer.sql: the same columns by the
  same key, uniformly drawn, one statement under way on each of 32 connections. It looks at
  nothing that comes back.
- **CreateCustomer**: 64 callers as on SQLite. Beside it `pgbench -M prepared -c 64 -j 2` with
  bench/create_customer.sql, the fastest plain form that we know: a row of customer, five of
  customer_term in one statement and one of audit, in one message each way and one transaction;
  the counter is touched once in 64 customers, as pdmd does. Nothing is looked up before, there is
  no version, no idempotency, nothing is checked.
- **CPU** is that of pdmd, or of pgbench, and of all of PostgreSQL's processes, those that write
  in the background too, over requests.
- **Sizes** are `pg_total_relation_size` after the copy and a VACUUM: without what updates leave.
"""

ABOUT_THE_PROFILE = """\
`perf record` on pdmd under wrk, 1,000,000 customers; samples of all its threads. Where the machine
gives perf no counters, samples come by the clock, and what the kernel does with interrupts off is
booked on the function that lets them in again (`_raw_spin_unlock_irqrestore`,
`finish_task_switch`)."""


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except FileNotFoundError:
        return "not there"
    return (done.stdout + done.stderr).strip().split("\n")[0]


def machine():
    """Name and value of what the figures depend on."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", info, re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    return [
        ("machine", f"{os.cpu_count()} cores, {model.group(1) if model else platform.machine()}, "
                    f"{int(memory.group(1)) / 1e6:.0f} GB"),
        ("kernel", platform.release()),
        ("nginx", first_line(["/usr/sbin/nginx", "-v"]).removeprefix("nginx version: ")),
        ("wrk", first_line(["wrk", "-v"]).split(" Copyright")[0]),
        ("PostgreSQL", first_line(["psql", "--version"]).removeprefix("psql (PostgreSQL) ")),
        ("compiler", first_line(["gcc", "--version"])),
        ("binary", f"{PDMD.stat().st_size / 1e6:.1f} MB with symbols"),
    ]


def printed(figures):
    """Of the parts that this run has measured."""
    rows = [row for name in figures.measured for row in figures.parts[name]["rows"]]
    lines = [f"{name:10} {value}" for name, value in machine()] + [""]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines += ["  ".join(row[i].ljust(widths[i]) for i in range(3)) + "  " + row[3]
              for row in rows]
    return "\n".join(lines)


def write(figures, order):
    """`order`: the names of all parts."""
    parts = {name: figures.parts[name] for name in order if name in figures.parts}
    large = parts.get("large", {"facts": {}})["facts"]
    sent = large.get("answer_bytes", {"body": "?", "nginx": "?", "pdmd": "?"})
    pieces = ["# What pdmd costs", "Written by `make bench`; not to be edited by hand.",
              "\n".join(f"- {name}: {value}" for name, value in machine()), when(parts),
              "## Figures",
              table(["figure", "wanted", "measured: median (range)", ""],
                    [row for part in parts.values() for row in part["rows"]]),
              *failures.section(figures.parts.get("failover")),
              "## What the rows mean",
              WHAT_IT_MEANS.format(connections=CONNECTIONS, searches=search.EACH, **sent).rstrip(),
              "## Where the time goes", profile_text(large.get("profile")),
              "## Every round", rounds_table(parts)]
    PAGE.write_text("\n\n".join(pieces) + "\n")


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines).replace(
        "| --- ", "|---").replace("|--- |", "|---|")


def when(parts):
    """Parts can be measured each by itself, so each says of what it tells. The load is that of
    other work when the part began: the first thing to look at when figures surprise."""
    return table(
        ["part", "commit", "date", "rounds", "took", "load from other work"],
        [[name, part["commit"], part["date"], f"{part['rounds']} of {part['seconds']} s",
          f"{part['took_s']} s", part["load"]] for name, part in parts.items()])


def profile_text(profiles):
    if not profiles or not profiles["dso"]:
        return "Not available: perf could not record on this machine."
    text = [ABOUT_THE_PROFILE]
    for sort, title in (("dso", "by library"), ("dso,symbol", "top ten functions")):
        lines = [f"{share:6.2f} %  {name}" for share, name in profiles[sort]]
        text.append(f"{title}:\n\n" + textwrap.indent("\n".join(lines), "    "))
    return "\n\n".join(text)


def rounds_table(parts):
    def cells(title, number, name, rps, cpu_us, busy, p50_us, p99_us, database_us):
        plain = ["" if time is None else f"{time:.0f}" for time in (p50_us, p99_us)]
        return [title, number, name, f"{rps:.0f}", f"{cpu_us:.2f}", f"{100 * busy:.0f} %", *plain,
                "" if database_us is None else f"{database_us:.1f}"]

    return table(["part", "round", "kind", "requests/s", "CPU us", "busy", "p50 us", "p99 us",
                  "PostgreSQL's CPU us"],
                 [cells(*each) for part in parts.values() for each in part["raw"]])
