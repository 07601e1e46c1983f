"""Expected texts, in which … stands for anything within a line."""

import re


def pattern(text):
    return re.compile("[^\n]*".join(re.escape(part) for part in text.split("…")))


def matches(expected, actual):
    return pattern(expected).fullmatch(actual) is not None
