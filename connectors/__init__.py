"""How citizens reach the assistant: one package per channel, and what joins them to Rasa."""
