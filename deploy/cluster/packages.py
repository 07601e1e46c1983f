"""The Debian packages that the cluster needs, installed without their services."""

import pathlib
import subprocess

from cluster import ROOT, Failure

# Debian asks this program whether a package that is being installed may start its service.
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")
SERVICES = ("etcd", "haproxy", "patroni", "postgresql")


def need(say):
    """Installs what is missing. What is installed now is not started, nor at the machine's next
    start; the services of packages that were there are left as they are."""
    before = _services()
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        done = subprocess.run([ROOT / "scripts/need", "cluster"], check=False)
    finally:
        if ours:
            POLICY.unlink()
    if done.returncode != 0:
        raise Failure("A package is missing and could not be installed; see above.")
    for service in sorted(_services() - before):
        subprocess.run(["update-rc.d", service, "disable"], capture_output=True, check=False)
        say(f"The service {service} came with its package: not started, and disabled.")


def _services():
    return {service for service in SERVICES if pathlib.Path("/etc/init.d", service).exists()}
