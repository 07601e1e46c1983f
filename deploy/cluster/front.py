"""What stands before the database: two pdmd on it, and two HAProxies before them."""

import os
import shutil
import time
import urllib.error
import urllib.request

import processes
from cluster import (HAPROXY, HERE, PDMD, Failure, as_user, fill, make_folder, password, run, url)
from nodes import sql, the_one


# ---- HAProxy

def start_haproxy(folder, n):
    home = make_folder(folder / f"haproxy{n}", private=True)
    settings = fill("haproxy.cfg", home / "haproxy.cfg", ADDRESS=HAPROXY[n], FOLDER=home)
    processes.start(folder, f"haproxy{n}", as_user("haproxy", "-db", "-f", settings),
                    home / "haproxy.log", cwd=home)


# ---- pdmd

def install_program(folder, program):
    """USER may not be able to read where it was built, and a build must not change it under way."""
    copy = folder / "pdmd"
    shutil.copyfile(program, copy)
    copy.chmod(0o755)


def make_roles(folder):
    """The database and its roles, by the superuser."""
    passwords = "".join(f"\\set {role}_password {password(folder, role)}\n"
                        for role in ("pdmd_owner", "pdmd"))
    sql(folder, the_one("primary"), passwords + _script("roles.sql"))


def make_tables(folder):
    """By their owner, who then gives the servers their rights."""
    pdmd(folder, "db", "migrate", "--dir", folder / "pdmd1", role="pdmd_owner")
    sql(folder, the_one("primary"), "SET ROLE pdmd_owner;\n" + _script("rights.sql"), "pdmd")


def _script(name):
    return (HERE / "conf" / name).read_text()


def prepare_servers(folder):
    """A directory each, with the same secret.key: what one gave out is good on the other."""
    for n, address in PDMD.items():
        home = make_folder(folder / f"pdmd{n}", private=True)
        fill("pdmd.conf", home / "pdmd.conf", ADDRESS=address, URL=url(folder, "pdmd"))
        if n == 1:
            pdmd(folder, "setup", "--dir", home)
            continue
        shutil.copyfile(folder / "pdmd1" / "secret.key", home / "secret.key")
        shutil.chown(home / "secret.key", "postgres", "postgres")
        (home / "secret.key").chmod(0o600)


def pdmd(folder, *words, role="pdmd"):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                   "PDMD_DATABASE_URL": url(folder, role)}
    return run(*as_user(folder / "pdmd", *words), env=environment, cwd=folder).strip()


def start_pdmd(folder, n, settings=()):
    home = folder / f"pdmd{n}"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **dict(settings)}
    processes.start(folder, f"pdmd{n}", as_user(folder / "pdmd", "serve", "--dir", home),
                    home / "pdmd.log", env=environment, cwd=folder)


def is_ready(n):
    try:
        with urllib.request.urlopen(f"http://{PDMD[n]}:8080/readyz", timeout=1.0):
            return True
    except (urllib.error.URLError, OSError):
        return False


def wait_until_ready(n, patience_s=30):
    deadline = time.monotonic() + patience_s
    while not is_ready(n):
        if time.monotonic() > deadline:
            raise Failure(f"pdmd {n} is not ready after {patience_s} s; see its log.")
        time.sleep(0.05)
