"""The log: JSON lines of allow-listed fields, and nothing of what is the patients'."""

import json
import re

from support import cli, wire
from support.server import COMPANY, OTHER

FIELDS = {"time", "level", "event", "request_id", "door", "command", "company_id", "key_number",
          "peer", "http", "code", "duration_us", "rc", "cause", "address", "path", "setting",
          "pid", "version", "signal", "count"}


def test_nothing_of_a_patient_or_a_secret_is_in_the_log(start_server):
    server = start_server(settings={"log.level": "debug", "server.trusted_proxies": "127.0.0.1"})
    marks = ["Rumpelstiltskin", "Zq7Marker", "EXTREF164736", "Bloggs", "Test Address Line",
             "Test City", "joe@blogs.com", "TT11 1TT"]
    mark = marks[0]
    key, number = server.add_key(COMPANY, 1, "Zq7Marker label")
    other = server.pdmd("key", "add", OTHER, 1, "--label", "x")
    token, other_token = server.token(key), server.token(other, OTHER)
    marks += [server.key, key, other, token, other_token, token.split("|")[1], "Zq7Company"]

    ask = server.ask
    good = {"company_id": COMPANY, "session_token": token}
    for body in ({**good, "customer_id": 1408}, {**good, "external_customer_ref": "EXTREF164736"},
                 {**good, "external_customer_ref": mark}, {**good, "customer_id": mark},
                 {**good, mark: mark}, {"company_id": mark, "session_token": mark},
                 {"company_id": COMPANY, "session_token": mark},
                 {"company_id": OTHER, "session_token": token},
                 {**good, "external_customer_ref": mark * 10}):
        ask("GetCustomer", body)
    ask("GetCustomer", f'{{"{mark}": {mark}'.encode())
    ask(mark, {})
    ask(f"GetCustomer?{mark}", {})
    ask("GetCustomer", {}, {mark: mark, "Content-Type": mark})
    ask("GetCustomer", {}, {"User-Agent": mark, "X-Request-Id": mark + "/"})
    ask("GetCustomer", {}, {"X-Forwarded-For": mark})
    ask("GetCustomer", {}, {"Transfer-Encoding": mark, "Content-Length": None})
    ask("GetCustomer", {}, method=mark.upper())
    for wrong in (mark, key + "0", key.lower()):
        ask("GetSessionToken", {"company_id": COMPANY, "key": wrong})
    with server.connect() as connection:
        connection.send(mark.encode() + b"\x00\r\n\r\n")
        connection.answer()
    server.pdmd("customer", "show", COMPANY, 1408)
    server.pdmd("company", "add", 9400, "Zq7Company")
    server.pdmd("key", "revoke", COMPANY, number)
    server.customer(token)
    server.stop()

    log = server.log()
    assert len(log.splitlines()) > 20
    for mark in marks:
        assert mark.lower() not in log.lower(), mark


def test_each_line_is_json_of_known_fields(start_server):
    server = start_server(command="serve", settings={"log.level": "debug"})
    token = server.token()
    server.ask("GetCustomer", {"company_id": COMPANY, "session_token": token, "customer_id": 1408},
               {"X-Request-Id": "till-1"})
    server.ask("GetCustomer", {})
    server.ask("Nonsense", {})
    server.pdmd("company", "list")
    server.stop()
    lines = [json.loads(line) for line in server.log().splitlines()]
    for line in lines:
        assert set(line) <= FIELDS, line
        assert list(line)[:3] == ["time", "level", "event"], line
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"]), line
    [mine] = [line for line in lines if line.get("request_id") == "till-1"]
    assert {name: mine[name] for name in ("event", "door", "command", "company_id", "key_number",
                                          "http", "code", "peer")} == {
        "event": "request", "door": "public", "command": "GetCustomer", "company_id": COMPANY,
        "key_number": 1, "http": 200, "code": 101, "peer": "127.0.0.1"}
    assert [line["event"] for line in lines if line["event"] != "request"][-2:] == [
        "stopping", "stopped"]
    assert len([line for line in lines if line["event"] == "request"]) == 5


def test_a_line_cannot_be_forged(start_server):
    server = start_server()
    forged = 'x\\n{"event":"zq7"}'
    server.ask("GetCustomer", {}, {"X-Request-Id": forged, "X-Forwarded-For": forged})
    wire.ask(server.address, '/x%0a{"event":"zq7"}', {})
    server.stop()
    assert "zq7" not in server.log()


def test_text_is_for_people(start_server):
    server = start_server(settings={"log.format": "text"})
    server.ask("GetCustomer", {})
    server.stop()
    assert not any(line.startswith("{") for line in server.log().splitlines())
    assert re.search(r"request .*command=GetCustomer .*code=301", server.log())


def test_the_quiet_levels_are_quiet(start_server):
    server = start_server(settings={"log.level": "error"})
    server.ask("GetCustomer", {})
    server.stop()
    assert server.log() == ""


def test_commands_without_a_server_log_nothing_of_what_they_do(tmp_path):
    directory = tmp_path / "data"
    cli.set_up(directory)
    done = cli.run("company", "add", 9001, "Zq7Company", "--dir", directory)
    assert done.code == 0 and "Zq7Company" not in done.err
