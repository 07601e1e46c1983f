"""A client that is exact where libraries are kind.

It sends the very bytes it is given, in the segments it is given, and reads answers by the letter:
whatever contract.md promises of every answer is checked on every answer.
"""

import json
import re
import socket
import time

from support.build import PATIENCE_S

MEANINGS = {
    101: "OK",
    201: "Invalid / inactive company ID",
    202: "Invalid / inactive API key",
    204: "IP address not approved",
    205: "Rate limit exceeded",
    301: "Required data missing",
    302: "Data exceeded parameters",
    303: "Incorrect data type",
    401: "No matching customer found",
    402: "External customer reference already in use",
    403: "External delivery reference already in use",
    404: "A delivery is already scheduled for this customer on this date",
    405: "Record changed since it was read",
    406: "Idempotency key reused with different data",
    407: "No matching delivery found",
    408: "Not allowed in the delivery's present state",
    500: "General service error",
    # Only through the admin socket.
    601: "No matching record found",
    602: "Already exists",
}

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) [A-Z][A-Za-z' -]+")
HEADER_LINE = re.compile(rb"([A-Za-z0-9-]+): ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Answer:
    """One answer, already found to be of the form that every answer has."""

    def __init__(self, http, headers, body):
        self.http = http
        self.headers = headers
        self.body = body
        self.json = None

    @property
    def code(self):
        return self.json["status"]["code"]

    @property
    def details(self):
        return self.json["status"]["details"]

    @property
    def closes(self):
        return self.headers.get("connection", "").lower() == "close"

    def __repr__(self):
        return f"<{self.http} {self.headers} {self.body[:300]!r}>"


def _no_name_twice(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a name twice in {names}"
    return dict(pairs)


def strict_json(text):
    """Parses as a picky client would: no name twice, nothing that is not JSON."""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, object_pairs_hook=_no_name_twice, parse_constant=refuse)


def _check_form(answer, enveloped):
    headers = answer.headers
    assert headers["content-type"] == "application/json; charset=utf-8", headers
    assert headers["cache-control"] == "no-store", headers
    assert REQUEST_ID.fullmatch(headers["x-request-id"]), headers
    assert "transfer-encoding" not in headers, headers
    answer.json = strict_json(answer.body.decode("utf-8"))
    if not enveloped:
        return
    assert next(iter(answer.json)) == "status", answer
    status = answer.json["status"]
    assert list(status) == ["code", "details"], answer
    assert type(status["code"]) is int and type(status["details"]) is str, answer
    meaning, details = MEANINGS[status["code"]], status["details"]
    assert details == meaning or details.startswith(meaning + ": "), answer
    assert (status["code"] == 101) == (details == "OK"), answer


class Closed(Exception):
    """The server ended the connection where an answer was expected."""


class Connection:
    """One connection. `address` is (host, port), or the path of a Unix socket; `source` is the
    address to call from."""

    def __init__(self, address, *, source=None, tls=None, session=None, timeout_s=None,
                 receive_bytes=None):
        if isinstance(address, tuple):
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        else:
            family = socket.AF_UNIX
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(timeout_s or PATIENCE_S)
        if receive_bytes:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.buffer = b""
        try:
            if source:
                self.sock.bind((source, 0))
            self.sock.connect(address)
            if family != socket.AF_UNIX:
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                self.sock = tls.wrap_socket(self.sock, server_hostname="localhost",
                                            session=session)
        except BaseException:
            self.sock.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data, segment_bytes=None, pause_s=0.0):
        """Sends all of it, or as much as the server takes before it ends the connection."""
        step = segment_bytes or max(len(data), 1)
        try:
            for start in range(0, len(data), step):
                self.sock.sendall(data[start:start + step])
                if pause_s:
                    time.sleep(pause_s)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def end_sending(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server was quicker; what it said is still there to be read

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def _until(self, mark):
        while mark not in self.buffer:
            if not self._more():
                if self.buffer:
                    raise AssertionError(f"an answer cut off: {self.buffer!r}")
                raise Closed
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def _exactly(self, n):
        while len(self.buffer) < n:
            assert self._more(), f"a body cut off: {self.buffer!r}"
        found, self.buffer = self.buffer[:n], self.buffer[n:]
        return found

    def answer(self, to_head=False, enveloped=True):
        """The next answer; a `100 Continue` counts as one, without headers. Raises Closed where
        there is none. A probe's is not enveloped: it has no `status`."""
        lines = self._until(b"\r\n\r\n").split(b"\r\n")
        status = STATUS_LINE.fullmatch(lines[0])
        assert status, f"not a status line: {lines[0]!r}"
        http = int(status[1])
        if http == 100:
            assert len(lines) == 1, lines
            return Answer(http, {}, b"")
        pairs = []
        for line in lines[1:]:
            header = HEADER_LINE.fullmatch(line)
            assert header, f"not a header line: {line!r}"
            pairs.append((header[1].decode().lower(), header[2].decode()))
        headers = _no_name_twice(pairs)
        assert re.fullmatch("0|[1-9][0-9]*", headers.get("content-length", "")), headers
        answer = Answer(http, headers, b"")
        if not to_head:
            answer.body = self._exactly(int(headers["content-length"]))
            _check_form(answer, enveloped)
        return answer

    def final_answer(self):
        """The next answer that is not `100 Continue`."""
        answer = self.answer()
        return self.answer() if answer.http == 100 else answer

    def assert_closed(self):
        """Nothing more comes, and the connection ends."""
        while self._more():
            pass
        assert self.buffer == b"", f"more came than was asked for: {self.buffer!r}"


def request(target, body=b"", headers=(), *, method="POST", version="HTTP/1.1"):
    """A well-formed request. `headers` replace the usual ones of the same name; None leaves out."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    usual = {"Host": "pdmd.test", "Content-Type": "application/json",
             "Content-Length": str(len(body))}
    usual.update(dict(headers))
    lines = [f"{method} {target} {version}"]
    lines += [f"{name}: {value}" for name, value in usual.items() if value is not None]
    return "\r\n".join(lines + ["", ""]).encode() + body


def ask(address, target, body=b"", headers=(), *, method="POST", tls=None):
    """One request on a connection of its own."""
    with Connection(address, tls=tls) as connection:
        connection.send(request(target, body, headers, method=method))
        return connection.final_answer()
