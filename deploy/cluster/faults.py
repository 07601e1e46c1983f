"""The faults, by their names: FAULTS for the command line and for the failover test."""

import os
import signal

import front
import nodes
import processes
from cluster import HAPROXY, NODES, PDMD, Failure, namespace, run


def primary(_folder):
    """the number of the node that is the primary"""
    return nodes.the_one("primary")


def sync_standby(_folder):
    """the number of the node that is the synchronous standby"""
    return nodes.the_one("sync")


def etcd_leader(_folder):
    """the number of the node whose etcd leads"""
    return nodes.etcd_leader()


def status(_folder):
    """what each node says it is"""
    return "\n".join(f"node {n}: {role or 'does not answer'}" for n, role in nodes.roles().items())


def kill_node(_folder, n):
    """SIGKILL to all processes of node N, as when its machine ends"""
    processes.kill_all(namespace(n))


def start_node(folder, n):
    """start node N again, on the data that it has"""
    nodes.start(folder, n)


def cut_node(_folder, n):
    """pull node N's cable; everything on it goes on running"""
    nodes.cut(n)


def heal_node(_folder, n):
    """plug node N's cable in again"""
    nodes.heal(n)


def freeze_node(_folder, n):
    """SIGSTOP to all processes of node N, as when its machine hangs"""
    _signal_all(n, signal.SIGSTOP)


def thaw_node(_folder, n):
    """SIGCONT to all processes of node N"""
    _signal_all(n, signal.SIGCONT)


def stop_postgres(folder, n):
    """SIGKILL to node N's postmaster alone"""
    nodes.stop_postgres(folder, n)


def kill_etcd(folder, n):
    """SIGKILL to node N's etcd"""
    processes.kill(folder, f"n{n}-etcd")


def start_etcd(folder, n):
    """start node N's etcd again"""
    nodes.start_etcd(folder, n)


def kill_haproxy(folder, n):
    """SIGKILL to HAProxy N"""
    processes.kill(folder, f"haproxy{n}")


def start_haproxy(folder, n):
    """start HAProxy N again"""
    front.start_haproxy(folder, n)


def kill_pdmd(folder, n):
    """SIGKILL to pdmd N"""
    processes.kill(folder, f"pdmd{n}")


def stop_pdmd(folder, n):
    """SIGTERM to pdmd N, and wait until it has finished what was in flight"""
    processes.stop(folder, f"pdmd{n}")


def start_pdmd(folder, n):
    """start pdmd N, and wait until it is ready"""
    front.start_pdmd(folder, n)
    front.wait_until_ready(n)


def _signal_all(n, number):
    for pid in run("ip", "netns", "pids", namespace(n)).split():
        try:
            os.kill(int(pid), number)
        except ProcessLookupError:
            pass  # it ended by itself meanwhile


FAULTS = {function.__name__.replace("_", "-"): function for function in (
    status, primary, sync_standby, etcd_leader, kill_node, start_node, cut_node, heal_node,
    freeze_node, thaw_node, stop_postgres, kill_etcd, start_etcd, kill_haproxy, start_haproxy,
    kill_pdmd, stop_pdmd, start_pdmd)}

NUMBERS = {"node": NODES, "postgres": NODES, "etcd": NODES, "haproxy": HAPROXY, "pdmd": PDMD}


def cause(folder, what, number=None):
    """Gives what there is to be said, or None."""
    function = FAULTS[what]
    if function.__code__.co_argcount == 1:
        return function(folder) or "nobody"
    known = NUMBERS[what.rpartition("-")[2]]
    if number not in known:
        raise Failure(f"{what} needs a number: one of {', '.join(map(str, known))}.")
    return function(folder, number)
