"""The start page: what waits for this member of staff today."""

from __future__ import annotations

from starlette.responses import Response

from console.permissions import EVERYBODY
from console.visit import Page, Visit


def start(visit: Visit) -> Response:
    """Show what waits."""
    return visit.page("start.html")


PAGES = (Page("/", start, EVERYBODY),)
