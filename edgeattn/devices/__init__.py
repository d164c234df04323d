"""Devices: what a board or phone is, what it is likely to do, and what not to try on it.

The facts are data (devices/edgeattn_devices/*.toml, or a user's own file), every number with its
source; here they are read, shown, turned into a target for the conversion, and put under a
roofline.
"""
