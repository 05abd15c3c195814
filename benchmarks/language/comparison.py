"""Compares pipelines on the same sentences: accuracy by variant, calibration, time and memory.

`python -m benchmarks.language.comparison [--only NAME …] [--sentences 4000] [--ask 1500]`

Each contender is trained and asked in processes of its own, on one core; results are kept in
benchmarks/results/comparison/ and put together in comparison.md. Seconds are processor seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from benchmarks.language import measures
from benchmarks.language.contenders import CONTENDERS, SEED, TITLES
from benchmarks.language.predictions import predict
from benchmarks.language.sentences import AS_WRITTEN, NO_MARKS, DevSentence

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "comparison"
_ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
}


def split(sentences: int, ask: int) -> tuple[list[tuple[str, str]], list[DevSentence]]:
    """Give (intent, text) to learn and the sentences to ask in four spellings; near ones on one side."""
    import numpy as np

    from benchmarks.language.data_report import read_examples
    from benchmarks.language.folds import grouped_folds, near_groups
    from nlu.augmentation import Augmenter
    from nlu.normalizer import load_lexicon
    from services.text import fold

    examples = [e for e in read_examples() if not e.intent.startswith("gui_")]
    labels = [e.intent for e in examples]
    groups = near_groups([e.text for e in examples])
    known, unseen = next(grouped_folds(labels, groups, 5, SEED))
    chance = np.random.default_rng(SEED)
    learn = chance.choice(known, min(sentences, len(known)), replace=False)
    asked = chance.choice(unseen, min(ask, len(unseen)), replace=False)
    augmenter = Augmenter(load_lexicon()["plain"], SEED)
    wanted = [
        DevSentence(examples[i].intent, variant, write(examples[i].text))
        for variant, write in (
            (AS_WRITTEN, str),
            (NO_MARKS, fold),
            ("shorthand", augmenter.in_shorthand),
            ("slips", augmenter.with_slips),
        )
        for i in asked
    ]
    return [(examples[i].intent, examples[i].text) for i in learn], wanted


def train(name: str, folder: Path) -> dict[str, Any]:
    """Train one contender; give processor seconds, seconds on the clock and the most memory in MB."""
    from rasa.model_training import train_nlu

    by_intent: dict[str, list[str]] = {}
    for intent, text in json.loads((folder / "learn.json").read_text(encoding="utf-8")):
        by_intent.setdefault(intent, []).append(f"- {text}")
    blocks = [{"intent": intent, "examples": "\n".join(lines) + "\n"} for intent, lines in by_intent.items()]
    data = folder / "nlu.yml"
    data.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True), encoding="utf-8")
    config = folder / f"{name}.yml"
    pipeline = {
        "recipe": "default.v1",
        "assistant_id": "comparison",
        "language": "vi",
        "pipeline": CONTENDERS[name],
    }
    config.write_text(yaml.safe_dump(pipeline, allow_unicode=True, sort_keys=False), encoding="utf-8")
    started, before = time.perf_counter(), time.process_time()
    train_nlu(str(config), str(data), str(folder), fixed_model_name=name)
    return {
        "train_cpu": time.process_time() - before,
        "train_wall": time.perf_counter() - started,
        "train_memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def ask(name: str, folder: Path) -> dict[str, Any]:
    """Ask one trained contender; give its answers, the memory it holds in MB, the size of its file."""
    asked = [DevSentence(*item) for item in json.loads((folder / "ask.json").read_text(encoding="utf-8"))]
    model = folder / f"{name}.tar.gz"
    answers = predict(model, [sentence.text for sentence in asked])
    held = next(
        int(line.split()[1]) / 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
    return {
        "answers": [asdict(answer) for answer in answers],
        "memory": held,
        "file": model.stat().st_size / 1e6,
    }


def table(found: dict[str, dict[str, Any]], asked: Sequence[DevSentence], learnt: int) -> str:
    """Write the comparison as Markdown."""
    from benchmarks.language.predictions import Prediction

    lines = [
        f"# Pipelines compared: {learnt} sentences learnt, {len(asked) // 4} asked in four spellings",
        "",
        "| pipeline | as written | without marks | shorthand | slips | calibration error | training, s | "
        "training, MB | holds, MB | parse p50, ms | file, MB |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, result in found.items():
        pairs = list(zip(asked, (Prediction(**item) for item in result["answers"]), strict=True))
        shares = [measures.right_guesses(inside) for inside in measures.by_variant(pairs).values()]
        right = " | ".join(f"{100 * item.count / item.total:.1f}" for item in shares)
        middle = measures.median([given.milliseconds for _, given in pairs])
        lines.append(
            f"| {TITLES[name]} | {right} | {measures.calibration_error(pairs):.3f} | "
            f"{result['train_cpu']:.0f} | {result['train_memory']:.0f} | {result['memory']:.0f} | "
            f"{middle:.1f} | {result['file']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def _in_process(step: str, name: str, folder: Path) -> dict[str, Any]:
    """Run one step in a process of its own, so that memory and caches are its own."""
    out = folder / f"{name}.{step}.json"
    command = [sys.executable, "-m", "benchmarks.language.comparison", "--step", step, name, str(folder)]
    environment = {**os.environ, **_ONE_CORE, "RASA_CACHE_DIRECTORY": str(folder / f"cache-{name}")}
    subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    result: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; give the exit code."""
    parser = argparse.ArgumentParser(description="Compare pipelines on the same sentences.")
    parser.add_argument("--only", nargs="*", choices=sorted(CONTENDERS), help="these contenders only")
    parser.add_argument("--sentences", type=int, default=4000)
    parser.add_argument("--ask", type=int, default=1500)
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.step:
        step, name, place = chosen.step
        folder = Path(place)
        result = {"train": train, "ask": ask}[step](name, folder)
        (folder / f"{name}.{step}.json").write_text(json.dumps(result), encoding="utf-8")
        return 0
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = RESULTS / "sentences.json"
    if not kept.exists():
        learn, wanted = split(chosen.sentences, chosen.ask)
        kept.write_text(json.dumps([learn, [asdict(item) for item in wanted]]), encoding="utf-8")
    learn, wanted_raw = json.loads(kept.read_text(encoding="utf-8"))
    asked = [DevSentence(**item) for item in wanted_raw]
    for name in chosen.only or CONTENDERS:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "learn.json").write_text(json.dumps(learn), encoding="utf-8")
            triples = [[s.intent, s.variant, s.text] for s in asked]
            (folder / "ask.json").write_text(json.dumps(triples), encoding="utf-8")
            result = {**_in_process("train", name, folder), **_in_process("ask", name, folder)}
        (RESULTS / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")
    found = {
        name: json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        for name in CONTENDERS
        if (RESULTS / f"{name}.json").exists()
    }
    text = table(found, asked, len(learn))
    (RESULTS / "comparison.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
