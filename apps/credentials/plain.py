"""`PlainSecret`: a secret that has not been stored yet, and cannot slip into a log or a page."""

from typing import NoReturn


class PlainSecret:
    """The plain text of a token, readable by `reveal()` alone.

    It has no readable `str` or `repr`, cannot be pickled, and is not JSON; so a log line, a traceback, a
    session or a cached page cannot hold it by accident. What is stored is its digest.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The plain text, for the one response that shows it."""
        return self.__text

    @property
    def last_four(self) -> str:
        """The last four characters, which may be kept to recognise the token by."""
        return self.__text[-4:]

    def __repr__(self) -> str:
        return "PlainSecret(…)"

    def __str__(self) -> NoReturn:
        raise TypeError("A PlainSecret is only read by reveal().")

    def __format__(self, format_spec: str) -> NoReturn:
        raise TypeError("A PlainSecret is only read by reveal().")

    def __reduce__(self) -> NoReturn:
        raise TypeError("A PlainSecret is never stored.")
