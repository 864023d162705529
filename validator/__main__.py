"""`python -m validator` is the command `validate-infra`."""

from validator.cli import main

main()
