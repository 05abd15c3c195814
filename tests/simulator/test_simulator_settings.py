"""Settings from the environment, and a start that cannot work."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.settings import OaSettings, Settings, SettingsError, read_settings

ROOT = Path(__file__).parents[2]


def test_defaults_and_empty_values_are_the_same() -> None:
    assert read_settings({}) == read_settings({"SIMULATOR_PORT": "", "ZALO_OA_ID": " "}) == Settings()


def test_everything_can_be_set() -> None:
    environ = {
        "SIMULATOR_HOST": "0.0.0.0",
        "SIMULATOR_PORT": "9000",
        "SIMULATOR_WEBHOOK_URL": "https://bot.example/hook",
        "SIMULATOR_CLOCK_FACTOR": "60",
        "SIMULATOR_PUBLIC_URL": "http://simulator:8900/",
        "ZALO_APP_ID": "1",
        "ZALO_APP_SECRET": "s",
        "ZALO_OA_SECRET_KEY": "k",
        "ZALO_OA_ID": "2",
        "ZALO_ACCESS_TOKEN": "a",
        "ZALO_REFRESH_TOKEN": "r",
    }
    assert read_settings(environ) == Settings(
        "0.0.0.0",
        9000,
        "https://bot.example/hook",
        60.0,
        "1",
        "s",
        "k",
        "http://simulator:8900",
        (OaSettings("2", "Công an phường Tân Phú (mô phỏng)", "#0068ff", "a", "r"),),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIMULATOR_PORT", "http"),
        ("SIMULATOR_PORT", "70000"),
        ("SIMULATOR_CLOCK_FACTOR", "0"),
        ("SIMULATOR_CLOCK_FACTOR", "nan"),
        ("SIMULATOR_WEBHOOK_URL", "localhost:5005"),
        ("SIMULATOR_PUBLIC_URL", "x"),
        ("ZALO_OA_ID", "a b"),
        ("SIMULATOR_OAS", "/nowhere/oas.yml"),
    ],
)
def test_a_bad_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


def test_several_oas_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "oas.yml"
    path.write_text(
        "oas:\n- {id: 9990001112223334445, name: Phường}\n"
        "- {id: '2', name: Xã, colour: '#0b7a3b', access_token: a, refresh_token: r}\n",
        encoding="utf-8",
    )
    assert read_settings({"SIMULATOR_OAS": str(path)}).oas == (
        OaSettings(
            "9990001112223334445",
            "Phường",
            "#0068ff",
            "sim-access-9990001112223334445",
            "sim-refresh-9990001112223334445",
        ),
        OaSettings("2", "Xã", "#0b7a3b", "a", "r"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{a",
        "[1]",
        "[{id: '1'}]",
        "[{name: a}]",
        "[{id: '1', name: a, colour: red}]",
        "[{id: '1', name: a}, {id: '1', name: b}]",
        "[{id: '1', name: a, access_token: x}, {id: '2', name: b, access_token: x}]",
    ],
)
def test_bad_oa_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "oas.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="SIMULATOR_OAS"):
        read_settings({"SIMULATOR_OAS": str(path)})


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environ = {**os.environ, "SIMULATOR_PORT": str(port)}
        run = subprocess.run(
            [sys.executable, "-m", "simulator"],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert (run.returncode, run.stdout, run.stderr) == (
        2,
        "",
        f"simulator: port {port} is already in use; set SIMULATOR_PORT to a free port\n",
    )
