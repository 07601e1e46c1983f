"""What stands where, and the little that all three commands share."""

import os
import pathlib
import secrets
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# What runs on a machine of its own elsewhere has an address of its own here.
NODES = {1: "10.77.0.1", 2: "10.77.0.2", 3: "10.77.0.3"}
HAPROXY = {1: "10.77.0.11", 2: "10.77.0.12"}
PDMD = {1: "10.77.0.21", 2: "10.77.0.22"}
BRIDGE, BRIDGE_ADDRESS = "pdmd-br", "10.77.0.254"

# Everything runs as this user, whom the package of PostgreSQL makes, and nothing as root.
USER = "postgres"
POSTGRES_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")

DEFAULT_FOLDER = pathlib.Path("/var/lib/pdmd-cluster")
# Tells `fault` and `down` which folder is up. There is one cluster on a machine at a time.
UP = pathlib.Path("/run/pdmd-cluster")
# In a folder that `up` made, so that `down` removes no other.
MARK = "made-by-pdmd-cluster"

PASSWORDS = ("patroni", "postgres", "replicator", "rewinder", "pdmd_owner", "pdmd")


class Failure(Exception):
    """A sentence for the one who called."""


def namespace(n):
    return f"pdmd-n{n}"


def run(*words, check=True, given="", **options):
    """The standard output of a command, given this as its standard input; a Failure with what it
    says when it does not succeed."""
    done = subprocess.run([str(word) for word in words], input=given, capture_output=True,
                          text=True, check=False, **options)
    if check and done.returncode != 0:
        raise Failure(f"{words[0]} {words[1]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def as_user(*words):
    """Words that run a command as USER, in the same process."""
    return ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", "--no-new-privs", *words]


def need_root():
    if os.geteuid() != 0:
        raise Failure("Network namespaces are made by root: run this with sudo.")


def folder_up():
    """The folder of the cluster that is up, or None."""
    return pathlib.Path(UP.read_text().strip()) if UP.exists() else None


def make_folder(path, private=False):
    path.mkdir(parents=True, exist_ok=True)
    shutil.chown(path, USER, USER)
    path.chmod(0o700 if private else 0o755)
    return path


def write(path, text):
    """A file that only USER can read, since many have a password."""
    path.touch(mode=0o600)
    path.write_text(text)
    shutil.chown(path, USER, USER)
    return path


def fill(name, path, **values):
    """A file made of conf/NAME, its @WORDS@ filled in."""
    text = (HERE / "conf" / name).read_text()
    for word, value in values.items():
        text = text.replace(f"@{word}@", str(value))
    return write(path, text)


def make_passwords(folder):
    passwords = make_folder(folder / "passwords", private=True)
    for role in PASSWORDS:
        write(passwords / role, secrets.token_hex(16))
    for role in ("pdmd_owner", "pdmd"):
        write(passwords / f"{role}.pgpass", f"*:5432:pdmd:{role}:{password(folder, role)}\n")


def password(folder, role):
    return (folder / "passwords" / role).read_text()


def url(folder, role):
    """The database as this role; its password is in a file, so that no process list has it."""
    hosts = ",".join(f"{address}:5432" for address in NODES.values())
    return f"postgresql://{role}@{hosts}/pdmd?passfile={folder}/passwords/{role}.pgpass"
