"""The transcripts of tests/cli/transcripts: how they are read, and how they are run.

    @ setup                       what there is at the start: `setup` is an empty data directory,
                                  `demo` one with the demo's data, `nothing` nothing
    @ alone, @ served             run without a server, run beside one; both lines: run both ways

    $ pdmd branch list 9001       a line for the shell, in an empty folder; the data directory is
    1<tab>Counter<tab>yes         ./data. Below it stands what it prints,
    ! pdmd branch list: no        with `! ` before it what it says on standard error,
    ? 3                           and its exit code where it is not 0.

… is any text within a line, and alone on its line any number of lines; empty lines do not count.
Standard error is looked at where something is said about it, and whenever the exit code is not 0.
Beside a server $URL is where it listens. After `@ demo`, $KEY is a file with company 9001's key.
"""

import os
import subprocess

from support.build import PATIENCE_S, PDMD, environment, sanitizer_report
from support.patterns import matches

STARTS = ("setup", "demo", "nothing")
WAYS = ("alone", "served")


class Step:
    def __init__(self, where, line):
        self.where, self.line = where, line
        self.out, self.err, self.code = [], [], 0


class Transcript:
    def __init__(self, path):
        self.name = path.stem
        self.start, self.ways, self.steps = None, [], []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line and not line.startswith("#"):
                self._line(f"{path.name}:{number}", line)
        assert self.start in STARTS and self.ways and self.steps, path

    def _line(self, where, line):
        mark, text = line[:2], line[2:]
        if mark == "@ ":
            if text in WAYS:
                self.ways.append(text)
            else:
                self.start = text
        elif mark == "$ ":
            self.steps.append(Step(where, text))
        elif mark == "! ":
            self.steps[-1].err.append(text)
        elif mark == "? ":
            self.steps[-1].code = int(text)
        else:
            self.steps[-1].out.append(line)


def lines_of(text):
    return [line for line in text.splitlines() if line]


def lines_match(expected, actual):
    """Do the lines match, a lone … standing for any number of them?"""
    if not expected:
        return not actual
    if expected[0] == "…":
        return any(lines_match(expected[1:], actual[n:]) for n in range(len(actual) + 1))
    return bool(actual) and matches(expected[0], actual[0]) and lines_match(expected[1:],
                                                                           actual[1:])


def shell_environment(folder, directory, variables):
    """Where `pdmd` is the program under test, and works on the directory's data."""
    programs = folder / "bin"
    if not programs.exists():
        programs.mkdir()
        (programs / "pdmd").symlink_to(PDMD)
    env = environment(directory=directory)
    env.update(variables)
    env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"
    return env


def run_step(step, folder, env):
    done = subprocess.run(["sh", "-c", step.line], cwd=folder, env=env, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False)
    told = f"{step.where}: $ {step.line}\n{done.stdout}--- stderr\n{done.stderr}--- exit code " \
           f"{done.returncode}"
    assert sanitizer_report(done.stderr) is None, told
    assert done.returncode == step.code, told
    assert lines_match(step.out, lines_of(done.stdout)), told
    if step.err or step.code:
        assert lines_match(step.err, lines_of(done.stderr)), told
