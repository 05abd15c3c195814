"""The console as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.journeys.conftest import ROOT, free_port


def test_it_starts_on_an_empty_folder_answers_and_ends(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "",
        "CONSOLE_PORT": str(port),
        "CONSOLE_URL": "",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "console"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 40
    answer = None
    while answer is None and time.monotonic() < deadline and process.poll() is None:
        try:
            answer = requests.get(f"{address}/dang-nhap", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, printed = process.communicate(timeout=20)
    assert answer is not None, printed
    assert (answer.status_code, "Tên đăng nhập" in answer.text) == (200, True)
    assert "server" not in answer.headers
    assert "Traceback" not in printed


def test_a_wrong_setting_is_told(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "CONSOLE_PORT": "99999"}
    ended = subprocess.run(
        [sys.executable, "-m", "console"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, "CONSOLE_PORT='99999'" in ended.stderr) == (2, True)
