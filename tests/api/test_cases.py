"""Runs the text cases; support/cases.py says how they are written."""

import pathlib
import re

import pytest

from support.cases import CaseFile, canonical, dumps, fill, member, prepare
from support.patterns import matches
from support.server import COMPANY, OTHER

FOLDER = pathlib.Path(__file__).parent / "cases"
PAGES = pathlib.Path(__file__).parents[2] / "docs" / "api"
FILES = [CaseFile(path) for path in sorted(FOLDER.glob("*.case"))]
CASES = [pytest.param(file, case, id=f"{file.path.stem}: {case.title}")
         for file in FILES for case in file.cases]


def test_there_are_cases():
    assert len(FILES) > 5 and len(CASES) > 100


# What no request can bring about by itself, and where it is tried for every command: test_rates.py;
# gate_test.c and tests/system/test_disk_full.py.
TRIED_ELSEWHERE = {205, 500}


@pytest.mark.parametrize("page", [page for page in sorted(PAGES.glob("[A-Z]*.md"))
                                  if page.stem != "README"], ids=lambda page: page.stem)
def test_every_code_of_a_command_has_a_case(page):
    codes = {int(code) for code in re.findall(r"^\| \[(\d+)\]", page.read_text(), re.M)}
    tried = {case.code for file in FILES for case in file.cases
             if case.target.strip("/").split("/")[-1] == page.stem}
    assert len(codes) > 5 and codes - tried - TRIED_ELSEWHERE == set()


@pytest.fixture(scope="module")
def names_of(server, token, other):
    """The names that a file's cases may use; its preparations run once, before the first."""
    common = {
        "company": COMPANY, "key": server.key, "token": token,
        "other_company": OTHER, "other_key": other.key, "other_token": other.token,
        "other_ref": other.ref, "other_id": other.customer["customer_id"],
    }
    prepared = {}

    def names(file):
        if file.path not in prepared:
            prepared[file.path] = prepare(file, server, common)
        return prepared[file.path]

    return names


@pytest.mark.parametrize("file, case", CASES)
def test_case(file, case, server, names_of):
    names = names_of(file)
    headers = [(name, value and fill(value, names).decode())
               for name, value in case.request_headers]
    answer = server.ask(case.target[1:], fill(case.body, names), headers, method=case.method)
    details = fill(case.details, names).decode()
    assert (answer.http, answer.code) == (case.http, case.code), (case.where, answer)
    assert matches(details, answer.details), (case.where, details, answer)
    for name, value in case.headers:
        actual = answer.headers.get(name, "")
        assert matches(value, actual) and bool(value) == bool(actual), (case.where, name, answer)
    for path, value in case.members:
        actual = member(answer.json, path)
        if value != "…":
            assert dumps(actual) == canonical(fill(value, names)), (case.where, path, answer)
    for path in case.absent:
        with pytest.raises(KeyError):
            member(answer.json, path)
    if case.whole:
        assert canonical(answer.body) == canonical(fill(case.whole, names)), (case.where, answer)

