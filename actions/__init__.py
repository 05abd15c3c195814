"""Rasa custom actions: read slots, call one service function, say the result.

This package is what the action server loads first, so its logging is set up here: left alone,
structlog would print whole messages.
"""

import os

from services.logging import configure_logging

configure_logging(os.environ.get("LOG_LEVEL", "").upper() or "INFO")
