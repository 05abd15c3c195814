"""Who works with the console: what a member of staff may see and do.

Four roles. An `officer` works the reports of their own units; a `trainer` reviews conversations and
marks them for training; a `leader` sees figures, exports and everything of their own units; an
`admin` looks after accounts and reads the audit trail. A unit is an id of `content/units.yml`.
"""

from __future__ import annotations

from dataclasses import dataclass

OFFICER = "officer"
TRAINER = "trainer"
LEADER = "leader"
ADMIN = "admin"
ROLES = (OFFICER, TRAINER, LEADER, ADMIN)
# A viewer with this among their units sees every unit of the deployment.
ALL_UNITS = "*"


@dataclass(frozen=True)
class Viewer:
    """The member of staff on whose behalf something is read or changed; the audit trail names `user_id`."""

    user_id: str
    role: str
    units: tuple[str, ...]

    def sees(self, unit: str | None) -> bool:
        """Tell whether this viewer may see what belongs to a unit (None: not given to any unit yet)."""
        return ALL_UNITS in self.units or (unit is not None and unit in self.units)
