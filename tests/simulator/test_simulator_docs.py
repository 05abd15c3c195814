"""The README names every control route, option and variable; the page needs nothing from outside."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator import control
from simulator.app import make_app
from simulator.options import Options
from simulator.page import STATIC
from simulator.settings import Settings

if TYPE_CHECKING:
    from conftest import World

PACKAGE = Path(control.__file__).parent
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
SCRIPTS = sorted(STATIC.glob("*.js"))


@pytest.mark.parametrize("route", [f"{method} {control.PREFIX}{path}" for method, path, _ in control.ROUTES])
def test_control_route_is_described(route: str) -> None:
    assert f"`{route}`" in README


@pytest.mark.parametrize("name", [field.name for field in fields(Options)])
def test_option_is_described(name: str) -> None:
    assert f"`{name}`" in README


def test_variables_are_described() -> None:
    source = (PACKAGE / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'"((?:SIMULATOR|ZALO)_[A-Z_]+)"', source))
    assert len(names) >= 11
    assert {name for name in names if f"`{name}`" not in README} == set()


def test_every_own_route_is_described() -> None:
    paths = {route.resource.canonical for route in make_app(Settings()).router.routes() if route.resource}
    own = {
        re.sub(r"\{file_id\}", "{id}", path)
        for path in paths
        if path.startswith(("/api/", "/media/", "/healthz"))
    }
    assert {path for path in own if f"{path}`" not in README and f"{path}?" not in README} == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.name for path in SCRIPTS])
def test_page_never_writes_html_from_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text) == []


def test_page_loads_nothing_from_outside() -> None:
    found = []
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8")
        found += re.findall(
            r"""(?:src|href)=["']https?:[^"']+|url\(["']?https?:[^)]+|from ["']https?:[^"']+""", text
        )
    assert found == []


async def test_page_and_its_files_are_served(world: World) -> None:
    async with world.http.get(f"{world.base}/") as answer:
        page = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    wanted = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert sorted(wanted) == ["/static/chat.css", "/static/chat.js", "/static/icon.svg"]
    for script in SCRIPTS:
        wanted += [
            f"/static/{name}" for name in re.findall(r'from "\./([^"]+)"', script.read_text(encoding="utf-8"))
        ]
    for path in wanted:
        async with world.http.get(world.base + path) as answer:
            assert answer.status == 200, path
