"""Nothing answers but the commands and two probes: no page, no version, no method beside POST."""

import pytest

from support import wire

PATHS = ["/", "/index.html", "/favicon.ico", "/robots.txt", "/metrics", "/status", "/health",
         "/healthz/", "/readyz?", "/version", "/admin", "/openapi.json", "/.env", "/../etc/passwd",
         "/%2e%2e/etc/passwd", "/GetCustomer.php", "/GetCustomer/..", "/./GetCustomer",
         "/api/GetCustomer", "/" + "x" * 8000]

ADMIN = ["AddCompany", "ListCompanies", "ShowCompany", "EditCompany", "AddBranch", "ListBranches",
         "EditBranch", "AddAccessKey", "ListAccessKeys", "ShowAccessKey", "EditAccessKey",
         "RevokeAccessKey", "ShowCustomer", "GetStatus"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", PATHS)
def test_there_is_nothing_else_to_find(server, path, method):
    answer = wire.ask(server.address, path, b"{}", method=method)
    assert (answer.http, answer.code) == (404, 500), answer
    assert list(answer.json) == ["status"]


@pytest.mark.parametrize("command", ADMIN)
def test_the_operators_commands_are_not_behind_the_public_door(server, token, command):
    body = {"company_id": 9001, "session_token": token, "key": server.key, "key_number": 1}
    answer = server.ask(command, body)
    assert (answer.http, answer.code) == (404, 500), answer


def test_no_answer_says_what_program_it_comes_from(server, token):
    for answer in (server.customer(token), server.ask("Nonsense", {}), server.ask("GetCustomer")):
        assert not {"server", "x-powered-by", "via"} & set(answer.headers), answer
        assert b"pdmd" not in answer.body.lower() and b"sqlite" not in answer.body.lower()


def test_what_came_in_is_not_in_what_goes_out(server):
    mark = "Rumpelstiltskin"
    for answer in (server.ask(mark, {}), server.ask("GetCustomer", {mark: mark}),
                   server.ask("GetCustomer", {"company_id": mark, "session_token": mark}),
                   server.ask("GetCustomer", f'{{"{mark}": {mark}'.encode()),
                   server.ask("GetCustomer", {}, {"Content-Type": mark}),
                   server.ask("GetCustomer", {}, {mark: mark, "X-Request-Id": mark + "/"}),
                   server.ask("GetCustomer", {}, method=mark.upper())):
        assert mark.lower() not in str(answer).lower(), answer
