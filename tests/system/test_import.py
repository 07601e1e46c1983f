"""A spreadsheet's customers into a company, and out again."""

import contextlib
import csv
import io
import json
import os
import subprocess
import time

import pytest

from support import awkward, cli, database, engine
from support.build import PATIENCE_S, PDMD, SANITIZER, environment, sanitizer_report

COMPANY = 9100
MANY = 6000 if SANITIZER else 20000  # rows: enough to come in between
HEADER = ["Ref", "Title", "Forename", "Surname", "Sex", "DOB", "Address 1", "Town", "Postcode",
          "Mobile"]
ANN = ["A1", "Mrs", "Ann", "Example", "F", "26/11/1968", "1 High Street", "Leeds", "LS1 1AA",
       "07700900123"]
COUNTS = ["rows", "added", "updated", "unchanged", "skipped", "rejected"]
COLUMNS = "customer_id, external_customer_ref, title, first_name, last_name, gender, dob, line_1, " \
          "line_2, line_3, city, county, postal_code, email_address, tel_number_1, tel_number_2, " \
          "active, branch_id"


def person(**changes):
    """Ann, with other cells under these columns."""
    return [changes.get(name.replace(" ", "_"), cell) for name, cell in zip(HEADER, ANN)]


def write(path, rows, header=HEADER, delimiter=",", encoding="utf-8", end="\n"):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def stored(folder, columns=COLUMNS):
    """What the database has of the company's customers, from its own process."""
    return database.read(folder, f"SELECT {columns} FROM customer WHERE company_id = {COMPANY} "
                                 "ORDER BY customer_id")


def counts(done):
    """The sum, as it is said with --json."""
    assert done.out, done
    told = json.loads(done.out)
    assert told["rows"] == sum(told[name] for name in COUNTS[1:]), done
    assert (done.code == 5) == (told["rejected"] > 0) and done.code in (0, 5), done
    return {name: told[name] for name in COUNTS[1:] if told[name]}


class Shop:
    """A data directory with a company, with or without a server on it."""

    def __init__(self, folder, server=None):
        self.dir, self.server = folder, server

    def run(self, *words):
        return cli.run(*words, "--dir", self.dir)

    def imported(self, path, *options):
        return self.run("customer", "import", COMPANY, path, "--json", *options)

    def exported(self, *options):
        done = self.run("customer", "export", COMPANY, *options)
        assert done.code == 0, done
        return done.out


def make_shop(folder, branches=1):
    cli.set_up(folder)
    for words in [("company", "add", COMPANY, "Shop"),
                  *[("branch", "add", COMPANY, "High Street")] * branches]:
        done = cli.run(*words, "--dir", folder)
        assert done.code == 0, done
    return Shop(folder)


@pytest.fixture
def alone(tmp_path):
    return make_shop(tmp_path / "shop")


@pytest.fixture(params=["alone", "served"])
def shop(request, tmp_path, start_server):
    made = make_shop(tmp_path / "shop")
    if request.param == "served":
        made.server = start_server(command="serve", directory=made.dir)
    return made


# ---- what becomes of a row ----------------------------------------------------------------------


def test_rows_are_added_unchanged_updated_skipped_or_rejected(shop, tmp_path):
    first = write(tmp_path / "first.csv", [
        ANN, person(Ref="A2", Forename="Bob", Sex="male"), person(Ref="", Forename="Cal"),
        person(Ref="A3", Forename="", Postcode="")])
    assert counts(shop.imported(first)) == {"added": 3, "rejected": 1}
    second = write(tmp_path / "second.csv", [
        ANN, person(Ref="A2", Forename="Bobby", Sex="M"), person(Ref="", Forename="CÁL"),
        person(Ref="A4", Forename="Dot")])
    assert counts(shop.imported(second)) == {"added": 1, "unchanged": 1, "rejected": 2}
    assert counts(shop.imported(second, "--on-existing", "skip")) == \
        {"unchanged": 2, "skipped": 1, "rejected": 1}
    assert counts(shop.imported(second, "--on-existing", "update")) == \
        {"updated": 1, "unchanged": 2, "rejected": 1}
    assert counts(shop.imported(second, "--allow-duplicates")) == {"added": 1, "unchanged": 3}
    names = [row[0] for row in stored(shop.dir, "first_name")]
    assert names == ["Ann", "Bobby", "Cal", "Dot", "CÁL"]


def test_the_reason_of_each_reject_is_said_with_its_line_and_without_its_values(shop, tmp_path):
    write(tmp_path / "a.csv", [ANN])
    assert counts(shop.imported(tmp_path / "a.csv")) == {"added": 1}
    path = write(tmp_path / "b.csv", [
        person(Forename="Nan"),
        person(Ref="B2", Forename="two\nlines"),
        person(Ref="B3", DOB="31/02/1968", Sex="x", Mobile="4.47701E+11"),
        person(Ref="B4", DOB="26.11.68", Town="x" * 51),
        person(Ref="", Forename="ANN"),
        person(Ref="B6")[:-1],
        person(Ref="B7") + ["", ""],
        person(Ref="B8") + ["more"],
    ])
    done = shop.imported(path)
    assert counts(done) == {"added": 1, "rejected": 7}
    lines = [line for line in done.err.splitlines() if line.startswith("line ")]
    assert lines == [
        "line 2: external_customer_ref already in use: customer_id 1",
        "line 3: Forename (first_name): no control characters",
        "line 5: Mobile (tel_number_2): a spreadsheet has shortened the number, as to 4.4E+11; make "
        "the column text and take the number from where it came; Sex (gender): Male or Female; "
        "DOB (dob): a day of the calendar",
        "line 6: DOB (dob): date as dd/mm/yyyy; Town (address.city): at most 50 characters",
        "line 7: probable duplicate: customer_id 1 has the same name, dob and postal_code",
        "line 8: 9 cells where the header has 10",
        "line 10: 11 cells where the header has 10",
    ]


def test_rejects_are_mended_and_imported_as_they_are(shop, tmp_path):
    path = write(tmp_path / "a.csv", [ANN, person(Ref="Zoë", Town="")], delimiter=";",
                 encoding="cp1252")
    rejects = tmp_path / "rejects.csv"
    assert counts(shop.imported(path, "--rejects", rejects)) == {"added": 1, "rejected": 1}
    assert rejects.stat().st_mode & 0o777 == 0o600
    text = rejects.read_bytes().decode("utf-8-sig")
    assert text.splitlines()[0] == "line;reasons;" + ";".join(HEADER)
    assert text.splitlines()[1].startswith("3;Town (address.city): missing;Zoë;Mrs;Ann;")
    again = shop.imported(path, "--rejects", rejects)
    assert again.code == 1 and "is there already" in again.err, again
    rejects.write_bytes(text.replace(";1 High Street;;", ";1 High Street;Leeds;").encode())
    other = tmp_path / "other.csv"
    assert counts(shop.imported(rejects, "--rejects", other)) == {"added": 1}
    assert not other.exists()
    assert [row[0] for row in stored(shop.dir, "external_customer_ref")] == ["A1", "Zoë"]


def test_an_update_changes_only_what_the_file_has_a_column_for(shop, tmp_path):
    path = write(tmp_path / "a.csv", [ANN, person(Ref="A2", Forename="Bob")])
    assert counts(shop.imported(path)) == {"added": 2}
    part = write(tmp_path / "b.csv", [["A1", ""], ["A2", "0113 496 0000"], ["A9", "1"]],
                 ["Ref", "Mobile"])
    assert shop.imported(part).code == 2
    done = shop.imported(part, "--on-existing", "update")
    assert counts(done) == {"updated": 2, "rejected": 1}
    assert "line 4: missing: first_name, last_name, address.line_1, address.city, " \
           "address.postal_code" in done.err, done
    assert stored(shop.dir, "first_name, title, city, tel_number_2") == \
        [("Ann", "Mrs", "Leeds", ""), ("Bob", "Mrs", "Leeds", "0113 496 0000")]


def test_a_number_or_reference_is_taken_once(shop, tmp_path):
    header = ["customer_id", *HEADER]
    path = write(tmp_path / "a.csv", [["7", *ANN], ["", *person(Ref="A2")]], header)
    assert counts(shop.imported(path)) == {"added": 2}
    path = write(tmp_path / "b.csv", [["7", *person(Ref="A2")], ["88", *person(Ref="A1")],
                                      ["1000000000", *person(Ref="A4")], ["7", *person(Ref="A3")],
                                      ["9", *person(Ref="A5")], ["x", *person(Ref="A6")]], header)
    done = shop.imported(path, "--on-existing", "update")
    # Line 3 is known by its reference; line 5 gets another one.
    assert counts(done) == {"added": 1, "updated": 1, "unchanged": 1, "rejected": 3}
    assert stored(shop.dir, "customer_id, external_customer_ref") == [(7, "A3"), (8, "A2"),
                                                                      (9, "A5")]


# ---- what kind of a file it is --------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_line_ends_are_recognised(alone, tmp_path, delimiter, encoding,
                                                           end):
    path = write(tmp_path / "a.csv", [person(Forename="Zoë", Town="O'Neill–Straße", Ref="0012")],
                 delimiter=delimiter, encoding=encoding, end=end)
    done = alone.imported(path)
    assert counts(done) == {"added": 1}
    assert ("Windows-1252" in done.err) == (encoding == "cp1252"), done
    assert stored(alone.dir, "external_customer_ref, first_name, city, tel_number_2") == \
        [("0012", "Zoë", "O'Neill–Straße", "07700900123")]


def test_the_match_of_columns_is_shown_and_can_be_said(alone, tmp_path):
    header = ["Patient ID", "Title", "Given Name", "Second", "SEX", "D.O.B.", "Street", "CITY",
              "Post Code", "Tel", "Telephone", "Remarks"]
    path = write(tmp_path / "a.csv", [[*ANN, "", ""]], header)
    done = alone.imported(path)
    assert done.code == 2 and 'both "Tel" and "Telephone" could be tel_number_1' in done.err, done
    done = alone.imported(path, "--map", "tel_number_1=Tel")
    assert done.code == 2 and "no column for last_name" in done.err, done
    done = alone.imported(path, "--map", "tel_number_1=Tel", "--map", "last_name=second")
    assert counts(done) == {"added": 1}
    shown = dict(line.strip().split("  ", 1) for line in done.err.splitlines()
                 if line.startswith("  "))
    assert {name: what.strip() for name, what in shown.items()} == {
        "Patient ID": "external_customer_ref", "Title": "title", "Given Name": "first_name",
        "Second": "last_name", "SEX": "gender", "D.O.B.": "dob, written as dd/mm/yyyy",
        "Street": "address.line_1", "CITY": "address.city", "Post Code": "address.postal_code",
        "Tel": "tel_number_1", "Telephone": "(not imported)", "Remarks": "(not imported)"}


def test_dates_that_can_be_read_in_two_ways_are_never_guessed(alone, tmp_path):
    path = write(tmp_path / "a.csv", [person(DOB="05/06/1968"), person(Ref="A2", DOB="1968-07-06")])
    done = alone.imported(path)
    assert done.code == 2 and "--dates dmy" in done.err and stored(alone.dir) == [], done
    assert counts(alone.imported(path, "--dates", "dmy")) == {"added": 2}
    assert stored(alone.dir, "dob") == [("1968-06-05",), ("1968-07-06",)]
    path = write(tmp_path / "b.csv", [person(Ref="B1", DOB="12/31/1968")])
    done = alone.imported(path)
    assert counts(done) == {"added": 1} and "mm/dd/yyyy" in done.err, done
    path = write(tmp_path / "c.csv", [person(Ref="C1", DOB="12/31/1968"),
                                      person(Ref="C2", DOB="31/12/1968")])
    done = alone.imported(path)
    assert done.code == 2 and "both ways" in done.err, done


@pytest.mark.parametrize("content, code, words", [
    (b"", 2, "empty"),
    (b"Ann,Example,Leeds\nBob,Example,Leeds\n", 2, "begin with a header"),
    ("Ref,Title\n".encode("utf-16"), 2, "UTF-16"),
    (b'Forename,Surname,Address 1,Town,Postcode\n"Ann,E,1 H,L,L\n', 1,
     "line 2: the row that begins here does not end"),
    (b"Forename,Surname,Address 1,Town,Postcode\n\nAnn," + b"x" * 1100000, 1,
     "line 3: the row that begins here does not end"),
    (b"," * 2000 + b"\n", 1, "line 1"),
], ids=["empty", "no header", "UTF-16", "an open quotation mark", "an endless row", "too many columns"])
def test_a_file_that_cannot_be_read_is_refused_whole(alone, tmp_path, content, code, words):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    done = alone.imported(path)
    assert done.code == code and words in done.err and stored(alone.dir) == [], done
    assert "Ann" not in done.err, done


def test_what_is_no_file_or_company_or_branch_is_said(tmp_path):
    shop = make_shop(tmp_path / "shop", branches=2)
    path = write(tmp_path / "a.csv", [ANN])
    for words, code, said in [
            ((COMPANY, tmp_path / "none.csv"), 3, "No such file"),
            ((COMPANY, tmp_path), 2, "not a file"),
            ((9999, path), 3, "Invalid / inactive company ID"),
            ((COMPANY, path), 2, "several branches: 1, 2"),
            ((COMPANY, path, "--branch", 3), 3, "branch_id"),
            ((COMPANY, path, "--on-existing", "ask"), 2, "skip, update or fail"),
            (("shop", path), 2, "COMPANY"),
    ]:
        done = shop.run("customer", "import", *words)
        assert done.code == code and said in done.err, done
    none = shop.run("company", "add", 9300, "Without branches")
    assert none.code == 0, none
    done = shop.run("customer", "import", 9300, path)
    assert done.code == 2 and "no branch yet" in done.err, done
    assert counts(shop.imported(path, "--branch", 2)) == {"added": 1}
    assert stored(shop.dir, "branch_id") == [(2,)]


def test_bytes_that_are_no_characters_spoil_only_their_row(alone, tmp_path):
    path = write(tmp_path / "a.csv", [person(Forename="Zoë"), person(Ref="A2", Forename="Noël"),
                                      person(Ref="A3", Forename="Bad")])
    path.write_bytes(path.read_bytes().replace(b"Bad", b"B\xc3d\0"))
    done = alone.imported(path)
    assert counts(done) == {"added": 2, "rejected": 1}
    assert "line 4: Forename (first_name): not valid UTF-8" in done.err, done


# ---- out and in again ------------------------------------------------------------------------------

AWKWARD = [*awkward.SHORT.values(), *awkward.LONG.values(),
           *(text for pair in awkward.ALIKE for text in pair),
           "@SUM(A1)", "-1", "+44 7700 900123", "0", "007", "NaN", "''", '"', '""']


def test_what_is_exported_can_be_imported_and_changes_nothing(shop, tmp_path):
    rows = [person(Ref=f"R{n}" if n % 3 else "", Title="", Forename=text, Surname=text[:49] + "x",
                   Town=text, Address_1=text, Mobile=text, DOB="" if n % 4 else "26/11/1968")
            for n, text in enumerate(AWKWARD)]
    source = tmp_path / "a.csv"
    with open(source, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    # Some are nothing but marks, which do not tell one person from another.
    assert counts(shop.imported(source, "--allow-duplicates")) == {"added": len(AWKWARD)}
    before = stored(shop.dir, "*")
    assert [row[3] for row in stored(shop.dir)] == AWKWARD
    export = tmp_path / "x.csv"
    export.write_bytes(shop.exported().encode())
    assert counts(shop.imported(export)) == {"unchanged": len(AWKWARD)}
    assert stored(shop.dir, "*") == before
    # To another server it comes with its numbers.
    other = make_shop(tmp_path / "other")
    assert counts(other.imported(export)) == {"added": len(AWKWARD)}
    assert stored(other.dir) == stored(shop.dir)
    as_json = [json.loads(line) for line in shop.exported("--ndjson").split("\n")[:-1]]
    asked = [json.loads(shop.run("customer", "show", COMPANY, row["customer_id"], "--json").out)
             for row in as_json]
    assert as_json == [answer["customer"] for answer in asked]


def test_an_export_of_many_pages_has_everybody_once(alone, tmp_path):
    path = write(tmp_path / "a.csv", [person(Ref=f"R{n}") for n in range(2500)])
    assert counts(alone.imported(path)) == {"added": 2500}
    rows = list(csv.DictReader(io.StringIO(alone.exported())))
    assert [int(row["customer_id"]) for row in rows] == list(range(1, 2501))


def test_an_export_that_cannot_be_written_fails_with_words(alone, tmp_path):
    path = write(tmp_path / "a.csv", [person(Ref=f"R{n}") for n in range(2500)])
    assert counts(alone.imported(path)) == {"added": 2500}
    words = [PDMD, "customer", "export", str(COMPANY), "--dir", alone.dir]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True,
                              env=environment(directory=alone.dir), timeout=PATIENCE_S, check=False)
    assert done.returncode == 1 and "No space left on device" in done.stderr, done
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as broken:
        done = subprocess.run(words, stdout=broken, stderr=subprocess.PIPE, text=True,
                              env=environment(directory=alone.dir), timeout=PATIENCE_S, check=False)
    assert done.returncode == 1 and "Broken pipe" in done.stderr, done


# ---- dry runs ----------------------------------------------------------------------------------------


def test_a_dry_run_tells_what_a_run_does_and_changes_nothing(shop, tmp_path):
    assert counts(shop.imported(write(tmp_path / "a.csv", [ANN, person(Ref="A2")]))) == {"added": 2}
    before = stored(shop.dir, "*")
    path = write(tmp_path / "b.csv", [
        ANN, person(Ref="A2", Forename="Bob"), person(Ref="", Forename="Cal"),
        person(Ref="", Forename="cal"), person(Ref="A3", Town=""), person(Ref="A4"),
        person(Ref="A4", Title="Ms"), person(Ref="", Forename="Dot")])
    for options in [(), ("--on-existing", "skip"), ("--on-existing", "update")]:
        dry = shop.imported(path, "--dry-run", "--rejects", tmp_path / f"dry{len(options)}", *options)
        assert "nothing was changed" in dry.err and json.loads(dry.out)["dry_run"] is True, dry
        assert stored(shop.dir, "*") == before
        assert not (shop.dir / "dry-run").exists()
        real = shop.imported(path, "--rejects", tmp_path / f"run{len(options)}", *options)
        assert counts(dry) == counts(real)
        assert (tmp_path / f"dry{len(options)}").read_bytes() == \
            (tmp_path / f"run{len(options)}").read_bytes()
        for name in ("dry", "run"):
            (tmp_path / f"{name}{len(options)}").unlink()
        before = stored(shop.dir, "*")


def test_what_a_killed_dry_run_has_left_is_removed(alone, tmp_path):
    left = alone.dir / "dry-run"
    left.mkdir(0o700)
    (left / "pdmd.db").write_bytes(b"half a copy")
    (left / "pdmd.db.new").write_bytes(b"more")
    path = write(tmp_path / "a.csv", [ANN])
    assert counts(alone.imported(path, "--dry-run")) == {"added": 1}
    assert not left.exists() and stored(alone.dir) == []


def test_a_dry_run_that_is_killed_leaves_no_copy(alone, tmp_path):
    path = write(tmp_path / "a.csv", [person(Ref=f"R{n}") for n in range(30000)])
    left = alone.dir / "dry-run"
    for seconds in (0, 0.02, 0.1, 0.3):
        process = start_import(alone.dir, path, "--dry-run")
        time.sleep(seconds)
        process.kill()
        process.communicate()
        # While the copy is being made it has a name, which goes when the directory is opened next.
        assert alone.run("company", "edit", COMPANY, "--name", f"Shop {seconds}").code == 0
        assert not left.exists()
    process = start_import(alone.dir, path, "--dry-run")
    while not (works_on_a_copy(process) and not left.exists()):
        assert process.poll() is None, f"never without a name: {process.communicate()}"
    process.kill()
    process.communicate()
    assert not left.exists()


def works_on_a_copy(process):
    """Without a name: the kernel says of an open file when it has none any more."""
    links = []
    with contextlib.suppress(OSError):  # gone in the meantime
        for name in os.listdir(f"/proc/{process.pid}/fd"):
            links.append(os.readlink(f"/proc/{process.pid}/fd/{name}"))
    return any(link.endswith("dry-run/pdmd.db (deleted)") for link in links)


def test_an_erased_customers_number_is_given_to_nobody(shop, tmp_path):
    header = ["customer_id", *HEADER]
    path = write(tmp_path / "a.csv", [["1", *ANN], ["2", *person(Ref="A2")]], header)
    assert counts(shop.imported(path)) == {"added": 2}
    assert shop.run("customer", "erase", COMPANY, 1, "--confirm", "C000001").code == 0
    done = shop.imported(path)
    assert counts(done) == {"unchanged": 1, "rejected": 1}
    assert "line 2: customer_id: this customer was erased" in done.err, done
    assert counts(shop.imported(write(tmp_path / "b.csv", [ANN]))) == {"added": 1}
    assert [row[0] for row in stored(shop.dir)] == [2, 3]


# ---- interrupted, and beside others ------------------------------------------------------------------


def start_import(folder, path, *options):
    return subprocess.Popen(
        [PDMD, "customer", "import", str(COMPANY), path, "--dir", folder, "--json", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(directory=folder))


def wait_for_customers(folder, n, process):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        [(found,)] = database.read(
            folder, f"SELECT count(*) FROM customer WHERE company_id = {COMPANY}")
        if found >= n:
            return found
        assert process.poll() is None, process.communicate()
    raise AssertionError(f"never {n} customers")


def mixed_rows(n):
    """Some have a reference, some have none; every tenth is there twice, some are faulty."""
    rows = []
    for i in range(n):
        who = i - 3 if i % 10 == 9 else i
        rows.append(person(Ref=f"R{who}" if who % 2 else "", Forename=f"Ann{who}",
                           Surname=f"Example{who % 500}",
                           Town="" if i % 97 == 96 else "Leeds"))
    return rows


@pytest.mark.parametrize("options", [(), ("--allow-duplicates",)])
@pytest.mark.parametrize("killed_at", [1, 2000, 4500])
def test_an_import_that_was_killed_is_run_again_and_nothing_doubles(tmp_path, killed_at, options):
    path = write(tmp_path / "a.csv", mixed_rows(MANY))
    whole = make_shop(tmp_path / "whole")
    expected = counts(whole.imported(path, "--rejects", tmp_path / "whole.rejects", *options))
    shop = make_shop(tmp_path / "shop")
    process = start_import(shop.dir, path, *options)
    wait_for_customers(shop.dir, killed_at, process)
    process.kill()
    process.communicate()
    there = len(stored(shop.dir))
    again = counts(shop.imported(path, "--rejects", tmp_path / "again.rejects", *options))
    assert stored(shop.dir) == stored(whole.dir)
    # What was there is unchanged, and what is rejected is rejected again, for the same reasons.
    assert again.get("added", 0) + there == expected["added"]
    assert again["unchanged"] == expected.get("unchanged", 0) + there
    assert again["rejected"] == expected["rejected"]
    assert (tmp_path / "again.rejects").read_bytes() == (tmp_path / "whole.rejects").read_bytes()
    assert database.read(shop.dir, "SELECT count(*) FROM import_run") == [(0,)]


def test_a_server_that_is_killed_during_an_import_loses_and_doubles_nothing(tmp_path, start_server):
    path = write(tmp_path / "a.csv", mixed_rows(MANY))
    shop = make_shop(tmp_path / "shop")
    server = start_server(command="serve", directory=shop.dir)
    process = start_import(shop.dir, path)
    wait_for_customers(shop.dir, 2000, process)
    server.kill()
    server.process.returncode = 0  # this end was meant
    _, err = process.communicate(timeout=PATIENCE_S)
    assert sanitizer_report(err) is None, err
    # Between two calls the rest is done without a server; in one, nobody knows what it did.
    assert process.returncode == 5 or "nothing will be doubled" in err, err
    shop.imported(path)
    whole = make_shop(tmp_path / "whole")
    whole.imported(path)
    assert stored(shop.dir) == stored(whole.dir)


def test_the_api_answers_while_an_import_is_at_work(tmp_path, start_server):
    shop = make_shop(tmp_path / "shop")
    server = start_server(command="serve", directory=shop.dir)
    key = server.pdmd("key", "add", COMPANY, 1, "--label", "till", "--rate", 100000)
    token = server.token(key, COMPANY)
    path = write(tmp_path / "a.csv", [person(Ref=f"R{n}") for n in range(8000)])
    process = start_import(shop.dir, path)
    made, reads = [], 0
    while process.poll() is None:
        customer = {"external_customer_ref": f"API{len(made)}", "first_name": "Bea",
                    "last_name": "Example", "address": {"line_1": "1", "city": "L",
                                                        "postal_code": "LS1"}}
        answer = server.ask("CreateCustomer", {"company_id": COMPANY, "session_token": token,
                                               "customer": customer})
        assert answer.code == 101, answer
        made.append(answer.json["customer"]["customer_id"])
        assert server.customer(token, made[-1], COMPANY).code == 101
        reads += 1
    out, err = process.communicate()
    assert process.returncode == 0 and json.loads(out)["added"] == 8000, err
    assert len(stored(shop.dir)) == 8000 + len(made) and reads > 0
    assert len(set(made)) == len(made)


def test_the_memory_of_an_import_does_not_grow_with_the_file(alone, tmp_path):
    if SANITIZER:
        pytest.skip("a sanitizer keeps what was freed")

    def peak_kib(n):
        path = write(tmp_path / f"{n}.csv", [person(Ref=f"R{i}", Town="") for i in range(n)])
        with open(os.devnull, "w") as nowhere:
            process = subprocess.Popen(
                [PDMD, "customer", "import", str(COMPANY), path, "--dir", alone.dir],
                stdout=nowhere, stderr=nowhere, env=environment(directory=alone.dir))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 5
        return usage.ru_maxrss

    assert peak_kib(200_000) < peak_kib(10_000) + 8 * 1024
