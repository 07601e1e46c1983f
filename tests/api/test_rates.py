"""How often a key may call, and how often an address may fail to sign in."""

import time

import pytest

from support.server import COMPANY


def rate_headers(answer):
    assert answer.http == 200 and answer.code == 205, answer
    assert "customer" not in answer.json and "session" not in answer.json
    return [int(answer.headers[name]) for name in
            ("retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")]


def test_a_key_may_call_as_often_as_its_burst_and_then_as_its_rate(server):
    key, _ = server.add_key(COMPANY, 1, "rate", "--rate", "1", "--burst", "3")
    token = server.token(key)
    assert [server.customer(token).code for _ in range(2)] == [101, 101]
    answer = server.customer(token)
    assert rate_headers(answer) == [1, 1, 0, 3]
    assert answer.details == "Rate limit exceeded: try again in 1 s"
    time.sleep(1.05)
    assert server.customer(token).code == 101
    assert server.customer(token).code == 205


def test_the_headers_come_only_with_205(server, token):
    answer = server.customer(token)
    assert answer.code == 101
    names = {"retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}
    assert not names & set(answer.headers)


def test_a_token_has_the_rate_of_its_key_and_shares_it(server):
    key, _ = server.add_key(COMPANY, 1, "rate", "--rate", "1", "--burst", "4")
    first, second = server.token(key), server.token(key)
    assert server.customer(first).code == 101
    assert server.customer(second).code == 101
    assert server.customer(first).code == 205
    assert server.customer(second).code == 205
    assert server.ask("GetSessionToken", {"company_id": COMPANY, "key": key}).code == 205


def test_one_keys_rate_is_not_anothers(server, token):
    key, _ = server.add_key(COMPANY, 1, "rate", "--rate", "1", "--burst", "1")
    spent = server.token(key)
    assert server.customer(spent).code == 205
    assert server.customer(token).code == 101


def test_what_is_refused_before_the_rate_does_not_use_it(server):
    key, _ = server.add_key(COMPANY, 1, "rate", "--rate", "1", "--burst", "2")
    token = server.token(key)
    other = token[:-1] + str((int(token[-1]) + 1) % 10)  # another key's number
    for bad in ({}, {"company_id": 424242, "session_token": token},
                {"company_id": COMPANY, "session_token": other}):
        assert server.ask("GetCustomer", bad).code in (301, 201, 202)
    assert server.customer(token).code == 101
    assert server.customer(token).code == 205


def test_a_new_rate_acts_at_once(server):
    key, number = server.add_key(COMPANY, 1, "rate", "--rate", "1", "--burst", "1")
    token = server.token(key)
    assert server.customer(token).code == 205
    server.pdmd("key", "edit", COMPANY, number, "--rate", "1000", "--burst", "1000")
    assert server.customer(token).code == 101


# ---- failed sign-ins


@pytest.fixture(scope="module")
def strict_server(start_module_server):
    """Counts failed sign-ins as it does when nobody says otherwise."""
    return start_module_server(settings={"server.trusted_proxies": "127.0.0.1"})


def sign_in(server, key, peer, company_id=COMPANY):
    body = {"company_id": company_id, "key": key}
    return server.ask("GetSessionToken", body, {"X-Forwarded-For": peer})


def fail(server, peer, times=5):
    for _ in range(times):
        assert sign_in(server, "wrong", peer).code == 202


def test_the_sixth_failure_in_a_minute_is_not_looked_at(strict_server):
    fail(strict_server, "192.0.2.1")
    answer = sign_in(strict_server, "wrong", "192.0.2.1")
    retry_after, limit, remaining, reset = rate_headers(answer)
    assert 1 <= retry_after <= 12 and limit >= 0 and remaining == 0 and retry_after <= reset <= 60
    assert answer.details.startswith("Rate limit exceeded: too many failed attempts")


def test_then_a_right_key_is_not_looked_at_either(strict_server):
    fail(strict_server, "192.0.2.2")
    assert sign_in(strict_server, strict_server.key, "192.0.2.2").code == 205


def test_it_is_the_address_that_is_stopped_and_no_other(strict_server):
    fail(strict_server, "192.0.2.3")
    assert sign_in(strict_server, strict_server.key, "192.0.2.3").code == 205
    assert sign_in(strict_server, strict_server.key, "::ffff:192.0.2.3").code == 205
    assert sign_in(strict_server, strict_server.key, "192.0.2.4").code == 101


def test_an_ipv6_caller_is_known_by_its_network(strict_server):
    for n in range(5):
        fail(strict_server, f"2001:db8:1:1::{n + 1}", 1)
    assert sign_in(strict_server, strict_server.key, "2001:db8:1:1:ffff::").code == 205
    assert sign_in(strict_server, strict_server.key, "2001:db8:1:2::1").code == 101


def test_an_unknown_company_counts_as_a_failure(strict_server):
    for _ in range(5):
        assert sign_in(strict_server, "wrong", "192.0.2.5", 424242).code == 201
    assert sign_in(strict_server, strict_server.key, "192.0.2.5").code == 205


def test_faults_that_are_no_guesses_do_not_count(strict_server):
    for body in (b"", b"{", {}, {"company_id": COMPANY}, {"company_id": "x", "key": "x"},
                 {"company_id": COMPANY, "key": "x" * 129}) * 3:
        strict_server.ask("GetSessionToken", body, {"X-Forwarded-For": "192.0.2.6"})
    assert sign_in(strict_server, strict_server.key, "192.0.2.6").code == 101


def test_good_sign_ins_do_not_count(strict_server):
    for _ in range(20):
        assert sign_in(strict_server, strict_server.key, "192.0.2.7").code == 101


def test_bad_tokens_do_not_stop_an_address(strict_server):
    for _ in range(10):
        answer = strict_server.customer("x", headers={"X-Forwarded-For": "192.0.2.8"})
        assert answer.code == 202
    assert sign_in(strict_server, strict_server.key, "192.0.2.8").code == 101


def test_a_token_that_was_got_before_goes_on_working(strict_server):
    token = strict_server.token(peer="192.0.2.9")
    fail(strict_server, "192.0.2.9")
    assert sign_in(strict_server, strict_server.key, "192.0.2.9").code == 205
    answer = strict_server.customer(token, headers={"X-Forwarded-For": "192.0.2.9"})
    assert answer.code == 101


def test_an_address_recovers(start_server):
    """Sixty a minute here, so that one second gives one back."""
    server = start_server(settings={"limits.token_failures_per_minute": 60,
                                    "server.trusted_proxies": "127.0.0.1"})
    began = time.monotonic()
    for n in range(1000):
        answer = sign_in(server, "wrong", "192.0.2.1")
        if answer.code != 202:
            break
    assert answer.code == 205
    assert 60 <= n <= 62 + time.monotonic() - began
    assert sign_in(server, server.key, "192.0.2.1").code == 205
    time.sleep(int(answer.headers["retry-after"]) + 0.05)
    assert sign_in(server, server.key, "192.0.2.1").code == 101
