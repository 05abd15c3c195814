"""Measurements: language quality, load, latency, memory, training time."""
