"""`python -m cadre_research` is the command line."""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)
SET_UP = "Run `make setup` in the folder of the checkout, then .venv/bin/cadre-research or .venv/bin/python."


def start() -> None:
    """Run the command line; without its libraries, or under another Python, say what to do and end with code 2."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        given, expected = (".".join(map(str, one)) for one in (sys.version_info[:2], OLDEST))
        sys.exit(_refused(f"this is Python {given}, expected {expected} to {'.'.join(map(str, NEWEST))}. {SET_UP}"))
    try:
        from cadre_research.cli import main
    except ModuleNotFoundError as fault:
        if str(fault.name).startswith("cadre_research"):
            raise
        sys.exit(_refused(f"{sys.executable} has no {fault.name}: its libraries were not set up. {SET_UP}"))
    main()


def _refused(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    start()
