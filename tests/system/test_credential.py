"""The secret, handed over by systemd (LoadCredential) instead of lying in the data directory."""

import json
import shutil

import pytest

from support import cli, engine
from support.server import COMPANY


@pytest.fixture
def handed(tmp_path):
    """A folder as systemd makes one for a service, with a secret that is nowhere else."""
    made = tmp_path / "made"
    cli.set_up(made)
    folder = tmp_path / "credentials"
    folder.mkdir(0o700)
    (made / "secret.key").rename(folder / "pdmd-secret")
    (folder / "pdmd-secret").chmod(0o400)
    return folder


def env_of(folder):
    return {"CREDENTIALS_DIRECTORY": str(folder)}


@pytest.fixture
def directory(tmp_path, handed):
    """Set up with the credential at hand."""
    path = tmp_path / "data"
    done = cli.run("setup", "--dir", path, env=env_of(handed))
    assert done.code == 0, done
    return path


def write(path, text):
    path.chmod(0o600)
    path.write_text(text)


def test_a_directory_made_with_it_has_none_of_its_own(directory):
    assert not (directory / "secret.key").exists()
    assert (directory / "pdmd.db").exists() or engine.ON_POSTGRES


def test_setup_does_not_put_one_of_its_own_in_the_place_of_a_damaged_one(tmp_path, handed):
    write(handed / "pdmd-secret", "keys \n")
    path = tmp_path / "data"
    done = cli.run("setup", "--dir", path, env=env_of(handed))
    assert done.code != 0 and f"{handed}/pdmd-secret: damaged" in done.err, done
    assert not (path / "secret.key").exists() and not (path / "pdmd.db").exists()


def test_keys_and_tokens_are_good_under_it_and_its_like(start_server, tmp_path, handed, directory):
    """The same secret, whichever way it comes: as several servers of one database have it."""
    server = start_server(command="serve", directory=directory, env=env_of(handed))
    server.pdmd("company", "add", COMPANY, "Handed Over")  # through the socket, without the secret
    server.pdmd("branch", "add", COMPANY, "Only")
    server.key, _ = server.add_key()
    token = server.token()
    server.stop()
    shutil.copy(handed / "pdmd-secret", directory / "secret.key")
    (directory / "secret.key").chmod(0o600)
    for env in ({}, env_of(handed)):
        again = start_server(command="serve", directory=directory, env=env)
        assert again.customer(token).code == 401  # there is none, and the token is good
        assert again.token(server.key)
        again.stop()


def refused(directory, handed, words=("check",)):
    done = cli.run(*words, "--dir", directory, env=env_of(handed))
    assert done.code != 0, done
    return done.err.splitlines()[-1]


@pytest.mark.parametrize("words", [("check",), ("serve",), ("company", "list")])
def test_two_that_differ_are_refused_by_name(tmp_path, directory, handed, words):
    other = tmp_path / "other"
    assert cli.run("setup", "--dir", other).code == 0
    shutil.copy(other / "secret.key", directory)
    line = refused(directory, handed, words)
    assert f"{handed}/pdmd-secret" in line and f"{directory}/secret.key" in line, line
    assert "not the same secret" in line, line


def test_one_that_others_may_read_is_refused(directory, handed):
    (handed / "pdmd-secret").chmod(0o404)
    line = refused(directory, handed)
    assert f"{handed}/pdmd-secret: others may use it too" in line, line


def test_one_that_is_damaged_is_refused_and_not_shown(directory, handed):
    text = (handed / "pdmd-secret").read_text()
    write(handed / "pdmd-secret", text.replace("\n", "x\n"))
    line = refused(directory, handed)
    assert f"{handed}/pdmd-secret: damaged" in line and text.split()[1] not in line, line


def test_without_either_both_names_are_told(directory, tmp_path):
    line = refused(directory, tmp_path)
    assert "secret.key" in line and ("pdmd-secret" in line or engine.ON_POSTGRES), line


def test_a_backup_can_be_restored_where_it_is_handed_over(tmp_path, directory, handed):
    backup, elsewhere = tmp_path / "backup", tmp_path / "elsewhere"
    for words in (("company", "add", COMPANY, "Handed Over"), ("backup", backup)):
        done = cli.run(*words, "--dir", directory, env=env_of(handed))
        assert done.code == 0, done
    elsewhere.mkdir(0o700)
    assert cli.run("restore", backup, "--dir", elsewhere).code != 0
    done = cli.run("restore", backup, "--dir", elsewhere, env=env_of(handed))
    assert done.code == 0, done
    done = cli.run("company", "list", "--dir", elsewhere, "--json", env=env_of(handed))
    assert [row["company_id"] for row in json.loads(done.out)["companies"]] == [COMPANY], done
