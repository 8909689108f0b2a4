"""Whether programs under test can be isolated on this machine."""

from __future__ import annotations

import os
import subprocess


def machine_isolates() -> bool:
    """Asked of bubblewrap alone: what we tell it ourselves is under test, and must not turn its own faults into
    tests that are skipped. Without root's rights, as programs are run."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    line = ["bwrap", "--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    try:
        return subprocess.run([*nobody, *line], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
