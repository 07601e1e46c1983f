"""Awkward texts come back as they were sent, byte for byte, by every way out. The way in by import is
in test_import.py, with the same texts."""

import copy
import csv
import io
import json

import pytest

from support import cli, pharmacy, wire
from support.awkward import ALIKE, LONG, SHORT
from support.pharmacy import ADDRESS, Client

TITLE_CHARS, POSTCODE_CHARS = 12, 20


@pytest.fixture(scope="module")
def house(start_module_server, tmp_path_factory):
    directory = tmp_path_factory.mktemp("round-trip") / "data"
    key = pharmacy.make(directory)
    server = start_module_server(command="serve", directory=directory)
    return server, server.token(key)


@pytest.fixture
def client(house):
    server, token = house
    with Client(server.address, token) as client:
        client.server = server
        yield client


def with_text_everywhere(text, ref):
    return {
        "external_customer_ref": ref,
        "title": text[:TITLE_CHARS],
        "first_name": text,
        "last_name": text,
        "gender": "",
        "dob": "",
        "address": {name: text[:POSTCODE_CHARS] if name == "postal_code" else text
                    for name in ADDRESS},
        # One @ with something on each side, and no plain blank: the only field with a form.
        "email_address": f"{text}@x".replace(" ", "_").replace("@", "", text.count("@")),
        "tel_number_1": text,
        "tel_number_2": text,
        "active": True,
    }


def answered(answer):
    assert answer.code == 101, answer
    return answer.json["customer"]


# Each gives the customer as it comes out, when it is there already as `sent` with this number.
WAYS = {
    "by its number": lambda client, number, sent: answered(client.get(customer_id=number)),
    "by its reference":
        lambda client, number, sent: answered(client.get(ref=sent["external_customer_ref"])),
    "by another number and its reference":
        lambda client, number, sent: answered(client.get(999999, sent["external_customer_ref"])),
    "changed to what it is": lambda client, number, sent: answered(client.modify(sent)),
    "through the operator's door": lambda client, number, sent: shown(client, number),
    "by its e-mail": lambda client, number, sent: listed(
        client, number, "SearchCustomers", email_address=sent["email_address"]),
    "among all": lambda client, number, sent: listed(client, number, "ListCustomers"),
    "exported as NDJSON": lambda client, number, sent: next(
        customer for customer in map(json.loads, exported(client, "--ndjson").split("\n")[:-1])
        if customer["customer_id"] == number),
    "exported as CSV": lambda client, number, sent: next(
        unflattened(row) for row in csv.DictReader(io.StringIO(exported(client, "--csv")))
        if int(row["customer_id"]) == number),
    "among the changes": lambda client, number, sent: listed(client, number, "ListChanges"),
}


def exported(client, form):
    done = cli.run("customer", "export", client.company_id, form, "--dir", client.server.dir)
    assert done.code == 0, done
    return done.out


def unflattened(row):
    """A row of the CSV, as the API would answer it."""
    customer = {name: cell for name, cell in row.items() if "." not in name}
    customer["address"] = {name: row[f"address.{name}"] for name in ADDRESS}
    customer["customer_id"] = int(row["customer_id"])
    customer["active"] = {"true": True, "false": False}[row["active"]]
    return customer


def listed(client, number, command, **fields):
    """The one with this number, of all pages."""
    found, cursor = [], ""
    while True:
        page = client.ask(command, {"limit": 200, "cursor": cursor, **fields})
        assert page.code == 101, page
        found += [customer for customer in page.json["customers"]
                  if customer["customer_id"] == number]
        if page.json["next_cursor"] in ("", cursor) or not page.json["customers"]:
            break
        cursor = page.json["next_cursor"]
    [customer] = found
    # Only ListChanges has it.
    assert customer.pop("erased", False) is False
    return customer


def shown(client, number):
    answer = wire.ask(client.server.admin_socket, "/ShowCustomer",
                      {"company_id": client.company_id, "customer_id": number})
    return answered(answer)


def assert_comes_back(client, number, sent):
    for way, ask in WAYS.items():
        customer = ask(client, number, sent)
        assert customer["customer_id"] == number, way
        assert pharmacy.content(customer) == sent, way


@pytest.mark.parametrize("name", [*SHORT, *LONG])
def test_it_comes_back_as_it_was_sent(client, name):
    text = {**SHORT, **LONG}[name]
    sent = with_text_everywhere(text, text)
    customer = answered(client.create(sent))
    assert pharmacy.content(customer) == sent
    assert_comes_back(client, customer["customer_id"], sent)


@pytest.mark.parametrize("name", [*SHORT, *LONG])
def test_a_change_puts_it_where_something_plain_was(client, name):
    text = {**SHORT, **LONG}[name]
    # Another reference than in the test above, and no longer than a field has room for.
    plain = with_text_everywhere("plain", f"changed {name}"[:50])
    number = answered(client.create(plain))["customer_id"]
    ref = (text + "\u2020")[-50:]
    sent = with_text_everywhere(text, ref)
    changed = answered(client.modify({"customer_id": number, **copy.deepcopy(sent)}))
    assert pharmacy.content(changed) == sent
    assert_comes_back(client, number, sent)
    assert client.get(ref=plain["external_customer_ref"]).code == 401


@pytest.mark.parametrize("one, other", ALIKE)
def test_references_that_look_alike_are_two(client, one, other):
    marked = [f"{ALIKE.index((one, other))}¶{text}" for text in (one, other)]
    numbers = []
    for ref in marked:
        assert client.get(ref=ref).code == 401
        numbers.append(answered(client.create(with_text_everywhere("x", ref)))["customer_id"])
    assert numbers[0] != numbers[1]
    for ref, number in zip(marked, numbers):
        customer = answered(client.get(ref=ref))
        assert (customer["external_customer_ref"], customer["customer_id"]) == (ref, number)
        assert client.create(with_text_everywhere("x", ref)).code == 402


def test_escapes_mean_what_they_are_written_for(client):
    """The same texts in JSON that is ASCII alone."""
    for name, text in SHORT.items():
        sent = with_text_everywhere(text, f"escaped {name}")
        body = json.dumps({"company_id": client.company_id, "session_token": client.token,
                           "customer": sent}, ensure_ascii=True).encode()
        client.connection.send(wire.request("/CreateCustomer", body))
        customer = answered(client.connection.answer())
        assert pharmacy.content(customer) == sent, name
