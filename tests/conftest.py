"""Fixtures of the black-box tests. PDMD names the program, TEST_ENGINE the database that it is
tried on (support/engine.py); `make test` sets both."""

import contextlib
import itertools
import os
import tempfile

import pytest

from support import demo, engine, postgres, sqlite_only, wire
from support.build import PDMD
from support.server import COMPANY, EASY, OTHER, Server


LEFT_OUT = pytest.StashKey()  # {what: how many}


def pytest_configure(config):
    """Who began the run has the server, if scripts/test has not; its helpers inherit the place."""
    config.stash[LEFT_OUT] = {}
    if engine.ON_POSTGRES and engine.PLACE not in os.environ:
        server = postgres.Postgres.start(tempfile.mkdtemp(prefix="pdmd-postgres-"))
        config.add_cleanup(server.stop)
        os.environ[engine.PLACE] = server.url()


def pytest_collection_modifyitems(config, items):
    if not PDMD.exists() and items:
        pytest.exit(f"{PDMD} is not there; build it or name another in PDMD", 4)
    if engine.ON_POSTGRES:
        sqlite_only.assert_there()
        kept, left_out = sqlite_only.divide(items)
        config.stash[LEFT_OUT] = left_out
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def pytest_sessionfinish(session):
    demo.forget()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Every helper has looked through all of the tests."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", {})


def pytest_terminal_summary(terminalreporter, config):
    left_out = config.stash[LEFT_OUT]
    for entry, n in left_out.items():
        terminalreporter.write_line(f"left out: {n:3} {entry}: {sqlite_only.WHY[entry]}")
    if engine.ON_POSTGRES:
        terminalreporter.write_line(f"left out on PostgreSQL: {sum(left_out.values())} tests")


@pytest.fixture
def tmp_path(tmp_path):
    """The folder stays, for whoever looks into a failure; its databases would be too many."""
    yield tmp_path
    engine.forget_within(tmp_path)


@contextlib.contextmanager
def _servers(folder):
    """Gives a function that starts servers, and sees every one of them to a good end."""
    started = []
    numbers = itertools.count(1)

    def start(*, command="demo", directory=None, listen="127.0.0.1:0", customers=20, config=None,
              settings=EASY, ready=True, log=None, **options):
        n = next(numbers)
        directory = directory or folder / f"data{n}"
        wants_demo = command == "demo"
        if engine.ON_POSTGRES:
            command = "serve"  # what it would serve after it has made its data
        if command == "serve" and not directory.exists():
            demo.make(directory, customers)
        words = [command, "--dir", directory]
        if command == "demo":
            words += ["--json", "--customers", customers]
        if config is not None:
            words += ["--config", config]
        if listen is not None:
            words += ["--listen", listen]
        log = log or folder / f"server{n}.log"
        server = Server(directory, log, words, settings, **options)
        started.append(server)
        if ready and command == "demo":
            server.wait_for_demo()
        elif ready:
            server.wait_for_demo_data() if wants_demo else server.wait_for_log()
        return server

    faults = []
    try:
        yield start
    finally:
        for server in started:
            if server.process.returncode is None:
                try:
                    server.stop()
                except AssertionError as fault:
                    faults.append(str(fault))
    assert not faults, "\n".join(faults)


@pytest.fixture
def start_server(tmp_path):
    """Starts servers of this test's own, for whatever changes state."""
    with _servers(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def start_module_server(tmp_path_factory):
    with _servers(tmp_path_factory.mktemp("servers")) as start:
        yield start


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The one server for everything that only reads, or adds what nobody else looks at."""
    with _servers(tmp_path_factory.mktemp("shared")) as start:
        yield start(customers=1000)


@pytest.fixture(scope="session")
def token(server):
    return server.token()


class Other:
    """Company 9002, whose customers of the demo begin at 500001: a key, a token, a customer."""

    def __init__(self, server):
        self.company_id = OTHER
        self.key = server.pdmd("key", "add", OTHER, 1, "--label", "isolation")
        self.token = server.token(self.key, OTHER)
        answer = server.customer(self.token, 500001, OTHER)
        assert answer.code == 101, answer
        self.customer = answer.json["customer"]
        self.ref = self.customer["external_customer_ref"]


@pytest.fixture(scope="session")
def other(server):
    return Other(server)


@pytest.fixture
def admin(server):
    """Asks the shared server's admin socket."""

    def ask(command, body):
        return wire.ask(server.admin_socket, f"/{command}", body)

    return ask


@pytest.fixture(scope="session")
def good_request(token):
    """A GetCustomer that is answered with customer 1408, as bytes."""

    def make(headers=(), **options):
        body = {"company_id": COMPANY, "session_token": token, "customer_id": 1408}
        return wire.request("/GetCustomer", body, headers, **options)

    return make
