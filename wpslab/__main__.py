"""`python -m wpslab`: the same as the command `wpslab`."""

from .cli import main

main()
