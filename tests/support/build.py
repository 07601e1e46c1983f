"""The program under test, and what must be known about how it was built."""

import os
import pathlib

from support import engine

ROOT = pathlib.Path(__file__).resolve().parents[2]
PDMD = pathlib.Path(os.environ.get("PDMD", ROOT / "build/release/pdmd")).absolute()


def _sanitizer():
    if not PDMD.exists():
        return None
    program = PDMD.read_bytes()
    for name in ("asan", "tsan"):
        if f"__{name}_init".encode() in program:
            return name
    return None


SANITIZER = _sanitizer()

# Waiting times are for a machine with other work to do; sanitizers need more of everything.
PATIENCE_S = 60 if SANITIZER or engine.ON_POSTGRES else 20


def environment(settings=None, directory=None):
    """A child's environment: ours without PDMD's own variables, and settings as such variables; the
    first of them says where the data of the directory is that it works on."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PDMD")}
    for name, value in {**engine.settings(directory), **(settings or {})}.items():
        env["PDMD_" + name.replace(".", "_").upper()] = str(value)
    return env


def sanitizer_report(text):
    """The line that begins a sanitizer's report, or None."""
    signs = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
             "runtime error:")
    return next((line for line in text.splitlines() if any(s in line for s in signs)), None)
