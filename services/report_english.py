"""What visitors write in English: a cry for help, or that something was done to them.

The assistant speaks Vietnamese; this much has to be understood all the same, so that nobody in danger is
sent to a procedure and nobody who was robbed is told that this is no matter of the police.
"""

from __future__ import annotations

import re

from services.text import fold

_CRY_IN_ENGLISH = re.compile(
    r"\b(?:help me|sos|call (?:the )?(?:police|ambulance)|(?:is|are|he's|she's|they're|someone) "
    r"(?:following|chasing|attacking|beating|robbing|stabbing|threatening)|with a (?:knife|gun)|"
    r"kidnapp(?:ed|ing)|"
    r"(?:being|getting) (?:attacked|robbed|followed|chased|beaten|raped)|(?:is|are) (?:on fire|bleeding)|"
    r"(?:trying|wants?|going) to kill)\b"
)
_PAST_IN_ENGLISH = re.compile(r"\b(?:yesterday|last (?:night|week|month|year)|ago|i am safe|i'm safe)\b")
_TELLS_IN_ENGLISH = re.compile(
    r"\b(?:stole|stolen|steals|robbed|robbery|mugged|pickpocket(?:ed)?|scammed|burgl(?:ar|ary|ed)|assaulted|"
    r"harassed|raped|kidnapped|beat me|hit me|threatened)\b"
)
_IN_ENGLISH = re.compile(r"\b(?:my|me|i|he|she|they|someone|somebody|was|were|been|the|from|and|please)\b")


def cries_in_english(text: str) -> bool:
    """Tell whether somebody calls for help in English, and not of yesterday."""
    plain = fold(text)
    return bool(_CRY_IN_ENGLISH.search(plain)) and not _PAST_IN_ENGLISH.search(plain)


def tells_in_english(text: str) -> bool:
    """Tell whether somebody says in English that they, or others, were robbed, cheated or hurt."""
    plain = fold(text)
    return bool(_TELLS_IN_ENGLISH.search(plain)) and bool(_IN_ENGLISH.search(plain))
