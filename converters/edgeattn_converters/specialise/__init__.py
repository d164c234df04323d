"""The graph form each engine wants, one per file; exact in float."""
