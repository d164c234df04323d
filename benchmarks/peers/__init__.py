"""The peer bench: the same models and data through every tool that quantises attention."""
