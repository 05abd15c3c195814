"""`DaskGraphRunner.run`: the nodes one after another in an order that is worked out once.

Stock asks dask, which plans the graph anew at each run. A model is run three times a turn (once for
the language, twice for the next action), always for the same targets.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rasa.engine.constants import PLACEHOLDER_TRACKER
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner

_run_by_dask = DaskGraphRunner.run


class Step(NamedTuple):
    """A node to run, and the names of the nodes and inputs that it is given."""

    name: str
    node: Any
    needs: tuple[str, ...]


def run(
    self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """Run the graph for the targets; training, and what cannot be ordered, is left to stock."""
    wanted = tuple(targets or ())
    if not wanted or not inputs or PLACEHOLDER_TRACKER not in inputs:
        return dict(_run_by_dask(self, inputs, targets))
    plans: dict[Any, list[Step] | None] = self.__dict__.setdefault("_plans", {})
    key = (wanted, frozenset(inputs))
    if key not in plans:
        plans[key] = _order(self, wanted, inputs)
    steps = plans[key]
    if steps is None:
        return dict(_run_by_dask(self, inputs, targets))
    results: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in inputs.items()}
    try:
        for step in steps:
            results[step.name] = step.node(*[results[name] for name in step.needs])
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error
    return dict(results[name] for name in wanted)


def _order(runner: DaskGraphRunner, targets: tuple[str, ...], inputs: dict[str, Any]) -> list[Step] | None:
    """Order the nodes so that each follows what it needs; None where stock has to say what is wrong."""
    nodes = runner._graph_schema.minimal_graph_schema(list(targets)).nodes
    left = {name: tuple(node.needs.values()) for name, node in nodes.items()}
    if inputs.keys() & left.keys():
        return None
    steps: list[Step] = []
    done = set(inputs)
    while left:
        ready = [name for name, needs in left.items() if done.issuperset(needs)]
        if not ready:
            return None
        for name in ready:
            steps.append(Step(name, runner._instantiated_nodes[name], left.pop(name)))
            done.add(name)
    return steps if done.issuperset(targets) else None
