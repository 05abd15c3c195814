"""Everything fails while citizens write: afterwards every event, reply and report is accounted for."""
