"""`make bench`: messages a second, latency, memory, start-up and growth, ours and stock Rasa in one run."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.console import Console

from benchmarks.channel.processes import DidNotStart
from benchmarks.channel.report import machine, write
from benchmarks.load import growth, run
from benchmarks.load.picture import draw
from benchmarks.load.postgres import Postgres
from benchmarks.load.run import Run
from benchmarks.load.stacks import Ours, Stock, resident_mb, started
from commands.model import ensure_model

# Citizens of each part, by their numbers: nobody writes in two of them.
FLOOD_FROM, STEADY_FROM, TALK_FROM = 100, 4_000, 19_900

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rates: tuple[float, ...]
    seconds: float
    # The first stack of ours holds this rate for so many seconds.
    sustained: tuple[float, float]
    flood: int
    # Stock answers far fewer: after two minutes it is not waited for.
    stock_flood: int
    flood_rate: float
    replicas: tuple[int, ...]
    settled: int
    turns: int
    stock_postgres: bool


FULL = Size((10, 60, 100), 30.0, (60, 300.0), 2000, 600, 200.0, (1, 2, 4), 1_000_000, 1000, True)
QUICK = Size((10,), 6.0, (10, 0.0), 120, 120, 100.0, (1,), 100_000, 200, False)


@dataclass
class Measured:
    """All that one stack showed; what was not reached is missing."""

    name: str
    start_seconds: float = 0.0
    flood: Run | None = None
    steady: dict[float, Run] = field(default_factory=dict)
    sustained: Run | None = None
    memory: dict[str, float] = field(default_factory=dict)
    length: tuple[float, float] | None = None
    broke: str = ""

    @property
    def runs(self) -> list[Run]:
        """All that was sent to it under load."""
        return [one for one in (self.flood, *self.steady.values(), self.sustained) if one is not None]


@app.command()
def main(
    quick: bool = typer.Option(False, help="About three minutes: few messages, one replica."),
    seconds: float = typer.Option(0.0, help="How long each rate is held."),
    model: str = typer.Option("", help="A trained model; that of the present data unless given."),
    stock_model: str = typer.Option("", help="A model with Rasa's default pipeline, for stock only."),
    postgres: bool = typer.Option(True, help="Measure on Postgres, too."),
    keep: str = typer.Option("", help="A folder for databases and logs, kept afterwards."),
    save: bool = typer.Option(True, help="Write the result to benchmarks/results."),
) -> None:
    """Measure everything and write it down; ends with 1 when a message of ours was lost or doubled."""
    console = Console(highlight=False)
    size = QUICK if quick else FULL
    chosen = Path(model) if model else ensure_model(console)
    before, begun = machine(), time.monotonic()
    server = Postgres() if postgres and Postgres.is_installed() else None
    claims: dict[str, tuple[float, float]] = {}
    found: list[Measured] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(keep or temporary)
        try:
            if server is not None:
                server.start()
            bench = Bench(folder, chosen, size, seconds or size.seconds, console.print)
            found.append(bench.stock("stock, SQLite", Path(stock_model) if stock_model else chosen))
            found.append(bench.ours("ours, SQLite", sustained=True))
            claims["SQLite"] = growth.claim_by_size(f"sqlite:///{folder / 'claims.db'}", size.settled)
            if server is not None:
                if size.stock_postgres:
                    url = server.new_database("stock")
                    found.append(
                        bench.stock("stock, Postgres", Path(stock_model) if stock_model else chosen, url)
                    )
                for replicas in size.replicas:
                    url = server.new_database(f"ours{replicas}")
                    found.append(bench.ours(f"ours, Postgres × {replicas}", url, replicas))
                claims["Postgres"] = growth.claim_by_size(server.new_database("claims"), size.settled)
        finally:
            if server is not None:
                server.remove()
    same = f"the same model as ours ({chosen.name})" if not stock_model else f"its own ({stock_model})"
    lines = describe(found, claims, size, before, same, time.monotonic() - begun)
    console.print("\n".join(lines), markup=False)
    if save:
        name = "load-quick" if quick else "load"
        console.print(f"written to {write(name, [*lines, '', draw(name, found)])}")
    if any(one.broke for one in found) or any(is_wrong(one) for one in found if one.name.startswith("ours")):
        raise typer.Exit(1)


@dataclass
class Bench:
    """Starts a stack, measures it and ends it."""

    folder: Path
    model: Path
    size: Size
    seconds: float
    say: Callable[[str], None]

    def ours(self, name: str, url: str = "", replicas: int = 1, sustained: bool = False) -> Measured:
        """Measure our assistant."""
        stack = Ours(self.folder / name.replace(" ", "-"), self.model, url, replicas)
        found = Measured(name)

        async def measure() -> None:
            await run.prepare(stack)
            # The first messages load what is loaded once.
            await run.ours(stack, run.flood(8 * replicas, 10.0), 0)
            found.flood = await run.ours(stack, run.flood(self.size.flood, self.size.flood_rate), FLOOD_FROM)
            self.say(f"{name}: {found.flood.rate:.1f}/s")
            for number, rate in enumerate(self.size.rates):
                plan = run.steady(rate, self.seconds)
                found.steady[rate] = await run.ours(stack, plan, STEADY_FROM * (number + 1))
                self.say(f"{name}: p95 at {rate:g}/s {found.steady[rate].ms(0.95):.0f} ms")
            rate, seconds = self.size.sustained
            if sustained and seconds:
                plan = run.steady(rate, seconds)
                found.sustained = await run.ours(stack, plan, STEADY_FROM * (len(self.size.rates) + 1))
                self.say(f"{name}: p95 at {rate:g}/s for {seconds:g} s {found.sustained.ms(0.95):.0f} ms")
            if replicas == 1:
                found.length = await growth.ours_by_length(stack, TALK_FROM, self.size.turns)

        return self._measured(stack, found, measure)

    def stock(self, name: str, model: Path, url: str = "") -> Measured:
        """Measure stock Rasa."""
        stack = Stock(self.folder / name.replace(" ", "-"), model, url)
        found = Measured(name)

        async def measure() -> None:
            await run.stock(stack, run.flood(8, 10.0), 0)
            plan = run.flood(self.size.stock_flood, self.size.flood_rate)
            found.flood = await run.stock(stack, plan, FLOOD_FROM)
            self.say(f"{name}: {found.flood.rate:.1f}/s")
            for number, rate in enumerate(self.size.rates):
                if rate > 2 * found.flood.rate:
                    # It would only wait for what it never works off.
                    break
                plan = run.steady(rate, self.seconds)
                found.steady[rate] = await run.stock(stack, plan, STEADY_FROM * (number + 1))
                self.say(f"{name}: p95 at {rate:g}/s {found.steady[rate].ms(0.95):.0f} ms")
            found.length = await growth.stock_by_length(stack, TALK_FROM, self.size.turns)

        return self._measured(stack, found, measure)

    def _measured(self, stack: Ours | Stock, found: Measured, measure: Callable[[], object]) -> Measured:
        try:
            found.start_seconds = started(stack)
            asyncio.run(measure())  # type: ignore[arg-type]
        except (DidNotStart, OSError) as error:
            # The others are measured all the same, and the table says what is missing.
            found.broke = f"{type(error).__name__}: {error}"[-300:]
            self.say(f"{found.name}: {found.broke}")
        finally:
            found.memory = {name: resident_mb(program) for name, program in stack.programs.items()}
            stack.stop()
        return found


def is_wrong(one: Measured) -> bool:
    """Tell whether a message was lost, doubled or given up."""
    return any(run.lost or run.doubled or run.dead for run in one.runs)


def describe(
    found: list[Measured],
    claims: dict[str, tuple[float, float]],
    size: Size,
    before: str,
    stock_model: str,
    seconds: float,
) -> list[str]:
    """Put everything into Markdown."""
    base = found[0].flood.rate if found[0].flood else 0.0
    rates = sorted({rate for one in found for rate in one.steady})
    lines = [
        "# The whole assistant under load, beside stock Rasa",
        "",
        before,
        "",
        f"Stock is `rasa run` with the REST channel and Rasa's SQL tracker store, with {stock_model}; ours "
        "is the signed webhook, inbox, Rasa, action server, outbox and the simulated Zalo. Generator and all "
        "processes share the machine. Ours is timed until Zalo has the last reply, stock until the REST "
        f"channel answered. {seconds / 60:.1f} minutes in all.",
        "",
        "| | messages/s (flood) | × stock | "
        + " | ".join(f"{rate:g}/s: p50 · p95 · p99 ms" for rate in rates)
        + f" | turn in a short · {size.turns}-turn conversation, ms | start, s | lost · doubled · dead |",
        "|---|" + "---|" * (len(rates) + 5),
    ]
    for one in found:
        cells = [
            one.name + (f" (broke: {one.broke[:80]})" if one.broke else ""),
            f"{one.flood.rate:.1f}" if one.flood else "–",
            f"{one.flood.rate / base:.2f}" if one.flood and base else "–",
            *(_three(one.steady[rate]) if rate in one.steady else "–" for rate in rates),
            f"{one.length[0]:.0f} · {one.length[1]:.0f} (× {one.length[1] / one.length[0]:.2f})"
            if one.length
            else "–",
            f"{one.start_seconds:.0f}",
            " · ".join(
                str(sum(getattr(run, name) for run in one.runs)) for name in ("lost", "doubled", "dead")
            ),
        ]
        lines.append("| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |")
    rate, seconds = size.sustained
    lines += [
        f"\n{one.name} held {rate:g} messages a second for {seconds:g} s: {one.sustained.sent} sent, "
        f"p50 · p95 · p99 {_three(one.sustained)} ms; {one.sustained.lost} lost, "
        f"{one.sustained.doubled} doubled, {one.sustained.dead} dead."
        for one in found
        if one.sustained
    ]
    lines += [
        "",
        f"Claim of the next event, empty table · beside {size.settled:,} settled rows (median ms):",
        "",
    ]
    lines += [
        f"- {name}: {empty:.2f} · {full:.2f} (× {full / empty:.2f})" for name, (empty, full) in claims.items()
    ]
    lines += ["", "Most memory of each process (MB):", ""]
    lines += [
        f"- {one.name}: " + ", ".join(f"{name} {held:.0f}" for name, held in one.memory.items())
        for one in found
    ]
    return lines


def _three(one: Run) -> str:
    return " · ".join(f"{one.ms(share):.0f}" for share in (0.5, 0.95, 0.99))


if __name__ == "__main__":
    app()
