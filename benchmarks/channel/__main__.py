"""`python -m benchmarks.channel`: our channel and a stock channel of Rasa under the same load."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from benchmarks.channel import slack_run, zalo_run
from benchmarks.channel.load import percentile
from benchmarks.channel.processes import Stack
from benchmarks.channel.report import machine, write
from benchmarks.channel.slack_run import SlackStack
from benchmarks.channel.zalo_run import Measured
from commands.model import ensure_model

TARGET_MS = 100.0

app = typer.Typer(add_completion=False)


@app.command()
def run(
    rate: float = typer.Option(200.0, help="Events a second."),
    seconds: float = typer.Option(60.0, help="How long they come."),
    citizens: int = typer.Option(2000, help="How many citizens write; each at most six messages."),
    drain: float = typer.Option(1200.0, help="Seconds for what is left after the last event."),
    stock: bool = typer.Option(True, help="Measure Rasa's Slack channel beside it."),
    model: str = typer.Option("", help="A trained model; that of the present data unless given."),
    keep: str = typer.Option("", help="A folder for databases and logs, kept afterwards."),
    save: bool = typer.Option(True, help="Write the result to benchmarks/results."),
) -> None:
    """Measure both channels, print and store the result; ends with 1 when a message was lost or doubled."""
    console = Console(highlight=False)
    chosen = Path(model) if model else ensure_model(console)
    before = machine()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(keep or temporary)
        zalo = Stack(folder / "zalo", chosen)
        found = [_measured(zalo, zalo_run.measure(zalo, rate, seconds, citizens, drain, console.print))]
        if stock:
            slack = SlackStack(folder / "slack", chosen)
            found.append(
                _measured(slack, slack_run.measure(slack, rate, seconds, citizens, drain, console.print))
            )
    lines = describe(found, rate, seconds, citizens, before)
    console.print("\n".join(lines), markup=False)
    if save:
        console.print(f"written to {write('channel', lines)}")
    if not found[0].verdict.is_clean:
        raise typer.Exit(1)


def _measured(stack: Stack | SlackStack, measuring: Coroutine[Any, Any, Measured]) -> Measured:
    try:
        stack.start()
        return asyncio.run(measuring)
    finally:
        stack.stop()


def describe(found: list[Measured], rate: float, seconds: float, citizens: int, before: str) -> list[str]:
    """Put the results into Markdown: one column for each channel."""
    rows: list[tuple[str, list[str]]] = [
        ("", [item.channel for item in found]),
        ("---", ["---" for _ in found]),
        ("events sent", [str(len(item.answers.times)) for item in found]),
        ("answered with 200", [str(item.answers.outcomes["200"]) for item in found]),
        ("anything else", [_others(item) for item in found]),
    ]
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
        rows.append(
            (f"webhook's answer, {name}, ms", [f"{item.answers.percentile(share):.1f}" for item in found])
        )
    rows += [
        (
            "lateness of the generator, p99, ms",
            [f"{percentile(item.answers.lateness, 0.99):.1f}" for item in found],
        ),
        ("all answered after the last event, s", [_drain(item) for item in found]),
        ("messages to citizens, expected", [str(item.verdict.expected) for item in found]),
        ("lost", [str(item.verdict.lost) for item in found]),
        ("doubled", [str(item.verdict.doubled) for item in found]),
        ("chats out of order", [str(item.verdict.chats_out_of_order) for item in found]),
        (
            "chats word for word as undisturbed",
            [f"{item.verdict.chats_whole} of {item.verdict.chats}" for item in found],
        ),
    ]
    ours = found[0]
    p99 = ours.answers.percentile(0.99)
    lines = [
        f"# Webhook under {rate:g} signed events a second for {seconds:g} s",
        "",
        before,
        "",
        f"{citizens} citizens, up to six messages each, open loop: times count from the moment an event was "
        "due. Load generator, Rasa, action server and receiving side share the machine.",
        "",
        *(f"| {name} | {' | '.join(values)} |" for name, values in rows),
        "",
        f"Target p99 ≤ {TARGET_MS:g} ms: {'reached' if p99 <= TARGET_MS else 'missed'} ({p99:.1f} ms).",
    ]
    if ours.rows is not None:
        lines.append(
            f"Rows: events {ours.rows.events}, messages {ours.rows.messages}, "
            f"sent under the same id of Zalo: {ours.rows.same_remote_id}."
        )
    if len(found) > 1 and p99:
        other = found[1]
        lines.append(
            f"Stock Slack to ours: p99 {other.answers.percentile(0.99) / p99:.1f} times; it keeps events in "
            "memory only, so what is not answered when it ends is lost."
        )
    return lines


def _others(item: Measured) -> str:
    others = {name: number for name, number in item.answers.outcomes.items() if name != "200"}
    return ", ".join(f"{number} × {name}" for name, number in sorted(others.items())) or "none"


def _drain(item: Measured) -> str:
    return "never" if item.drained is None else f"{item.drained:.0f}"


if __name__ == "__main__":
    app()
