"""The whole assistant under load, beside stock Rasa on the same project and data."""
