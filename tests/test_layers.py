"""Who may import whom, read from the sources: the arrows of the architecture point down, and never round."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("services", "nlu", "actions", "connectors", "console", "commands", "simulator")
# At the bottom: nothing of ours but each other, so that everything else may stand on them.
GROUND = {f"services.{name}" for name in ("settings", "errors", "clock", "text", "fields", "logging")}
MAY_IMPORT = {
    "services": {"services"},
    "nlu": {"nlu", "services"},
    "actions": {"actions", "services"},
    "connectors": {"connectors", "services"},
    "console": {"console", "services"},
    "commands": {"commands", "services"},
    "simulator": {"simulator"},
}
# What a layer has to do without: the frameworks of the layers beside it.
WITHOUT = {
    "services": {"rasa", "rasa_sdk", "sanic", "typer", "rich"},
    "nlu": {"rasa_sdk", "sanic", "aiohttp", "sqlalchemy"},
    "actions": {"rasa", "sanic", "aiohttp", "sqlalchemy"},
    "connectors": {"rasa_sdk"},
    "simulator": {"rasa", "rasa_sdk", "sanic", "sqlalchemy"},
}


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name; migrations are scripts of Alembic and not modules."""
    found = {}
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            if "versions" not in path.parts:
                dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                found[dotted.removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports(name: str, at_run_time: bool = False) -> set[str]:
    """The dotted names that a module imports; `from a import b` counts as a.b where that is a module.

    `at_run_time` leaves out what only type checkers and functions import.
    """
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body if at_run_time else ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parts, base]).strip(".")
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                found.add(whole if whole in MODULES else base)
    return found


def ours(name: str) -> set[str]:
    return {found for found in imports(name) if found.split(".")[0] in LAYERS}


def test_there_is_something_to_look_at() -> None:
    assert {"services.inbox", "connectors.zalo.channel", "simulator.app", "services.db.engine"} <= set(
        MODULES
    )
    assert imports("connectors.zalo.signature") == {"__future__", "hashlib", "hmac", "re"}
    assert "connectors.zalo.events" in imports("connectors.zalo.intake")


@pytest.mark.parametrize("name", MODULES)
def test_no_arrow_points_up_or_sideways(name: str) -> None:
    layer = name.split(".")[0]
    assert {found for found in ours(name) if found.split(".")[0] not in MAY_IMPORT[layer]} == set()


@pytest.mark.parametrize("name", sorted(GROUND & set(MODULES)))
def test_the_ground_stands_on_nothing_of_ours(name: str) -> None:
    assert ours(name) - GROUND == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("services.db")])
def test_the_database_stands_on_the_ground_only(name: str) -> None:
    assert {found for found in ours(name) - GROUND if not found.startswith("services.db")} == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name.split(".")[0] in WITHOUT])
def test_a_layer_does_without_the_frameworks_of_the_others(name: str) -> None:
    outside = {found.split(".")[0] for found in imports(name)}
    assert outside & WITHOUT[name.split(".")[0]] == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name.split(".")[0] == "connectors"])
def test_sql_is_written_in_services_only(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    taken = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy"
        for alias in node.names
    }
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    # A connector may hand a session from one service to another; it asks the database nothing itself.
    assert taken <= {"sqlalchemy.orm.Session"}
    assert "sqlalchemy" not in {found.split(".")[0] for found in plain}


def test_no_module_imports_itself_by_a_round_way() -> None:
    graph = {name: imports(name, at_run_time=True) & set(MODULES) - {name} for name in MODULES}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize("name", MODULES)
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    parts = set(name.split("."))
    assert parts & {"utils", "util", "helpers", "helper", "manager", "common", "misc"} == set()
