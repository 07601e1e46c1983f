"""Rounds of load: wrk and pace, on the core that the server does not have, and what they cost the
server. Every answer is checked; one wrong answer ends the run. A core of None: on all of them."""

import json
import pathlib
import statistics
import subprocess

from servers import BUILD, CLIENT_CORE, ROOT, pinned

PACE = BUILD / "bench" / "pace"
SCRIPT = ROOT / "bench" / "load.lua"
CONNECTIONS = 32

GOOD = '{"status":{"code":101,"details":"OK"},"'


class WrongAnswers(Exception):
    pass


class Requests:
    """What is asked: path, a file with the body, and how the answers are to be checked."""

    def __init__(self, mode, path, body_file, ids, expects):
        self.mode, self.path, self.ids, self.expects = mode, path, ids, expects
        self.body_file = pathlib.Path(body_file)

    @classmethod
    def customers(cls, folder, token, ids):
        body = '{"company_id":9001,"session_token":"%s","customer_id":@ID@}' % token
        path = folder / "get_customer.json"
        path.write_text(body)
        return cls("customer", "/GetCustomer", path, ids,
                   [GOOD + 'customer":{"customer_id":@ID@,'])

    @classmethod
    def sessions(cls, folder, key):
        path = folder / "get_session_token.json"
        path.write_text('{"company_id":9001,"key":"%s"}' % key)
        return cls("session", "/GetSessionToken", path, 1,
                   [GOOD + 'session":{"session_token":"9001|'])

    def fixed(self, folder, answer):
        """The same requests for a server whose answer is always the same."""
        path = folder / "fixed.json"
        path.write_text(self.body_file.read_text())
        path.with_suffix(".json.answer").write_text(answer)
        return Requests("fixed", self.path, path, self.ids, [GOOD])


def result_of(command, what, of=-1, core=CLIENT_CORE):
    """Of several streams each prints a line; `of` says whose is wanted."""
    done = subprocess.run(pinned(core, command), capture_output=True, text=True, timeout=300)
    try:
        lines = done.stdout.strip().splitlines()
        results = [json.loads(line) for line in lines if line.startswith("{")]
        result = results[of]
    except (ValueError, IndexError):
        raise RuntimeError(f"{what} failed: {done.stdout}{done.stderr}") from None
    for each in results:
        if each["bad"] or each.get("errors") or not each["answers"]:
            raise WrongAnswers(f"{what}: {each}\n{done.stderr}")
    return result


def measured(server, command, what, of=-1, core=CLIENT_CORE):
    """Runs it; adds requests a second and the server's CPU time for each request."""
    server.before_round()
    before = server.cpu_seconds()
    result = result_of(command, what, of, core)
    cpu = server.cpu_seconds() - before
    asked = result.get("sent", result["answers"])
    result["rps"] = result["answers"] / result["seconds"]
    result["cpu_us"] = cpu * 1e6 / asked
    result["busy"] = result["rps"] * result["cpu_us"] / 1e6
    return result


def wrk(server, requests, seconds):
    command = ["wrk", "--threads", 1, "--connections", CONNECTIONS, "--duration", f"{seconds}s",
               "--timeout", "10s", "--script", SCRIPT,
               f"http://127.0.0.1:{server.port}{requests.path}", "--",
               requests.mode, requests.body_file, requests.ids]
    return measured(server, command, f"wrk on {server.name}")


def pace(server, requests, seconds, rate=0, port=None, connections=CONNECTIONS, core=CLIENT_CORE):
    """Without a rate: as fast as it is answered. `port` with TLS; else the server's plain one."""
    command = [PACE, "--address", f"127.0.0.1:{port or server.port}", "--path", requests.path,
               "--body-file", requests.body_file, "--ids", requests.ids,
               "--connections", connections, "--seconds", seconds, "--rate", f"{rate:.0f}"]
    for text in requests.expects:
        command += ["--expect", text]
    if port:
        command.append("--tls")
    return measured(server, command, f"pace on {server.name}", core=core)


class Row:
    """One figure of several rounds."""

    def __init__(self, values):
        self.values = list(values)

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self, form):
        return f"{form % self.median} ({form % min(self.values)} to {form % max(self.values)})"


class Rounds:
    """The results of several kinds of round, taken in turns so that what else the machine does
    falls on all alike."""

    def __init__(self, kinds, n):
        """kinds: name -> a function that runs one round."""
        self.results = {name: [] for name in kinds}
        for number in range(1, n + 1):
            for name, run in kinds.items():
                result = run()
                self.results[name].append(result)
                print(f"  round {number} {name:<28} {result['rps']:9.0f} /s "
                      f"{result['cpu_us']:6.2f} us CPU", flush=True)

    def row(self, name, field):
        return Row(result[field] for result in self.results[name])

    def ratio(self, name, other, field):
        """Of the pairs that ran next to each other."""
        return Row(a[field] / b[field] for a, b in zip(self.results[name], self.results[other]))
