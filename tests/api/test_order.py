"""The order of the checks, contract section 2: everything is broken at once, and then one fault
after the other is mended. What is answered each time is the first fault that is left."""

import statistics
import time

from support.server import COMPANY

INSIDE, OUTSIDE = "192.0.2.1", "198.51.100.1"


def test_faults_are_found_in_the_order_of_the_contract(server):
    key, number = server.add_key(COMPANY, 1, "order", "--allow", "192.0.2.0/24", "--rate", "1",
                                 "--burst", "1")
    edit = ("key", "edit", COMPANY, number)
    token = server.token(key, peer=INSIDE)
    answers = []

    def ask(body, peer):
        answer = server.ask("GetCustomer", body, {"X-Forwarded-For": peer})
        answers.append((answer.http, answer.code))
        return answer

    # 1: the body is no single object.
    own = {"customer_id": "x", "external_customer_ref": 51 * "x"}
    ask(b'{"company_id": -1, "customer_id": "x", "customer_id": "x"}', OUTSIDE)
    # 2: the credentials, missing before typed before out of range; nothing of the command's own.
    both = ask({"session_token": 7, **own}, OUTSIDE)
    ask({"company_id": -1, "session_token": 7, **own}, OUTSIDE)
    ask({"company_id": -1, "session_token": "x", **own}, OUTSIDE)
    # 3: the company.
    ask({"company_id": 1, "session_token": "x", **own}, OUTSIDE)
    # 4: the token.
    ask({"company_id": COMPANY, "session_token": "x", **own}, OUTSIDE)
    # 5: the address.
    good = {"company_id": COMPANY, "session_token": token}
    ask({**good, **own}, OUTSIDE)
    # 6: the rate, of which the token has taken all there was.
    ask({**good, **own}, INSIDE)
    # 7: the command's own fields, of the same three kinds.
    server.pdmd(*edit, "--rate", "1000", "--burst", "1000")
    ask(good, INSIDE)
    types = ask({**good, **own}, INSIDE)
    ask({**good, "customer_id": -1, "external_customer_ref": "x"}, INSIDE)
    # 8: the command itself.
    ask({**good, "customer_id": 10 ** 12}, INSIDE)
    ask({**good, "customer_id": 1408}, INSIDE)

    assert answers == [(400, 303), (200, 301), (200, 303), (200, 302), (200, 201), (200, 202),
                       (200, 204), (200, 205), (200, 301), (200, 303), (200, 302), (200, 401),
                       (200, 101)]
    assert both.details.startswith(
        "Required data missing: company_id; Incorrect data type: session_token")
    assert "external_customer_ref" not in both.details
    assert types.details == ("Incorrect data type: customer_id (int); Data exceeded parameters: "
                             "external_customer_ref (at most 50 characters)")


def test_the_order_is_the_same_for_a_key(server):
    key, number = server.add_key(COMPANY, 1, "order", "--allow", "192.0.2.0/24", "--rate", "1",
                                 "--burst", "1")
    codes = []

    def ask(body, peer):
        answer = server.ask("GetSessionToken", body, {"X-Forwarded-For": peer})
        codes.append(answer.code)

    ask(b"{", OUTSIDE)
    ask({"key": 7}, OUTSIDE)
    ask({"key": 7, "company_id": -1}, OUTSIDE)
    ask({"key": "x", "company_id": -1}, OUTSIDE)
    ask({"key": "x", "company_id": 1}, OUTSIDE)
    ask({"key": "x", "company_id": COMPANY}, OUTSIDE)
    ask({"key": key, "company_id": COMPANY}, OUTSIDE)
    ask({"key": key, "company_id": COMPANY}, INSIDE)
    ask({"key": key, "company_id": COMPANY}, INSIDE)
    assert codes == [303, 301, 303, 302, 201, 202, 204, 101, 205]
    server.pdmd("key", "revoke", COMPANY, number)
    ask({"key": key, "company_id": COMPANY}, OUTSIDE)
    assert codes[-1] == 202


def test_an_unknown_company_takes_no_longer_than_a_wrong_key(server):
    """Coarsely, from outside: that the work is the same is the unit tests' to prove. In turns, so
    that what else the machine does falls on both alike."""
    bodies = [{"company_id": 424242, "key": "x"}, {"company_id": COMPANY, "key": "x"}]
    times = [[], []]
    for n in range(120):
        began = time.perf_counter()
        server.ask("GetSessionToken", bodies[n % 2])
        times[n % 2].append(time.perf_counter() - began)
    unknown, wrong = map(statistics.median, times)
    assert 0.2 < unknown / wrong < 5
