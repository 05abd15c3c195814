"""The documents say what is there: settings, commands, folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.settings import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
TARGETS = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
FOLDERS = sorted(
    path.name
    for path in ROOT.iterdir()
    if path.is_dir() and not path.name.startswith(".") and path.name not in {"models", "results", "var"}
)


def test_every_setting_is_described_with_its_default() -> None:
    described = dict(
        re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    )
    assert set(described) == set(DEFAULTS)
    for name, value in described.items():
        assert value in {"", DEFAULTS[name]}, name


@pytest.mark.parametrize("document", ["README.md", "README.vi.md"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_is_on_the_map(document: str, folder: str) -> None:
    assert f"{folder}/" in (ROOT / document).read_text("utf-8")


@pytest.mark.parametrize("target", TARGETS)
def test_every_command_is_described_to_contributors(target: str) -> None:
    assert f"make {target}" in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_links_inside_the_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_what_came_last_is_on_top_of_the_changelog() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
