"""Takes reviewed conversations out, and puts what was learnt from them among the training sentences.

`python -m commands.review export --state reviewed --out FOLDER`, then on the trainer's machine
`python -m commands.review import-review FOLDER`, which shows what would change; `--write` does it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from dotenv import load_dotenv
from rich.console import Console
from rich.syntax import Syntax

from services import review_export, training_files
from services.clock import VIETNAM, utc_now
from services.db import open_database
from services.db.migrate import upgrade
from services.errors import SettingsError
from services.review_domain import load_names
from services.review_export import NLU
from services.review_records import SESSION_STATES, ReviewRefused, SessionFilter
from services.review_yaml import Example
from services.secrets import cipher_for
from services.settings import ROOT, load_settings
from services.training_files import Plan

app = typer.Typer(add_completion=False, help="Reviewed conversations: take them out, learn from them.")
console = Console()
_LEARNS = ("data", "domain.yml", "config.yml")


Out = Annotated[Path, typer.Option(help="folder for the export; new or empty")]
Since = Annotated[str, typer.Option(help="first day, 2026-11-01, in Viet Nam")]
Until = Annotated[str, typer.Option(help="last day, 2026-11-30, in Viet Nam")]
State = Annotated[str, typer.Option(help=f"of the sessions: {', '.join(SESSION_STATES)}, all")]
UnitId = Annotated[str, typer.Option(help="id of one Official Account; all if not given")]
Tag = Annotated[str, typer.Option(help="only sessions with this tag")]
Folder = Annotated[Path, typer.Argument(help="a folder that `export` wrote")]
Write = Annotated[bool, typer.Option(help="write into data/nlu; otherwise only show")]
Check = Annotated[bool, typer.Option(help="let Rasa validate the data as they would be")]
Compare = Annotated[bool, typer.Option(help="train with the new sentences, compare with the released model")]
Changed = Annotated[bool, typer.Option(help="take files that were changed after the export")]
Project = Annotated[Path, typer.Option(help="the project whose data/nlu is meant")]


@app.command()
def export(
    out: Out,
    since: Since = "",
    until: Until = "",
    state: State = "reviewed",
    unit: UnitId = "",
    tag: Tag = "",
) -> None:
    """Write reviewed conversations into a folder as Rasa X did, everything masked."""
    if state not in (*SESSION_STATES, "all"):
        _fail(f"--state {state}: one of {', '.join(SESSION_STATES)}, all")
    wanted = SessionFilter(
        since=_day("--since", since),
        until=day + timedelta(days=1) if (day := _day("--until", until)) is not None else None,
        account_id=unit,
        state="" if state == "all" else state,
        tag=tag,
    )
    load_dotenv(ROOT / ".env")
    try:
        settings = load_settings()
    except SettingsError as error:
        _fail(str(error))
    database = open_database(settings.database_url)
    upgrade(database)
    try:
        manifest = review_export.export(database, cipher_for(settings), None, wanted, out, utc_now())
    except ReviewRefused as error:
        _fail(str(error))
    for name, count in manifest.counts.items():
        console.print(f"{name:>18}: {count}", markup=False)
    for conflict in manifest.conflicts:
        console.print(f"left out, two meanings {conflict['intents']}: {conflict['text']}", markup=False)
    console.print(f"Written to {out}", markup=False)


@app.command()
def import_review(
    folder: Folder,
    write: Write = False,
    check: Check = True,
    compare: Compare = True,
    accept_changes: Changed = False,
    project: Project = ROOT,
) -> None:
    """Put accepted and corrected sentences among the training sentences, or show what that would do.

    Exit code 1: validation or comparison says no, nothing is written. 2: the folder is no export.
    """
    source, examples = _read(folder, accept_changes)
    data = project / "data" / "nlu"
    known = set(load_names(project).intents)
    unknown = [example for example in examples if example.intent not in known]
    plan = training_files.plan_import(data, [one for one in examples if one.intent in known], source)
    _show(data, plan, unknown)
    if not plan.files:
        console.print("Nothing to add.")
        return
    with tempfile.TemporaryDirectory(prefix="review-") as scratch:
        staged = Path(scratch)
        for name in _LEARNS:
            place = shutil.copytree if (project / name).is_dir() else shutil.copy
            place(project / name, staged / name)
        training_files.write(staged / "data" / "nlu", plan)
        if check and not _validates(staged):
            _fail("Rasa finds the data wrong as they would be: nothing was written.", 1)
        if compare and not _compares(staged, plan):
            _fail("An emergency would be missed, or training failed: nothing was written.", 1)
    if write:
        training_files.write(data, plan)
        console.print(f"Written: {', '.join(sorted(plan.files))}", markup=False)
    else:
        console.print("Only shown. With --write it is done.")


def _read(folder: Path, accept_changes: bool) -> tuple[str, list[Example]]:
    try:
        manifest = review_export.read_manifest(folder, checked=not accept_changes)
        examples = training_files.read_document((folder / NLU).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        _fail(f"{folder}: {error}")
    return f"export of {manifest.made_at}, {NLU} {manifest.files[NLU][:12]}", examples


def _show(data: Path, plan: Plan, unknown: list[Example]) -> None:
    console.print(Syntax(training_files.diff(data, plan) or "(no change)", "diff", word_wrap=True))
    for conflict in plan.conflicts:
        console.print(
            f"CONFLICT “{conflict.text}”: reviewed as {conflict.intent}, but stands under "
            f"{conflict.stands_under} in {conflict.file}; not written",
            style="yellow",
            markup=False,
        )
    for example in unknown:
        console.print(
            f"UNKNOWN INTENT {example.intent}: “{example.text}”; not written", style="yellow", markup=False
        )
    console.print(
        f"{len(plan.added)} new, {len(plan.known)} known already, {len(plan.conflicts)} conflicts, "
        f"{len(unknown)} of unknown intents"
    )
    before = Counter((s.intent, s.origin) for s in training_files.read_sentences(data))
    new = Counter(example.intent for example in plan.added)
    for intent, count in sorted(new.items()):
        real = before[intent, training_files.REAL]
        total = real + before[intent, training_files.INVENTED]
        console.print(f"  {intent}: real {real} → {real + count} of {total} → {total + count}", markup=False)


def _validates(staged: Path) -> bool:
    console.print("Rasa validates …")
    return _run(staged, "rasa", "data", "validate", "--fail-on-warnings", "--quiet").returncode == 0


def _compares(staged: Path, plan: Plan) -> bool:
    """Train in the scratch folder and hold the new model against the released one and the new sentences."""
    console.print("Training with the new sentences (minutes) …")
    trained = _run(staged, "rasa", "train", "nlu", "--out", "models", "--fixed-model-name", "reviewed")
    model = staged / "models" / "reviewed.tar.gz"
    if trained.returncode or not model.exists():
        console.print(trained.stdout[-2000:], markup=False)
        return False
    asked = staged / "asked.json"
    asked.write_text(
        json.dumps([[one.text, one.intent] for one in plan.added], ensure_ascii=False), encoding="utf-8"
    )
    for module, *arguments in (
        ("benchmarks.language.reviewed", "--model", str(model), "--asked", str(asked)),
        ("benchmarks.language.evaluate", "--model", str(model), "--out", str(staged / "results")),
    ):
        told = _run(ROOT, module, *arguments)
        console.print(told.stdout, markup=False)
        if told.returncode:
            return False
    return True


def _run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        console.print(done.stdout[-3000:], markup=False)
    return done


def _day(option: str, said: str) -> datetime | None:
    if not said:
        return None
    try:
        return datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=VIETNAM)
    except ValueError:
        _fail(f"{option} {said}: a day is written 2026-11-21")


def _fail(reason: str, code: int = 2) -> NoReturn:
    console.print(reason, style="red", markup=False)
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
