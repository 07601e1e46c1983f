"""SearchCustomers on a million customers: kinds of searches, and what each costs the server.

Each search goes by itself over one connection that stays open; its cost is the CPU time that the
server's threads took meanwhile, by the kernel's own books, in nanoseconds: what else the machine
does is not in it. Run alone, it prints the figures:

    python3 bench/search.py [FOLDER]        FOLDER/data: a demo of 1,000,000; build/bench/1000000
"""

import http.client
import json
import pathlib
import random
import statistics
import subprocess
import sys

from servers import PDMD, ROOT, Pdmd, Process

COMPANY = 9001
EACH = 300  # searches of a kind
LIMIT_MAX = 200
COMMON = "Smith"
NOBODY_BORN = "1851-03-07"
EMPTY_BRANCH = "Nobody's"


class Caller:
    """One connection and one key's token."""

    def __init__(self, server, key):
        self.server = server
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        session = self.ask("GetSessionToken", key=key)["session"]
        self.token = session["session_token"]

    def ask(self, command, **fields):
        body = {"company_id": COMPANY, **fields}
        if "key" not in fields:
            body["session_token"] = self.token
        self.connection.request("POST", f"/{command}", json.dumps(body),
                                {"Content-Type": "application/json"})
        answer = json.loads(self.connection.getresponse().read())
        if answer["status"]["code"] != 101:
            raise RuntimeError(f"{command}: {answer}")
        return answer

    def cost_ms(self, **fields):
        before = cpu_ns(self.server.pid)
        answer = self.ask("SearchCustomers", **fields)
        return (cpu_ns(self.server.pid) - before) / 1e6, answer


def cpu_ns(pid):
    """What the process's threads have had of the CPU."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def key_of_an_empty_branch(folder):
    """Sees nobody, so that every candidate is looked at in vain."""

    def pdmd(*words):
        return subprocess.run([PDMD, *map(str, words), "--dir", folder / "data"], check=True,
                              capture_output=True, text=True).stdout.strip()

    branches = json.loads(pdmd("branch", "list", COMPANY, "--json"))["branches"]
    branch = next((b for b in branches if b["name"] == EMPTY_BRANCH), None)
    if not branch:
        branch = json.loads(pdmd("branch", "add", COMPANY, EMPTY_BRANCH, "--json"))["branch"]
    return pdmd("key", "add", COMPANY, branch["branch_id"], "--label", "bench", "--branch-only",
                "--rate", 1_000_000, "--burst", 1_000_000)


class Kinds:
    """Name -> a function that makes one search."""

    def __init__(self, caller, customers, seed=1):
        self.chance = random.Random(seed)
        ids = self.chance.sample(range(1, customers + 1), 600)
        self.people = [caller.ask("GetCustomer", customer_id=i)["customer"] for i in ids]
        self.names = sorted({person["last_name"] for person in self.people})
        starts = [self.start(name) for name in self.names]
        self.full_starts = [start for start in set(starts) if starts.count(start) > 1] or starts

    def person(self, *fields):
        """Somebody who has all of them."""
        return self.chance.choice([p for p in self.people if all(map(p.get, fields))])

    def name(self):
        return self.chance.choice(self.names)

    @staticmethod
    def start(name):
        return name.replace("'", "")[:3]

    def all(self):
        person, name, pick = self.person, self.name, self.chance.choice
        return {
            "last name": lambda: {"last_name": name()},
            "three letters": lambda: {"last_name": self.start(name())},
            "three letters of many names, limit 200":
                lambda: {"last_name": pick(self.full_starts), "limit": LIMIT_MAX},
            "common name, limit 200": lambda: {"last_name": COMMON, "limit": LIMIT_MAX},
            "postcode": lambda: {"postal_code": person()["address"]["postal_code"]},
            "telephone, limit 200": lambda: {"tel_number": person("tel_number_1")["tel_number_1"],
                                             "limit": LIMIT_MAX},
            "e-mail": lambda: {"email_address": person("email_address")["email_address"]},
            "dob, limit 200": lambda: {"dob": person("dob")["dob"], "limit": LIMIT_MAX},
            "common name, dob of nobody": lambda: {"last_name": COMMON, "dob": NOBODY_BORN},
            "common name, dob of somebody": lambda: {"last_name": COMMON,
                                                     "dob": person("dob")["dob"]},
            "three letters, dob": lambda: {"last_name": pick(self.full_starts),
                                           "dob": person("dob")["dob"]},
            "mobile that many have, dob": lambda: {
                "tel_number": f"07700 900{self.chance.randrange(1000):03}",
                "dob": person("dob")["dob"], "limit": LIMIT_MAX},
            "mobile that many have, name": lambda: {
                "tel_number": f"07700 900{self.chance.randrange(1000):03}",
                "last_name": name(), "limit": LIMIT_MAX},
            "all five": lambda: self.all_of(person("tel_number_1", "email_address", "dob")),
        }

    @staticmethod
    def all_of(person):
        return {"last_name": person["last_name"], "dob": person["dob"],
                "postal_code": person["address"]["postal_code"],
                "tel_number": person["tel_number_1"], "email_address": person["email_address"]}


class Costs:
    """Of the searches of one kind, the pages behind the first counted as well."""

    def __init__(self, caller, make, n=EACH):
        self.ms, self.found = [], []
        while len(self.ms) < n:
            fields, cursor = make(), ""
            for _ in range(3):
                ms, answer = caller.cost_ms(**fields, cursor=cursor)
                self.ms.append(ms)
                self.found.append(len(answer["customers"]))
                cursor = answer["next_cursor"]
                if not cursor:
                    break

    @property
    def median(self):
        return statistics.median(self.ms)

    @property
    def worst(self):
        return max(self.ms)

    @property
    def found_mean(self):
        return statistics.mean(self.found)


def measure(server, folder, customers):
    """Kind -> Costs."""
    whole, nobody = Caller(server, server.key), Caller(server, key_of_an_empty_branch(folder))
    kinds = Kinds(whole, customers)
    costs = {name: Costs(whole, make) for name, make in kinds.all().items()}
    costs["key of an empty branch, three letters"] = Costs(
        nobody, lambda: {"last_name": kinds.start(kinds.name()), "limit": LIMIT_MAX})
    return costs


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/bench/1000000")
    server = Pdmd.demo(folder, 1_000_000)
    try:
        for name, costs in measure(server, folder, 1_000_000).items():
            print(f"{name:42} median {costs.median:5.2f} ms, worst {costs.worst:5.2f} ms CPU; "
                  f"{costs.found_mean:5.1f} found", flush=True)
    finally:
        Process.stop_all()


if __name__ == "__main__":
    main()
