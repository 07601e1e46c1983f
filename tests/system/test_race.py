"""64 callers want the same at the same moment, and one gets it.

100 rounds in the ordinary run; PDMD_CYCLES=1000 for more.
"""

import socket
import struct

import pytest

from support import effort, pharmacy
from support.database import Database
from support.pharmacy import Client

CALLERS = 64


@pytest.fixture
def house(start_server, tmp_path):
    directory = tmp_path / "data"
    key = pharmacy.make(directory)
    server = start_server(command="serve", directory=directory)
    return server, server.token(key)


@pytest.fixture
def clients(house):
    server, token = house
    opened = [Client(server.address, token) for _ in range(CALLERS)]
    yield opened
    for client in opened:
        client.connection.sock.close()
    # Whoever lost has left nothing behind: no row, no number, no term.
    Database(server.dir).assert_sound()


def at_once(clients, requests):
    """All but the last byte of each, then the last bytes: they are whole at the same moment, as
    nearly as one caller can."""
    for client, data in zip(clients, requests):
        client.connection.send(data[:-1])
    for client, data in zip(clients, requests):
        client.connection.send(data[-1:])
    return [client.connection.answer() for client in clients]


def rounds():
    return range(effort.cycles(100, 10))


def people(chance, ref, n=CALLERS):
    return [pharmacy.person(chance, ref, f"caller {i}") for i in range(n)]


def test_one_of_them_gets_the_reference(clients):
    chance = effort.chance()
    for round_ in rounds():
        sent = people(chance, f"ref-{round_}")
        answers = at_once(clients, [client.request("CreateCustomer", {"customer": customer})
                                    for client, customer in zip(clients, sent)])
        [winner] = [i for i, answer in enumerate(answers) if answer.code == 101]
        customer = answers[winner].json["customer"]
        assert pharmacy.content(customer) == sent[winner]
        told = f"External customer reference already in use: customer_id {customer['customer_id']}"
        losers = answers[:winner] + answers[winner + 1:]
        assert {(answer.code, answer.details) for answer in losers} == {(402, told)}
        assert clients[0].get(ref=f"ref-{round_}").json["customer"] == customer


def test_one_of_them_changes_the_record_that_all_have_read(clients):
    chance = effort.chance()
    created = clients[0].create(pharmacy.person(chance, "wanted", "first"))
    version = pharmacy.version(created)
    for _ in rounds():
        sent = people(chance, "wanted")
        match = {"If-Match": f'"{version}"'}
        answers = at_once(clients, [client.request("ModifyCustomer", {"customer": customer}, match)
                                    for client, customer in zip(clients, sent)])
        [winner] = [i for i, answer in enumerate(answers) if answer.code == 101]
        losers = answers[:winner] + answers[winner + 1:]
        assert {answer.code for answer in losers} == {405}, losers
        now = clients[0].get(ref="wanted")
        version += 1
        assert pharmacy.version(now) == pharmacy.version(answers[winner]) == version
        assert pharmacy.content(now.json["customer"]) == sent[winner]


def test_all_get_the_one_answer_of_an_idempotency_key(clients):
    chance = effort.chance()
    for round_ in rounds():
        # Every other round without a reference, which would keep a second one out by itself.
        ref = f"once-{round_}" if round_ % 2 else ""
        customer = pharmacy.person(chance, ref, "all the same")
        once = {"Idempotency-Key": f"round-{round_}"}
        answers = at_once(clients, [client.request("CreateCustomer", {"customer": customer}, once)
                                    for client in clients])
        assert {answer.code for answer in answers} == {101}, answers
        assert len({answer.body for answer in answers}) == 1
        assert {pharmacy.version(answer) for answer in answers} == {1}
        # As many customers as rounds.
        assert answers[0].json["customer"]["customer_id"] == round_ + 1


def test_of_different_bodies_under_one_idempotency_key_one_is_taken(clients):
    chance = effort.chance()
    for round_ in rounds():
        sent = people(chance, "")
        once = {"Idempotency-Key": f"round-{round_}"}
        answers = at_once(clients, [client.request("CreateCustomer", {"customer": customer}, once)
                                    for client, customer in zip(clients, sent)])
        [winner] = [i for i, answer in enumerate(answers) if answer.code == 101]
        assert pharmacy.content(answers[winner].json["customer"]) == sent[winner]
        assert {answer.code for answer in answers} == {101, 406}


def test_changes_without_a_condition_all_happen_one_after_the_other(clients):
    """Each caller's version is its own, and is what was stored as that version."""
    chance = effort.chance()
    version = pharmacy.version(clients[0].create(pharmacy.person(chance, "wanted", "first")))
    for _ in rounds():
        sent = people(chance, "wanted")
        answers = at_once(clients, [client.request("ModifyCustomer", {"customer": customer})
                                    for client, customer in zip(clients, sent)])
        by_version = {pharmacy.version(answer): pharmacy.content(answer.json["customer"])
                      for answer in answers}
        assert sorted(by_version) == list(range(version + 1, version + CALLERS + 1))
        for answer, customer in zip(answers, sent):
            assert by_version[pharmacy.version(answer)] == customer
        version += CALLERS
        now = clients[0].get(ref="wanted")
        assert pharmacy.content(now.json["customer"]) == by_version[version]


def test_whoever_reads_meanwhile_sees_a_whole_version_and_no_old_one(clients):
    """Half of them change the record, the others read it: each sees what was sent as that version,
    and never an older one than what was answered before it asked."""
    chance = effort.chance()
    created = clients[0].create(pharmacy.person(chance, "wanted", "first"))
    version, by_version = pharmacy.version(created), {}
    by_version[version] = pharmacy.content(created.json["customer"])
    for _ in rounds():
        requests = []
        for i, (client, customer) in enumerate(zip(clients, people(chance, "wanted"))):
            if i % 2:
                requests.append(client.request("GetCustomer", {"customer_id": 1}))
            else:
                requests.append(client.request("ModifyCustomer", {"customer": customer}))
        answers = at_once(clients, requests)
        assert {answer.code for answer in answers} == {101}
        for answer in answers[::2]:
            by_version[pharmacy.version(answer)] = pharmacy.content(answer.json["customer"])
        for answer in answers[1::2]:
            seen = pharmacy.version(answer)
            assert seen >= version
            assert pharmacy.content(answer.json["customer"]) == by_version[seen]
        version += len(answers[::2])
        assert max(by_version) == version


def test_callers_who_hang_up_are_nobodys_trouble(house):
    """What they asked for is there once or not at all; the server goes on."""
    server, token = house
    chance, asked = effort.chance(), {}
    for round_ in rounds():
        callers = [Client(server.address, token) for _ in range(8)]
        sent = [pharmacy.person(chance, f"gone-{round_}-{i}", "") for i in range(len(callers))]
        for client, customer in zip(callers, sent):
            asked[customer["external_customer_ref"]] = customer
            client.connection.send(client.request("CreateCustomer", {"customer": customer}))
            if chance.random() < 0.5:  # with a reset, not a goodbye
                client.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                  struct.pack("ii", 1, 0))
            client.connection.sock.close()
    with Client(server.address, token) as client:
        assert client.create(pharmacy.person(chance, "", "")).code == 101
    server.stop()
    stored = Database(server.dir).assert_sound().by_ref()
    assert len(stored) > 0
    for ref, (customer, _) in stored.items():
        assert pharmacy.content(customer) == asked[ref]
