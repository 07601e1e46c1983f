"""Runs the transcripts; support/transcript.py says how they are written."""

import pathlib

import pytest

from support import cli, demo
from support.transcript import Transcript, run_step, shell_environment

TRANSCRIPTS = [Transcript(path) for path in
               sorted((pathlib.Path(__file__).parent / "transcripts").glob("*.txt"))]
RUNS = [pytest.param(transcript, way, id=f"{transcript.name} {way}")
        for transcript in TRANSCRIPTS for way in transcript.ways]


def test_there_are_transcripts():
    assert len(RUNS) > 8


@pytest.mark.parametrize("transcript, way", RUNS)
def test_transcript(transcript, way, tmp_path, start_server):
    folder = tmp_path / "shell"
    folder.mkdir()
    directory = folder / "data"
    variables = {"KEY": str(directory / "demo-9001.key")}
    if transcript.start == "setup":
        cli.set_up(directory)
    elif transcript.start == "demo":
        demo.make(directory)
    if way == "served":
        server = start_server(command="serve", directory=directory)
        variables["URL"] = "http://%s:%d" % server.address
    env = shell_environment(folder.parent, directory, variables)
    for step in transcript.steps:
        run_step(step, folder, env)
