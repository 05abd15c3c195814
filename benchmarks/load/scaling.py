"""`make bench-scaling`: what a message costs each process, and what more machines would do by the model.

One, two and four replicas are flooded here, on Postgres. The run with one gives the costs; those with more
show how far the model (benchmarks.load.simulation) is from what was measured. Then it is asked what cannot be
run here: a province and its broadcast, on several machines.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from benchmarks.channel.processes import DidNotStart
from benchmarks.channel.report import machine, write
from benchmarks.load import run
from benchmarks.load.postgres import Postgres
from benchmarks.load.simulation import Costs, Fleet, answered, arrivals, shares
from benchmarks.load.stacks import Ours, processor_seconds
from commands.model import ensure_model

REPLICAS = (1, 2, 4)
FLOOD, FLOOD_RATE, FLOOD_FROM = 1500, 200.0, 100
# One by one: nobody waits for anybody.
ALONE, ALONE_RATE, ALONE_FROM = 60, 3.0, 4_000
SEED = 20261129
DATABASE_CORES = 4
# Messages a second in the busy hour of docs/scaling.md; a broadcast brings five times as many.
DISTRICT, PROVINCE, BROADCAST, BROADCAST_SECONDS = 5.9, 37.5, 5, 300.0
FLEETS = {DISTRICT: (1, 2), PROVINCE: (2, 3, 4, 6, 8)}
NAMES = {DISTRICT: "district", PROVINCE: "province"}

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Flooded:
    """What a flood showed: messages a second, and seconds of a processor a message by process."""

    rate: float
    used: dict[str, float]
    # The median of a message that nobody else's was beside.
    alone: float

    @property
    def all_used(self) -> float:
        """Seconds of a processor a message, of all processes together."""
        return sum(self.used.values())


@app.command()
def main(
    model: str = typer.Option("", help="A trained model; that of the present data unless given."),
    save: bool = typer.Option(True, help="Write the result to benchmarks/results."),
) -> None:
    """Measure, ask the model, and write both down."""
    console = Console(highlight=False)
    chosen = Path(model) if model else ensure_model(console)
    before = machine()
    if not Postgres.is_installed():
        raise typer.BadParameter("Postgres is not installed (Debian: postgresql)")
    server = Postgres()
    found: dict[int, Flooded] = {}
    with tempfile.TemporaryDirectory() as temporary:
        try:
            server.start()
            for replicas in REPLICAS:
                url = server.new_database(f"s{replicas}")
                stack = Ours(Path(temporary) / str(replicas), chosen, url, replicas)
                found[replicas] = _flooded(stack, server)
                console.print(f"{replicas} replicas: {found[replicas].rate:.1f}/s")
        except DidNotStart as error:
            console.print(str(error), markup=False)
            raise typer.Exit(1) from error
        finally:
            server.remove()
    lines = describe(found, os.cpu_count() or 1, before)
    console.print("\n".join(lines), markup=False)
    if save:
        console.print(f"written to {write('scaling', lines)}")


def _flooded(stack: Ours, server: Postgres) -> Flooded:
    def used() -> dict[str, float]:
        me = os.times()
        return {
            "Rasa": sum(processor_seconds(one) for one in stack.replicas),
            "action server": processor_seconds(stack.actions),
            "Postgres": server.processor_seconds(),
            "simulated Zalo": processor_seconds(stack.simulator),
            "load generator": me.user + me.system,
        }

    async def measure() -> Flooded:
        await run.prepare(stack)
        await run.ours(stack, run.flood(8 * len(stack.replicas), 10.0), 0)
        alone = await run.ours(stack, run.flood(ALONE, ALONE_RATE), ALONE_FROM)
        before = used()
        flood = await run.ours(stack, run.flood(FLOOD, FLOOD_RATE), FLOOD_FROM)
        each = {name: (seconds - before[name]) / FLOOD for name, seconds in used().items()}
        return Flooded(flood.rate, each, alone.ms(0.5) / 1000)

    try:
        stack.start()
        return asyncio.run(measure())
    finally:
        stack.stop()


def costs_here(one: Flooded) -> Costs:
    """Give the costs where everything shares one machine, as in the measurement."""
    return Costs(1 / one.rate, one.all_used, one.used["Postgres"], one.alone)


def costs_elsewhere(one: Flooded) -> Costs:
    """Give the costs of a machine that has a replica and its action server, and the database elsewhere."""
    return Costs(1 / one.rate, one.used["Rasa"] + one.used["action server"], one.used["Postgres"], one.alone)


def describe(found: dict[int, Flooded], cores: int, before: str) -> list[str]:
    """Put what was measured and what the model says into Markdown."""
    one = found[1]
    lines = [
        "# What more replicas do: measured here, and by a model beyond",
        "",
        before,
        "",
        f"{FLOOD} citizens at once, on Postgres; everything, the load generator too, on one machine of "
        f"{cores} cores. Each citizen writes once, and a first message costs most. Milliseconds of a "
        "processor a message:",
        "",
        "| replicas | messages/s | by the model | " + " | ".join(one.used) + " | all |",
        "|---|" + "---|" * (len(one.used) + 3),
    ]
    for replicas, flooded in found.items():
        model = Fleet(replicas, replicas, cores).most(costs_here(one))
        used = " | ".join(f"{1000 * seconds:.1f}" for seconds in flooded.used.values())
        note = f"{model:.1f} ({model / flooded.rate - 1:+.0%})" if replicas > 1 else "its costs"
        lines.append(f"| {replicas} | {flooded.rate:.1f} | {note} | {used} | {1000 * flooded.all_used:.1f} |")
    elsewhere = costs_elsewhere(one)
    lines += [
        "",
        "**Not measured, computed:** one replica a machine of 2 cores, the database on a machine of "
        f"{DATABASE_CORES} cores; {1000 * elsewhere.turn:.1f} ms a turn, {1000 * elsewhere.database:.1f} ms "
        f"of the database, {1000 * elsewhere.alone:.0f} ms for a citizen alone, all from the run with one "
        f"replica above. Ten minutes of the busy hour, {BROADCAST_SECONDS / 60:.0f} minutes with {BROADCAST} "
        "times as many after a broadcast, then the busy hour again. Seconds that citizens who wrote then "
        "waited:",
        "",
        "| | messages/s, broadcast | replicas | at most/s | busy: 95 % · all | after: 50 % · 95 % · all |",
        "|---|---|---|---|---|---|",
    ]
    for rate, fleets in FLEETS.items():
        for replicas in fleets:
            lines.append(_row(rate, Fleet(replicas, 1, 2, DATABASE_CORES), elsewhere))
    return lines


def _row(rate: float, fleet: Fleet, costs: Costs) -> str:
    chance = random.Random(SEED)
    quiet = 600.0
    moments = arrivals(
        [(rate, quiet), (BROADCAST * rate, BROADCAST_SECONDS), (rate, 2 * BROADCAST_SECONDS)], chance
    )
    waited = answered(moments, costs, fleet, chance)
    before = [wait for at, wait in zip(moments, waited, strict=True) if at < quiet]
    burst = [
        wait for at, wait in zip(moments, waited, strict=True) if quiet <= at < quiet + BROADCAST_SECONDS
    ]
    _, calm, _, calmest = shares(before)
    half, most, _, everybody = shares(burst)
    return (
        f"| {NAMES[rate]} | {rate:g}, {BROADCAST * rate:g} | {fleet.replicas} | {fleet.most(costs):.0f} | "
        f"{calm:.2f} · {calmest:.2f} | {half:.2f} · {most:.2f} · {everybody:.2f} |"
    )


if __name__ == "__main__":
    app()
