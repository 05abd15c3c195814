"""Where results are written, and on what they were measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from services.clock import VIETNAM
from services.settings import ROOT

RESULTS = ROOT / "benchmarks" / "results"


def machine() -> str:
    """Give one line on machine, commit and versions, and on how busy the machine was before."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(VIETNAM):%Y-%m-%d %H:%M} (Hanoi), commit {commit()}, {os.cpu_count()} cores "
        f"({platform.machine()}), Linux {platform.release()}, Python {platform.python_version()}, "
        f"Rasa {version('rasa')}, Sanic {version('sanic')}, SQLite {sqlite3.sqlite_version}; "
        f"load of the machine (1, 5, 15 minutes): {load}"
    )


def commit() -> str:
    """Give the commit that is checked out, `unknown` outside a checkout."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


def write(name: str, lines: list[str]) -> Path:
    """Write a result under today's date and give the file, relative to the checkout."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}-{datetime.now(VIETNAM):%Y-%m-%d}.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path.relative_to(ROOT)
