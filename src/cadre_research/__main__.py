"""`python -m cadre_research` is the command line."""

from cadre_research.cli import main

main()
