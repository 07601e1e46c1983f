"""Processes that outlive the command that started them, each with a file that has its pid."""

import os
import pathlib
import signal
import subprocess
import time

from cluster import run


def start(folder, name, words, log, **options):
    """Starts it in a session of its own; what it prints goes to the log."""
    with open(log, "ab") as out:
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
                                   **options)
    pids = folder / "pids"
    pids.mkdir(exist_ok=True)
    (pids / name).write_text(f"{process.pid} {_birth(process.pid)}")
    return process.pid


def pid_of(folder, name):
    """Its pid, or None. A number that another process was given since is not its own: when it was
    born is kept as well."""
    try:
        pid, birth = (folder / "pids" / name).read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if birth == _birth(int(pid)) else None


def names(folder):
    return sorted(path.name for path in (folder / "pids").glob("*"))


def ended(folder):
    """The names of those that were started and are not there any more."""
    return [name for name in names(folder) if not pid_of(folder, name)]


def kill(folder, name):
    """SIGKILL: no last words."""
    pid = pid_of(folder, name)
    if pid:
        os.kill(pid, signal.SIGKILL)
        wait_for_end(pid)
    return pid


def stop(folder, name, patience_s=15):
    """SIGTERM, and SIGKILL for whoever does not heed it."""
    pid = pid_of(folder, name)
    if pid:
        os.kill(pid, signal.SIGTERM)
        if not wait_for_end(pid, patience_s):
            kill(folder, name)
    return pid


def wait_for_end(pid, patience_s=10):
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if _birth(pid) is None:
            return True
        time.sleep(0.02)
    return False


def kill_all(namespace):
    """SIGKILL to every process of a network namespace, and to those that were just being born."""
    for _ in range(20):
        pids = [int(pid) for pid in run("ip", "netns", "pids", namespace).split()]
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it ended by itself meanwhile
        time.sleep(0.05)


def _birth(pid):
    """When the process was started, as the kernel counts; None when there is none, or only the
    remains of one that nobody has waited for."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    words = stat.rpartition(")")[2].split()
    return None if words[0] in "ZX" else words[19]
