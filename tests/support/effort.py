"""How much the proofs do: a little in the ordinary run, as much as is wanted by hand.

PDMD_CYCLES=2000 is the number of cycles, rounds, steps or calls, whatever the test counts;
PDMD_SEED=7 repeats a run, whose seed is printed when it fails.
"""

import os
import random

from support.build import SANITIZER


def cycles(ordinary, sanitizer):
    wanted = os.environ.get("PDMD_CYCLES")
    if wanted:
        return int(wanted)
    return sanitizer if SANITIZER else ordinary


def by_hand():
    return "PDMD_CYCLES" in os.environ


def chance():
    seed = int(os.environ.get("PDMD_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"PDMD_SEED={seed}")
    return random.Random(seed)


def spread(n_all, n_wanted):
    """At most n_wanted of the numbers 1 to n_all, evenly spread; both ends are among them."""
    if n_all <= n_wanted:
        return list(range(1, n_all + 1))
    if n_wanted == 1:
        return [1]
    return sorted({1 + i * (n_all - 1) // (n_wanted - 1) for i in range(n_wanted)})
