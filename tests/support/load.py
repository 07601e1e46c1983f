"""Callers that keep on calling, each on a connection of its own, and remember what became of it."""

import select
import threading

from support import wire


class Caller(threading.Thread):
    """Calls until it is told to stop or the server is gone. A request that was sent and not
    answered with 101 is a failure; a connection that was closed before the request is not.

    Nor is one whose connection was never made."""

    def __init__(self, address, data, requests_per_connection=None):
        super().__init__(daemon=True)
        self.address, self.data = address, data
        self.requests_per_connection = requests_per_connection
        self.answered = 0
        self.failures = []
        self.gone = False
        self._stop_asked = threading.Event()

    def ask_to_stop(self):
        self._stop_asked.set()

    def run(self):
        while not self.gone and not self._stop_asked.is_set():
            try:
                connection = wire.Connection(self.address, timeout_s=20)
            except OSError:
                self.gone = True
                return
            with connection:
                self._use(connection)

    def _use(self, connection):
        n = 0
        while not self._stop_asked.is_set():
            if n == self.requests_per_connection or self._is_closed(connection):
                return
            try:
                connection.send(self.data)
                answer = connection.answer()
            except (wire.Closed, OSError, AssertionError) as fault:
                self.failures.append(f"request {n} of its connection: {fault!r}")
                return
            n += 1
            if answer.code == 101:
                self.answered += 1
            else:
                self.failures.append(repr(answer))
            if answer.closes:
                return

    @staticmethod
    def _is_closed(connection):
        return bool(select.select([connection.sock], [], [], 0)[0])


class Callers:
    def __init__(self, server, n, **options):
        token = server.token()
        body = {"company_id": 9001, "session_token": token, "customer_id": 1408}
        data = wire.request("/GetCustomer", body)
        self.all = [Caller(server.address, data, **options) for _ in range(n)]

    def __enter__(self):
        for caller in self.all:
            caller.start()
        return self

    def __exit__(self, *_):
        for caller in self.all:
            caller.ask_to_stop()
        self.join()

    def join(self):
        for caller in self.all:
            caller.join()

    @property
    def answered(self):
        return sum(caller.answered for caller in self.all)

    @property
    def failures(self):
        return [failure for caller in self.all for failure in caller.failures]
