"""`python -m edgeattn_runtime`."""

from edgeattn_runtime.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
