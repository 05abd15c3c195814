"""The trained model that belongs to the present data: its name is a digest of what it learns from."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.settings import ROOT

MODELS = ROOT / "models"
# What decides how a model answers: data, configuration, and the code of the pipeline.
LEARNT_FROM = ("data", "domain.yml", "config.yml", "nlu", "services/text.py", "uv.lock")
USUAL_SECONDS = 60.0

app = typer.Typer(add_completion=False, help="Train the model for the present data, once.")


def model_path() -> Path:
    """Give the file of the model for the present data, whether it exists or not."""
    digest = hashlib.sha256()
    for name in LEARNT_FROM:
        start = ROOT / name
        files = [start] if start.is_file() else sorted(start.rglob("*"))
        for file in files:
            if file.is_file() and file.suffix in {".yml", ".py", ".lock"}:
                digest.update(str(file.relative_to(ROOT)).encode("utf-8"))
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return MODELS / f"an-ninh-{digest.hexdigest()[:12]}.tar.gz"


def quiet_environment() -> dict[str, str]:
    """Give the environment for Rasa's processes: no telemetry, no foreign warnings."""
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
    }


def ensure_model(console: Console) -> Path:
    """Train the model for the present data unless it is there; give its file.

    Raises typer.Exit with what the training said when it failed.
    """
    path = model_path()
    if path.exists():
        return path
    MODELS.mkdir(exist_ok=True)
    log_path = MODELS / "training.log"
    command = [
        sys.executable, "-m", "rasa", "train", "--force",
        "--out", str(MODELS), "--fixed-model-name", path.name.removesuffix(".tar.gz"),
    ]  # fmt: skip
    with log_path.open("wb") as log_file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=quiet_environment(), stdout=log_file, stderr=subprocess.STDOUT
        )
        try:
            _show_progress(console, process)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode != 0 or not path.exists():
        console.print(log_path.read_text(errors="replace")[-3000:], markup=False)
        console.print(f"[red]Training failed; the whole log is in {log_path.relative_to(ROOT)}[/red]")
        raise typer.Exit(1)
    return path


def _show_progress(console: Console, process: subprocess.Popen[bytes]) -> None:
    if not console.is_terminal:
        process.wait()
        return
    columns = (SpinnerColumn(), TextColumn("training the model"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("train", total=USUAL_SECONDS)
        started = time.monotonic()
        while process.poll() is None:
            # The length is an estimate; the bar never pretends to be at its end.
            progress.update(task, completed=min(time.monotonic() - started, USUAL_SECONDS * 0.97))
            time.sleep(0.2)


@app.command()
def ensure() -> None:
    """Train the model for the present data unless it is there, and print its file."""
    print(ensure_model(Console(stderr=True)).relative_to(ROOT))


@app.command()
def path() -> None:
    """Print the file of the model for the present data."""
    print(model_path().relative_to(ROOT))


if __name__ == "__main__":
    app()
