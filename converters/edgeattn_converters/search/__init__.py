"""The accuracy budget: per-layer precision that holds the gates at the least measured latency."""
