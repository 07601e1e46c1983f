"""A pdmd server that a test owns: started on a free port, ended by its pid, judged by its end."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

from support import cli, wire
from support.build import PATIENCE_S, PDMD, environment, sanitizer_report

COMPANY, OTHER = 9001, 9002

# What most tests need: sign-in failures are not counted, and the test says which address it calls
# from, in X-Forwarded-For.
EASY = {"limits.token_failures_per_minute": 0, "server.trusted_proxies": "127.0.0.1"}


def address_of(text):
    """("::1", 8080) of "[::1]:8080"."""
    host, port = text.rsplit(":", 1)
    return (host.strip("[]"), int(port))


def listening(pid):
    """The TCP addresses that a process listens on."""
    ours, found = set(), []
    for path in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            ours.add(os.readlink(path))
    for family, table in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = cells = line.split()
            if state == "0A" and f"socket:[{cells[9]}]" in ours:
                host, port = local.split(":")
                words = [bytes.fromhex(host[i:i + 8])[::-1] for i in range(0, len(host), 8)]
                found.append((socket.inet_ntop(family, b"".join(words)), int(port, 16)))
    return found


class Server:
    """`demo` makes its data and tells us where it listens; `serve` runs on what is there. `before`
    are words in front of the program's, such as those of a tracer; then the process is that."""

    def __init__(self, directory, stderr, args, settings=None, prepare_child=None, before=(),
                 env=None):
        self.dir = pathlib.Path(directory)
        self.stderr = pathlib.Path(stderr)
        self.address = None
        self.addresses = []
        self.key = None
        self.url = None
        self.base_path = (settings or {}).get("server.base_path", "")
        with open(self.stderr, "ab") as log:
            self.process = subprocess.Popen(
                [*map(str, before), PDMD, *map(str, args)], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log,
                env={**environment(settings, self.dir), **(env or {})}, preexec_fn=prepare_child)

    @property
    def pid(self):
        return self.process.pid

    @property
    def admin_socket(self):
        return str(self.dir / "admin.sock")

    def log(self):
        return self.stderr.read_text(errors="replace")

    def events(self, name=None):
        """The lines of the log, or those of one event. The last may be half written."""
        lines = self.log().splitlines(keepends=True)
        events = [json.loads(line) for line in lines if line.endswith("}\n")]
        return [event for event in events if name in (None, event["event"])]

    # ---- start and end

    def wait_for_demo(self):
        """The first line of standard output comes once the server answers, and says where."""
        line = self._first_line()
        facts = json.loads(line)
        assert list(facts) == ["url", "company_id", "key", "dir", "pid"], facts
        assert facts["pid"] == self.pid and facts["company_id"] == COMPANY, facts
        self.key, self.url = facts["key"], facts["url"]
        self.address = address_of(self.url.split("/")[2])
        return self

    def wait_for_demo_data(self):
        """The same of a server that serves the demo's data without being the demo; whatever it
        logs, and how, the kernel says where it listens."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"never ready:\n{self.log()}")
            time.sleep(0.02)
        self.addresses = listening(self.pid)
        self.address = self.addresses[0]
        self.key = (self.dir / "demo-9001.key").read_text().strip()
        host, port = self.address
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}{self.base_path}"
        return self

    def _is_ready(self):
        try:
            return wire.ask(self.admin_socket, "/GetStatus", {}).json["server"]["ready"]
        except (OSError, wire.Closed):
            return False

    def _first_line(self):
        lines = []
        reader = threading.Thread(target=lambda: lines.append(self.process.stdout.readline()),
                                  daemon=True)
        reader.start()
        reader.join(PATIENCE_S)
        if not lines or not lines[0]:
            self.kill()
            raise AssertionError(f"no first line on standard output; it said:\n{self.log()}")
        return lines[0]

    def wait_for_log(self):
        """A server that prints nothing says in its log where it listens, and then that it is
        ready."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}:\n{self.log()}")
            if self.events("ready"):
                heard = [event["address"] for event in self.events("listening")]
                self.addresses = [address_of(text) for text in heard]
                self.address = self.addresses[0]
                demo_key = self.dir / "demo-9001.key"
                self.key = demo_key.read_text().strip() if demo_key.exists() else None
                return self
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"never ready:\n{self.log()}")

    def stop(self):
        """SIGTERM; gives the seconds that the end took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.wait_for_end()
        return time.monotonic() - began

    def wait_for_end(self):
        try:
            self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end after SIGTERM:\n{self.log()[-4000:]}") from None
        self.assert_ended_well()

    def assert_ended_well(self):
        report = sanitizer_report(self.log())
        assert report is None, f"{report}\n{self.log()[-8000:]}"
        assert self.process.returncode == 0, \
            f"exit code {self.process.returncode}:\n{self.log()[-4000:]}"

    def kill(self):
        """kill -9, as a power cut would; no judgement."""
        self.process.kill()
        self.process.communicate()

    # ---- asking

    def connect(self, **options):
        return wire.Connection(self.address, **options)

    def ask(self, command, body=b"", headers=(), *, method="POST", tls=None):
        return wire.ask(self.address, f"/{command}", body, headers, method=method, tls=tls)

    def token(self, key=None, company_id=COMPANY, peer=None, tls=None):
        headers = {"X-Forwarded-For": peer} if peer else {}
        body = {"company_id": company_id, "key": key or self.key}
        answer = self.ask("GetSessionToken", body, headers, tls=tls)
        assert answer.code == 101, answer
        return answer.json["session"]["session_token"]

    def customer(self, token, customer_id=1408, company_id=COMPANY, **options):
        body = {"company_id": company_id, "session_token": token, "customer_id": customer_id}
        return self.ask("GetCustomer", body, **options)

    def pdmd(self, *words, stdin=""):
        """An admin command that must succeed; its standard output without the line's end."""
        done = cli.run(*words, "--dir", self.dir, stdin=stdin)
        assert done.code == 0, done
        return done.out.rstrip("\n")

    def add_key(self, company_id=COMPANY, branch_id=1, label="test", *options):
        """A new access key, and its number: the last one in the list."""
        key = self.pdmd("key", "add", company_id, branch_id, "--label", label, *options)
        listed = wire.ask(self.admin_socket, "/ListAccessKeys", {"company_id": company_id})
        return key, listed.json["access_keys"][-1]["key_number"]
