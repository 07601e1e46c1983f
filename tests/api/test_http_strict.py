"""HTTP, strictly: every rule of the house from both sides, just allowed and just refused.

Each case of support/http_rules.py goes out all at once and one byte per segment, and with a good
request behind it on the same connection: that one is answered after what was allowed, and never
after what was refused.
"""

import json
import re

import pytest

from support import wire
from support.http_rules import CASES, TARGET, Wire, bad, chunked, padded
from support.server import COMPANY

BEHIND = "behind"  # the X-Request-Id of the good request behind each case


@pytest.fixture(scope="module")
def body(token):
    fields = {"company_id": COMPANY, "session_token": token, "customer_id": 1408}
    return json.dumps(fields).encode()


@pytest.fixture(scope="module")
def behind(body):
    return wire.request(TARGET, body, {"X-Request-Id": BEHIND})


def check_first(case, answer):
    assert answer.http in case.http, answer
    if case.code is not None:
        assert answer.code == case.code, answer
    if case.closes:
        assert answer.closes, answer
        assert "customer" not in answer.json, answer


def converse(server, case, data, behind, segment_bytes):
    with server.connect() as connection:
        connection.send(data + behind, segment_bytes)
        check_first(case, connection.final_answer())
        if case.closes:
            connection.assert_closed()
            return
        second = connection.answer()
        assert (second.http, second.code) == (200, 101), second
        assert second.headers["x-request-id"] == BEHIND, second
        connection.end_sending()
        connection.assert_closed()


@pytest.mark.parametrize("segment_bytes", [None, 1], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_rule(server, body, behind, case, segment_bytes):
    data = case.bytes(body)
    if segment_bytes and len(data) > 4000:
        segment_bytes = 101
    converse(server, case, data, behind, segment_bytes)


@pytest.mark.parametrize("segment_bytes", [None, 211])
def test_a_head_of_16_kib_is_read_and_one_of_more_is_not(server, body, behind, segment_bytes):
    just = Wire("16 KiB", raw=padded(16384, len(body)))
    over = bad("over 16 KiB", raw=padded(16385, len(body)), http=431, code=302)
    for case in (just, over):
        converse(server, case, case.bytes(body), behind, segment_bytes)


@pytest.mark.parametrize("what", ["request line", "header name", "header value"])
def test_a_line_without_an_end_is_not_waited_for(server, what):
    starts = {"request line": b"POST /", "header name": b"POST /GetCustomer HTTP/1.1\r\nX",
              "header value": b"POST /GetCustomer HTTP/1.1\r\nX: "}
    with server.connect() as connection:
        connection.send(starts[what] + b"x" * 20000)
        answer = connection.answer()
        assert (answer.http, answer.code) == (431, 302), answer
        connection.assert_closed()


# ---- chunks


@pytest.mark.parametrize("sizes", [(1000,), (1,) * 200, (7, 11, 1, 100, 1, 1000), (16,) * 20])
@pytest.mark.parametrize("size_format", ["%x", "%X", "%08x"])
@pytest.mark.parametrize("trailers", [b"", b"X-A: 1\r\n", b"X-A: 1\r\nContent-Length: 5\r\n",
                                      b"X-A: 1\r\n" * 50], ids=len)
def test_chunks_of_any_size_are_put_together(server, body, behind, sizes, size_format, trailers):
    data, at = b"", 0
    for size in sizes:
        part = body[at:at + size]
        if part:
            data += (size_format % len(part)).encode() + b"\r\n" + part + b"\r\n"
        at += size
    assert at >= len(body)
    data += (size_format % 0).encode() + b"\r\n" + trailers + b"\r\n"
    case = Wire("chunks", body=data, **chunked())
    for segment_bytes in (None, 1, 3):
        converse(server, case, case.bytes(body), behind, segment_bytes)


@pytest.mark.parametrize("name", ["chunked", "Chunked", "CHUNKED"])
def test_the_name_of_the_coding_has_no_case(server, body, behind, name):
    case = Wire(name, headers=(f"Transfer-Encoding: {name}",), leave_out=("Content-Length",),
                body=b"%x\r\nBODY\r\n0\r\n\r\n" % len(body))
    converse(server, case, case.bytes(body), behind, None)


def test_chunks_may_sum_up_to_the_limit(server, behind):
    data = b"{" + b" " * 65534 + b"}"
    half = 32768
    body = b"".join(b"%x\r\n%s\r\n" % (half, data[i:i + half]) for i in (0, half)) + b"0\r\n\r\n"
    case = Wire("64 KiB in chunks", body=body, code=301, **chunked())
    converse(server, case, case.bytes(b""), behind, None)


def test_an_empty_chunked_body_is_an_empty_body(server):
    with server.connect() as connection:
        case = Wire("empty", body=b"0\r\n\r\n", **chunked())
        connection.send(case.bytes(b""))
        answer = connection.answer()
        assert (answer.http, answer.code) == (400, 301), answer


# ---- Expect


def expecting(target=TARGET, **headers):
    usual = {"Host": "h", "Content-Type": "application/json", "Content-Length": "2",
             "Expect": "100-continue"}
    usual.update({name.replace("_", "-"): value for name, value in headers.items()})
    lines = [f"POST {target} HTTP/1.1"] + [f"{n}: {v}" for n, v in usual.items() if v]
    return "\r\n".join([*lines, "", ""]).encode()


def test_who_asks_whether_to_continue_is_told_to_and_then_answered(server):
    with server.connect() as connection:
        for _ in range(3):
            connection.send(expecting())
            assert connection.answer().http == 100
            connection.send(b"{}")
            answer = connection.answer()
            assert (answer.http, answer.code) == (200, 301), answer


def test_who_asks_whether_to_continue_in_chunks_is_told_to(server):
    with server.connect() as connection:
        connection.send(expecting(Content_Length=None, Transfer_Encoding="chunked"))
        assert connection.answer().http == 100
        connection.send(b"2\r\n{}\r\n0\r\n\r\n")
        assert connection.answer().code == 301


@pytest.mark.parametrize("http, head", [
    (413, expecting(Content_Length="65537")),
    (415, expecting(Content_Type="text/plain")),
    (404, expecting("/Nonsense")),
    (400, expecting(Content_Length="-1")),
    (400, expecting(Host=None)),
    (417, expecting(Expect="a miracle")),
    (501, expecting(Content_Length=None, Transfer_Encoding="gzip")),
])
def test_nobody_is_told_to_continue_towards_a_refusal(server, http, head):
    with server.connect() as connection:
        connection.send(head)
        answer = connection.answer()
        assert answer.http == http, answer


# ---- what is refused before the body is read


@pytest.mark.parametrize("target, headers, http", [
    ("/Nonsense", {}, 404),
    (TARGET, {"Content-Type": "text/plain"}, 415),
    (TARGET, {"Content-Length": "1000000"}, 413),
])
def test_a_refusal_does_not_wait_for_the_body(server, target, headers, http):
    headers = {"Content-Length": "60000", **headers}
    with server.connect() as connection:
        connection.send(wire.request(target, b"", headers))
        answer = connection.answer()
        assert answer.http == http, answer


@pytest.mark.parametrize("target, headers, http", [
    ("/Nonsense", {}, 404),
    (TARGET, {"Content-Type": "text/plain"}, 415),
    (TARGET, {"Content-Length": "65537"}, 413),
])
def test_who_still_sends_can_read_the_refusal(server, target, headers, http):
    """A server that closes with unread bytes behind it resets the connection, and the answer
    is lost on its way."""
    body = b"x" * 65536
    for _ in range(20):
        with server.connect() as connection:
            connection.send(wire.request(target, body, headers), 8192)
            answer = connection.answer()
            assert answer.http == http, answer


@pytest.mark.parametrize("method, target, headers, data, http", [
    ("GET", TARGET, {"Content-Type": None, "Content-Length": None}, b"", 405),
    ("PUT", TARGET, {}, b"{}", 405),
    ("POST", "/Nonsense", {}, b"{}", 404),
    ("POST", TARGET, {"Content-Type": "text/plain"}, b"{}", 415),
    ("POST", TARGET, {}, b"", 400),
    ("POST", TARGET, {}, b"{", 400),
])
def test_a_request_that_was_read_to_its_end_is_one_answer(server, behind, method, target, headers,
                                                          data, http):
    """Whether the connection goes on is the server's to say, and what it says is true."""
    with server.connect() as connection:
        connection.send(wire.request(target, data, headers, method=method) + behind)
        answer = connection.answer()
        assert answer.http == http, answer
        if not answer.closes:
            second = connection.answer()
            assert second.headers["x-request-id"] == BEHIND, second
            connection.end_sending()
        connection.assert_closed()


def test_the_answer_to_head_has_no_body(server):
    with server.connect() as connection:
        connection.send(b"HEAD /GetCustomer HTTP/1.1\r\nHost: h\r\n\r\n")
        answer = connection.answer(to_head=True)
        assert answer.http == 405 and answer.headers["allow"] == "POST", answer
        connection.end_sending()
        connection.assert_closed()


# ---- keeping connections


def test_http_1_1_goes_on_until_it_is_told_not_to(server, good_request):
    with server.connect() as connection:
        for _ in range(20):
            connection.send(good_request())
            answer = connection.answer()
            assert answer.code == 101 and not answer.closes
        connection.send(good_request({"Connection": "close"}) + good_request())
        answer = connection.answer()
        assert answer.code == 101 and answer.closes
        connection.assert_closed()


@pytest.mark.parametrize("value", ["close", "Close", "CLOSE", "x, close", "close,x", "x ,\tclose"])
def test_close_is_found_among_the_options_of_a_connection(server, good_request, value):
    with server.connect() as connection:
        connection.send(good_request({"Connection": value}))
        assert connection.answer().closes
        connection.assert_closed()


@pytest.mark.parametrize("value", ["closed", "keep-alive", "x-close", "Keep-Alive, x"])
def test_what_is_not_close_does_not_close(server, good_request, value):
    with server.connect() as connection:
        for _ in range(2):
            connection.send(good_request({"Connection": value}))
            assert not connection.answer().closes


@pytest.mark.parametrize("host", ["h", None])
def test_http_1_0_is_answered_and_ends(server, good_request, host):
    with server.connect() as connection:
        connection.send(good_request({"Host": host}, version="HTTP/1.0"))
        assert connection.answer().code == 101
        connection.assert_closed()


def test_http_1_0_goes_on_when_it_asks_to(server, good_request):
    data = good_request({"Connection": "keep-alive"}, version="HTTP/1.0")
    with server.connect() as connection:
        for _ in range(3):
            connection.send(data)
            answer = connection.answer()
            assert answer.code == 101 and answer.headers["connection"] == "keep-alive", answer


def test_ten_requests_at_once_are_answered_in_order(server, good_request):
    for segment_bytes in (None, 1, 1000):
        with server.connect() as connection:
            ids = [f"n{n}" for n in range(10)]
            connection.send(b"".join(good_request({"X-Request-Id": i}) for i in ids), segment_bytes)
            answers = [connection.answer() for _ in ids]
            assert [a.headers["x-request-id"] for a in answers] == ids
            assert all(a.code == 101 for a in answers)


def test_ten_requests_of_all_kinds_at_once_are_answered_in_order(server, good_request):
    chunks = Wire("", body=b"2\r\n{}\r\n0\r\nX-A: 1\r\n\r\n", **chunked("X-Request-Id: chunks"))
    plain = wire.request(TARGET, b"{}", {"X-Request-Id": "plain"})
    last = good_request({"X-Request-Id": "last", "Connection": "close"})
    with server.connect() as connection:
        connection.send((chunks.bytes(b"") + plain) * 4 + good_request() + last, 13)
        for _ in range(4):
            assert connection.answer().headers["x-request-id"] == "chunks"
            assert connection.answer().headers["x-request-id"] == "plain"
        assert connection.answer().code == 101
        assert connection.answer().headers["x-request-id"] == "last"
        connection.assert_closed()


# ---- what is cut off


def test_a_request_cut_off_anywhere_is_never_carried_out(server, good_request):
    data = good_request({"X-Request-Id": "cut"})
    for n in range(len(data)):
        with server.connect() as connection:
            connection.send(data[:n])
            connection.end_sending()
            try:
                answer = connection.answer()
            except wire.Closed:
                continue
            assert n > 0 and answer.http in (400, 408), (n, answer)
            connection.assert_closed()


def test_a_chunked_request_cut_off_anywhere_is_never_carried_out(server, body):
    case = Wire("", body=b"%x\r\nBODY\r\n0\r\nX-A: 1\r\n\r\n" % len(body), **chunked())
    data = case.bytes(body)
    for n in range(len(data)):
        with server.connect() as connection:
            connection.send(data[:n])
            connection.end_sending()
            try:
                answer = connection.answer()
            except wire.Closed:
                continue
            assert answer.http in (400, 408), (n, answer)
            connection.assert_closed()


def test_who_has_finished_sending_is_still_answered(server, good_request):
    with server.connect() as connection:
        connection.send(good_request() * 3)
        connection.end_sending()
        for _ in range(3):
            assert connection.answer().code == 101
        connection.assert_closed()


def test_a_caller_who_leaves_does_no_harm(server, good_request):
    data = good_request()
    for n in (0, 1, 20, 100, len(data) - 1, len(data)):
        for _ in range(5):
            with server.connect() as connection:
                connection.send(data[:n])
    with server.connect() as connection:
        connection.send(data)
        assert connection.answer().code == 101


# ---- X-Request-Id


@pytest.mark.parametrize("sent", ["x" * 64, "a", "A-Za-z0-9._-", "0"])
def test_a_good_request_id_comes_back(server, sent):
    answer = server.ask("GetCustomer", {}, {"X-Request-Id": sent})
    assert answer.headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["x" * 65, "", "a b", "a,b", "caf\u00e9", "a\"b", "a/b", "<b>"])
def test_a_request_id_that_is_not_good_is_replaced(server, sent):
    data = wire.request(TARGET, {}, {"X-Request-Id": sent})
    with server.connect() as connection:
        connection.send(data)
        answer = connection.answer()
        assert answer.code == 301
        assert answer.headers["x-request-id"] != sent


def test_request_ids_of_ours_differ(server):
    seen = {server.ask("GetCustomer", {}).headers["x-request-id"] for _ in range(50)}
    assert len(seen) == 50 and all(re.fullmatch("[A-Za-z0-9._-]{1,64}", i) for i in seen)


def test_ours_is_given_where_there_was_no_head_to_read_it_from(server):
    with server.connect() as connection:
        connection.send(b"\r\r\r\r\r\n\r\n")
        assert connection.answer().headers["x-request-id"]
