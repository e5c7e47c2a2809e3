"""`python -m portal.cli`: the same as the `portal` command."""

from . import main

main()
