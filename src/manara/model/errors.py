"""Every error Manara raises on purpose, each with a code, the thing at fault and the remedy."""

from __future__ import annotations


class ManaraError(Exception):
    """Root of all errors a user may meet.

    Args:
        message: what is wrong, in one sentence without a final full stop.
        where: the thing at fault: a file, a locator in it, an option, an entity.
        remedy: what the user can do about it.

    Attributes:
        code: a stable machine-readable name of the kind of error.
        exit_status: the exit status of a command that ends with it.
    """

    code = "error"
    exit_status = 2

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.remedy})" if self.remedy else text

    def envelope(self) -> dict[str, dict[str, str]]:
        """Return the error as the one JSON shape used by the command line and the HTTP API."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "where": self.where,
                "remedy": self.remedy,
            }
        }


class UsageError(ManaraError):
    """A request that cannot be met as it was put."""

    code = "usage"


class NotFoundError(ManaraError):
    """A thing that was asked for by name and is not there."""

    code = "not-found"


class FormatError(ManaraError):
    """A source that cannot be read as what it claims to be; nothing of it is loaded."""

    code = "format"


class VocabularyError(ManaraError):
    """A schema or property that the vocabulary does not know."""

    code = "vocabulary"


class WorkspaceError(ManaraError):
    """A workspace that is missing, busy, damaged or of another version."""

    code = "workspace"


class FetchError(ManaraError):
    """A source that could not be downloaded."""

    code = "fetch"


class RefusedError(ManaraError):
    """A request that the service does not take, whoever is right about its content.

    Args:
        message: see `ManaraError`.
        status: the HTTP status that says why.
        where: see `ManaraError`.
        remedy: see `ManaraError`.
    """

    code = "refused"

    def __init__(self, message: str, status: int, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.status = status


class ExchangeError(ManaraError):
    """Something that may not go to a partner, or that came from one and cannot be relied on.

    Args:
        message: see `ManaraError`.
        rule: what decided, in one word: ``signature``, ``recipient``, ``expired``, ``replay`` …
        where: see `ManaraError`.
        remedy: see `ManaraError`.
    """

    code = "exchange"

    def __init__(self, message: str, *, rule: str, where: str = "", remedy: str = "") -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.rule = rule
