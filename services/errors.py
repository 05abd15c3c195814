"""The exceptions that callers of the services tell apart; each one asks for another decision.

SettingsError      the deployment is wrong: stop at start and name every variable
StorageError       the database or disk failed: nothing was stored, try again later
ClaimLost          another worker owns this row now: drop the work, nothing was stored
"""

from __future__ import annotations


class SettingsError(Exception):
    """The settings do not make sense together; the text names each variable and what to do."""


class StorageError(Exception):
    """The store did not take it; the caller still holds it and tries again."""


class ClaimLost(Exception):
    """The claim on a row ran out while it was worked on; its result must not be stored."""
