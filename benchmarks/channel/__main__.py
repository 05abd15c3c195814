"""`python -m benchmarks.channel`: our channel and a stock channel of Rasa under the same load."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import typer
from rich.console import Console

from benchmarks.channel.processes import Stack
from benchmarks.channel.zalo_run import measure
from commands.model import ensure_model

console = Console()
app = typer.Typer(add_completion=False)


@app.command()
def run(rate: float = 200.0, seconds: float = 60.0, citizens: int = 2000, drain: float = 900.0, model: str="", keep: str="") -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(keep or folder) / "zalo", Path(model) if model else ensure_model(console))
        try:
            stack.start()
            console.print("started")
            m = asyncio.run(measure(stack, rate, seconds, citizens, drain, console.print))
        finally:
            stack.stop()
        a = m.answers
        console.print({p: round(a.percentile(p),1) for p in (.5,.95,.99,.999,1.0)}, dict(a.outcomes), m.verdict, m.drained, m.rows, 'late', max(a.lateness))


if __name__ == "__main__":
    app()
