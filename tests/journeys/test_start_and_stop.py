"""`make run` as an operator sees it: a clear word about a port in use, and nothing left after Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, free_port

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


def start(data_dir: Path, ports: dict[str, int]) -> subprocess.Popen[str]:
    """Start `commands.run` with these ports."""
    environment = {
        **os.environ,
        **{name: str(port) for name, port in ports.items()},
        "DATA_DIR": str(data_dir),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "commands.run"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("variable", ["RASA_PORT", "ACTIONS_PORT", "CONSOLE_PORT", "SIMULATOR_PORT"])
def test_a_port_in_use_is_named_with_its_variable(tmp_path: Path, variable: str) -> None:
    ports = {name: free_port() for name in ("RASA_PORT", "ACTIONS_PORT", "CONSOLE_PORT", "SIMULATOR_PORT")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports[variable]))
        taken.listen()
        process = start(tmp_path, ports)
        printed, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"port {ports[variable]} is in use; set {variable} to another" in printed
    assert "Traceback" not in printed


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    process = start(tmp_path, {"RASA_PORT": 99999})
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "RASA_PORT='99999': a port is a whole number from 1 to 65535" in printed


def test_ctrl_c_during_the_start_leaves_no_process(tmp_path: Path) -> None:
    ports = {name: free_port() for name in ("RASA_PORT", "ACTIONS_PORT", "CONSOLE_PORT", "SIMULATOR_PORT")}
    process = start(tmp_path, ports)
    deadline = time.monotonic() + 60
    while not (tmp_path / "log" / "rasa.log").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    for port in ports.values():
        assert f"--port {port}" not in running
    for port in ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
