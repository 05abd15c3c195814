"""What an operator, a trainer or an officer types in a terminal."""
