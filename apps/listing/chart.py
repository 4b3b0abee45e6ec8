"""A chart of counts over time, as `components/chart.html` draws it from its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

By = Literal["minute", "hour", "day"]


@dataclass(frozen=True, slots=True)
class Series:
    """One part of every bar.

    Attributes:
        paint: its colour and pattern, one of those in `static/css/chart.css`: `done`, `refused`, `invalid`,
            `limited`, `failed`.
        label: what it counts.
    """

    paint: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        at: when its hour or day began, in UTC.
        counts: the height of each part, in the order of the series.
    """

    at: datetime
    counts: Sequence[int]

    @property
    def total(self) -> int:
        """Its whole height."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars in the order of time, none left out.

    Attributes:
        id: of the table in the page.
        caption: what is counted, and when.
        by: what a bar stands for. Minutes and hours are shown in the reader's zone, days are those of UTC.
        series: the parts, from the bottom of the bars upwards.
        bars: the oldest first.
        sums: of each part, where they are not what its bars add up to.
    """

    id: str
    caption: str
    by: By
    series: Sequence[Series]
    bars: Sequence[Bar]
    sums: Sequence[int] = ()

    @property
    def legend(self) -> list[tuple[Series, int]]:
        """Each part with its sum."""
        added = [sum(bar.counts[place] for bar in self.bars) for place in range(len(self.series))]
        return list(zip(self.series, self.sums or added, strict=True))

    @property
    def total(self) -> int:
        """Everything together."""
        return sum(bar.total for bar in self.bars)

    @property
    def newest_first(self) -> list[Bar]:
        """The bars as the table lists them."""
        return list(reversed(self.bars))


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a line.

    Attributes:
        at: when its minute, hour or day began, in UTC.
        value: what is drawn; `None` where there is nothing to draw.
        text: the same for the table.
    """

    at: datetime
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A measure over time, as `components/line_chart.html` draws it from its table.

    Attributes:
        id: of the table in the page.
        caption: what is measured, and when.
        by: what a point stands for, as in `Chart`.
        label: the measure's name, with its unit.
        unit: `%` or `s`, as it stands at the axis.
        points: the oldest first.
        most: where the axis ends at least.
    """

    id: str
    caption: str
    by: By
    label: str
    unit: str
    points: Sequence[Point]
    most: float

    @property
    def newest_first(self) -> list[Point]:
        """The points as the table lists them."""
        return list(reversed(self.points))
