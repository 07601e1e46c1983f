"""A file of 1,000,000 customers with references into an empty company, through a server and without
one, and the same file again; how many rows a second, and the most memory that each process had.

Not pinned: an import has a process for the file beside the server."""

import json
import os
import shutil
import subprocess

from people import write_csv
from servers import PDMD, Pdmd, wait_for_port


class Import:
    """What one run told, and how it went."""

    def __init__(self, folder, path, settings=None):
        begun = subprocess.Popen(
            [str(word) for word in (PDMD, "customer", "import", 9001, path, "--json", "--dir",
                                    folder / "data")],
            env={**os.environ, **(settings or {})}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        told = json.loads(begun.stdout.read())
        _, status, usage = os.wait4(begun.pid, 0)
        begun.returncode = os.waitstatus_to_exitcode(status)
        if begun.returncode != 0:
            raise RuntimeError(f"pdmd customer import ended with {begun.returncode}: {told}")
        self.told = told
        self.rows_per_second = told["rows"] * 1000 / told["milliseconds"]
        self.memory_mb = usage.ru_maxrss * 1024 / 1e6


def empty(folder, settings=None):
    """A data directory with a company and nobody in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for words in (("setup",), ("company", "add", "9001", "Bench"), ("branch", "add", "9001", "One")):
        subprocess.run([PDMD, *words, "--dir", folder / "data"], check=True,
                       env={**os.environ, **(settings or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def require(customers, *pairs):
    for one, outcome in pairs:
        if one.told[outcome] != customers:
            raise RuntimeError(f"not all {outcome}: {one.told}")


def measure_shared(folder, url, customers):
    """Rows a second into the empty database of PostgreSQL that the URL names, and again."""
    settings = {"PDMD_DATABASE_URL": url}
    empty(folder, settings)
    path = folder / "customers.csv"
    write_csv(path, 1, "I", customers)
    server = Pdmd.serve(folder, settings, core=None)
    wait_for_port(server.port, server.process)
    first, again = Import(folder, path, settings), Import(folder, path, settings)
    server.stop()
    require(customers, (first, "added"), (again, "unchanged"))
    shutil.rmtree(folder)
    return {"import_rps": first.rows_per_second, "import_again_rps": again.rows_per_second}


def measure(folder, customers):
    """Imports by name, and the server's memory in MB."""
    path = folder.parent / "customers.csv"
    write_csv(path, 1, "I", customers)
    empty(folder)
    alone = Import(folder, path)
    again = Import(folder, path)
    empty(folder)
    server = Pdmd.serve(folder, core=None)
    wait_for_port(server.port, server.process)
    served = Import(folder, path)
    memory_mb = server.memory_mb("VmHWM")
    server.stop()
    require(customers, (alone, "added"), (again, "unchanged"), (served, "added"))
    path.unlink()
    shutil.rmtree(folder)
    return {"alone": alone, "again": again, "served": served}, memory_mb
