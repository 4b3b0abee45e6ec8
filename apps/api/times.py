"""How times stand in answers."""

from datetime import datetime
from typing import overload


@overload
def to_the_second(moment: datetime) -> datetime: ...
@overload
def to_the_second(moment: datetime | None) -> datetime | None: ...
def to_the_second(moment: datetime | None) -> datetime | None:
    """The moment without its fraction of a second, as every contract shows times; `None` stays `None`."""
    return moment and moment.replace(microsecond=0)
