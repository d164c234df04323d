"""One file for each tool that makes model files; each runs in that tool's own environment."""
