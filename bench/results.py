"""The figures of a run: the table that is printed, and RESULTS.md."""

import os
import pathlib
import platform
import re
import subprocess
import textwrap
import time

import search
from load import CONNECTIONS
from servers import ROOT

# What else the machine had to do: the first thing to look at when figures surprise.
LOAD_BEFORE = os.getloadavg()[0]

WHAT_IT_MEANS = """\
Both servers run in the same run on core 0, one thread each, in turns; the load generator has
core 1. {connections} connections stay open with one request under way on each. A ratio is taken
between rounds that ran next to each other; given are the median of {rounds} rounds of {seconds}
s and the range.

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
  the file are in the time.
- **GetSessionToken** against GetCustomer is under wrk, both checked.
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
    dirty = first_line(["git", "status", "--porcelain", "--untracked-files=no"])
    commit = first_line(["git", "rev-parse", "--short", "HEAD"])
    return [
        ("machine", f"{os.cpu_count()} cores, {model.group(1) if model else platform.machine()}, "
                    f"{int(memory.group(1)) / 1e6:.0f} GB"),
        ("kernel", platform.release()),
        ("nginx", first_line(["/usr/sbin/nginx", "-v"]).removeprefix("nginx version: ")),
        ("wrk", first_line(["wrk", "-v"]).split(" Copyright")[0]),
        ("compiler", first_line(["gcc", "--version"])),
        ("commit", commit + (" and changes" if dirty else "")),
        ("date", time.strftime("%Y-%m-%d")),
        ("beside", f"a load of {LOAD_BEFORE:.1f} from other work when the run began"),
    ]


def perf_rows(data, sort, n=10):
    """The n first rows of a perf profile: (per cent, name)."""
    done = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-s", sort],
                          capture_output=True, text=True)
    rows = re.findall(r"^ +([\d.]+)%  (\S.*?) *$", done.stdout, re.M)
    return [(float(share), re.sub(r"[ -]+$", "", re.sub(r" +", " ", name)))
            for share, name in rows[:n]]


class Figures:
    def __init__(self):
        self.rows = []  # figure, wanted, measured, remark
        self.raw = []  # title, Rounds
        self.profiles = None

    # ---- what the parts of the run bring

    def load(self, customers, rounds, more):
        self.raw.append((f"{customers:,} customers", rounds))
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
        self.raw.append((f"half load, {how}", rounds))
        for name in ("pdmd", "nginx"):
            kind = f"{name}, half load"
            self.add(f"p50 and p99 at half load, {how}, {name}", "",
                     rounds.row(kind, "p50_us").text("%.0f us") + " and " +
                     rounds.row(kind, "p99_us").text("%.0f us"),
                     "at %.0f /s; p99.9 %.0f us" % (rounds.row(kind, "rps").median,
                                                   rounds.row(kind, "p999_us").median))

    def tls(self, rounds):
        self.raw.append(("TLS 1.3", rounds))
        self.beside_nginx("TLS", rounds, "pace", "", "")

    def writes(self, writing, reading, facts):
        self.raw += [("CreateCustomer, 1,000,000 customers", writing),
                     ("reading beside creates", reading)]
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
        self.profiles = profiles

    def add(self, figure, wanted, measured, remark):
        self.rows.append((figure, wanted, measured, remark))

    # ---- writing

    def table(self):
        lines = [f"{name:9} {value}" for name, value in machine()] + [""]
        widths = [max(len(row[i]) for row in self.rows) for i in range(3)]
        for row in self.rows:
            lines.append("  ".join(row[i].ljust(widths[i]) for i in range(3)) + "  " + row[3])
        return "\n".join(lines)

    def page(self, bench, binary, seconds):
        size = binary.stat().st_size / 1e6
        parts = ["# What pdmd costs", "Written by `make bench`; not to be edited by hand.",
                 "\n".join(f"- {name}: {value}" for name, value in machine()) +
                 f"\n- binary: {size:.1f} MB with symbols\n- the run took {seconds:.0f} s",
                 "## Figures", self.markdown(), "## What the rows mean",
                 WHAT_IT_MEANS.format(connections=CONNECTIONS, rounds=bench.rounds,
                                      seconds=bench.seconds, searches=search.EACH, **bench.answer_bytes).rstrip(),
                 "## Where the time goes", self.profile_text(), "## Every round", self.raw_text()]
        return "\n\n".join(parts) + "\n"

    def markdown(self):
        lines = ["| figure | wanted | measured: median (range) | |", "|---|---|---|---|"]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines)

    def profile_text(self):
        if not self.profiles or not self.profiles["dso"]:
            return "Not available: perf could not record on this machine."
        text = [ABOUT_THE_PROFILE]
        for sort, title in (("dso", "by library"), ("dso,symbol", "top ten functions")):
            lines = [f"{share:6.2f} %  {name}" for share, name in self.profiles[sort]]
            text.append(f"{title}:\n\n" + textwrap.indent("\n".join(lines), "    "))
        return "\n\n".join(text)

    def raw_text(self):
        lines = ["| part | round | kind | requests/s | CPU us | busy | p50 us | p99 us |",
                 "|---|---|---|---|---|---|---|---|"]
        for title, rounds in self.raw:
            for name, results in rounds.results.items():
                for number, result in enumerate(results, 1):
                    times = [f"{result[key]:.0f}" if key in result else ""
                             for key in ("p50_us", "p99_us")]
                    lines.append(f"| {title} | {number} | {name} | {result['rps']:.0f} "
                                 f"| {result['cpu_us']:.2f} | {100 * result['busy']:.0f} % "
                                 f"| {times[0]} | {times[1]} |")
        return "\n".join(lines)
