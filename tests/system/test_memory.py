"""Memory does not grow with requests, good or bad."""

import pytest

from support import wire
from support.build import SANITIZER
from support.server import COMPANY

WARM_UP, MEASURED, AT_A_TIME = 4000, 20000, 50
GROWTH_KB_MAX = 1024


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


@pytest.mark.skipif(SANITIZER is not None, reason="a sanitizer keeps freed memory")
def test_memory_does_not_grow_with_requests(start_server):
    server = start_server()
    good = {"company_id": COMPANY, "session_token": server.token(), "customer_id": 1408}
    mixed = [wire.request("/GetCustomer", good),
             wire.request("/GetCustomer", {**good, "customer_id": 424242}),
             wire.request("/GetCustomer", {**good, "session_token": "x"}),
             wire.request("/GetCustomer", {}),
             wire.request("/GetSessionToken", {"company_id": COMPANY, "key": server.key})]
    data = b"".join(mixed) * (AT_A_TIME // len(mixed))
    strange = [wire.request("/GetCustomer", b"{"), wire.request("/Nonsense", b"{}"),
               wire.request("/GetCustomer", {**good, "x": "x" * 60000}), b"\r\n",
               wire.request("/GetCustomer", {**good, "company_id": 10 ** 6 + 1})]

    def ask(times):
        for n in range(times // AT_A_TIME):
            with server.connect() as connection:
                connection.send(data)
                for _ in range(AT_A_TIME):
                    connection.answer()
            with server.connect() as connection:
                connection.send(strange[n % len(strange)])
                connection.final_answer()

    ask(WARM_UP)
    before = resident_kb(server.pid)
    ask(MEASURED)
    assert resident_kb(server.pid) - before < GROWTH_KB_MAX
