"""EdgeAttn: attention models on the edge, quantised once, proven on the device."""

__version__ = "0.1.0"
