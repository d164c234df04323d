"""One file for each engine that runs model files, and the process that they run in."""
