"""The operator's socket: the same requests and answers, other commands, and no credentials."""

import os
import stat
import time

import pytest

from support import engine, wire

COMPANY = 9200


def test_only_its_owner_may_open_it(server):
    mode = os.stat(server.admin_socket).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE(os.stat(server.dir).st_mode) == 0o700
    for name in ("secret.key",) if engine.ON_POSTGRES else ("secret.key", "pdmd.db"):
        assert stat.S_IMODE(os.stat(server.dir / name).st_mode) & 0o077 == 0, name


@pytest.mark.parametrize("command", ["GetCustomer", "GetSessionToken", "GetSession", "Nonsense"])
def test_the_public_commands_are_not_behind_it(admin, command):
    answer = admin(command, {})
    assert (answer.http, answer.code) == (404, 500), answer


def test_a_company_from_first_to_last(admin):
    made = admin("AddCompany", {"company_id": COMPANY, "name": "Mole Valley"})
    assert made.code == 101, made
    company = made.json["company"]
    assert list(company) == ["company_id", "name", "timezone", "active", "created"]
    assert company["timezone"] == "Europe/London" and company["active"] is True
    assert admin("AddCompany", {"company_id": COMPANY, "name": "Again"}).code == 602
    assert admin("ShowCompany", {"company_id": COMPANY}).json["company"] == company
    assert company in admin("ListCompanies", {}).json["companies"]

    edited = admin("EditCompany", {"company_id": COMPANY, "timezone": "Asia/Tokyo"})
    assert edited.json["company"] == {**company, "timezone": "Asia/Tokyo"}
    edited = admin("EditCompany", {"company_id": COMPANY, "name": "Mole", "active": 0})
    assert edited.json["company"] == {**company, "name": "Mole", "timezone": "Asia/Tokyo",
                                      "active": False}

    branch = admin("AddBranch", {"company_id": COMPANY, "name": "Dorking"}).json["branch"]
    assert branch == {"company_id": COMPANY, "branch_id": 1, "name": "Dorking", "active": True}
    assert admin("AddBranch", {"company_id": COMPANY, "name": "Dorking"}).code in (101, 602)
    edited = admin("EditBranch", {"company_id": COMPANY, "branch_id": 1, "name": "Leatherhead"})
    assert edited.json["branch"] == {**branch, "name": "Leatherhead"}
    assert edited.json["branch"] in admin("ListBranches", {"company_id": COMPANY}).json["branches"]


def test_a_key_from_first_to_last(admin):
    company = {"company_id": COMPANY + 1}
    admin("AddCompany", {**company, "name": "Keys"})
    admin("AddBranch", {**company, "name": "Counter"})
    made = admin("AddAccessKey", {**company, "branch_id": 1, "label": "Till",
                                  "allow": ["192.0.2.0/24", "2001:DB8::/32", "::ffff:10.1.2.3"]})
    assert made.code == 101, made
    assert list(made.json) == ["status", "key", "access_key"]
    key, access_key = made.json["key"], made.json["access_key"]
    assert len(key) == 32 and set(key) <= set("0123456789ABCDEF")
    assert list(access_key) == ["company_id", "key_number", "branch_id", "label", "allow", "rate",
                                "burst", "branch_only", "active", "created", "revoked"]
    assert access_key["allow"] == ["192.0.2.0/24", "2001:db8::/32", "10.1.2.3/32"]
    assert (access_key["rate"], access_key["burst"]) == (20, 40)
    assert access_key["key_number"] == 1 and access_key["active"] is True
    assert access_key["revoked"] == "" and access_key["branch_only"] is False

    one = {**company, "key_number": 1}
    assert admin("ShowAccessKey", one).json["access_key"] == access_key
    assert admin("ListAccessKeys", company).json["access_keys"] == [access_key]
    edited = admin("EditAccessKey", {**one, "allow": ["198.51.100.0/24"],
                                     "deny": ["192.0.2.0/24"], "rate": 7, "burst": 9,
                                     "branch_only": True, "label": "Front till"})
    assert edited.json["access_key"] == {
        **access_key, "allow": ["2001:db8::/32", "10.1.2.3/32", "198.51.100.0/24"], "rate": 7,
        "burst": 9, "branch_only": True, "label": "Front till"}
    revoked = admin("RevokeAccessKey", one)
    assert revoked.json["access_key"]["active"] is False
    assert revoked.json["access_key"]["revoked"] != ""
    assert "key" not in admin("ShowAccessKey", one).json
    again = admin("AddAccessKey", {**company, "branch_id": 1, "label": "Next"})
    assert again.json["access_key"]["key_number"] == 2 and again.json["key"] != key


@pytest.mark.parametrize("command, body, code", [
    ("ShowCompany", {"company_id": 424242}, 201),
    ("EditCompany", {"company_id": 424242, "name": "x"}, 201),
    ("AddBranch", {"company_id": 424242, "name": "x"}, 201),
    ("ListBranches", {"company_id": 424242}, 201),
    ("ListAccessKeys", {"company_id": 424242}, 201),
    ("AddAccessKey", {"company_id": 424242, "branch_id": 1, "label": "x"}, 201),
    ("ShowCustomer", {"company_id": 424242, "customer_id": 1}, 201),
    ("EditBranch", {"company_id": 9001, "branch_id": 4242, "name": "x"}, 601),
    ("AddAccessKey", {"company_id": 9001, "branch_id": 4242, "label": "x"}, 601),
    ("ShowAccessKey", {"company_id": 9001, "key_number": 4242}, 601),
    ("EditAccessKey", {"company_id": 9001, "key_number": 4242, "rate": 1}, 601),
    ("RevokeAccessKey", {"company_id": 9001, "key_number": 4242}, 601),
    ("ShowCustomer", {"company_id": 9001, "customer_id": 424242}, 401),
    ("ShowCustomer", {"company_id": 9001, "external_customer_ref": "nobody's"}, 401),
    ("AddCompany", {}, 301),
    ("AddCompany", {"company_id": 9299}, 301),
    ("AddCompany", {"name": "x"}, 301),
    ("AddCompany", {"company_id": "9299", "name": "x"}, 303),
    ("AddCompany", {"company_id": -1, "name": "x"}, 302),
    ("AddCompany", {"company_id": 1000000000, "name": "x"}, 302),
    ("AddCompany", {"company_id": 9299, "name": "x" * 201}, 302),
    ("AddCompany", {"company_id": 9299, "name": "x", "timezone": "Europe/Nowhere"}, 302),
    ("AddCompany", {"company_id": 9299, "name": "x", "timezone": "../../etc/passwd"}, 302),
    ("EditCompany", {"company_id": 9001, "active": "yes"}, 303),
    ("EditCompany", {"company_id": 9001, "active": 2}, 303),
    ("AddBranch", {"company_id": 9001}, 301),
    ("AddAccessKey", {"company_id": 9001, "branch_id": 1}, 301),
    ("AddAccessKey", {"company_id": 9001, "branch_id": 1, "label": "x", "allow": "::/0"}, 303),
    ("AddAccessKey", {"company_id": 9001, "branch_id": 1, "label": "x", "allow": ["x"]}, 302),
    ("AddAccessKey", {"company_id": 9001, "branch_id": 1, "label": "x", "allow": [""]}, 301),
    ("AddAccessKey", {"company_id": 9001, "branch_id": 1, "label": "x",
                      "allow": ["192.0.2.1/24"]}, 302),
    ("AddAccessKey", {"company_id": 9001, "branch_id": 1, "label": "x",
                      "allow": ["192.0.2.0/33"]}, 302),
    ("AddAccessKey", {"company_id": 9001, "branch_id": 1, "label": "x", "rate": -1}, 302),
    ("ShowCustomer", {"company_id": 9001}, 301),
    ("ShowDossier", {"company_id": 424242, "customer_id": 1}, 201),
    ("ShowDossier", {"company_id": 9001, "customer_id": 424242}, 401),
    ("ShowDossier", {"company_id": 9001}, 301),
    ("EraseCustomer", {"company_id": 424242, "customer_id": 1, "confirm": "C000001"}, 201),
    ("EraseCustomer", {"company_id": 9001, "customer_id": 424242, "confirm": "C424242"}, 401),
    ("EraseCustomer", {"company_id": 9002, "customer_id": 1408, "confirm": "C001408"}, 401),
    ("EraseCustomer", {"company_id": 9001, "customer_id": 1408}, 301),
    ("EraseCustomer", {"company_id": 9001, "customer_id": 1408, "confirm": "C001409"}, 302),
    ("EraseCustomer", {"company_id": 9001, "customer_id": 1408, "confirm": 1408}, 303),
    ("EraseCustomer", {"company_id": 9001, "confirm": "C001408"}, 301),
    ("ListAudit", {}, 301),
    ("ListAudit", {"company_id": 424242}, 201),
    ("ListAudit", {"company_id": 9001, "since": "yesterday"}, 303),
    ("ListAudit", {"company_id": 9001, "since": 20240229}, 303),
    ("ListAudit", {"company_id": 9001, "since": "2024-02-30"}, 302),
    ("ListAudit", {"company_id": 9001, "since": "2024-02-29 24:00:00"}, 302),
    ("ListAudit", {"company_id": 9001, "customer_id": -1}, 302),
    ("ListAudit", {"company_id": 9001, "cursor": "x"}, 302),
    ("ListAudit", {"company_id": 9001, "cursor": "x" * 396}, 302),
])
def test_what_cannot_be_done_is_told_and_not_done(admin, command, body, code):
    before = admin("ListCompanies", {}).json
    answer = admin(command, body)
    assert (answer.http, answer.code) == (200, code), answer
    assert list(answer.json) == ["status"], answer
    assert admin("ListCompanies", {}).json == before


def test_the_faulty_item_of_a_list_is_named(admin):
    answer = admin("AddAccessKey", {"company_id": 9001, "branch_id": 1, "label": "x",
                                    "allow": ["192.0.2.0/24", "nonsense", 7]})
    assert answer.details.startswith("Incorrect data type: allow[2]"), answer
    assert "Data exceeded parameters: allow[1]" in answer.details, answer
    assert "nonsense" not in answer.details


def test_it_shows_a_customer_as_the_api_does(server, admin, token):
    shown = admin("ShowCustomer", {"company_id": 9001, "external_customer_ref": "EXTREF164736"})
    assert shown.json["customer"] == server.customer(token).json["customer"]


def test_the_audit_tells_who_changed_what(server, admin, token):
    body = {"company_id": 9001, "session_token": token, "customer": {
        "first_name": "Ann", "last_name": "Other",
        "address": {"line_1": "1 Road", "city": "Town", "postal_code": "TT1 1TT"}}}
    made = server.ask("CreateCustomer", body, {"X-Request-Id": "audit-test-1"})
    customer_id = made.json["customer"]["customer_id"]
    body["customer"] |= {"customer_id": customer_id, "title": "Dr", "last_name": "Else"}
    for _ in range(2):  # the second time nothing is different
        server.ask("ModifyCustomer", body, {"X-Request-Id": "audit-test-2"})
    one = {"company_id": 9001, "customer_id": customer_id}
    confirmed = {**one, "confirm": f"C{customer_id:06}"}
    dossier = admin("ShowDossier", one).json
    erased = admin("EraseCustomer", confirmed)
    assert erased.json["erased"] == {**one, "customer_ref": confirmed["confirm"], "bytes_left": 0}

    rows = admin("ListAudit", one).json["audit"]
    assert [name for name in rows[0] if name != "server"] == [
        "time", "who", "command", "request_id", "record", "record_id", "fields", "old_version",
        "new_version"]
    assert all(row["record"] == "customer" and row["record_id"] == customer_id for row in rows)
    assert [tuple(row[name] for name in ("who", "command", "fields", "old_version", "new_version"))
            for row in rows] == [
        ("key 1", "CreateCustomer", "", 0, 1),
        ("key 1", "ModifyCustomer", "title,last_name", 1, 2),
        (f"operator {os.geteuid()}", "EraseCustomer", "", 2, 0)]
    assert [row["request_id"] for row in rows[:2]] == ["audit-test-1", "audit-test-2"]
    assert rows[2]["request_id"] == erased.headers["x-request-id"]
    assert dossier["audit"] == rows[:2] and dossier["customer"]["version"] == 2
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    assert rows[0]["time"] <= rows[1]["time"] <= rows[2]["time"] <= now
    assert time.strftime("%Y-%m-%d", time.gmtime(time.time() - 3600)) <= rows[0]["time"]
    since = admin("ListAudit", {**one, "since": rows[0]["time"]}).json["audit"]
    assert since == rows
    assert admin("ListAudit", {**one, "since": "2999-01-01"}).json["audit"] == []


def test_the_whole_audit_comes_in_pages(server, admin):
    """The demo alone has made more than a page of rows."""
    pages, cursor = [], None
    while cursor != "":
        answer = admin("ListAudit", {"company_id": 9001, "cursor": cursor})
        assert answer.code == 101, answer
        pages.append(answer.json["audit"])
        cursor = answer.json["cursor"]
        first = first if len(pages) > 1 else cursor
    assert len(pages) > 1 and all(len(page) == 1000 for page in pages[:-1]) and pages[-1]
    rows = [row for page in pages for row in page]
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    added = [row["record_id"] for row in rows if row["record"] == "customer"
             and row["new_version"] == 1]
    assert len(added) == len(set(added)) > 1000
    shown = server.pdmd("audit", "list", 9001).splitlines()
    assert len(shown) >= len(rows)
    assert [line.split("\t")[0] for line in shown[:len(rows)]] == [row["time"] for row in rows]
    documents = server.pdmd("audit", "list", 9001, "--json").splitlines()
    assert len(documents) >= len(pages)
    for other in ({"company_id": 9002}, {"company_id": 9001, "customer_id": 1408}):
        assert admin("ListAudit", {**other, "cursor": first}).code == 302


def test_the_status_counts_what_was_done(server, admin, token):
    def requests(answer):
        return {row["name"]: row for row in answer.json["commands"]}.get(
            "GetCustomer", {"requests": 0, "refused": 0})

    before = requests(admin("GetStatus", {}))
    for customer_id in (1408, 1408, 424242):
        server.customer(token, customer_id)
    with server.connect():
        for _ in range(100):  # it counts once a thread of the server has taken it
            status = admin("GetStatus", {})
            if status.json["server"]["connections"] >= 1:
                break
            time.sleep(0.02)
    after = requests(status)
    assert after["requests"] - before["requests"] == 3
    assert after["refused"] - before["refused"] == 1
    facts = status.json["server"]
    assert facts["pid"] == server.pid and facts["writes_taken"] is True
    assert facts["companies"] >= 2 and facts["access_keys"] >= 2
    assert facts["latency_p99_us"] >= facts["latency_p50_us"] > 0
    assert facts["connections"] >= 1


def test_it_is_as_strict_as_the_other_door(server):
    with wire.Connection(server.admin_socket) as connection:
        connection.send(b"POST /GetStatus HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        assert connection.answer().http == 400
        connection.assert_closed()
    answer = wire.ask(server.admin_socket, "/GetStatus", b"{}", method="GET")
    assert answer.http == 405 and answer.headers["allow"] == "POST"
    answer = wire.ask(server.admin_socket, "/GetStatus", b"{}", {"Content-Type": "text/plain"})
    assert answer.http == 415
