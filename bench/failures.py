"""What bench/failover.py has measured, as a section of RESULTS.md. It runs by itself, as root and
for long; its rows are taken over into bench/figures.json by the next run of bench.py."""

import json
import statistics

from servers import ROOT

ROWS = ROOT / "build" / "bench" / "failover.json"
COUNTED = ("acked", "unknown", "lost", "doubled", "ghosts")

WHAT_IT_MEANS = """\
`bench/failover.py` on three database nodes, two pdmd and two HAProxy in network namespaces of one
machine (deploy/cluster), under 200 CreateCustomer and 500 GetCustomer a second. *Out* is the
longest time without a good answer, over all callers. *Unknown* are calls that were answered with
neither 101 nor a refusal; each was sent again with the same `Idempotency-Key` afterwards. *Wrong*:
acknowledged and gone, there twice, or there and nobody's, over all runs."""


def newest():
    """Of each scenario the rows of the commit that was tried last."""
    rows = json.loads(ROWS.read_text())
    commits = {row["scenario"]: row["commit"] for row in rows}
    return [row for row in rows if row["commit"] == commits[row["scenario"]]]


def take_over(figures):
    if ROWS.exists():
        figures.parts["failover"] = {"runs": newest()}


def one(name, rows):
    whole = [row for row in rows if "fault" not in row]
    if not whole:
        return [name, 0, "", "", "", "", f"{len(rows)} did not come to an end"]
    sums = {key: sum(row[key] for row in whole) for key in COUNTED}
    wrong = sum(sums[key] for key in ("lost", "doubled", "ghosts"))
    gaps = ["%.1f s, worst %.1f s" % (statistics.median(row[key] for row in whole),
                                      max(row[key] for row in whole))
            for key in ("write_gap_s", "read_gap_s")]
    ended = len(rows) - len(whole)
    return [name, len(whole), *gaps, sums["acked"], sums["unknown"],
            f"{wrong}{f'; {ended} did not come to an end' if ended else ''}"]


def section(part):
    """Title, text and table; nothing where nothing was measured."""
    if not part:
        return []
    names = dict.fromkeys(row["scenario"] for row in part["runs"])
    lines = ["| what is broken | runs | writes out: median | reads out: median | acknowledged "
             "| unknown | wrong |", "|---|---|---|---|---|---|---|"]
    for name in names:
        cells = one(name.replace("-", " "), [r for r in part["runs"] if r["scenario"] == name])
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    commits = ", ".join(dict.fromkeys(row["commit"] for row in part["runs"]))
    return ["## What fails over, and how long it takes", f"{WHAT_IT_MEANS}\n\nCommit: {commits}.",
            "\n".join(lines)]
