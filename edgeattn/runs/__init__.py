"""What was measured before: every report of convert, check and bench, in one SQLite file."""
