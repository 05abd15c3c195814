"""The quick JSON writes and reads what the standard library does, also where orjson refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from services.quick_json import from_json, to_json


@pytest.mark.parametrize(
    "value",
    [
        {"text": "cháu bị mất xe 😢", "at": 1.5, "none": None, "list": [1, True, "x"]},
        {1: "a key that is a number"},
        {"half": "cứu \ud83d với"},
        {"big": 2**70},
        [],
    ],
    ids=str,
)
@pytest.mark.parametrize("escaped", [False, True])
def test_what_is_written_reads_as_the_standard_library_reads_its_own(value: Any, escaped: bool) -> None:
    assert json.loads(to_json(value, escaped)) == json.loads(json.dumps(value))
    assert from_json(json.dumps(value)) == json.loads(json.dumps(value))


def test_a_probability_of_numpy_is_a_number() -> None:
    assert from_json(to_json({"confidence": np.float64(0.25)})) == {"confidence": 0.25}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError):
        from_json("{")
    with pytest.raises(TypeError):
        to_json({"x": object()})
