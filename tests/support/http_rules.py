"""The rules of HTTP as this server speaks it, each from both sides: just allowed, just refused."""

import dataclasses

TARGET = "/GetCustomer"


@dataclasses.dataclass
class Wire:
    """A request of raw parts. BODY in a header or body is a good GetCustomer's."""

    title: str
    line: str = f"POST {TARGET} HTTP/1.1"
    headers: tuple = ()
    leave_out: tuple = ()
    body: bytes = b"BODY"
    raw: bytes = None
    http: tuple = (200,)
    code: int = 101
    closes: bool = False

    def bytes(self, body):
        if self.raw is not None:
            return self.raw.replace(b"BODY", body).replace(b"LENGTH", str(len(body)).encode())
        sent = self.body.replace(b"BODY", body)
        usual = {"Host": "pdmd.test", "Content-Type": "application/json",
                 "Content-Length": str(len(sent))}
        lines = [self.line]
        lines += [f"{n}: {v}" for n, v in usual.items() if n not in self.leave_out]
        lines += self.headers
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + sent


def good(title, *headers, **parts):
    """Answered with the customer; what stands behind it is answered too."""
    return Wire(title, headers=headers, **parts)


def bad(title, *headers, http=400, code=303, **parts):
    """Refused: one answer, then the end of the connection."""
    http = http if isinstance(http, tuple) else (http,)
    return Wire(title, headers=headers, http=http, code=code, closes=True, **parts)


def chunked(*headers):
    return {"headers": ("Transfer-Encoding: chunked", *headers), "leave_out": ("Content-Length",)}


def bad_chunks(title, body, *headers, http=400, code=303):
    http = http if isinstance(http, tuple) else (http,)
    return Wire(title, body=body, http=http, code=code, closes=True, **chunked(*headers))


HEAD = (b"Host: pdmd.test\r\nContent-Type: application/json\r\nContent-Length: LENGTH\r\n"
        b"\r\nBODY")


def request_line(line, maker=bad, **expected):
    title = "request line " + repr(line)
    return maker(title, raw=line + b"\r\n" + HEAD, **expected)


def header_line(line, maker=bad, **expected):
    raw = b"POST /GetCustomer HTTP/1.1\r\n" + line + b"\r\n" + HEAD
    return maker("header line " + repr(line)[:60], raw=raw, **expected)


REQUEST_LINES = [
    request_line(b"POST /GetCustomer HTTP/1.1", good),
    request_line(b"POST  /GetCustomer HTTP/1.1"),
    request_line(b"POST /GetCustomer  HTTP/1.1"),
    request_line(b"POST\t/GetCustomer HTTP/1.1"),
    request_line(b"POST /GetCustomer\tHTTP/1.1"),
    request_line(b" POST /GetCustomer HTTP/1.1"),
    request_line(b"POST /GetCustomer HTTP/1.1 "),
    request_line(b"POST /GetCustomer HTTP/1.1\t"),
    request_line(b"POST /Get Customer HTTP/1.1"),
    request_line(b"POST /GetCustomer", http=(400, 505)),
    request_line(b"/GetCustomer HTTP/1.1"),
    request_line(b"POST HTTP/1.1"),
    request_line(b"POST"),
    request_line(b" /GetCustomer HTTP/1.1"),
    request_line(b"P@ST /GetCustomer HTTP/1.1"),
    request_line(b"P(ST /GetCustomer HTTP/1.1"),
    request_line(b"POST: /GetCustomer HTTP/1.1"),
    request_line(b"P\x01ST /GetCustomer HTTP/1.1"),
    request_line(b"P\xd6ST /GetCustomer HTTP/1.1"),
    request_line(b"POST GetCustomer HTTP/1.1"),
    request_line(b"POST http://pdmd.test/GetCustomer HTTP/1.1"),
    request_line(b"POST * HTTP/1.1"),
    request_line(b"POST pdmd.test:443 HTTP/1.1"),
    request_line(b"POST /Get\x00Customer HTTP/1.1"),
    request_line(b"POST /GetCustomer\x00 HTTP/1.1"),
    request_line(b"POST /GetCustomer\x01 HTTP/1.1"),
    request_line(b"POST /GetCustomer\x7f HTTP/1.1"),
    request_line(b"POST /GetCustomer\x0b HTTP/1.1"),
    request_line(b"POST /GetCustomer HTTP/1.2", http=505),
    request_line(b"POST /GetCustomer HTTP/2.0", http=505),
    request_line(b"POST /GetCustomer HTTP/0.9", http=505),
    request_line(b"POST /GetCustomer HTTP/3.0", http=505),
    request_line(b"POST /GetCustomer HTTP/1.10", http=(400, 505)),
    request_line(b"POST /GetCustomer HTTP/11", http=(400, 505)),
    request_line(b"POST /GetCustomer HTTP/1.", http=(400, 505)),
    request_line(b"POST /GetCustomer HTTP/1,1", http=(400, 505)),
    request_line(b"POST /GetCustomer HTTP/+1.1", http=(400, 505)),
    request_line(b"POST /GetCustomer http/1.1", http=(400, 505)),
    request_line(b"POST /GetCustomer HTTPS/1.1", http=(400, 505)),
    request_line(b"PRI * HTTP/2.0", http=(400, 505)),
    request_line(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
]

LINE_ENDS = [
    bad("an empty line before the request line",
        raw=b"\r\nPOST /GetCustomer HTTP/1.1\r\n" + HEAD),
    bad("bare LF behind the request line", raw=b"POST /GetCustomer HTTP/1.1\n" + HEAD),
    bad("bare CR behind the request line", raw=b"POST /GetCustomer HTTP/1.1\r" + HEAD),
    bad("CR CR LF behind the request line", raw=b"POST /GetCustomer HTTP/1.1\r\r\n" + HEAD),
    bad("bare LF behind a header", raw=b"POST /GetCustomer HTTP/1.1\r\nX-A: 1\n" + HEAD),
    bad("bare CR behind a header", raw=b"POST /GetCustomer HTTP/1.1\r\nX-A: 1\r" + HEAD),
    bad("bare CR within a header", raw=b"POST /GetCustomer HTTP/1.1\r\nX-A: 1\r2\r\n" + HEAD),
    bad("bare LF as the empty line",
        raw=b"POST /GetCustomer HTTP/1.1\r\n" + HEAD.replace(b"\r\n\r\n", b"\r\n\n")),
    bad("only LF everywhere",
        raw=b"POST /GetCustomer HTTP/1.1\n" + HEAD.replace(b"\r\n", b"\n")),
    bad("bare CR as the empty line",
        raw=b"POST /GetCustomer HTTP/1.1\r\n" + HEAD.replace(b"\r\n\r\n", b"\r\n\rx")),
]

HEADER_LINES = [
    header_line(b"X-A: 1", good),
    header_line(b"X-A:1", good),
    header_line(b"X-A: \t 1 \t ", good),
    header_line(b"X-A:", good),
    header_line(b"X-A: a: b:c", good),
    header_line(b"X-A: 1\t2", good),
    header_line(b"!#$%&'*+-.^_`|~09azAZ: 1", good),
    header_line(b"X-A: caf\xc3\xa9", good),
    header_line(b"X-A : 1"),
    header_line(b"X-A\t: 1"),
    header_line(b" X-A: 1"),
    header_line(b"\tX-A: 1"),
    header_line(b"X-A: 1\r\n 2"),
    header_line(b"X-A: 1\r\n\t2"),
    header_line(b"X-A: 1\r\n : 2"),
    header_line(b": 1"),
    header_line(b":"),
    header_line(b"X-A"),
    header_line(b"X A: 1"),
    header_line(b"X(A): 1"),
    header_line(b"X@A: 1"),
    header_line(b"\"X-A\": 1"),
    header_line(b"X-\xc3\x84: 1"),
    header_line(b"X-A\x00: 1"),
    header_line(b"X-A: \x00"),
    header_line(b"X-A: 1\x00"),
    header_line(b"X-A: \x01"),
    header_line(b"X-A: \x08"),
    header_line(b"X-A: \x0b"),
    header_line(b"X-A: \x1b[2J"),
    header_line(b"X-A: \x7f"),
    header_line(b"\x01: 1"),
]

# Three usual headers are there beside these.
LIMITS = [
    good("64 header lines", *[f"X-{n}: {n}" for n in range(61)]),
    bad("65 header lines", *[f"X-{n}: {n}" for n in range(62)], http=431, code=302),
    bad("a thousand header lines", *[f"X-{n}: {n}" for n in range(1000)], http=431, code=302),
]


def padded(bytes_in_all, body_bytes):
    """A request whose head, from its first byte to the empty line, is so long."""
    start = b"POST /GetCustomer HTTP/1.1\r\nX-A: "
    rest = len(HEAD.replace(b"BODY", b"").replace(b"LENGTH", str(body_bytes).encode()))
    return start + b"x" * (bytes_in_all - len(start) - 2 - rest) + b"\r\n" + HEAD


HOSTS = [
    bad("no Host", leave_out=("Host",)),
    bad("two Hosts", "Host: pdmd.test"),
    bad("two Hosts that differ", "Host: elsewhere.test"),
    bad("two Hosts in two cases", "hOST: pdmd.test"),
    bad("a list of Hosts", "Host: pdmd.test, elsewhere.test", leave_out=("Host",)),
    bad("a Host with a blank", "Host: pdmd test", leave_out=("Host",)),
    bad("two Content-Types", "Content-Type: application/json"),
    good("Host with a port", "Host: pdmd.test:8080", leave_out=("Host",)),
    good("Host in another case", "hOsT: pdmd.test", leave_out=("Host",)),
]


def length(value, maker=bad, **expected):
    return maker(f"Content-Length: {value}", f"Content-Length: {value}",
                 leave_out=("Content-Length",), **expected)


LENGTHS = [
    bad("two Content-Lengths", raw=b"POST /GetCustomer HTTP/1.1\r\nContent-Length: LENGTH\r\n"
        + HEAD),
    bad("two Content-Lengths that differ", "Content-Length: 5"),
    bad("two Content-Lengths in two cases", "content-length: 5"),
    length("5, 5"),
    length("5,5"),
    length("5 5"),
    length("+5"),
    length("-5"),
    length("-0"),
    length("0x5"),
    length("5.0"),
    length("5e1"),
    length("five"),
    length("5;"),
    length(""),
    length("\xb2"),
    length("65537", http=413, code=302),
    length("4294967297", http=413, code=302),
    length("9223372036854775808", http=413, code=302),
    length("18446744073709551617", http=413, code=302),
    length("9" * 100, http=413, code=302),
    good("blanks around Content-Length",
         raw=b"POST /GetCustomer HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
         b"Content-Length: \t LENGTH \t \r\n\r\nBODY"),
    good("Content-Length in another case",
         raw=b"POST /GetCustomer HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
         b"cONTENT-lENGTH: LENGTH\r\n\r\nBODY"),
]


def coding(value, http=501, version="1.1"):
    return bad(f"Transfer-Encoding: {value}", f"Transfer-Encoding: {value}",
               leave_out=("Content-Length",), body=b"4\r\n{  }\r\n0\r\n\r\n", http=http,
               line=f"POST {TARGET} HTTP/{version}")


CODINGS = [
    coding("gzip"),
    coding("identity"),
    coding("xchunked"),
    coding("chunkedx"),
    coding("gzip, chunked"),
    coding("chunked, gzip", (400, 501)),
    coding("chunked, chunked", (400, 501)),
    coding("chunked,", (400, 501)),
    coding(", chunked", (400, 501)),
    coding("chunked;q=1", (400, 501)),
    coding("\"chunked\"", (400, 501)),
    coding("", (400, 501)),
    coding("chunked", 400, "1.0"),
    coding("\x0bchunked", 400),
    bad_chunks("two Transfer-Encodings", b"0\r\n\r\n", "Transfer-Encoding: chunked",
               http=(400, 501)),
    bad_chunks("two Transfer-Encodings that differ", b"0\r\n\r\n", "Transfer-Encoding: identity",
               http=(400, 501)),
    bad("Content-Length beside chunked", "Transfer-Encoding: chunked",
        body=b"4\r\n{  }\r\n0\r\n\r\n"),
    bad_chunks("Content-Length behind chunked", b"0\r\n\r\n", "Content-Length: 5"),
    bad_chunks("Content-Length: 0 beside chunked", b"0\r\n\r\n", "Content-Length: 0"),
]


CHUNKS = [
    bad_chunks("a chunk extension", b"2;a=b\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("an empty chunk extension", b"2;\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("an extension of the last chunk", b"2\r\n{}\r\n0;a\r\n\r\n"),
    bad_chunks("a blank behind the size", b"2 \r\n{}\r\n0\r\n\r\n"),
    bad_chunks("a blank before the size", b" 2\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("a tab behind the size", b"2\t\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("a sign", b"+2\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("a negative size", b"-2\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("0x before the size", b"0x2\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("no size", b"\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("no size in the last chunk", b"2\r\n{}\r\n\r\n\r\n"),
    bad_chunks("a size that is no hexadecimal", b"g\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("an underscore in the size", b"1_0\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("nine digits", b"000000002\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("nine digits in the last chunk", b"2\r\n{}\r\n000000000\r\n\r\n"),
    bad_chunks("seventeen digits", b"10000000000000002\r\n{}\r\n0\r\n\r\n", http=(400, 413),
               code=None),
    bad_chunks("bare LF behind the size", b"2\n{}\r\n0\r\n\r\n"),
    bad_chunks("bare CR behind the size", b"2\r{}\r\n0\r\n\r\n"),
    bad_chunks("no CRLF behind the data", b"2\r\n{}0\r\n\r\n"),
    bad_chunks("bare LF behind the data", b"2\r\n{}\n0\r\n\r\n"),
    bad_chunks("more data than the size says", b"2\r\n{} \r\n0\r\n\r\n"),
    bad_chunks("less data than the size says", b"4\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("bare LF behind the last chunk", b"2\r\n{}\r\n0\n\r\n"),
    bad_chunks("bare LF as the end", b"2\r\n{}\r\n0\r\n\n"),
    bad_chunks("NUL in the size", b"2\x00\r\n{}\r\n0\r\n\r\n"),
    bad_chunks("a trailer without a colon", b"2\r\n{}\r\n0\r\nX-A\r\n\r\n"),
    bad_chunks("a folded trailer", b"2\r\n{}\r\n0\r\nX-A: 1\r\n 2\r\n\r\n"),
    bad_chunks("a blank before a trailer's colon", b"2\r\n{}\r\n0\r\nX-A : 1\r\n\r\n"),
    bad_chunks("a control character in a trailer", b"2\r\n{}\r\n0\r\nX-A: \x01\r\n\r\n"),
    bad_chunks("bare LF behind a trailer", b"2\r\n{}\r\n0\r\nX-A: 1\n\r\n"),
    bad_chunks("65 trailers", b"2\r\n{}\r\n0\r\n" + b"X-A: 1\r\n" * 65 + b"\r\n", http=431,
               code=302),
    bad_chunks("17 KiB of trailers", b"2\r\n{}\r\n0\r\nX-A: " + b"x" * 17408 + b"\r\n\r\n",
               http=431, code=302),
    bad_chunks("a chunk over the body's limit", b"10001\r\n", http=413, code=302),
    bad_chunks("a chunk of eight digits over the limit", b"ffffffff\r\n", http=413, code=302),
    bad_chunks("chunks whose sum is over the limit",
               b"8000\r\n" + b" " * 0x8000 + b"\r\n8001\r\n", http=413, code=302),
]

EXPECTATIONS = [
    good("Expect: 100-continue", "Expect: 100-continue"),
    good("Expect: 100-Continue", "Expect: 100-Continue"),
    bad("Expect: 200-ok", "Expect: 200-ok", http=417),
    bad("Expect: 100-continued", "Expect: 100-continued", http=417),
    bad("Expect: nothing", "Expect: nothing", http=417),
]

CASES = (REQUEST_LINES + LINE_ENDS + HEADER_LINES + LIMITS + HOSTS + LENGTHS + CODINGS + CHUNKS
         + EXPECTATIONS)
