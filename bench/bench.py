#!/usr/bin/python3
"""make bench: pdmd beside nginx, and beside pgbench on PostgreSQL, in one run on one machine; see
RESULTS.md for what each row means.

Both servers have core 0, the load generator core 1; on PostgreSQL nothing is pinned. Rounds take
turns. About ten minutes with the defaults, and some more the first time, when the data are made
(kept in build/bench). `--only PART` measures some parts and keeps the figures of the others, which
are in bench/figures.json."""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time

import capacity
import failures
import imports
import page
import postgres
import results
import search
import writes
from load import Requests, Rounds, Row, WrongAnswers, pace, wrk
from servers import ROOT, Nginx, Pdmd, Process, ask, certificate, wait_for_port

FOLDER = ROOT / "build" / "bench"
SMALL, LARGE = 10_000, 1_000_000
STARTS = 7


def new_token(server):
    _, body = ask(server.port, "GetSessionToken", {"company_id": 9001, "key": server.key})
    return json.loads(body)["session"]["session_token"]


def typical_answer(server, token, ids):
    """Of 101 customers the answer of middle length that nginx can hold: (head, body)."""
    answers = []
    for customer_id in random.Random(1).sample(range(1, ids + 1), 101):
        answers.append(ask(server.port, "GetCustomer", {
            "company_id": 9001, "session_token": token, "customer_id": customer_id}))
    answers.sort(key=lambda answer: len(answer[1]))
    nearest = sorted(answers, key=lambda answer: abs(len(answer[1]) - len(answers[50][1])))
    return next(answer for answer in nearest if not set(answer[1]) & set("'\\$"))


def read_once(folder):
    """Brings the data into the page cache: this is not a measure of the disk."""
    for path in folder.iterdir():
        if path.is_file():
            with open(path, "rb") as file:
                while file.read(1 << 20):
                    pass


def headers_for_nginx(head):
    """Those of our answer that nginx does not write of itself."""
    own = {"content-type", "content-length", "connection", "date", "server"}
    lines = [line.split(": ", 1) for line in head.split("\r\n")[1:]]
    return [(name, value) for name, value in lines if name.lower() not in own]


class Bench:
    def __init__(self, rounds, seconds):
        self.rounds, self.seconds = rounds, seconds
        self.figures = results.Figures(rounds, seconds)

    # ---- the parts, in order

    PARTS = {
        "small": lambda self: self.load(SMALL),
        "large": lambda self: self.load(LARGE, more=True),
        "search": lambda self: self.search(LARGE),
        "tls": lambda self: self.tls(LARGE),
        "starts": lambda self: self.starts(LARGE),
        "writes": lambda self: self.writes(LARGE),
        "imports": lambda self: self.imports(LARGE),
        "postgres": lambda self: self.postgres(LARGE),
    }

    def run(self, names):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.certificate = certificate(FOLDER)
        for name, measure in self.PARTS.items():
            if name not in names:
                continue
            begin = time.monotonic()
            self.figures.begin(name)
            measure(self)
            self.figures.part["took_s"] = round(time.monotonic() - begin)

    def begin(self, customers):
        """pdmd on so many customers, and nginx that answers as it does."""
        folder = FOLDER / str(customers)
        print(f"{customers:,} customers: starting (the first time the data are made)", flush=True)
        server = Pdmd.demo(folder, customers)
        read_once(folder / "data")
        token = new_token(server)
        head, body = typical_answer(server, token, customers)
        beside = Nginx(FOLDER / "nginx", body, headers_for_nginx(head), self.certificate)
        asked = Requests.customers(folder, token, customers)
        self.figures.facts(answer_bytes={
            "body": len(body), "pdmd": len(head) + 4 + len(body),
            "nginx": sum(map(len, ask(beside.port, "x", "{}"))) + 4})
        return server, beside, asked, asked.fixed(FOLDER / "nginx", body)

    def load(self, customers, more=False):
        server, beside, asked, fixed = self.begin(customers)
        sessions = Requests.sessions(FOLDER / str(customers), server.key)
        kinds = {"nginx, wrk": lambda: wrk(beside, fixed, self.seconds),
                 "pdmd, wrk": lambda: wrk(server, asked, self.seconds)}
        if more:
            kinds |= {"nginx, pace": lambda: pace(beside, fixed, self.seconds),
                      "pdmd, pace": lambda: pace(server, asked, self.seconds),
                      "session, wrk": lambda: wrk(server, sessions, self.seconds)}
        rounds = Rounds(kinds, self.rounds)
        self.figures.load(customers, rounds, more)
        if more:
            self.figures.memory(server, beside)
            self.figures.facts(half_rate=rounds.row("pdmd, pace", "rps").median / 2)
            self.half_load("plain", rounds, {
                "nginx": (beside, fixed, None), "pdmd": (server, asked, None)})
            self.figures.profile(self.profile(server, asked))
        Process.stop_all()

    def search(self, customers):
        """One search after the other, each by itself."""
        folder = FOLDER / str(customers)
        server = Pdmd.demo(folder, customers)
        read_once(folder / "data")
        self.figures.search(customers, search.measure(server, folder, customers))
        server.stop()

    def half_load(self, how, closed, kinds):
        """Each server at half of what it itself can do."""
        runs = {}
        for name, (server, asked, port) in kinds.items():
            rate = closed.row(f"{name}, pace", "rps").median / 2
            runs[f"{name}, half load"] = (
                lambda s=server, a=asked, p=port, r=rate: pace(s, a, self.seconds, r, p))
        self.figures.latency(how, Rounds(runs, self.rounds))

    def tls(self, customers):
        """The same data behind TLS, on connections that stay open."""
        server, beside, asked, fixed = self.begin(customers)
        server.stop()
        cert, key = self.certificate
        server = Pdmd.serve(FOLDER / str(customers), {
            "PDMD_SERVER_TLS_CERT": str(cert), "PDMD_SERVER_TLS_KEY": str(key)})
        wait_for_port(server.port, server.process)
        closed = Rounds({
            "nginx, pace": lambda: pace(beside, fixed, self.seconds, 0, beside.tls_port),
            "pdmd, pace": lambda: pace(server, asked, self.seconds, 0, server.port)}, self.rounds)
        self.figures.tls(closed)
        self.half_load("TLS", closed, {"nginx": (beside, fixed, beside.tls_port),
                                       "pdmd": (server, asked, server.port)})
        Process.stop_all()

    def starts(self, customers):
        """From the moment before the process is made until an answer of 101 has been read."""
        folder = FOLDER / str(customers)
        body = (folder / "get_customer.json").read_bytes().replace(b"@ID@", b"1408")
        took = []
        for _ in range(STARTS):
            begin = time.monotonic()
            server = Pdmd.serve(folder, core=None)
            while True:
                try:
                    _, answer = ask(server.port, "GetCustomer", body)
                    break
                except ConnectionError:
                    if server.process.poll() is not None:
                        raise RuntimeError(f"pdmd serve did not start; see {server.log_path}")
                    time.sleep(0.0005)
            took.append((time.monotonic() - begin) * 1000)
            if json.loads(answer)["status"]["code"] != 101:
                raise WrongAnswers(answer)
            server.stop()
        self.figures.start(Row(took))

    def writes(self, customers):
        writing, reading, facts = writes.measure(
            FOLDER / str(customers), FOLDER / "writes", customers, self.rounds, self.seconds,
            self.figures.fact("large", "half_rate"))
        self.figures.writes(writing, reading, facts)

    def imports(self, customers):
        self.figures.imports(*imports.measure(FOLDER / "import", customers))

    def postgres(self, customers):
        self.figures.postgres(*postgres.measure(
            FOLDER / str(customers), FOLDER / "postgres", customers, self.rounds, self.seconds))

    def profile(self, server, asked):
        """The ten functions, and the libraries, that most of the CPU time goes to."""
        if not shutil.which("perf"):
            return None
        data = FOLDER / "perf.data"
        record = subprocess.Popen(
            ["perf", "record", "-q", "-F", "997", "-o", data, "-p", str(server.pid), "--",
             "sleep", str(self.seconds)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wrk(server, asked, self.seconds + 1)
        if record.wait() != 0:
            return None
        return {sort: results.perf_rows(data, sort) for sort in ("dso", "dso,symbol")}


def main():
    parser = argparse.ArgumentParser(description="Measures pdmd beside nginx and pgbench.")
    parser.add_argument("--rounds", type=int, default=5, help="of each kind (5)")
    parser.add_argument("--seconds", type=int, default=5, help="of each round (5)")
    parser.add_argument("--only", nargs="*", metavar="PART", default=list(Bench.PARTS),
                        help=f"of {', '.join(Bench.PARTS)}; the others' figures stay, and with no "
                        "PART at all the pages alone are written")
    options = parser.parse_args()
    if unknown := [name for name in options.only if name not in Bench.PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}")
    if len(os.sched_getaffinity(0)) < 2:
        print("One core only: server and load share it, and the figures are worth little.")

    bench = Bench(options.rounds, options.seconds)
    try:
        bench.run(options.only)
    except (WrongAnswers, RuntimeError, postgres.Failed) as why:
        sys.exit(f"bench: {why}")
    finally:
        Process.stop_all()
    failures.take_over(bench.figures)
    bench.figures.save()
    page.write(bench.figures, Bench.PARTS)
    capacity.renew(bench.figures.parts)
    if options.only:
        print(page.printed(bench.figures))
    print("\nAll of it, with every round: bench/RESULTS.md")


main()
