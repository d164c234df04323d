"""A small profile for tests."""

BOARD = """
name = "my-board"
title = "My board"
soc = "Chip"
targets = ["arm64"]
engine = "onnxruntime"
threads = 2

[sources]
sheet = "The data sheet, 2024"

[cpu]
features = ["neon"]
source = ["sheet"]

[[cluster]]
core = "Cortex-A72"
count = 4
clock_mhz = 1500
source = ["sheet"]

[memory]
kind = "LPDDR4"
sizes_gb = [1, 2]
source = ["sheet", "derived: two of them"]

[[bandwidth]]
gb_per_s = 12.8
what = "theoretical"
source = ["sheet"]

[[bandwidth]]
gb_per_s = 5
what = "measured, memcpy"
source = ["sheet"]
"""
