"""Session tokens: made, changed in every way, and ended."""

import datetime
import random
import re
import zoneinfo

import pytest

from support import wire
from support.server import COMPANY, OTHER

TOKEN = re.compile(r"9001\|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\|(\d{4,})")


def code(server, token, company_id=COMPANY):
    return server.customer(token, company_id=company_id).code


def with_bits(token, bits):
    """The same token with other 128 bits."""
    company, _, number = token.split("|")
    digits = f"{bits:032x}"
    cuts = (0, 8, 12, 16, 20, 32)
    parts = (digits[a:b] for a, b in zip(cuts, cuts[1:]))
    return "|".join([company, "-".join(parts), number])


def bits_of(token):
    return int(token.split("|")[1].replace("-", ""), 16)


def test_it_looks_like_pdms(token):
    found = TOKEN.fullmatch(token)
    assert found and found[2] == "0001"
    assert with_bits(token, bits_of(token)) == token


def test_it_carries_the_number_of_its_key(server):
    key, number = server.add_key(COMPANY, 1, "number")
    token = server.token(key)
    assert token.endswith(f"|{number:04d}") and code(server, token) == 101


def test_two_are_both_good(server):
    first, second = server.token(), server.token()
    assert code(server, first) == code(server, second) == 101


@pytest.mark.parametrize("first_bit", range(0, 128, 32))
def test_every_bit_counts(server, token, first_bit):
    bits = bits_of(token)
    for n in range(first_bit, first_bit + 32):
        assert code(server, with_bits(token, bits ^ 1 << n)) == 202, f"bit {n}"


def test_every_character_counts(server, token):
    """Any bit of the text flipped makes no token, or none of this company's."""
    for n, letter in enumerate(token):
        for bit in random.Random(n).sample(range(7), 2):
            changed = token[:n] + chr(ord(letter) ^ 1 << bit) + token[n + 1:]
            assert code(server, changed) in (202, 303), changed
        assert code(server, token[:n] + token[n + 1:]) == 202


def test_an_end_that_was_put_off_is_a_forgery(server, token):
    bits = bits_of(token)
    for seconds in (1, -1, 60, -60, 3600, -7200):
        moved = (bits >> 96) + seconds
        assert code(server, with_bits(token, moved << 96 | bits & (1 << 96) - 1)) == 202


@pytest.mark.parametrize("change", [
    lambda t: t.replace("|0001", "|0002"),
    lambda t: t.replace("|0001", "|1"),
    lambda t: t.replace("|0001", "|001"),
    lambda t: t.replace("|0001", "|00001"),
    lambda t: t.replace("|0001", "|0000"),
    lambda t: t.replace("|0001", "|"),
    lambda t: t.replace("|0001", "|-001"),
    lambda t: t.replace("|0001", "|+001"),
    lambda t: t.replace("|0001", "|0x01"),
    lambda t: t.replace("|0001", "|000١"),
    lambda t: t.replace("|0001", "|9223372036854775808"),
    lambda t: t.replace("9001|", "09001|"),
    lambda t: t.replace("9001|", "9002|"),
    lambda t: t.replace("9001|", "-9001|"),
    lambda t: t.replace("9001|", "|"),
    lambda t: t.replace("-", ""),
    lambda t: t.replace("-", "_"),
    lambda t: t.replace("|", "/"),
    lambda t: t + "|",
    lambda t: t + " ",
    lambda t: " " + t,
    lambda t: t + "0",
    lambda t: t + t,
    lambda t: t[:-5],
    lambda t: t.split("|")[1],
    lambda t: "|||",
    lambda t: with_bits(t, 0),
    lambda t: with_bits(t, (1 << 128) - 1),
])
def test_another_way_of_writing_it_is_another_token(server, token, change):
    assert change(token) != token
    assert code(server, change(token)) == 202


def test_upper_case_is_another_token(server, token):
    company, bits, number = token.split("|")
    assert code(server, "|".join([company, bits.upper(), number])) == 202


def test_a_token_of_another_server_is_a_forgery(server, start_server):
    elsewhere = start_server()
    assert code(server, elsewhere.token()) == 202


def test_a_token_outlives_its_server(start_server, tmp_path):
    directory = tmp_path / "kept"
    first = start_server(directory=directory)
    token, key = first.token(), first.key
    first.stop()
    second = start_server(directory=directory)
    assert second.key == key
    assert code(second, token) == 101


# ---- its end


@pytest.mark.parametrize("company_id, zone", [
    (9130, None), (9131, "Asia/Kolkata"), (9132, "Pacific/Auckland"), (9133, "America/New_York"),
    (9134, "UTC")])
def test_its_end_is_told_in_utc_and_in_the_companys_time(server, company_id, zone):
    server.pdmd("company", "add", company_id, "Time", *(["--timezone", zone] if zone else []))
    server.pdmd("branch", "add", company_id, "Counter")
    key, _ = server.add_key(company_id)
    before = datetime.datetime.now(datetime.timezone.utc)
    answer = server.ask("GetSessionToken", {"company_id": company_id, "key": key})
    assert list(answer.json["session"]) == ["session_token", "expires_local_datetime",
                                            "expires_utc_datetime"]

    def read(name):
        text = answer.json["session"][name]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text), text
        return datetime.datetime.fromisoformat(text)

    utc = read("expires_utc_datetime").replace(tzinfo=datetime.timezone.utc)
    local = utc.astimezone(zoneinfo.ZoneInfo(zone or "Europe/London"))
    assert read("expires_local_datetime") == local.replace(tzinfo=None)
    lives = (utc - before).total_seconds()
    assert 3595 <= lives <= 3615, lives


def test_how_long_it_lives_is_a_setting(start_server):
    server = start_server(settings={"session.minutes": 1})
    answer = server.ask("GetSessionToken", {"company_id": COMPANY, "key": server.key})
    ends = datetime.datetime.fromisoformat(answer.json["session"]["expires_utc_datetime"])
    lives = ends - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert 50 <= lives.total_seconds() <= 61


# ---- ended


def test_a_revoked_key_ends_its_tokens_at_once(server):
    for _ in range(5):
        key, number = server.add_key(COMPANY, 1, "revoked")
        token = server.token(key)
        assert code(server, token) == 101
        server.pdmd("key", "revoke", COMPANY, number)
        assert code(server, token) == 202
        body = {"company_id": COMPANY, "key": key}
        assert server.ask("GetSessionToken", body).code == 202


def test_every_thread_of_the_server_knows_at_once(server):
    """Several connections, so that each thread of the server has some."""
    key, number = server.add_key(COMPANY, 1, "threads")
    token = server.token(key)
    body = {"company_id": COMPANY, "session_token": token, "customer_id": 1408}
    data = wire.request("/GetCustomer", body)
    connections = [server.connect() for _ in range(24)]
    try:
        for connection in connections:
            connection.send(data)
            assert connection.answer().code == 101
        server.pdmd("key", "revoke", COMPANY, number)
        for connection in connections:
            connection.send(data)
            assert connection.answer().code == 202
    finally:
        for connection in connections:
            connection.sock.close()


def test_a_closed_company_is_closed_at_once_and_may_open_again(server, admin):
    server.pdmd("company", "add", 9140, "Opens and closes")
    server.pdmd("branch", "add", 9140, "Counter")
    key, _ = server.add_key(9140)
    token = server.token(key, 9140)
    for active, expected in ((False, 201), (True, 401), (False, 201), (True, 401)):
        assert admin("EditCompany", {"company_id": 9140, "active": active}).code == 101
        assert code(server, token, 9140) == expected


def test_another_companys_token_is_no_token(server, token, other):
    assert code(server, other.token) == 202
    assert code(server, token, OTHER) == 202
    assert code(server, token, 424242) == 201
    disguised = "|".join(["9001", *other.token.split("|")[1:]])
    assert code(server, disguised) == 202
