"""The text cases of tests/api/cases: how they are read.

A file begins with what must be there first, and what names stand for:

    $ company add 9100 "Closed Shop"          an admin command
    shop_key $ key add 9100 1 --label till    the same; its output is {shop_key}
    shop_token = token 9100 {shop_key}        a session token; `from 192.0.2.7` may follow

Then come the cases, each with a sentence as its title:

    An id that is not a whole number is refused
    > GetCustomer {…, "customer_id": ⟨"1408" | 1408.0 | 1e3⟩}
    < 303 Incorrect data type: customer_id

`>` is a request. It is posted, unless a method stands before the command; a target that is not a
path gets its slash. In a body {…, is company 9001 and its credentials: the token, or the key where
a token is asked for. ⟨a | b⟩ makes a case of each. {name} is what the name stands for, {50 times é}
repeats, {raw c3 a9} is bytes, and further lines `>: Name: value` are headers of the request (an
empty value leaves out one that we usually send).

`<` is the answer: `HTTP n` where it is not 200, status.code, details. No details are `OK` for 101
and the bare meaning for the others; … in them is any text. Further lines:

    <: Name: value              a header; … is any text, and an empty value: there is none
    + customer.gender "Male"    a member, by path and value as JSON; … is any value
    - customer                  there is no such member
    = {"status": …}             the whole body, in this order
"""

import itertools
import json
import re
import shlex

from support.wire import MEANINGS

CREDENTIALS = {
    "GetSessionToken": '{"company_id": 9001, "key": "{key}"',
    "GetSession": '{"company_id": 9001, "key": "{key}"',
}
SESSION = '{"company_id": 9001, "session_token": "{token}"'


class CaseError(Exception):
    """The file is wrong, not the server."""


class Case:
    def __init__(self, where, title, method, target, body):
        self.where, self.title = where, title
        self.method, self.target, self.body = method, target, body
        self.request_headers = []
        self.http, self.code, self.details = None, None, None
        self.headers, self.members, self.absent, self.whole = [], [], [], None


class CaseFile:
    def __init__(self, path):
        self.path = path
        self.preparations = []
        self.cases = []
        self._open = []
        self._title = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            self._where = f"{path.name}:{number}"
            if line.strip() and not line.startswith("#"):
                self._line(line)
        self._end_case()

    def _line(self, line):
        mark, _, rest = line.partition(" ")
        if mark in MARKS:
            if mark != ">" and not self._open:
                raise CaseError(f"{self._where}: {mark} before a request")
            MARKS[mark](self, rest.strip())
            return
        preparation = re.fullmatch(r"(?:(\w+) )?([$=]) (.+)", line)
        if preparation:
            if self._title or self.cases:
                raise CaseError(f"{self._where}: preparations come before the cases")
            self.preparations.append((self._where, *preparation.groups()))
            return
        self._end_case()
        self._title = line

    def _end_case(self):
        for case in self._open:
            if case.code is None:
                raise CaseError(f"{case.where}: no answer is expected")
        if self._title and not self._open:
            raise CaseError(f"{self._where}: no request for “{self._title}”")
        self.cases += self._open
        self._open, self._title = [], None

    def _request(self, rest):
        if not self._title or self._open:
            raise CaseError(f"{self._where}: a request needs a title of its own")
        for title, text in alternatives(rest):
            method, target, body = re.fullmatch(r"(?:([A-Z]+) )?(\S+)(?: (.*))?", text).groups("")
            if body.startswith("{…"):
                body = CREDENTIALS.get(target, SESSION) + body[2:]
            if not target.startswith("/"):
                target = "/" + target
            self._open.append(Case(self._where, self._title + title, method or "POST", target,
                                   body))

    def _request_header(self, rest):
        name, _, value = rest.partition(":")
        for case in self._open:
            case.request_headers.append((name, value.strip() or None))

    def _answer(self, rest):
        found = re.fullmatch(r"(?:HTTP (\d{3}) )?(\d{3})(?: (.+))?", rest)
        if not found or int(found[2]) not in MEANINGS:
            raise CaseError(f"{self._where}: not an answer: {rest}")
        for case in self._open:
            case.http, case.code = int(found[1] or 200), int(found[2])
            case.details = found[3] or MEANINGS[case.code]

    def _header(self, rest):
        name, _, value = rest.partition(":")
        for case in self._open:
            case.headers.append((name.lower(), value.strip()))

    def _member(self, rest):
        path, _, value = rest.partition(" ")
        for case in self._open:
            case.members.append((path, value))

    def _absent(self, rest):
        for case in self._open:
            case.absent.append(rest)

    def _whole(self, rest):
        for case in self._open:
            case.whole = rest


MARKS = {
    ">": CaseFile._request,
    ">:": CaseFile._request_header,
    "<": CaseFile._answer,
    "<:": CaseFile._header,
    "+": CaseFile._member,
    "-": CaseFile._absent,
    "=": CaseFile._whole,
}


def alternatives(text):
    """Every way to read ⟨a | b⟩ groups: what to put behind the title, and the text."""
    parts = re.split(r"⟨(.*?)⟩", text)
    groups = [[choice.strip() for choice in group.split(" | ")] for group in parts[1::2]]
    for chosen in itertools.product(*groups):
        whole = parts[0] + "".join(c + rest for c, rest in zip(chosen, parts[2::2]))
        yield (": " + " / ".join(chosen) if chosen else ""), whole


def fill(text, names):
    """Text with its placeholders filled, as bytes."""

    def put(found):
        word = found[1]
        if word.startswith("raw "):
            return bytes.fromhex(word[4:])
        times = re.fullmatch(r"(\d+) times (.+)", word)
        if times:
            return (times[2] * int(times[1])).encode()
        if word not in names:
            raise CaseError(f"{{{word}}} stands for nothing")
        return str(names[word]).encode()

    out, end = b"", 0
    for found in re.finditer(r"\{(raw [0-9a-f ]+|\d+ times [^{}]+|[a-z]\w*)\}", text):
        out += text[end:found.start()].encode() + put(found)
        end = found.end()
    return out + text[end:].encode()


def prepare(case_file, server, names):
    """Does what the file asks for before its cases; gives the names they may use."""
    names = dict(names)
    for where, name, kind, words in case_file.preparations:
        words = shlex.split(fill(words, names).decode())
        if kind == "$":
            value = server.pdmd(*words)
        elif words[0] == "token" and (len(words) == 3 or words[3] == "from"):
            value = server.token(words[2], int(words[1]), words[4] if len(words) > 3 else None)
        else:
            raise CaseError(f"{where}: cannot be understood")
        if name:
            names[name] = value
    return names


def member(value, path):
    """The member at a path such as `customer.address.city`; KeyError when there is none."""
    for name in path.split("."):
        if isinstance(value, list):
            value = dict(enumerate(value))
            name = int(name)
        value = value[name]
    return value


def dumps(value):
    return json.dumps(value, ensure_ascii=False)


def canonical(text):
    """JSON written one way, names in the order that they have."""
    return dumps(json.loads(text))
