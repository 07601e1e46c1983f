"""The real cluster of deploy/cluster, a load on it, and what is broken under that load.

Used by tests/system/test_failover.py for whether anything is lost, and by bench/failover.py for how
long it takes.
"""

import contextlib
import pathlib
import shutil
import subprocess
import sys
import time

from support import wire
from support.build import PDMD as PROGRAM
from support.build import ROOT, environment
from support.ledger import Account, Load, Verdict
from support.pharmacy import FAST

CLUSTER = ROOT / "deploy" / "cluster"
sys.path.insert(0, str(CLUSTER))

import faults  # noqa: E402 - they are deploy/cluster's
import front  # noqa: E402
import nodes  # noqa: E402
from cluster import HAPROXY, NODES, Failure, folder_up, namespace  # noqa: E402,F401

COMPANIES = 8  # a writer each; HAProxy spreads them over both servers
WARM_S = 3.0
BACK_S_MAX = 90.0  # for calls to be answered again; what it is allowed to take, the bench says
AFTER_S = 5.0      # it is watched for so long when they are
WHOLE_S_MAX = 180.0


def why_not():
    """Why there can be no cluster here, or None."""
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        return "no network namespaces can be made here (not root, or a container)"
    return None


@contextlib.contextmanager
def cluster(folder):
    """Up, for as long as `with` goes on. One that a killed run has left in the folder goes first."""
    if folder_up() == pathlib.Path(folder):
        _run("down", "--dir", folder)
    done = _run("up", "--dir", folder, "--pdmd", PROGRAM)
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield Cluster(pathlib.Path(folder))
    finally:
        _keep_logs(pathlib.Path(folder))
        # Where `up` refused because of another one, that one stays.
        if folder_up() == pathlib.Path(folder):
            down = _run("down", "--dir", folder)
            assert down.returncode == 0, down.stdout + down.stderr


def _keep_logs(folder):
    """Those of the last cluster, in build/failover: `down` takes the folder away."""
    kept = ROOT / "build" / "failover"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for log in folder.glob("*/*.log"):
        shutil.copyfile(log, kept / f"{log.parent.name}-{log.name}")


def start_again():
    """A second `up`, with a folder of its own."""
    return _run("up", "--dir", "/tmp/pdmd-failover-2", "--pdmd", PROGRAM)


def _run(command, *words):
    return subprocess.run([CLUSTER / command, *map(str, words)], capture_output=True, text=True,
                          check=False, timeout=400, env=environment())


class Cluster:
    addresses = [(address, 8080) for address in HAPROXY.values()]

    def __init__(self, folder):
        self.folder = folder
        self.n_accounts = 0

    def cause(self, what, number=None):
        return faults.cause(self.folder, what, number)

    def one(self, what):
        """The number of the primary, the sync-standby or the etcd-leader."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = self.cause(what)
            if found != "nobody":
                return found
            time.sleep(0.3)
        raise AssertionError(f"for 30 s there was no {what}")

    def wait_until_whole(self):
        nodes.wait_until_whole(self.folder, WHOLE_S_MAX)

    # ---- companies

    def admin(self, *words):
        return front.pdmd(self.folder, *words, "--dir", self.folder / "pdmd1")

    def new_accounts(self):
        """Companies that nobody has called for yet, with a token each."""
        accounts = []
        for _ in range(COMPANIES):
            self.n_accounts += 1
            company_id = 9100 + self.n_accounts
            self.admin("company", "add", company_id, "Test company")
            self.admin("branch", "add", company_id, "Test branch")
            key = self.admin("key", "add", company_id, 1, "--label", "test", *FAST)
            accounts.append(Account(company_id, self._token(company_id, key)))
        return accounts

    def _token(self, company_id, key):
        answer = wire.ask(self.addresses[0], "/GetSessionToken",
                          {"company_id": company_id, "key": key})
        assert answer.code == 101, answer
        return answer.json["session"]["session_token"]

    # ---- what is stored

    def verdict(self, ledger, accounts):
        """By the primary; and the standbys, once they have caught up, must say the same."""
        ids = ", ".join(str(account.company_id) for account in accounts)
        primary = self.one("primary")
        customers = self._rows(primary, "SELECT company_id, coalesce(external_customer_ref, ''), "
                               f"customer_id FROM customer WHERE company_id IN ({ids})")
        created = self._rows(primary, f"SELECT company_id, record_id FROM audit WHERE record = 4 "
                             f"AND command = 'CreateCustomer' AND company_id IN ({ids})")
        self._assert_same_everywhere(primary)
        return Verdict(ledger, [(int(a), ref, int(b)) for a, ref, b in customers],
                       [(int(a), int(b)) for a, b in created])

    def _rows(self, n, text):
        return [line.split("|") for line in self._ask(n, text).splitlines()]

    def _ask(self, n, text):
        return nodes.sql(self.folder, n, text, "pdmd")

    def _assert_same_everywhere(self, primary):
        end = self._ask(primary, "SELECT pg_current_wal_lsn()")
        text = ("SELECT count(*), md5(string_agg(company_id || ':' || customer_id || ':' || "
                "coalesce(external_customer_ref, '') || ':' || version, ',' "
                "ORDER BY company_id, customer_id)) FROM customer")
        expected = self._ask(primary, text)
        for n in NODES:
            deadline = time.monotonic() + 30
            while n != primary and self._ask(
                    n, f"SELECT pg_last_wal_replay_lsn() >= '{end}'") != "t":
                assert time.monotonic() < deadline, f"node {n} does not catch up"
                time.sleep(0.2)
            assert self._ask(n, text) == expected, f"node {n} has other customers than the primary"


# ---- what is broken: each is a function that breaks it, and gives a function that mends it

def nothing(_cluster):
    return lambda: None


def primary_killed(cluster):
    """the primary's whole machine"""
    n = cluster.one("primary")
    cluster.cause("kill-node", n)
    return lambda: cluster.cause("start-node", n)


def primary_cut(cluster):
    """the primary's network"""
    n = cluster.one("primary")
    cluster.cause("cut-node", n)
    return lambda: cluster.cause("heal-node", n)


def postgres_killed(cluster):
    """the primary's PostgreSQL alone"""
    cluster.cause("stop-postgres", cluster.one("primary"))
    return lambda: None


def standby_killed(cluster):
    """the synchronous standby's whole machine"""
    n = cluster.one("sync-standby")
    cluster.cause("kill-node", n)
    return lambda: cluster.cause("start-node", n)


def etcd_leader_killed(cluster):
    """the etcd that leads"""
    n = cluster.one("etcd-leader")
    cluster.cause("kill-etcd", n)
    return lambda: cluster.cause("start-etcd", n)


def haproxy_killed(cluster):
    """one HAProxy of two"""
    cluster.cause("kill-haproxy", 1)
    return lambda: cluster.cause("start-haproxy", 1)


def pdmd_killed(cluster):
    """one pdmd of two, in the middle of its commits"""
    cluster.cause("kill-pdmd", 1)
    return lambda: cluster.cause("start-pdmd", 1)


def pdmd_restarted(cluster):
    """both pdmd stopped and started anew, one after the other"""
    for n in (1, 2):
        cluster.cause("stop-pdmd", n)
        cluster.cause("start-pdmd", n)
        time.sleep(2.0)
    return lambda: None


SCENARIOS = {function.__name__.replace("_", "-"): function for function in (
    nothing, primary_killed, primary_cut, postgres_killed, standby_killed, etcd_leader_killed,
    haproxy_killed, pdmd_killed, pdmd_restarted)}


class Result:
    """Of one run of one scenario."""

    def __init__(self, scenario, ledger, began):
        """While no call was made again afterwards: that is no service to anybody."""
        self.scenario = scenario
        self.write_gap_s = ledger.gap_s("CreateCustomer", began)
        self.read_gap_s = ledger.gap_s("GetCustomer", began)
        self.failures = {f"{command}: {why}": n for (command, why), n in ledger.failures.items()}
        self.writes, self.reads = (len(ledger.times[command])
                                   for command in ("CreateCustomer", "GetCustomer"))
        self.before = self.after = None  # verdicts, before and after the unknown were replayed

    def facts(self):
        """What is kept of it, as JSON."""
        return {"scenario": self.scenario, "write_gap_s": round(self.write_gap_s, 3),
                "read_gap_s": round(self.read_gap_s, 3), "writes": self.writes,
                "reads": self.reads, "failed_calls": sum(self.failures.values()),
                "failures": self.failures, **self.before.counts(),
                "after_replay": self.after.counts()}


def run(cluster, name, writes_per_s, reads_per_s):
    """One scenario, from a whole cluster to a whole cluster."""
    cluster.wait_until_whole()
    accounts = cluster.new_accounts()
    with Load(cluster.addresses, accounts, writes_per_s, reads_per_s) as load:
        time.sleep(WARM_S)
        began = time.monotonic()
        mend = SCENARIOS[name](cluster)
        _wait_until_answered(load.ledger)
        time.sleep(AFTER_S)
        mend()
        cluster.wait_until_whole()
    load.assert_sound()
    result = Result(name, load.ledger, began)
    result.before = cluster.verdict(load.ledger, accounts)
    load.replay_unknown()
    result.after = cluster.verdict(load.ledger, accounts)
    return result


def _wait_until_answered(ledger):
    """Until both kinds of calls were answered after this moment. In the first second after a fault
    what was on its way may still be."""
    time.sleep(1.0)
    since = time.monotonic()
    while min(ledger.last(command) for command in ledger.times) < since:
        assert time.monotonic() < since + BACK_S_MAX, \
            f"no service for {BACK_S_MAX} s: {nodes.roles()}, {ledger.failures}"
        time.sleep(0.1)


def left_behind():
    """What `down` should have taken away and has not."""
    left = [namespace(n) for n in NODES if namespace(n) in nodes.namespaces()]
    links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
    return left + [line.split()[0] for line in links.splitlines() if line.startswith("pdmd-")]
