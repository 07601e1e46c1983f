"""The command line of pdmd, run to its end."""

import subprocess

from support import engine
from support.build import PATIENCE_S, PDMD, environment, sanitizer_report


class Done:
    def __init__(self, words, code, out, err):
        self.words, self.code, self.out, self.err = words, code, out, err

    def __repr__(self):
        words = " ".join(map(str, self.words))
        return f"$ pdmd {words}\n{self.out}--- stderr\n{self.err}--- exit code {self.code}"


def run(*words, stdin="", settings=None, env=None, **options):
    env = {**environment(settings, engine.directory_of(words)), **(env or {})}
    done = subprocess.run([PDMD, *map(str, words)], input=stdin, capture_output=True, text=True,
                          timeout=PATIENCE_S, env=env, check=False, **options)
    result = Done(words, done.returncode, done.stdout, done.stderr)
    assert sanitizer_report(done.stderr) is None, result
    return result


def migrate(directory):
    """Makes the tables, where they are PostgreSQL's and setup has not."""
    if engine.ON_POSTGRES:
        done = run("db", "migrate", "--dir", directory)
        assert done.code == 0, done


def set_up(directory):
    done = run("setup", "--dir", directory)
    assert done.code == 0, done
    migrate(directory)
