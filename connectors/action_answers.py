"""Rasa's check of the action server's answers, without checking the check itself each time.

Rasa validates every answer with `jsonschema.validate`, which first validates the schema, a constant,
against its meta-schema: that took two thirds of the processor time of a turn. Here the schema is
checked once, and answers are held against it as before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

SEE = (
    ". Failed to validate Action server response from API, make sure your response from the Action "
    "endpoint is valid."
)


def install() -> None:
    """Let Rasa check answers with the prepared schema; calling it again changes nothing."""
    RemoteAction._validate_action_result = _validate


def _validate(_: RemoteAction, result: Any) -> bool:
    error = best_match(_validator().iter_errors(result))
    if error is None:
        return True
    assert isinstance(error, ValidationError)
    error.message += SEE
    raise error


@lru_cache(maxsize=1)
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
