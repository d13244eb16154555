"""`python -m hub`: the same as the command `hub`, and independent of where an environment was made."""

from .cli import main

if __name__ == "__main__":
    main()
