"""Cursors of ListCustomers, ListChanges and SearchCustomers: good for what they were made for, and
for nothing else."""

import pytest

from support import engine
from support.server import COMPANY, OTHER

REFUSED = ("Data exceeded parameters: cursor (the next_cursor of an answer to the same request, "
           "unchanged; leave it out to begin again)")
SMITHS = 7


class Shop:
    """A server of this module's own: twenty customers of the demo, and some Smiths of branch 2."""

    def __init__(self, server):
        self.server = server
        server.pdmd("branch", "add", COMPANY, "Second")
        self.token = server.token()
        self.near = server.token(server.add_key(COMPANY, 1, "near", "--branch-only")[0])
        self.far = server.token(server.add_key(COMPANY, 2, "far", "--branch-only")[0])
        self.adder = server.token(server.add_key(COMPANY, 2, "adder")[0])
        other_key = server.add_key(OTHER, 1, "other")[0]
        self.other = server.token(other_key, OTHER)
        for number in range(SMITHS):
            self.add(first_name=f"No. {number}", last_name="Smith-Jones")

    def add(self, **fields):
        customer = {"address": {"line_1": "1 The Street", "city": "Test City",
                                "postal_code": "TT1 1TT"}, **fields}
        answer = self.ask("CreateCustomer", token=self.adder, customer=customer)
        assert answer.code == 101, answer
        return answer.json["customer"]

    def ask(self, command, token=None, company_id=COMPANY, **fields):
        body = {"company_id": company_id, "session_token": token or self.token, **fields}
        return self.server.ask(command, body)

    def page(self, command, **fields):
        if command == "ListChanges":
            engine.settle()
        answer = self.ask(command, **fields)
        assert answer.code == 101, answer
        return answer.json

    def walk(self, command, limit, **fields):
        """The pages, until there are no more."""
        pages, cursor = [], ""
        while not pages or (pages[-1]["more"] if "more" in pages[-1] else cursor):
            pages.append(self.page(command, limit=limit, cursor=cursor, **fields))
            cursor = pages[-1]["next_cursor"]
            assert len(pages[-1]["customers"]) <= limit and len(pages) < 1000
        return pages


@pytest.fixture(scope="module")
def shop(start_module_server):
    return Shop(start_module_server())


COMMANDS = [("ListCustomers", {}), ("ListChanges", {}), ("SearchCustomers", {"last_name": "smith"})]


def ids(pages):
    return [customer["customer_id"] for page in pages for customer in page["customers"]]


# ---- what pages have

@pytest.mark.parametrize("command, search", COMMANDS)
def test_pages_of_every_size_have_everybody_once(shop, command, search):
    whole = ids(shop.walk(command, 200, **search))
    assert len(whole) == len(set(whole)) > SMITHS - 1
    for limit in (1, 2, 3, 6, 7, 8, 200):
        assert ids(shop.walk(command, limit, **search)) == whole


def test_a_listed_customer_is_the_one_that_get_customer_gives(shop):
    for customer in shop.page("ListCustomers", limit=200)["customers"]:
        got = shop.page("GetCustomer", customer_id=customer["customer_id"])["customer"]
        assert list(customer.items()) == list(got.items())
    for customer in shop.page("ListChanges", limit=200)["customers"]:
        assert list(customer)[-1] == "erased" and customer.pop("erased") is False
        got = shop.page("GetCustomer", customer_id=customer["customer_id"])["customer"]
        assert list(customer.items()) == list(got.items())


def test_the_list_is_in_the_order_of_ids_and_its_last_page_says_so(shop):
    pages = shop.walk("ListCustomers", 7)
    assert ids(pages) == sorted(ids(pages))
    assert [bool(page["next_cursor"]) for page in pages] == [True] * (len(pages) - 1) + [False]


def test_the_page_may_change_its_size_on_the_way(shop):
    first = shop.page("ListCustomers", limit=3)
    rest = shop.page("ListCustomers", limit=200, cursor=first["next_cursor"])
    assert ids([first, rest]) == ids(shop.walk("ListCustomers", 200))


def test_a_cursor_can_be_used_again(shop):
    cursor = shop.page("ListCustomers", limit=3)["next_cursor"]
    once, again = (shop.page("ListCustomers", limit=3, cursor=cursor) for _ in range(2))
    assert ids([once]) == ids([again])


# ---- changes

def test_changes_have_a_cursor_to_come_back_with(shop):
    page = shop.walk("ListChanges", 200)[-1]
    assert page["more"] is False
    quiet = shop.page("ListChanges", cursor=page["next_cursor"])
    assert quiet["customers"] == [] and quiet["more"] is False and quiet["next_cursor"]
    added = shop.add(first_name="Ann", last_name="Newly")
    for cursor in (page["next_cursor"], quiet["next_cursor"]):
        news = shop.page("ListChanges", cursor=cursor)
        assert news["customers"] == [{**added, "erased": False}]
        assert shop.page("ListChanges", cursor=news["next_cursor"])["customers"] == []


def test_a_change_that_changes_nothing_is_none(shop):
    added = shop.add(first_name="Ann", last_name="Same")
    cursor = shop.walk("ListChanges", 200)[-1]["next_cursor"]
    answer = shop.ask("ModifyCustomer", customer=added)
    assert answer.code == 101, answer
    assert shop.page("ListChanges", cursor=cursor)["customers"] == []
    answer = shop.ask("ModifyCustomer", customer={**added, "title": "Dr"})
    assert answer.code == 101, answer
    assert [c["title"] for c in shop.page("ListChanges", cursor=cursor)["customers"]] == ["Dr"]


def test_a_cursor_that_was_given_before_anything_happened_is_good(shop):
    shop.server.pdmd("company", "add", 9400, "New")
    shop.server.pdmd("branch", "add", 9400, "Only")
    key = shop.server.add_key(9400)[0]
    token = shop.server.token(key, 9400)
    page = shop.page("ListChanges", token=token, company_id=9400)
    assert page["customers"] == [] and page["more"] is False
    customer = {"first_name": "A", "last_name": "B",
                "address": {"line_1": "1", "city": "C", "postal_code": "D"}}
    assert shop.ask("CreateCustomer", token, 9400, customer=customer).code == 101
    page = shop.page("ListChanges", token=token, company_id=9400, cursor=page["next_cursor"])
    assert ids([page]) == [1]


# ---- what a cursor is not good for

def cursor_of(shop, command, search, **options):
    cursor = shop.page(command, limit=2, **search, **options)["next_cursor"]
    assert cursor
    return cursor


def refused(answer):
    return (answer.code, answer.details) == (302, REFUSED) and "customers" not in answer.json


@pytest.mark.parametrize("command, search", COMMANDS)
def test_a_cursor_is_for_its_command(shop, command, search):
    cursor = cursor_of(shop, command, search)
    for other, its_search in COMMANDS:
        answer = shop.ask(other, cursor=cursor, **its_search)
        assert answer.code == 101 if other == command else refused(answer), answer


@pytest.mark.parametrize("command, search", [COMMANDS[0], COMMANDS[1]])
def test_a_cursor_is_for_its_company(shop, command, search):
    ours = cursor_of(shop, command, search)
    theirs = cursor_of(shop, command, search, token=shop.other, company_id=OTHER)
    assert refused(shop.ask(command, cursor=theirs, **search))
    assert refused(shop.ask(command, shop.other, OTHER, cursor=ours, **search))


@pytest.mark.parametrize("command, search", COMMANDS)
def test_a_cursor_is_for_those_whom_the_key_sees(shop, command, search):
    whole = cursor_of(shop, command, search)
    far = cursor_of(shop, command, search, token=shop.far)
    assert refused(shop.ask(command, token=shop.far, cursor=whole, **search))
    assert refused(shop.ask(command, token=shop.near, cursor=far, **search))
    assert refused(shop.ask(command, cursor=far, **search))
    # Another key that sees the same may go on with it.
    assert shop.ask(command, token=shop.adder, cursor=whole, **search).code == 101


@pytest.mark.parametrize("other", [
    {"last_name": "Smith"}, {"last_name": "smit"}, {"last_name": "smith", "dob": "1968-11-06"},
    {"last_name": "smith", "postal_code": "TT1 1TT"}, {"postal_code": "smith"},
    {"last_name": "smith-jones"}])
def test_a_cursor_is_for_its_search(shop, other):
    cursor = cursor_of(shop, "SearchCustomers", {"last_name": "smith"})
    assert refused(shop.ask("SearchCustomers", cursor=cursor, **other))


@pytest.mark.parametrize("command, search", COMMANDS)
def test_a_cursor_that_was_changed_or_cut_is_refused(shop, command, search):
    cursor = cursor_of(shop, command, search)
    wrong = [cursor[:i] + ("A" if cursor[i] != "A" else "B") + cursor[i + 1:]
             for i in range(len(cursor))]
    wrong += [cursor[:n] for n in range(1, len(cursor))]
    wrong += [cursor + "A", cursor + "=", " " + cursor, cursor[1:], cursor * 2, cursor.swapcase()]
    for text in wrong:
        answer = shop.ask(command, cursor=text, **search)
        assert refused(answer), (text, answer)
    assert shop.ask(command, cursor=cursor, **search).code == 101


@pytest.mark.parametrize("command, search", COMMANDS)
def test_a_cursor_says_nothing_of_what_is_in_it(shop, command, search):
    """The same place twice is sealed in two ways; nothing in it can be read."""
    once, again = (cursor_of(shop, command, search) for _ in range(2))
    assert once != again and "smith" not in once.lower()


# ---- branches

def test_a_key_of_a_branch_lists_and_finds_its_own_only(shop):
    whole = set(ids(shop.walk("ListCustomers", 200)))
    near = set(ids(shop.walk("ListCustomers", 3, token=shop.near)))
    far = set(ids(shop.walk("ListCustomers", 3, token=shop.far)))
    assert near and far and not near & far and near | far == whole
    for command in ("ListChanges", "ListCustomers"):
        assert set(ids(shop.walk(command, 5, token=shop.near))) == near
    search = {"last_name": "smith-jones"}
    assert len(ids(shop.walk("SearchCustomers", 2, token=shop.far, **search))) == SMITHS
    assert ids(shop.walk("SearchCustomers", 2, token=shop.near, **search)) == []


# ---- restarts, and a new secret

def test_a_cursor_survives_a_restart_and_a_new_secret_beside_the_old(start_server):
    server = start_server()
    shop = Shop(server)
    cursors = [(command, search, cursor_of(shop, command, search)) for command, search in COMMANDS]

    def ask_all():
        return [shop.ask(command, cursor=cursor, **search) for command, search, cursor in cursors]

    rest = [ids([answer.json]) for answer in ask_all()]
    secret = server.dir / "secret.key"
    lines = secret.read_text().splitlines()
    old = next(line for line in lines if line.startswith("tokens "))
    for change in (lambda: None,
                   lambda: lines.append(f"tokens 7 {'5a' * 32}"),
                   lambda: lines.remove(old)):
        shop.server.stop()
        change()
        secret.write_text("\n".join(lines) + "\n")
        shop.server = start_server(command="serve", directory=server.dir)
        shop.token = shop.server.token()
        if old in lines:
            assert [ids([answer.json]) for answer in ask_all()] == rest
    assert all(map(refused, ask_all()))
