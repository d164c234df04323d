"""What lives on the device: open a bundle, run it, check it, measure it."""
