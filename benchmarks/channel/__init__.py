"""How fast the Zalo channel answers, and that it loses and doubles nothing: measured on real processes."""
