"""Run the `manara` command: ``python -m manara``."""

from manara.cli import main

main()
