"""Facts about boards and phones: one TOML each, every number with its source."""
