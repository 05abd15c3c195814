"""How well the language model understands sentences that nobody showed it."""
