"""Tests that are left out where the program works on PostgreSQL: they are about SQLite's files, or
have a PostgreSQL of their own whatever the engine.

By file, function or transcript."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

WHY = {
    "tests/system/test_shared_database.py":
        "has a PostgreSQL of its own, and runs with the tests on SQLite",
    "tests/system/test_replica.py":
        "has a PostgreSQL of its own, and runs with the tests on SQLite",
    "tests/system/test_postgres_faults.py":
        "has a PostgreSQL of its own, and runs with the tests on SQLite",
    "tests/system/test_failover.py":
        "has a cluster of its own, and runs with the tests on SQLite",
    "tests/system/test_ledger.py": "reads the file; the failover's test has the ledger there",
    "tests/system/test_backup.py": "copies of the file; PostgreSQL has its own tools",
    "tests/system/test_restore.py": "the file is put back from a copy",
    "tests/system/test_disk_full.py": "the file's disk",
    "tests/system/test_move.py": "from a file to a server and back, whatever else is tried",
    "tests/system/test_sync_order.py": "this program's own fsync calls",
    "tests/system/test_syscalls.py": "this program's own calls to the disk",
    "tests/system/test_start_and_stop.py::test_a_directory_that_others_may_enter_is_told":
        "the file's mode",
    "tests/system/test_erase.py::test_nothing_is_left_while_others_read_all_the_time":
        "the write-ahead log, which readers hold",
    "tests/system/test_erase.py::test_another_programs_reader_is_told_of_and_outlived":
        "the write-ahead log, which readers hold",
    "tests/system/test_erase.py::"
    "test_a_server_killed_before_it_was_done_is_followed_by_one_that_finishes":
        "the write-ahead log, which readers hold",
    "tests/system/test_import.py::test_what_a_killed_dry_run_has_left_is_removed":
        "a dry run works on a copy of the file",
    "tests/system/test_import.py::test_a_dry_run_that_is_killed_leaves_no_copy":
        "a dry run works on a copy of the file",
    "tests/system/test_import.py::test_a_dry_run_tells_what_a_run_does_and_changes_nothing":
        "a dry run works on a copy of the file",
    "tests/api/test_limits.py::test_who_does_not_take_his_answers_is_left":
        "http's own; answers must come fast enough to fill what the system holds back",
    "tests/cli/test_terminal.py::test_a_backup_tells_how_far_it_is": "copies of the file",
    "tests/system/test_credential.py::test_a_backup_can_be_restored_where_it_is_handed_over":
        "copies of the file",
    "tests/cli/test_directories.py::test_a_database_of_another_program": "the file's content",
    "tests/cli/test_directories.py::test_a_database_that_is_none": "the file's content",
    "tests/cli/test_directories.py::test_one_of_a_newer_version": "the file's content",
    "tests/cli/test_directories.py::test_one_that_is_somebody_elses":
        "somebody else cannot reach the tests' server either",
    "tests/cli/test_directories.py::test_one_that_is_read_only":
        "somebody else cannot reach the tests' server either",
    "tests/cli/test_transcripts.py::test_transcript[backup": "copies of the file",
    "tests/cli/test_transcripts.py::test_transcript[restore": "copies of the file",
    "tests/cli/test_transcripts.py::test_transcript[rights":
        "the audit names the server where several write",
    "tests/cli/test_transcripts.py::test_transcript[erased": "what is in the file",
    "tests/cli/test_transcripts.py::test_transcript[setup": "the file is made by setup",
    "tests/cli/test_transcripts.py::test_transcript[dry-run": "works on a copy of the file",
    "tests/cli/test_transcripts.py::test_transcript[demo": "several directories of its own making",
}


def _entry(name):
    """The entry that a test's name begins with, or None."""
    return next((entry for entry in WHY if re.match(re.escape(entry) + r"(?!\w)", name)), None)


def assert_there():
    """Every entry names something, so that no list outlives its tests."""
    for entry in WHY:
        path, _, rest = entry.partition("::")
        function, _, case = rest.partition("[")
        assert f"def {function}(" in (ROOT / path).read_text() or not rest, entry
        transcripts = (ROOT / path).parent / "transcripts"
        assert not case or (transcripts / f"{case}.txt").exists(), entry


def divide(items):
    """The tests that are not left out; and of each entry that was met how many are."""
    kept, left_out = [], {}
    for item in items:
        entry = _entry(item.nodeid)
        if entry:
            left_out[entry] = left_out.get(entry, 0) + 1
        else:
            kept.append(item)
    return kept, left_out
