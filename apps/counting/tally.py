"""Notes of one process in memory, on their way to the database, with a bound on how many there are."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

B = TypeVar("B")


class Tally(ABC, Generic[B]):
    """A batch of notes that requests add to, and that is taken away as a whole to be written.

    A subclass says what a batch is. Whatever adds to it holds the lock; nothing that is done under it waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batch = self.new_batch()
        self._left_out = 0

    @abstractmethod
    def new_batch(self) -> B:
        """An empty batch; it is true once something is in it."""

    @abstractmethod
    def merge(self, batch: B) -> None:
        """Add a batch that could not be written to the one that has begun meanwhile; the lock is held."""

    @abstractmethod
    def tell_left_out(self, notes: int) -> None:
        """Warn that so many notes did not fit into the bound."""

    def take(self) -> B:
        """Everything that was noted; from now on the tally begins anew."""
        with self._lock:
            taken, self._batch = self._batch, self.new_batch()
            left_out, self._left_out = self._left_out, 0
        if left_out:
            self.tell_left_out(left_out)
        return taken

    @contextmanager
    def taken(self) -> Iterator[B]:
        """Everything that was noted, for as long as it takes to write it; what fails gives it back."""
        batch = self.take()
        try:
            yield batch
        except BaseException:
            with self._lock:
                self.merge(batch)
            raise
