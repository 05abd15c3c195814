"""`python -m benchmarks.chaos.skewed FILE MODULE …`: a module of ours under a clock that a file sets wrong.

The file holds seconds to add to the time; it is read at every look at the clock. `services.clock` is
changed before anything of ours imports it, so that the product itself knows nothing of this.
"""

from __future__ import annotations

import runpy
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from services import clock


def skew(file: Path) -> None:
    """Let `utc_now` be wrong by what the file says; by nothing while it says nothing."""

    def utc_now() -> datetime:
        try:
            seconds = float(file.read_text())
        except (OSError, ValueError):
            seconds = 0.0
        return datetime.now(timezone.utc) + timedelta(seconds=seconds)

    clock.utc_now = utc_now


if __name__ == "__main__":
    skew(Path(sys.argv[1]))
    module, sys.argv = sys.argv[2], sys.argv[2:]
    # As `python -m` does, which Rasa's own imports of the project rely on.
    sys.path.insert(0, str(Path.cwd()))
    runpy.run_module(module, run_name="__main__", alter_sys=True)
