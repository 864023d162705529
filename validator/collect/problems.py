"""What stops a run before any read: no credentials, or ones that are refused."""


class CollectError(Exception):
    """The environment cannot be read at all; the message says what was found and the next command."""

    def __init__(self, message: str, *, exit_code: int = 3) -> None:
        super().__init__(message)
        #: 2 where a file or option given is wrong, 3 where the environment could not be reached.
        self.exit_code = exit_code


class CredentialsError(CollectError):
    """No credentials, or ones that cannot be used; the message names the file or account and the next command."""
