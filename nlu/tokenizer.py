"""Vietnamese syllables as tokens: the text as written, the lemma without marks.

Rasa's count features read the lemma unless told otherwise, so one tokenizer serves two views of a
word: the exact spelling (`use_lemma: false`) and the spelling without marks, "đ" as "d". Offsets
always point into the text as the citizen wrote it.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.syllables import plain_word
from services.text import fold

# Words with inner dots, dashes and slashes stay whole: 59X1-123.45, 12/5, TP.HCM, 8h30, 15.000.
_TOKEN = re.compile(r"\w+(?:[.,:/-]\w+)*|[^\w\s]", re.UNICODE)
_SHORT = 24


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class VietnameseTokenizer(Tokenizer):
    """Cuts at white space and punctuation, keeping numbers, plates and times whole."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings every tokenizer of Rasa knows."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Cut one attribute of a message; a text without words gives itself as one token."""
        text = message.get(attribute)
        tokens = [
            Token(match.group(), match.start(), match.end(), lemma=_lemma(match.group()))
            for match in _TOKEN.finditer(text)
        ]
        return tokens or [Token(text, 0, len(text), lemma=_lemma(text))]


def _lemma(token: str) -> str:
    """Give a token without marks; short ones are remembered, as a long text repeats its words."""
    return plain_word(token) if len(token) <= _SHORT else fold(token)
