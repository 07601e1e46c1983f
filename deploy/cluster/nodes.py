"""The three database nodes: a network namespace each, with etcd, Patroni and PostgreSQL in it."""

import json
import os
import pwd
import signal
import time
import urllib.error
import urllib.request

import processes
from cluster import (BRIDGE, BRIDGE_ADDRESS, HAPROXY, NODES, PASSWORDS, PDMD, USER, Failure,
                     as_user, fill, make_folder, namespace, password, run)

# A machine has its own System V and POSIX shared memory, which end with it; so has each process
# that is started in a namespace. `ip netns exec` gives it mounts of its own already.
ALONE = ["sh", "-c", 'mount -t tmpfs tmpfs /dev/shm && exec unshare --ipc "$@"', "sh"]


# ---- the network

def make_network():
    """A bridge, and a namespace for each node with one end of a cable in it."""
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    for address in (BRIDGE_ADDRESS, *HAPROXY.values(), *PDMD.values()):
        run("ip", "address", "add", f"{address}/24", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")
    for n, address in NODES.items():
        inside = ("ip", "-n", namespace(n))
        run("ip", "netns", "add", namespace(n))
        run("ip", "link", "add", cable(n), "type", "veth", "peer", "name", "eth0", "netns",
            namespace(n))
        run("ip", "link", "set", cable(n), "master", BRIDGE, "up")
        run(*inside, "address", "add", f"{address}/24", "dev", "eth0")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "set", "eth0", "up")


def remove_network():
    for n in NODES:
        if namespace(n) in namespaces():
            processes.kill_all(namespace(n))
            run("ip", "netns", "delete", namespace(n))
        run("ip", "link", "delete", cable(n), check=False)
    run("ip", "link", "delete", BRIDGE, check=False)


def namespaces():
    return [line.split()[0] for line in run("ip", "netns", "list").splitlines() if line]


def cable(n):
    return f"pdmd-n{n}"


def cut(n):
    run("ip", "link", "set", cable(n), "down")


def heal(n):
    run("ip", "link", "set", cable(n), "up")


# ---- a node

def prepare(folder, n):
    """Its folders and settings. etcd's data are in memory: it waits for the disk at every change,
    and would wait for the writes of three PostgreSQL on the same disk."""
    node = make_folder(folder / f"n{n}", private=True)
    etcd = make_folder(node / "etcd", private=True)
    run("mount", "-t", "tmpfs", "-o", f"size=512m,mode=0700,uid={pwd.getpwnam(USER).pw_uid}",
        "tmpfs", etcd)
    fill("etcd.yml", node / "etcd.yml", NODE=f"n{n}", ADDRESS=NODES[n], ETCD=etcd)
    words = {f"PASSWORD_{role.upper()}": password(folder, role) for role in PASSWORDS}
    fill("patroni.yml", node / "patroni.yml", NODE=f"n{n}", ADDRESS=NODES[n], FOLDER=node, **words)


def start(folder, n):
    start_etcd(folder, n)
    start_patroni(folder, n)


def start_etcd(folder, n):
    _start(folder, n, "etcd", ["etcd", "--config-file", folder / f"n{n}" / "etcd.yml"])


def start_patroni(folder, n):
    _start(folder, n, "patroni", ["patroni", folder / f"n{n}" / "patroni.yml"])


def _start(folder, n, program, words):
    name = f"n{n}-{program}"
    if processes.pid_of(folder, name):
        return
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder / f"n{n}"), "LC_ALL": "C.UTF-8"}
    processes.start(folder, name,
                    ["ip", "netns", "exec", namespace(n), *ALONE, *as_user(*words)],
                    folder / f"n{n}" / f"{program}.log", env=environment, cwd=folder)


def postmaster(folder, n):
    """The pid of the node's PostgreSQL, or None."""
    try:
        pid = (folder / f"n{n}" / "data" / "postmaster.pid").read_text().split("\n")[0]
    except OSError:
        return None
    inside = run("ip", "netns", "pids", namespace(n)).split()
    return int(pid) if pid in inside else None


def stop_postgres(folder, n):
    """SIGKILL to the postmaster alone; Patroni is left to see it."""
    pid = postmaster(folder, n)
    if not pid:
        raise Failure(f"There is no PostgreSQL running on node {n}.")
    os.kill(pid, signal.SIGKILL)


# ---- asking

def ask(n, path, timeout_s=1.0):
    """What Patroni's REST interface on a node says, or None when it does not answer."""
    return _get(f"http://{NODES[n]}:8008{path}", timeout_s)


def _get(url, timeout_s):
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        return json.load(refusal)  # it says what the node is, with 503 for what it is not
    except (OSError, ValueError):
        return None


def roles():
    """{n: "primary", "sync", "async" or None} as the nodes that can be reached say."""
    found = {}
    for n in NODES:
        said = ask(n, "/patroni") or {}
        running = said.get("state") == "running"
        if running and said.get("role") in ("master", "primary"):
            found[n] = "primary"
        elif running and said.get("role") == "replica":
            found[n] = "sync" if said.get("sync_standby") else "async"
        else:
            found[n] = None
    return found


def the_one(role):
    """The node that has this role, or None while there is none or more than one."""
    those = [n for n, has in roles().items() if has == role]
    return those[0] if len(those) == 1 else None


def wait_until_whole(folder, patience_s, standbys=2):
    """Until a primary, a synchronous standby and so many standbys in all are there."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = list(roles().values())
        if (found.count("primary") == 1 and found.count("sync") == 1 and
                found.count("sync") + found.count("async") >= standbys and _streaming(standbys)):
            return
        ended = processes.ended(folder)
        if ended:
            raise Failure(f"{', '.join(ended)} ended; see its log in {folder}.")
        time.sleep(0.5)
    raise Failure(f"After {patience_s} s there is no primary with a synchronous standby: "
                  f"{roles()}; see the logs of the nodes.")


def _streaming(standbys):
    primary = the_one("primary")
    members = (ask(primary, "/patroni") or {}).get("replication", []) if primary else []
    return sum(member.get("state") == "streaming" for member in members) >= standbys


def etcd_leader():
    """The node whose etcd leads the others, or None."""
    for n, address in NODES.items():
        said = _get(f"http://{address}:2379/v2/stats/self", 1.0)
        if said and said.get("state") == "StateLeader":
            return n
    return None


def sql(folder, n, text, database="postgres"):
    """Runs SQL on a node as the superuser, over the node's Unix socket. It goes in by standard
    input: a process list does not have what is in it."""
    words = as_user("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", folder / f"n{n}",
                    "-U", USER, "-d", database, "-f", "-")
    return run(*words, given=text).strip()
