"""System calls of the program under test, watched and made to fail by strace.

What strace counts it counts for each thread by itself, from the moment it sees the thread.
"""

import collections
import contextlib
import ctypes
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from support import build
from support.build import PATIENCE_S, PDMD

# Whatever puts something on the disk, or changes its size.
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate")
# And whatever else changes files, or their names.
CHANGES = (*CALLS, "write", "openat", "mkdir", "link", "unlink", "rename", "renameat2", "fchmod")
KILLED = "killed"
SYNCS = ("fdatasync", "fsync")

PR_SET_PTRACER, PR_SET_PTRACER_ANY = 0x59616d61, ctypes.c_ulong(-1)
STARTED = re.compile(r"(\d+) +(\w+)\(")
# One line for a call, or two where another thread's came between its start and its end.
CALL = re.compile(r"(?P<pid>\d+) +(?P<call>\w+)\(\d+<(?P<path>[^>]*)>(?P<text>.*)")
RESUMED = re.compile(r"(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<text>.*)")
OFFSET = re.compile(r", (\d+)(?:\) += | <unfinished)")
SHOWN_BYTES = 400  # of what is written or sent


def let_yourself_be_traced():
    """In the child. Where Yama lets only parents trace, this makes an exception; elsewhere it is
    refused, and not needed."""
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0)


def environment():
    """The leak checker is a tracer itself, and there can be only one."""
    return {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


@functools.lru_cache
def needed():
    """Skips where the kernel refuses tracing; fails where strace is not there."""
    assert shutil.which("strace"), "strace is missing: see scripts/packages"
    probe = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True)
    refused = re.search("PTRACE_TRACEME|ptrace.*(not permitted|not implemented)", probe.stderr)
    if probe.returncode != 0 and refused:
        pytest.skip(f"the kernel refuses ptrace here: {probe.stderr.splitlines()[0]}")
    assert probe.returncode == 0, probe.stderr


def words(output, fault=None, calls=CALLS):
    """strace's command line; `fault` is (call, n, kind): its n-th call is killed there, or fails
    with an error, which may go on "from then on"."""
    # A machine without such a call has another of its name and "at".
    line = ["strace", "-f", "-y", "-s", str(SHOWN_BYTES), "-o", str(output), "-e", "signal=none",
            "-e", "trace=" + ",".join(f"?{call}" for call in calls)]
    if fault:
        call, n, kind = fault
        what = "signal=KILL" if kind == KILLED else f"error={kind.split()[0]}"
        on = "+" if kind.endswith("from then on") else ""
        line += ["-e", f"inject=?{call}:{what}:when={n}{on}"]
    return line


@contextlib.contextmanager
def attached(pid, output, fault=None, calls=CALLS):
    """While the block runs, strace watches all threads of the process."""
    said = pathlib.Path(f"{output}.said")
    with open(said, "wb") as err:
        tracer = subprocess.Popen([*words(output, fault, calls), "-p", str(pid)], stderr=err,
                                  stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while " attached" not in said.read_text():
            if "not permitted" in said.read_text():
                pytest.skip(f"the kernel refuses ptrace here: {said.read_text().strip()}")
            assert tracer.poll() is None and time.monotonic() < deadline, said.read_text()
            time.sleep(0.002)
        yield
    finally:
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)  # it lets go of what it traces
        tracer.wait(PATIENCE_S)


def counts(output, calls=CALLS):
    """{call: how many of them the busiest thread made}"""
    by_thread = collections.Counter(
        started.groups() for line in pathlib.Path(output).read_text().splitlines()
        if (started := STARTED.match(line)))
    return {call: max((n for (_, name), n in by_thread.items() if name == call), default=0)
            for call in calls}


class Event:
    """One call on a file: `text` is what stands behind it, `offset` where a pwrite64 went."""

    def __init__(self, call, path, text):
        self.call, self.path, self.text = call, path, text
        offset = OFFSET.search(text)
        self.offset = int(offset[1]) if offset and call == "pwrite64" else None


def events(output):
    """In the order of what matters: a sync counts from its good end, all else from its start."""
    unfinished = {}
    for line in pathlib.Path(output).read_text().splitlines():
        if call := CALL.match(line):
            event = Event(call["call"], call["path"], call["text"])
            if event.call not in SYNCS or line.endswith(" = 0"):
                yield event
            elif "<unfinished ...>" in line:
                unfinished[call["pid"]] = event
        elif (resumed := RESUMED.match(line)) and resumed["pid"] in unfinished:
            event = unfinished.pop(resumed["pid"])
            if line.endswith(" = 0"):
                yield event


def was_made(output, call, path):
    """Whether the call was made on the file of this path."""
    return re.search(rf" {call}\(\d+<{re.escape(str(path))}>", pathlib.Path(output).read_text())


def run(program_words, output, fault=None, calls=CALLS):
    """pdmd's command line to its end. strace ends as it does."""
    needed()
    done = subprocess.run([*words(output, fault, calls), PDMD, *map(str, program_words)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=PATIENCE_S, env={**build.environment(), **environment()})
    assert "strace:" not in done.stderr, done.stderr
    assert build.sanitizer_report(done.stderr) is None, done.stderr
    return done


def count(program_words, output, calls=CHANGES):
    """Runs it to its good end; {call: how many it made}"""
    done = run(program_words, output, calls=calls)
    assert done.returncode == 0, done.stderr
    return +collections.Counter(counts(output, calls))


def kill_at(program_words, output, call, n):
    """Runs it and ends it instead of the n-th such call."""
    done = run(program_words, output, (call, n, KILLED), [call])
    assert done.returncode == -signal.SIGKILL, (done.returncode, done.stderr)


def fail_at(program_words, output, call, n, error):
    """Runs it with the n-th such call failing."""
    return run(program_words, output, (call, n, error), [call])


def was_hit(output):
    """Whether a call was made to fail; a killed one never comes back to be written down."""
    return "(INJECTED)" in pathlib.Path(output).read_text()
