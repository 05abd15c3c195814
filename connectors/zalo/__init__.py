"""The Zalo Official Account channel: events in, replies out, nothing lost between."""
