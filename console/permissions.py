"""Which role may open what. Units narrow it further; the services enforce both once more."""

from __future__ import annotations

from services.staff import ADMIN, LEADER, OFFICER, TRAINER

EVERYBODY = frozenset({OFFICER, TRAINER, LEADER, ADMIN})
# What citizens reported, and who they are: those who work on it.
REPORTS = frozenset({OFFICER, LEADER})
# Conversations, masked: officers know what citizens mean, trainers know Rasa.
CONVERSATIONS = frozenset({OFFICER, TRAINER, LEADER})
UNMASK = frozenset({OFFICER, LEADER})
EXPORTS = frozenset({TRAINER, LEADER})
FIGURES = CONVERSATIONS
STAFF = frozenset({ADMIN})
# The leader reads it too: somebody has to watch the administrator.
AUDIT = frozenset({ADMIN, LEADER})
