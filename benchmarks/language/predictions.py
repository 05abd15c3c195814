"""What a trained Rasa model answers for sentences, parsed as the server would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Prediction:
    """The intent after the fallback; the best guess before it, how sure it is; milliseconds it took."""

    intent: str
    guess: str
    confidence: float
    milliseconds: float


def predict(model: Path, texts: Sequence[str]) -> list[Prediction]:
    """Parse every text with a model file; the first texts are parsed once before, to warm up."""
    import structlog
    from rasa.core.agent import Agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    agent = Agent.load(str(model))

    async def parse_all() -> list[Prediction]:
        for text in texts[:20]:
            await agent.parse_message(text)
        found = []
        for text in texts:
            started = time.perf_counter()
            parsed = await agent.parse_message(text)
            took = (time.perf_counter() - started) * 1000
            ranking = parsed.get("intent_ranking") or []
            guesses = [item for item in ranking if item["name"] != "nlu_fallback"]
            guess = guesses[0] if guesses else {"name": "nlu_fallback", "confidence": 0.0}
            intent = parsed["intent"]["name"] or "nlu_fallback"
            found.append(Prediction(intent, guess["name"], float(guess["confidence"]), took))
        return found

    return asyncio.run(parse_all())
