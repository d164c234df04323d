"""Structured pruning: score the units, remove the least, and get a smaller model, a new one."""
