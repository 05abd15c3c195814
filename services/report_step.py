"""What one step of a report says and leads to: values that know nothing of any platform."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.report_draft import Draft

MOST_BUTTONS = 5


@dataclass(frozen=True)
class Button:
    """A button: it says its title and means `choose`, or it dials `call`."""

    title: str
    choose: str = ""
    call: str = ""


@dataclass(frozen=True)
class Say:
    """One message to the citizen, with at most five buttons."""

    text: str
    buttons: tuple[Button, ...] = ()


class Outcome(str, enum.Enum):
    """What becomes of the dialogue after a step.

    GOES_ON waits for the next message; BESIDE says that the message is none of the report's and is to be
    answered first; SUBMIT writes the report; DROPPED and LEFT end it without one (LEFT keeps the draft);
    ELSEWHERE ends it with the way to whoever deals with it; NOTHING leaves all as it was.
    """

    GOES_ON = "goes_on"
    BESIDE = "beside"
    SUBMIT = "submit"
    DROPPED = "dropped"
    LEFT = "left"
    ELSEWHERE = "elsewhere"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Alert:
    """What the officers on duty are told at once: the citizen's words, numbers advised, place if known."""

    text: str
    numbers: tuple[str, ...]
    place: str = ""
    first: bool = True


@dataclass(frozen=True)
class Step:
    """The next draft, what is said, and what becomes of it."""

    draft: Draft
    says: tuple[Say, ...] = ()
    outcome: Outcome = Outcome.GOES_ON
    alert: Alert | None = None

    def saying_first(self, *says: Say) -> Step:
        """Give this step with something said before everything else."""
        return replace(self, says=(*says, *self.says))


def choice(title: str, choose: str) -> Button:
    """Make a button that means something in this dialogue."""
    return Button(title, choose=choose)


def call(number: str) -> Button:
    """Make a button that dials."""
    return Button(f"Gọi {number}", call=number)


def joined(*says: Say) -> Say:
    """Put messages together into one; the buttons of the last one that has some stay."""
    buttons: tuple[Button, ...] = ()
    for say in says:
        buttons = say.buttons or buttons
    return Say("\n\n".join(say.text for say in says if say.text), buttons[:MOST_BUTTONS])


def says_to_json(says: tuple[Say, ...]) -> tuple[Mapping[str, Any], ...]:
    """Give messages as plain values, for keeping them with the draft."""
    return tuple(
        {"text": one.text, "buttons": [[item.title, item.choose, item.call] for item in one.buttons]}
        for one in says
    )


def says_from_json(plain: tuple[Mapping[str, Any], ...]) -> tuple[Say, ...]:
    """Read kept messages again."""
    return tuple(Say(one["text"], tuple(Button(*item) for item in one["buttons"])) for one in plain)
