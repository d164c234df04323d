"""The model zoo: whole models on a page each, their catalog and their checkpoints."""
