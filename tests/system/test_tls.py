"""TLS: which versions, resumption, what is not TLS, and new certificates."""

import contextlib
import signal
import ssl
import time
import warnings

import pytest

from support import certs, cli, wire
from support.build import PATIENCE_S
from support.server import COMPANY, EASY

V = ssl.TLSVersion


def client(cert=None, lowest=V.TLSv1_2, highest=V.TLSv1_3):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is tried
        context.minimum_version, context.maximum_version = lowest, highest
    if lowest < V.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")
    if cert:
        context.load_verify_locations(cert)
    else:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture(scope="module")
def secure(start_module_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("certs")
    cert, key = certs.make(folder)
    settings = {**EASY, "server.tls_cert": cert, "server.tls_key": key}
    server = start_module_server(command="serve", settings=settings)
    server.cert = cert
    server.session_token = server.token(tls=client(cert))
    return server


@pytest.fixture
def data(secure):
    body = {"company_id": COMPANY, "session_token": secure.session_token, "customer_id": 1408}
    return wire.request("/GetCustomer", body)


@pytest.mark.parametrize("version", [V.TLSv1_2, V.TLSv1_3])
def test_good_versions_are_spoken(secure, data, version):
    with secure.connect(tls=client(secure.cert, version, version)) as connection:
        assert connection.sock.version() == version.name.replace("_", ".")
        for _ in range(3):
            connection.send(data)
            assert connection.answer().code == 101


@pytest.mark.parametrize("version", [V.TLSv1, V.TLSv1_1])
def test_old_versions_are_refused(secure, version):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(tls=client(secure.cert, version, version))


@pytest.mark.parametrize("version", [V.TLSv1_2, V.TLSv1_3])
def test_a_session_is_resumed(secure, data, version):
    context = client(secure.cert, version, version)
    with secure.connect(tls=context) as connection:
        connection.send(data)
        assert connection.answer().code == 101  # TLS 1.3 gives its ticket with the first data
        session = connection.sock.session
        assert not connection.sock.session_reused
    for _ in range(4):  # whichever thread of the server it comes to
        with secure.connect(tls=context, session=session) as connection:
            assert connection.sock.session_reused
            connection.send(data)
            assert connection.answer().code == 101


def test_weak_ciphers_are_refused(secure):
    for ciphers in ("NULL:eNULL", "RC4", "3DES", "aNULL", "MD5"):
        context = client(secure.cert, V.TLSv1_2, V.TLSv1_2)
        with contextlib.suppress(ssl.SSLError):
            context.set_ciphers(ciphers + ":@SECLEVEL=0")
            with pytest.raises((ssl.SSLError, ConnectionError)):
                secure.connect(tls=context)


def test_plain_text_is_not_answered_with_a_customer(secure, data):
    with secure.connect() as connection:
        connection.send(data)
        connection.end_sending()
        said = b""
        with contextlib.suppress(ConnectionError):
            while more := connection.sock.recv(65536):
                said += more
        assert b"customer" not in said and not said.startswith(b"HTTP/1.1 200")
    assert secure.customer(secure.session_token, tls=client(secure.cert)).code == 101


@pytest.mark.parametrize("said", [b"", b"\x16", b"\x16\x03\x01\x00\x05hello", b"\x00" * 100,
                                  b"\x16\x03\x01\xff\xff" + b"x" * 40000])
def test_nonsense_instead_of_a_handshake_does_no_harm(secure, said):
    with secure.connect() as connection:
        connection.send(said)
    with secure.connect() as connection:
        connection.send(said)
        connection.end_sending()
        with contextlib.suppress(ConnectionError):
            while connection.sock.recv(65536):
                pass
    assert secure.customer(secure.session_token, tls=client(secure.cert)).code == 101


def test_the_framing_is_as_strict_within(secure, data):
    with secure.connect(tls=client(secure.cert)) as connection:
        connection.send(data.replace(b"Host: pdmd.test", b"Host : pdmd.test") + data)
        assert connection.answer().http == 400
        connection.assert_closed()
    with secure.connect(tls=client(secure.cert)) as connection:
        connection.send(data * 10, 7)
        assert [connection.answer().code for _ in range(10)] == [101] * 10


def test_a_large_body_comes_through(secure):
    body = {"company_id": COMPANY, "session_token": secure.session_token, "customer_id": 1408,
            "x": "x" * 60000}
    answer = secure.ask("GetCustomer", body, tls=client(secure.cert))
    assert answer.code == 101


def test_an_unfinished_handshake_has_its_deadline(start_server, tmp_path):
    cert, key = certs.make(tmp_path)
    settings = {**EASY, "server.tls_cert": cert, "server.tls_key": key, "limits.head_ms": 400,
                "limits.whole_ms": 800, "limits.idle_ms": 1200}
    server = start_server(command="serve", settings=settings)
    with server.connect() as connection:
        connection.send(b"\x16\x03\x01\x02\x00\x01")
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while connection.sock.recv(65536):
                pass
        assert time.monotonic() - began < 3


def test_a_new_certificate_is_shown_after_sighup(start_server, tmp_path):
    cert, key = certs.make(tmp_path, "first")
    settings = {**EASY, "server.tls_cert": cert, "server.tls_key": key}
    server = start_server(command="serve", settings=settings)

    def names(context):
        with server.connect(tls=context) as connection:
            subject = connection.sock.getpeercert()["subject"]
            return [value for part in subject for name, value in part if name == "commonName"]

    first = client(cert)
    assert names(first) == ["first"]
    with server.connect(tls=first) as old:
        certs.make(tmp_path, "second")
        second = client(cert)
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE_S
        while not server.events("reloaded"):
            assert time.monotonic() < deadline, server.log()
            time.sleep(0.02)
        assert names(second) == ["second"]
        old.send(wire.request("/GetCustomer", b"{}"))
        assert old.answer().code == 301

    cert.write_text("no certificate\n")
    server.process.send_signal(signal.SIGHUP)
    while not server.events("reload_failed"):
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.02)
    assert names(second) == ["second"]


def test_a_key_that_does_not_fit_stops_the_start(tmp_path):
    cert, _ = certs.make(tmp_path, "one", "one")
    _, key = certs.make(tmp_path, "two", "two")
    cli.set_up(tmp_path / "data")
    for settings in ({"server.tls_cert": cert, "server.tls_key": key},
                     {"server.tls_cert": cert},
                     {"server.tls_cert": tmp_path / "none", "server.tls_key": key},
                     {"server.tls_cert": key, "server.tls_key": key}):
        done = cli.run("serve", "--dir", tmp_path / "data", "--listen", "127.0.0.1:0",
                       settings=settings)
        assert done.code in (1, 2, 3) and done.err, (settings, done)
