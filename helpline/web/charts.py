"""Charts that the server draws as SVG: places and sizes here, colours and patterns in the styles.

A chart is never alone: a sentence says what it shows, and a table holds the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 240
_LEFT, _BOTTOM, _TOP = 40, 26, 10
_LEAST_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_MOST_LINES = 5
_FEWEST_PLACES = 8


@dataclass(frozen=True)
class Block:
    """One coloured part of one column."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Line:
    """One line of the scale, and its figure."""

    y: float
    figure: int


@dataclass(frozen=True)
class Columns:
    """A chart of stacked columns, ready to be drawn."""

    blocks: Sequence[Block]
    lines: Sequence[Line]
    names: Sequence[tuple[float, str]]
    """Under which place which column's name stands."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT


def stacked_columns(columns: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Columns:
    """Place columns of a chart: each has a name and its parts from the bottom up, kind and figure.

    Figures are whole and not below nought.
    """
    tallest = max((sum(figure for _, figure in parts) for _, parts in columns), default=0)
    step = next((each for each in _LEAST_STEPS if each * _MOST_LINES >= tallest), tallest or 1)
    top = step * max(1, -(-tallest // step))
    room, floor = HEIGHT - _BOTTOM - _TOP, HEIGHT - _BOTTOM
    # A day that has only begun has few columns: they stay as narrow as later on.
    wide = (WIDTH - _LEFT) / max(_FEWEST_PLACES, len(columns))
    blocks: list[Block] = []
    for place, (_, parts) in enumerate(columns):
        y = float(floor)
        for kind, figure in parts:
            tall = room * figure / top
            y -= tall
            if figure:
                left = round(_LEFT + wide * (place + 0.15), 1)
                blocks.append(Block(left, round(y, 1), round(wide * 0.7, 1), round(tall, 1), kind))
    return Columns(
        blocks=blocks,
        lines=[
            Line(round(floor - room * figure / top, 1), figure)
            for figure in range(0, top + 1, step)
        ],
        names=[
            (round(_LEFT + wide * (place + 0.5), 1), name)
            for place, (name, _) in enumerate(columns)
        ],
    )
