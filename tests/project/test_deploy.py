"""What stands in deploy/ names things that exist, holds no secrets, and shows the world two doors only."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.settings import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
SCRIPTS = sorted(DEPLOY.glob("*.sh"))
UNITS = sorted((DEPLOY / "systemd").iterdir())
# Beside the settings: what the containers and scripts themselves need.
MORE = {
    "POSTGRES_PASSWORD", "PUBLIC_HOST", "CONSOLE_PUBLIC_HOST", "BACKUP_DIR", "BACKUP_DAYS", "SANIC_HOST",
    "RASA_ENDPOINTS",
}  # fmt: skip


def test_only_the_proxy_has_ports_and_only_it_and_rasa_have_a_way_out() -> None:
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    outside = {name for name, one in SERVICES.items() if "outside" in one["networks"]}
    assert outside == {"rasa", "proxy", "daily"}


def test_every_variable_is_a_setting_or_named_at_the_top() -> None:
    text = (DEPLOY / "compose.yml").read_text("utf-8")
    named = set(re.findall(r"\$\{([A-Z_]+)", text))
    for one in SERVICES.values():
        if one.get("image") == "an-ninh":
            named |= set(one["environment"])
    assert named - set(DEFAULTS) - MORE == set()
    assert all(f"{name}=" in text.split("name: an-ninh")[0] for name in MORE if f"${{{name}:?" in text)


def test_no_secret_has_a_value_here() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            for line in path.read_text("utf-8").splitlines():
                line = re.sub(r"\$\{[^}]*\}", "${}", line)
                found = re.search(r"(PASSWORD|SECRET|TOKEN|DATA_KEYS)[A-Z_]*[=:]\s*(\S+)", line)
                assert found is None or found[2].startswith(("${", "…")), f"{path.name}: {line}"


def test_containers_run_without_rights() -> None:
    for name, one in SERVICES.items():
        if one.get("image") == "an-ninh":
            assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"]), name
    assert "USER an-ninh" in (DEPLOY / "Dockerfile").read_text("utf-8")


def test_what_is_copied_mounted_and_started_exists() -> None:
    for one in SERVICES.values():
        for volume in one.get("volumes", []):
            if volume.startswith("./"):
                assert (DEPLOY / volume.split(":")[0]).exists(), volume
    texts = [
        path.read_text("utf-8") for path in [*SCRIPTS, *UNITS, DEPLOY / "Dockerfile", DEPLOY / "compose.yml"]
    ]
    modules = set(re.findall(r"-m,? ([a-z_]+(?:\.[a-z_]+)*)", "\n".join(texts)))
    assert modules == {"rasa", "rasa_sdk", "console", "commands.model", "commands.backup", "commands.reports",
                       "commands.doctor"}  # fmt: skip
    for module in modules - {"rasa", "rasa_sdk"}:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    for script in set(re.findall(r"deploy/([a-z_]+\.(?:sh|yml))", "\n".join(texts))):
        assert (DEPLOY / script).exists(), script


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_the_endpoints_differ_in_the_address_only() -> None:
    ours, theirs = (
        yaml.safe_load(path.read_text()) for path in (ROOT / "endpoints.yml", DEPLOY / "endpoints.yml")
    )
    ours["action_endpoint"]["url"] = theirs["action_endpoint"]["url"]
    assert ours == theirs


def test_the_proxy_passes_on_the_webhook_and_nothing_else_of_rasa() -> None:
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    assert text.count("{") == text.count("}")
    public, _, console = text.partition("{$CONSOLE_PUBLIC_HOST}")
    assert re.findall(r"^\s*path (.+)$", public, re.MULTILINE) == ["/webhooks/zalo/webhook"]
    assert public.count("reverse_proxy") == console.count("reverse_proxy") == 1
    assert "respond 404" in public
    assert not re.search(
        r"encode|rewrite|uri ", "\n".join(re.sub("#.*", "", line) for line in public.splitlines())
    )


def test_alarms_ask_for_figures_that_exist() -> None:
    sources = (ROOT / "connectors/zalo/figures.py").read_text("utf-8")
    rules = yaml.safe_load((DEPLOY / "alarms.yml").read_text())["groups"][0]["rules"]
    manual = (ROOT / "docs/operations.md").read_text("utf-8")
    for rule in rules:
        for name in re.findall(r"an_ninh_[a-z_]+", rule["expr"]):
            plain = re.sub(r"_(bucket|total)$", "", name)
            assert f'"{plain}"' in sources, name
    for name in re.findall(r'"(an_ninh_[a-z_]+)"', sources):
        shown = name.replace("token_age", "token_left").replace("token_broken", "token_left_seconds")
        assert name == "an_ninh_watched" or shown in manual, name
