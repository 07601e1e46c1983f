"""What goes wrong between the program and a PostgreSQL, each with a word that helps; and `pdmd db`,
which tells of it. On a private server that asks for passwords over TCP."""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import urllib.parse

import pytest

from support import cli
from support.build import PDMD, environment
from support.postgres import Postgres

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "operating.md"
WORD = "geheim"  # every password that we choose; it must never be seen


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with Postgres.start(tmp_path_factory.mktemp("faults") / "postgres", tcp=True,
                        auth="scram-sha-256", extra=["wal_level=replica"]) as server:
        yield server


@pytest.fixture(scope="module")
def closed_port():
    """Nobody listens there as long as we have it."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        yield s.getsockname()[1]


def url_as(postgres, role, database, port=None, word=WORD):
    return f"postgresql://{role}:{word}@127.0.0.1:{port or postgres.port}/{database}"


def pdmd(directory, url, *words):
    done = cli.run(*words, "--dir", directory, settings={"database.url": url})
    assert WORD not in done.out + done.err, done
    return done


def documented_sql(title):
    """The statements under this comment in the operator's pages."""
    text = re.search(rf"```sql\n-- {title}\n(.*?)```", DOCS.read_text(), re.DOTALL)[1]
    text = re.sub(r" *--.*", "", text).replace("'…'", f"'{WORD}'")
    return [statement for statement in text.split(";\n") if statement.strip()]


class Documented:
    """Roles and database as docs/operating.md makes them, migrated by the owner."""

    def __init__(self, postgres, directory):
        self.directory = directory
        self.owner = url_as(postgres, "pdmd_owner", "pdmd")
        self.server = url_as(postgres, "pdmd_server", "pdmd")
        for statement in documented_sql("As a superuser:"):
            postgres.sql(statement)
        for statement in documented_sql("The same, connected to the database pdmd:"):
            postgres.sql(statement, "pdmd")
        done = pdmd(directory, self.server, "setup")
        assert done.code == 0 and "permission denied" in done.err, done
        assert "next: pdmd db migrate" in done.err, done
        assert pdmd(directory, self.owner, "db", "migrate").code == 0
        for statement in documented_sql("As pdmd_owner, once the tables are there:"):
            postgres.sql("SET ROLE pdmd_owner; " + statement, "pdmd")


@pytest.fixture(scope="module")
def documented(postgres, tmp_path_factory):
    return Documented(postgres, tmp_path_factory.mktemp("documented") / "data")


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    directory = tmp_path_factory.mktemp("secret") / "data"
    assert cli.run("setup", "--dir", directory, settings={"database.url": ""}).code == 0
    return directory / "secret.key"


@pytest.fixture
def place(postgres, secret, tmp_path):
    """A data directory and the URL, as the superuser, of an empty database."""
    name = f"faults_{tmp_path.name}".replace("-", "_")[:60]
    url = postgres.make_database(name)
    (tmp_path / "data").mkdir(mode=0o700)
    shutil.copy(secret, tmp_path / "data")
    yield tmp_path / "data", url
    postgres.drop(name)


@pytest.fixture
def migrated(place):
    assert pdmd(*place, "db", "migrate").code == 0
    return place


# ---- what cannot be reached ----------------------------------------------------------------------

UNREACHABLE = {
    "a URL that is not well formed":
        (lambda p, port: f"postgresql://pdmd:{WORD}@[::1/pdmd", 2, "is not well formed"),
    "an engine that there is not":
        (lambda p, port: f"mysql://pdmd:{WORD}@127.0.0.1/pdmd", 2,
         "PDMD_DATABASE_URL must be empty, or postgresql://USER@HOST:PORT/DATABASE"),
    "a host that does not answer":
        (lambda p, port: url_as(p, "pdmd", "pdmd", port), 1, "Connection refused"),
    "a wrong password":
        (lambda p, port: url_as(p, "pdmd", "postgres"), 4, "password authentication failed"),
    "no password":
        (lambda p, port: f"postgresql://pdmd@127.0.0.1:{p.port}/postgres", 4,
         "comes from PGPASSFILE"),
    "a database that is not there":
        (lambda p, port: p.url("nowhere"), 1, 'database "nowhere" does not exist'),
    "a database without tables":
        (lambda p, port: p.url("postgres"), 3, "pdmd db migrate makes them"),
}


@pytest.mark.parametrize("command", ["check", "serve"])
@pytest.mark.parametrize("fault", UNREACHABLE)
def test_what_cannot_be_reached_stops_a_start_with_the_reason(fault, command, place, postgres,
                                                              closed_port):
    make, code, reason = UNREACHABLE[fault]
    done = pdmd(place[0], make(postgres, closed_port), command)
    assert done.code == code and reason in done.err and done.err.count("\n") == 1, done


@pytest.mark.parametrize("fault", [f for f in UNREACHABLE if "password" in f or "host" in f])
def test_what_cannot_be_reached_has_a_status_all_the_same(fault, place, postgres, closed_port):
    make, code, reason = UNREACHABLE[fault]
    done = pdmd(place[0], make(postgres, closed_port), "db", "status", "--json")
    told = json.loads(done.out)
    assert done.code == code and reason in done.err, done
    assert not told["database"]["reachable"] and reason in told["database"]["why"], told
    assert [host["state"] for host in told["hosts"]] == ["unreachable"], told


def test_a_role_at_its_limit_of_connections_is_told_so(place, postgres):
    postgres.sql("DROP ROLE IF EXISTS crowded; CREATE ROLE crowded LOGIN CONNECTION LIMIT 0 "
                 f"PASSWORD '{WORD}'")
    done = pdmd(place[0], url_as(postgres, "crowded", "postgres"), "check")
    assert 'too many connections for role "crowded"' in done.err, done
    assert "readers and writers of all servers must fit" in done.err, done


# ---- what does not fit ---------------------------------------------------------------------------

UNFIT = {
    "a newer schema": ("INSERT INTO schema_migration VALUES (999, 'tomorrow', 1)", 1,
                       "made by a newer pdmd (schema 999"),
    "an older schema": ("DELETE FROM schema_migration", 2, "pdmd db migrate does that"),
    "another secret": (r"UPDATE installation SET secret_check = decode(repeat('00', 32), 'hex')", 1,
                       "belongs to another secret.key"),
    "no secret so far": ("DELETE FROM installation", 2, "has not been given to a secret yet"),
}


@pytest.mark.parametrize("command", ["check", "serve", "db status"])
@pytest.mark.parametrize("fault", UNFIT)
def test_a_database_that_does_not_fit_stops_a_start(fault, command, migrated, postgres):
    statement, code, reason = UNFIT[fault]
    postgres.sql(statement, urllib.parse.urlsplit(migrated[1]).path[1:])
    done = pdmd(*migrated, *command.split())
    if command == "db status":
        assert done.code == 1 and done.err.strip(), done
    else:
        assert done.code == code and reason in done.err, done


def test_a_role_without_rights_is_told_which(migrated, postgres):
    postgres.sql(f"DROP ROLE IF EXISTS nobody; CREATE ROLE nobody LOGIN PASSWORD '{WORD}'")
    name = urllib.parse.urlsplit(migrated[1]).path[1:]
    done = pdmd(migrated[0], url_as(postgres, "nobody", name), "serve")
    assert done.code == 4 and "permission denied for table" in done.err, done
    assert "docs/operating.md" in done.err, done


def test_a_second_server_needs_the_secret_of_the_first(migrated, tmp_path):
    first, url = migrated
    second = tmp_path / "second"
    for command in ("setup", "setup", "check"):
        done = pdmd(second, url, command)
        assert done.code == 1 and "copy the one of the server that made it" in done.err, done
    assert pdmd(second, url, "db", "migrate").code == 1
    shutil.copy(first / "secret.key", second / "secret.key")
    assert pdmd(second, url, "check").code == 0


# ---- what is warned of ---------------------------------------------------------------------------


def causes(start_server, directory, url, event):
    server = start_server(command="serve", directory=directory, settings={"database.url": url})
    server.stop()
    assert WORD not in server.log()
    return [told["cause"] for told in server.events(event)]


def test_a_superuser_is_warned_of(migrated, start_server):
    assert causes(start_server, *migrated, "role_may_too_much") == \
        ["role pdmd is a superuser, who can do anything"]
    done = pdmd(*migrated, "db", "status")
    assert done.code == 0 and "role pdmd is a superuser" in done.err, done


def test_the_owner_of_the_tables_is_warned_of(documented, start_server):
    cause, = causes(start_server, documented.directory, documented.owner, "role_may_too_much")
    assert cause == "role pdmd_owner owns the tables, and can change or drop them, the audit's too"


def test_the_documented_role_serves_and_is_not_warned_of(documented, start_server):
    server = start_server(command="serve", directory=documented.directory,
                          settings={"database.url": documented.server})
    server.pdmd("company", "add", 9300, "Of the role")
    server.pdmd("branch", "add", 9300, "One")
    key = server.pdmd("key", "add", 9300, 1, "--label", "x")
    body = {"company_id": 9300, "session_token": server.token(key, 9300),
            "customer": {"first_name": "A", "last_name": "Made-up", "dob": "1970-01-01",
                         "gender": "Female", "tel_number_1": "0123",
                         "address": {"line_1": "1 Road", "city": "York", "postal_code": "AB1 2CD"}}}
    made = server.ask("CreateCustomer", body)
    assert made.code == 101, made
    server.pdmd("customer", "erase", 9300, 1, "--confirm", "C000001")
    server.pdmd("key", "revoke", 9300, 1)
    assert server.events("role_may_too_much") == server.events("clock_differs") == []
    done = pdmd(documented.directory, documented.server, "db", "status")
    assert done.code == 0 and done.err == "", done


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_a_role_that_may_change_the_audit_is_warned_of(right, documented, postgres):
    postgres.sql(f"GRANT {right} ON audit TO pdmd_server", "pdmd")
    done = pdmd(documented.directory, documented.server, "db", "status")
    postgres.sql(f"REVOKE {right} ON audit FROM pdmd_server", "pdmd")
    assert done.code == 0 and f"may {right} rows of the audit" in done.err, done


@pytest.mark.parametrize("by, told", [("7 seconds", "ahead of"), ("-7 seconds", "behind")])
def test_clocks_that_differ_are_warned_of(by, told, migrated, postgres, start_server):
    """The database's clock is shifted by a function that is found before PostgreSQL's own."""
    directory, url = migrated
    postgres.sql("CREATE SCHEMA shifted; CREATE FUNCTION shifted.clock_timestamp() RETURNS "
                 "timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + "
                 f"interval '{by}' $$", urllib.parse.urlsplit(url).path[1:])
    url += "&options=-csearch_path%3Dshifted,pg_catalog,public"
    cause, = causes(start_server, directory, url, "clock_differs")
    assert re.fullmatch(rf"the database's clock is (69|70)\d\d ms {told} this machine's", cause)
    done = pdmd(directory, url, "db", "status")
    assert done.code == 0 and "differ by more than 5 s" in done.err, done


# ---- db migrate, db status and the others --------------------------------------------------------


def test_migrations_at_the_same_time_are_one(place, postgres):
    directory, url = place
    words = [PDMD, "db", "migrate", "--dir", directory]
    running = [subprocess.Popen(words, env=environment({"database.url": url}), text=True,
                                stderr=subprocess.PIPE) for _ in range(6)]
    for process in running:
        _, err = process.communicate()
        assert process.returncode == 0, err
    name = urllib.parse.urlsplit(url).path[1:]
    assert postgres.sql("SELECT count(*) FROM schema_migration WHERE number = 1", name) == "1\n"
    done = pdmd(directory, url, "db", "migrate")
    assert done.code == 0 and "is up to date" in done.err, done


def test_a_directory_of_its_own_is_migrated_as_well(tmp_path):
    assert cli.run("setup", "--dir", tmp_path / "data", settings={"database.url": ""}).code == 0
    for _ in range(2):
        done = cli.run("db", "migrate", "--dir", tmp_path / "data", settings={"database.url": ""})
        assert done.code == 0 and "up to date" in done.err, done
    told = json.loads(cli.run("db", "status", "--json", "--dir", tmp_path / "data",
                              settings={"database.url": ""}).out)
    assert told["database"]["engine"] == "SQLite" and told["database"]["migrated"], told
    assert told["hosts"] == [] and {"name": "customer", "rows": 0, "bytes": 0} in told["tables"]


def test_setup_makes_secret_and_tables_and_may_be_run_again(postgres, tmp_path):
    directory, url = tmp_path / "data", postgres.make_database("faults_setup")
    done = pdmd(directory, url, "setup")
    assert done.code == 0 and "made the tables in postgresql://pdmd@" in done.err, done
    assert {path.name for path in directory.iterdir()} == {"secret.key", "pdmd.lock"}
    kept = (directory / "secret.key").read_bytes()
    done = pdmd(directory, url, "setup")
    assert done.code == 0 and "is kept" in done.err and "left as it is" in done.err, done
    assert (directory / "secret.key").read_bytes() == kept
    assert pdmd(directory, url, "check").code == 0
    postgres.drop("faults_setup")


def test_setup_where_the_database_cannot_be_reached_has_made_the_secret(postgres, closed_port,
                                                                       tmp_path):
    directory = tmp_path / "data"
    done = pdmd(directory, url_as(postgres, "pdmd", "pdmd", closed_port), "setup")
    assert done.code == 1 and "Connection refused" in done.err, done
    assert (directory / "secret.key").exists() and not (directory / "pdmd.db").exists()


def test_the_settings_in_the_directory_or_elsewhere_are_found_by_every_command(migrated, tmp_path):
    directory, url = migrated
    text = f'[database]\nurl = "{url}"\n'
    (directory / "pdmd.conf").write_text(text)
    assert cli.run("company", "add", 9400, "Found", "--dir", directory,
                   settings={"log.level": "warn"}).code == 0
    (directory / "pdmd.conf").unlink()
    other = tmp_path / "elsewhere.conf"
    other.write_text(text)
    done = subprocess.run([PDMD, "company", "list", "--dir", directory, "--config", other],
                          env=environment(), capture_output=True, text=True, check=True)
    assert "Found" in done.stdout
    done = subprocess.run([PDMD, "company", "list", "--dir", directory], env=environment(),
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "database.url is not set" in done.stderr


def test_backup_and_restore_name_the_tools_to_use(migrated, tmp_path):
    for verb, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        done = pdmd(*migrated, verb, tmp_path / "file")
        assert done.code == 2 and tool in done.err, done


def test_status_tells_the_primary_from_its_standby_and_from_what_is_dead(migrated, postgres,
                                                                         closed_port, tmp_path):
    directory, url = migrated
    name = urllib.parse.urlsplit(url).path[1:]
    with Postgres.start(tmp_path / "standby", tcp=True, extra=["wal_level=replica"]) as standby:
        standby.make_database(name)
        standby.end()
        (standby.place / "data" / "standby.signal").touch()
        standby.run()
        hosts = f"127.0.0.1:{closed_port},127.0.0.1:{standby.port},127.0.0.1:{postgres.port}"
        done = pdmd(directory, f"postgresql://pdmd:{postgres.password}@{hosts}/{name}", "db",
                    "status", "--json")
        assert done.code == 0, done
        assert postgres.password not in done.out + done.err
        told = json.loads(done.out)
    assert [host["state"] for host in told["hosts"]] == ["unreachable", "standby", "primary"], told
    assert told["database"]["connections_used"] >= 1 and told["database"]["connections_max"] > 1
    assert told["database"]["schema"] == told["database"]["schema_needed"]


def test_a_demo_fills_no_database_that_has_anything(migrated, tmp_path):
    done = pdmd(tmp_path / "demo", migrated[1], "demo", "--once", "--listen", "127.0.0.1:0")
    assert done.code == 1 and "a demo takes an empty database" in done.err, done
