"""`python -m tiebreak`."""

from tiebreak.command import main

main()
