"""Vietnamese components of Rasa's NLU pipeline; they read no database and no network."""
