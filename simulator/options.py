"""The switches that change how the simulated Zalo behaves; all can be set at run time by the control API."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.errors import BadInput
from simulator.signing import ENCODINGS

_CHOICES: dict[str, tuple[str, ...]] = {
    "encoding": ENCODINGS,
    "signature": ("right", "wrong", "missing"),
    "receipt_sender": ("oa", "user"),
    "timestamps": ("wall", "simulated"),
    "oauth_errors": ("numbered", "unnumbered"),
}
# name: (lowest, highest); None as highest means no bound
_RANGES: dict[str, tuple[float, float]] = {
    "duplicate": (0, 20),
    "delay": (0, 86_400),
    "reorder_wait": (0, 60),
    "received_after": (0, 86_400),
    "seen_after": (0, 86_400),
    "rate_limit": (0, 10_000_000),
    "sub_quota": (0, 10_000_000),
    "broadcast_quota": (0, 10_000),
    "article_wait": (0, 86_400),
}


@dataclass(slots=True)
class Options:
    """Current switches; the defaults are the behaviour of zalo-oa.md section 12."""

    # how the body and the signature look
    encoding: str = "utf8"
    escape_slashes: bool = False
    mac_prefix: bool = True
    signature: str = "right"
    timestamp_header: bool = False
    timestamps: str = "wall"
    # delivery
    retry: bool = True
    strict: bool = False
    hold_order: bool = False
    duplicate: int = 0
    reorder: bool = False
    reorder_wait: float = 1.0
    delay: float = 0.0
    # which events are sent
    echo: bool = True
    receipts: bool = False
    receipt_sender: str = "oa"
    received_after: float = 1.0
    seen_after: float = 3.0
    syntax_filter: bool = False
    events_off: list[str] = field(default_factory=list)
    # OpenAPI and OAuth
    rate_limit: int = 4000
    allow_list: bool = False
    appsecret_proof: bool = False
    sub_quota: int = 2000
    broadcast_quota: int = 4
    article_wait: float = 2.0
    oauth_errors: str = "numbered"

    def update(self, changes: dict[str, Any]) -> None:
        """Apply some switches; nothing is changed when one of them is unknown or has a wrong value."""
        checked = {name: self._check(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def reset(self) -> None:
        """Put every switch back to its default."""
        self.update(asdict(Options()))

    def _check(self, name: str, value: Any) -> Any:
        if name not in self.__slots__:
            raise BadInput(f"Unknown option '{name[:60]}'. Options: {', '.join(self.__slots__)}.")
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                raise BadInput(f"Option '{name}' must be one of: {', '.join(_CHOICES[name])}.")
            return value
        if name == "events_off":
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise BadInput("Option 'events_off' must be a list of event names.")
            return list(value)
        if name in _RANGES:
            low, high = _RANGES[name]
            whole = isinstance(getattr(self, name), int)
            kinds = (int,) if whole else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
                kind = "a whole number" if whole else "a number"
                raise BadInput(f"Option '{name}' must be {kind} from {low:g} to {high:g}.")
            return value if whole else float(value)
        if not isinstance(value, bool):
            raise BadInput(f"Option '{name}' must be true or false.")
        return value
