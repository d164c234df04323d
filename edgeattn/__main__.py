"""`python -m edgeattn` is the `edgeattn` command."""

from edgeattn.cli.main import main

if __name__ == "__main__":
    main(prog_name="edgeattn")
