"""What a person sees at a terminal, where a program would see tab-separated text."""

import os
import pty
import re
import subprocess

import pytest

from support import cli, engine
from support.build import PDMD, environment


def at_a_terminal(*words):
    """Standard output and error at a terminal; gives what it showed and the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PDMD, *map(str, words)], stdin=theirs, stdout=theirs,
                               stderr=theirs,
                               env=environment(directory=engine.directory_of(words)))
    os.close(theirs)
    shown = b""
    try:
        while more := os.read(ours, 65536):
            shown += more
    except OSError:
        pass  # how the end of a terminal looks
    os.close(ours)
    return shown.decode().replace("\r\n", "\n"), process.wait()


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("terminal") / "data"
    cli.set_up(path)
    for words in (("company", "add", 7, "Näpfe & Co"),
                  ("company", "add", 9100, "x", "--timezone", "UTC"), ("branch", "add", 7, "B")):
        assert cli.run(*words, "--dir", path).code == 0
    return path


def test_a_list_is_a_table(directory):
    shown, code = at_a_terminal("company", "list", "--dir", directory)
    head, *rows = shown.splitlines()
    assert code == 0 and head.split() == ["company_id", "name", "timezone", "active", "created"]
    column = head.index("timezone")
    assert [row[column:].split()[0] for row in rows] == ["Europe/London", "UTC"]
    assert rows[0].startswith("         7  Näpfe & Co") and rows[1].startswith("      9100  x ")


def test_an_empty_list_says_so(directory):
    assert at_a_terminal("key", "list", 7, "--dir", directory) == ("(none)\n", 0)


def test_json_is_laid_out(directory):
    shown, code = at_a_terminal("company", "show", 7, "--json", "--dir", directory)
    assert code == 0 and '\n  "company": {\n    "company_id": 7,\n' in shown


def test_a_backup_tells_how_far_it_is(directory, tmp_path):
    shown, code = at_a_terminal("backup", tmp_path / "copy", "--dir", directory)
    progress, said = shown.split("\npdmd backup: made ", 1)
    steps = progress.split("\r")
    assert code == 0 and steps[0] == "" and steps[1].startswith("copying: 0 of 0 MiB"), shown
    assert steps[-1].startswith("checking 0 MiB") and "\r" not in said, shown


def test_the_log_is_text_for_people(directory):
    shown, code = at_a_terminal("serve", "--listen", "192.0.2.1:1", "--dir", directory)
    assert code != 0 and not any(line.startswith("{") for line in shown.splitlines()), shown


def test_a_customers_name_cannot_steer_the_terminal(directory):
    """Control characters are refused where they come in."""
    shown, code = at_a_terminal("branch", "add", 7, "\x1b[2J", "--dir", directory)
    assert code == 2 and "\x1b" not in shown, shown


def test_an_import_tells_how_far_it_is(directory, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Ref,Forename,Surname,Address 1,Town,Postcode\n" +
                    "".join(f"R{n},Ann,Example,1 High Street,Leeds,LS1 1AA\n" for n in range(2500)))
    shown, code = at_a_terminal("customer", "import", 7, path, "--dir", directory)
    steps = shown.split("\r")[1:]
    assert code == 0 and steps, shown
    for step in steps:
        assert re.match(r"[0-9]+ of 2500 rows, [0-9]+ a second, [0-9]+ s left\x1b\[K", step), shown
    assert steps[-1].startswith("2500 of 2500 rows") and "2500 added" in steps[-1], shown
