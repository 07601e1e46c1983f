#!/usr/bin/python3
"""What breaks, and how long callers wait: the scenarios of tests/support/failover.py on the cluster
of deploy/cluster, each so many times, under 200 writes and 500 reads a second. As root.

Results are added to build/bench/failover.json, a row for each run; bench/RESULTS.md is written from
it. A run in which anything was lost, doubled or is nobody's counts as failed, and so does this.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.dont_write_bytecode = True

from support import failover  # noqa: E402 - found by the line above

WRITES_PER_S, READS_PER_S = 200, 500
DEFAULT = [name for name in failover.SCENARIOS if name != "nothing"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO",
                        help=f"of {', '.join(failover.SCENARIOS)}; all by default")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of each; default 3")
    parser.add_argument("--dir", default="/tmp/pdmd-failover", metavar="FOLDER")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/failover.json")
    asked = parser.parse_args()
    unknown = set(asked.scenarios) - set(failover.SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return asked


def measure(cluster, name):
    """The facts of one run. Where it comes to no end that is a fact as well."""
    began = time.monotonic()
    try:
        facts = failover.run(cluster, name, WRITES_PER_S, READS_PER_S).facts()
    except (AssertionError, failover.Failure) as fault:
        facts = {"scenario": name, "fault": str(fault)[:2000]}
    facts["seconds"] = round(time.monotonic() - began, 1)
    facts["load"] = os.getloadavg()[0]
    return facts


def is_clean(facts):
    counts = [facts, facts.get("after_replay", {})]
    return "fault" not in facts and not any(
        count.get(name) for count in counts for name in failover.Verdict.FAULTS)


def keep(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(path.read_text()) if path.exists() else []
    path.write_text(json.dumps(before + rows, indent=1) + "\n")


def commit():
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip()


def table(rows):
    print("%-20s %4s %6s %17s %17s %8s %7s %8s" % (
        "scenario", "runs", "clean", "writes: median", "reads: median", "acked", "unknown",
        "failed"))
    for name in dict.fromkeys(row["scenario"] for row in rows):
        those = [row for row in rows if row["scenario"] == name]
        whole = [row for row in those if "fault" not in row]
        gaps = ["%5.2f worst %5.2f" % (statistics.median(row[key] for row in whole),
                                       max(row[key] for row in whole)) if whole else "none"
                for key in ("write_gap_s", "read_gap_s")]
        sums = [sum(row[key] for row in whole) for key in ("acked", "unknown", "failed_calls")]
        print("%-20s %4d %6d %17s %17s %8d %7d %8d" % (
            name, len(those), sum(map(is_clean, those)), *gaps, *sums))
    print("The longest time without a good answer, over all callers, in seconds.")


def main():
    asked = arguments()
    rows = []
    with failover.cluster(asked.dir) as cluster:
        for number in range(asked.runs):
            for name in asked.scenarios or DEFAULT:
                facts = {"commit": commit(), "run": number + 1, **measure(cluster, name)}
                rows.append(facts)
                keep(asked.out, [facts])
                print(json.dumps(facts), flush=True)
                if "fault" in facts:
                    print("The runs that are left are not made; what the programs said is in "
                          "build/failover.",
                          file=sys.stderr)
                    table(rows)
                    return 1
    table(rows)
    return 0 if all(map(is_clean, rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
