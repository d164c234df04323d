"""Model -> bundle: capture, rewrite, calibrate, quantise, write, verify."""
