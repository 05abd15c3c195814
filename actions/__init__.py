"""Rasa custom actions: read slots, call one service function, say the result."""
