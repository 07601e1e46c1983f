"""kill -9 at any moment: what was acknowledged is there, once and whole, and nothing is halved.

50 cycles in the ordinary run; PDMD_CYCLES=2000 for more.
"""

import random
import time

from support import effort, pharmacy
from support.build import SANITIZER
from support.database import Database
from support.journal import Journal, Writer
from support.pharmacy import Client

WRITERS = 4
RUN_S_MAX = 0.15
# A directory is used for so many cycles, so that looking at all of it does not take ever longer.
CYCLES_OF_A_DIRECTORY = 50
# Everything is looked at after so many; what the last cycle touched, after each.
CYCLES_OF_A_LOOK = 5


class House:
    """One data directory and what is known of it."""

    def __init__(self, directory, start_server):
        self.dir, self.start_server = directory, start_server
        self.key = pharmacy.make(directory)
        self.journal = Journal()
        self.shared = ["shared-1", "shared-2"]
        self.token = None

    def start(self, **options):
        return self.start_server(command="serve", directory=self.dir, **options)

    def client(self, server):
        if not self.token:
            self.token = server.token(self.key)
        return Client(server.address, self.token)

    def write_until(self, end, server, chance, cycle):
        with self.client(server) as client:
            for ref in self.shared:
                if not self.journal.entry(ref).known:
                    self.journal.write(client, ref, pharmacy.person(chance, ref, "first"))
        writers = [Writer(self.client(server), self.journal, random.Random(chance.random()),
                          f"{cycle}-{n}", self.shared) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(chance.random() * RUN_S_MAX)
        end()
        for writer in writers:
            writer.join()
            if writer.fault:
                raise writer.fault

    def look(self, server, whole, ask_again):
        with self.client(server) as client:
            if ask_again:
                self.journal.ask_again(client)
            self.journal.settle_touched(client)
        if whole:
            self.journal.compare(Database(self.dir).assert_sound().by_ref())


def kill_while_it_starts(house, chance):
    """It may be in the middle of reading the log that it found."""
    server = house.start(ready=False)
    time.sleep(chance.random() * 0.05)
    server.kill()


def test_killed_at_any_moment_it_has_what_it_acknowledged(start_server, tmp_path):
    chance, cycles = effort.chance(), effort.cycles(50, 8)
    asked = acknowledged = 0
    for cycle in range(cycles):
        if cycle % CYCLES_OF_A_DIRECTORY == 0:
            house = House(tmp_path / f"data-{cycle}", start_server)
            server = house.start()
        house.write_until(server.kill, server, chance, cycle)
        if chance.random() < 0.2:
            kill_while_it_starts(house, chance)
        server = house.start()
        last = cycle + 1 == cycles or (cycle + 1) % CYCLES_OF_A_DIRECTORY == 0
        house.look(server, whole=last or cycle % CYCLES_OF_A_LOOK == 0,
                   ask_again=chance.random() < 0.5)
        if last:
            server.stop()
            house.journal.compare(Database(house.dir).assert_sound().by_ref())
            asked += house.journal.asked
            acknowledged += house.journal.acknowledged
            print(f"{cycle + 1} cycles: {asked} writes asked, {acknowledged} acknowledged",
                  flush=True)
    few = 3 if SANITIZER else 10
    assert acknowledged >= few * cycles, "it was killed before it wrote anything worth a look"


def test_stopped_under_writers_it_has_answered_every_write(start_server, tmp_path):
    house, chance = House(tmp_path / "data", start_server), effort.chance()
    for cycle in range(5):
        server = house.start()
        house.write_until(server.stop, server, chance, cycle)
        assert [ref for ref, entry in house.journal.entries.items() if entry.open] == []
        server = house.start()
        house.look(server, whole=True, ask_again=False)
        server.stop()
