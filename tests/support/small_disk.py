"""A disk of our own that can be filled: a small tmpfs."""

import contextlib
import os
import subprocess

import pytest


class SmallDisk:
    def __init__(self, path):
        self.path = path
        self.filler = path / "filler"

    def fill(self):
        """To the last byte: not even a byte more goes into what is there."""
        with open(self.filler, "ab", buffering=0) as filler:
            for piece in (1 << 16, 1):
                with contextlib.suppress(OSError):
                    while True:
                        filler.write(b"\0" * piece)
        assert os.statvfs(self.path).f_bavail == 0

    def make_room(self):
        self.filler.unlink()


@contextlib.contextmanager
def mounted(path, megabytes):
    """Skips where we may not mount."""
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs",
                           path], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"a disk to fill cannot be mounted here: {done.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        # Whoever still holds a file of it keeps only that.
        subprocess.run(["umount", "--lazy", path], check=True)
