"""Data directories that cannot be served: every one is told apart, and left as it was."""

import os
import pathlib
import shlex
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time

import pytest

from support import cli, engine
from support.build import PDMD, environment


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "data"
    cli.set_up(path)
    assert cli.run("company", "add", 9100, "Kept", "--dir", path).code == 0
    return path


WAYS = [("company", "list"), ("serve", "--listen", "127.0.0.1:0"), ("check",)]
ways = pytest.mark.parametrize("words", WAYS, ids=" ".join)


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()
            if path.is_file() and path.name != "pdmd.lock"}


def refused(words, directory, code):
    """One sentence, last, that names the directory; no server is left behind."""
    done = cli.run(*words, "--dir", directory)
    assert done.code == code, done
    assert done.out == "", done
    said = done.err.splitlines()[-1]
    assert said.startswith(f"pdmd {words[0]}") and str(directory) in said, done
    assert not (directory / "admin.sock").exists()
    return said


@ways
def test_one_that_is_missing(tmp_path, words):
    assert "setup" in refused(words, tmp_path / "none", 3)
    assert not (tmp_path / "none").exists()


@ways
def test_one_that_is_empty(tmp_path, words):
    (tmp_path / "empty").mkdir()
    assert "setup" in refused(words, tmp_path / "empty", 3)


@ways
def test_a_file_in_its_place(tmp_path, words):
    file = tmp_path / "file"
    file.write_text("mine\n")
    done = cli.run(*words, "--dir", file)
    assert done.code in (1, 3) and str(file) in done.err.splitlines()[-1], done
    assert file.read_text() == "mine\n"


@ways
def test_one_that_is_not_ours(tmp_path, words):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("Dear all\n")
    refused(words, theirs, 1)
    assert [path.name for path in theirs.iterdir()] == ["letter.txt"]


@ways
def test_a_database_of_another_program(directory, words):
    for name in ("pdmd.db", "pdmd.db-wal", "pdmd.db-shm"):
        (directory / name).unlink(missing_ok=True)
    with sqlite3.connect(directory / "pdmd.db") as db:
        db.execute("create table theirs (x)")
    db.close()
    before = contents(directory)
    refused(words, directory, 1)
    assert contents(directory) == before


@ways
def test_a_database_that_is_none(directory, words):
    for name in ("pdmd.db-wal", "pdmd.db-shm"):
        (directory / name).unlink(missing_ok=True)
    (directory / "pdmd.db").write_bytes(b"not a database at all\n" * 500)
    before = contents(directory)
    refused(words, directory, 1)
    assert contents(directory) == before


@ways
def test_one_of_a_newer_version(directory, words):
    db = sqlite3.connect(directory / "pdmd.db")
    [version] = db.execute("pragma user_version").fetchone()
    assert version >= 1
    db.execute(f"pragma user_version = {version + 1}")
    db.commit()
    db.close()
    before = contents(directory)
    assert "newer" in refused(words, directory, 1)
    assert contents(directory) == before


def test_a_check_leaves_nothing_behind(directory):
    before = contents(directory)
    assert cli.run("check", "--dir", directory).code == 0
    assert contents(directory) == before


def test_an_interrupted_setup_is_gone_on_with(tmp_path):
    """Whatever is there when it is killed; where it had been done already, it says so."""
    ended = set()
    for n in range(20):
        directory = tmp_path / str(n)
        env = environment(directory=directory)
        with subprocess.Popen([PDMD, "setup", "--dir", directory], env=env,
                              stderr=subprocess.DEVNULL) as process:
            time.sleep(n / 1000)
            process.kill()
        done = cli.run("setup", "--dir", directory)
        assert done.code == 0 or "is a data directory of pdmd already" in done.err, done
        cli.migrate(directory)
        assert cli.run("company", "list", "--dir", directory).code == 0
        ended.add(done.code)
    assert 0 in ended


def test_a_demo_names_the_program_as_it_was_called(tmp_path):
    words = [PDMD, "demo", "--customers", "5", "--dir", tmp_path / "data", "--listen"]
    env = environment(directory=tmp_path / "data")
    with subprocess.Popen([*words, "127.0.0.1:0"], env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            hints, address = [], None
            for line in process.stdout:
                if "--dir" in line and str(tmp_path) in line:
                    hints.append(shlex.split(line.removeprefix("Elsewhere:"))[0])
                if line.startswith("serving http://"):
                    address = line.split("/")[2].split(";")[0]
                    break
            assert hints == [str(PDMD)] * 2
            taken = cli.run("demo", "--customers", 5, "--dir", tmp_path / "other", "--listen",
                            address)
            assert taken.code == 1 and "--listen 127.0.0.1:0" in taken.err, taken
        finally:
            process.terminate()
        process.stdout.read()
    assert process.returncode == 0


@ways
def test_one_without_its_secret(directory, words):
    (directory / "secret.key").unlink()
    done = cli.run(*words, "--dir", directory)
    assert done.code in (1, 3) and "secret.key" in done.err.splitlines()[-1], done
    assert not (directory / "secret.key").exists()


@ways
def test_one_whose_secret_is_damaged(directory, words):
    (directory / "secret.key").write_bytes(b"")
    done = cli.run(*words, "--dir", directory)
    assert done.code in (1, 2) and "secret.key" in done.err.splitlines()[-1], done


@ways
def test_one_whose_secret_others_may_read(directory, words):
    (directory / "secret.key").chmod(0o644)
    done = cli.run(*words, "--dir", directory)
    assert done.code == 4 and "secret.key" in done.err.splitlines()[-1], done


def as_nobody(*words):
    """Root may write everywhere; so somebody else tries."""
    if os.geteuid() != 0:
        return subprocess.run([PDMD, *words], capture_output=True, text=True, check=False)
    return subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", PDMD,
                           *words], capture_output=True, text=True, check=False)


@pytest.fixture
def shared(directory):
    """The directory again, where everybody can come as far as its door."""
    outer = pathlib.Path(tempfile.mkdtemp(prefix="pdmd-test-"))
    outer.chmod(0o755)
    shutil.copytree(directory, outer / "data")
    (outer / "data").chmod(0o700)
    yield outer / "data"
    (outer / "data").chmod(0o700)
    shutil.rmtree(outer)


@ways
def test_one_that_is_somebody_elses(shared, words):
    """Not to be read at all by the one who tries."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory to somebody else")
    if as_nobody("version").returncode != 0:
        pytest.skip("the program under test lies where nobody else may run it")
    done = as_nobody(*words, "--dir", str(shared))
    assert done.returncode == 4 and str(shared) in done.stderr.splitlines()[-1], done


@ways
def test_one_that_is_read_only(shared, words):
    if as_nobody("version").returncode != 0:
        pytest.skip("the program under test lies where nobody else may run it")
    for path in [shared, *shared.iterdir()]:
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
        path.chmod(0o500 if path.is_dir() else 0o400)
    before = contents(shared)
    done = as_nobody(*words, "--dir", str(shared))
    if words == ("check",):
        assert done.returncode in (0, 4), done
    else:
        assert done.returncode == 4 and str(shared) in done.stderr.splitlines()[-1], done
    assert contents(shared) == before


def test_a_socket_that_a_killed_server_left_is_no_hindrance(directory):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(directory / "admin.sock"))
    done = cli.run("company", "list", "--dir", directory)
    assert done.code == 0 and done.out.startswith("9100\tKept\t"), done


def test_commands_without_a_server_take_turns(directory):
    """Each has the lock for a moment; the others wait for it."""
    running = [subprocess.Popen([PDMD, "company", "add", str(9200 + n), "x", "--dir", directory],
                                env=environment(directory=directory), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
               for n in range(12)]
    for process in running:
        out, err = process.communicate()
        assert process.returncode == 0, err
    listed = cli.run("company", "list", "--dir", directory).out
    assert len(listed.splitlines()) == 13


def test_a_long_path_is_no_hindrance_or_is_told(tmp_path):
    """A Unix socket's name has about a hundred bytes."""
    deep = tmp_path / ("d" * 60) / ("e" * 60) / "data"
    done = cli.run("demo", "--once", "--dir", deep, "--listen", "127.0.0.1:0")
    if done.code != 0:
        assert "admin.sock" in done.err and "long" in done.err, done
