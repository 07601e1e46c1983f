"""pdmd under strace: killed at a chosen system call, or told that the call has failed."""

import collections
import os
import re
import signal
import subprocess

from support.build import PATIENCE_S, PDMD, environment

# What changes files. strace counts each kind of call for itself.
CHANGES = ("openat", "link", "unlink", "rename", "renameat2", "fsync", "fdatasync", "ftruncate",
           "write", "pwrite64")


def _run(words, log, options):
    env = environment()
    # The leak checker is a tracer of its own.
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    done = subprocess.run(["strace", "-o", log, *options, PDMD, *map(str, words)], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    assert "strace:" not in done.stderr, done.stderr
    return done


def count(words, log):
    """Runs it to its good end; how often it made each of the changing calls."""
    done = _run(words, log, ["-e", "trace=" + ",".join(CHANGES)])
    assert done.returncode == 0, done.stderr
    lines = log.read_text().splitlines()
    return collections.Counter(m[1] for line in lines if (m := re.match(r"(\w+)\(", line)))


def kill_at(words, log, call, n):
    """Runs it and ends it instead of the n-th such call."""
    done = _run(words, log, ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}"])
    assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (done.returncode,
                                                                        done.stderr)


def fail_at(words, log, call, n, error):
    """Runs it with the n-th such call failing; strace gives its exit code."""
    return _run(words, log, ["-e", f"trace={call}",
                             "-e", f"inject={call}:error={error}:when={n}"])
