"""The real cluster: what was acknowledged is there, once, whatever part of it breaks.

The ordinary run kills the primary's machine once under a light load, and then one pdmd: two minutes
and a half, most of it waiting. PDMD_FAILOVER=3 runs every scenario three times under the full load.
How long a failover takes is not judged here but measured, by bench/failover.py.
"""

import os

import pytest

from support import failover
from support.build import SANITIZER

RUNS = int(os.environ.get("PDMD_FAILOVER", "0"))
WRITES_PER_S, READS_PER_S = (200, 500) if RUNS else (50, 100)
SHORT = ["primary-killed", "pdmd-killed"]
ALL = [name for name in failover.SCENARIOS if name != "nothing"]

pytestmark = [
    pytest.mark.skipif(SANITIZER is not None, reason="its time limits are for a program as built "
                       "for use; the engine itself has tests with sanitizers"),
    pytest.mark.skipif(failover.why_not() is not None, reason=str(failover.why_not())),
]


@pytest.fixture(scope="module")
def cluster():
    with failover.cluster("/tmp/pdmd-failover") as up:
        yield up
    assert failover.left_behind() == []


@pytest.mark.parametrize("name", ALL * RUNS or SHORT)
def test_what_was_acknowledged_is_there_once(cluster, name):
    result = failover.run(cluster, name, WRITES_PER_S, READS_PER_S)
    print(result.facts())
    result.before.assert_clean()
    result.after.assert_clean()
    assert result.after.unknown == 0
    # Whoever answered, pdmd or the balancer in front, did so in the API's form.
    assert not [why for why in result.failures if "AssertionError" in why], result.failures
    if name == "pdmd-restarted":
        assert result.failures == {}


def test_what_is_up_is_not_built_twice(cluster):
    again = failover.start_again()
    assert again.returncode == 1
    assert "A cluster is up already, in /tmp/pdmd-failover" in again.stderr
