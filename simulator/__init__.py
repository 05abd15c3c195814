"""A local stand-in for Zalo: signed webhooks, the OpenAPI endpoints, OAuth, and a chat page.

It talks HTTP only and imports nothing of the other packages, so it can be swapped for the real Zalo by
changing two base URLs. State lives in memory and is gone when the process ends.
"""
