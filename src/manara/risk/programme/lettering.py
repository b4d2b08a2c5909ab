"""Names in charts whose letters the font of the charts lacks: as text, so that the reader's has it.

All other words are outlines, since what prints PDF does not join letters of Arabic in SVG texts.
"""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text

#: As wide as a letter of East Asia.
_WIDE = "W"


def is_drawn(text: str) -> bool:
    """Return whether the font of charts has all letters of a text."""
    font = get_font(findfont(FontProperties()))
    return all(font.get_char_index(ord(letter)) for letter in text)


def plain(text: str) -> str:
    """Return a text that matplotlib takes as it is, and not for a formula."""
    return text.replace("$", r"\$")


def name_ticks(axis: Any, names: list[str]) -> None:
    """Write names beside the places 0, 1, 2 ... of an axis.

    A name that the font cannot draw is measured as one of wide letters, and written as text.
    """
    drawn = [is_drawn(name) for name in names]
    shown = [plain(n) if d else _WIDE * len(n) for n, d in zip(names, drawn, strict=True)]
    axis.set_ticks(range(len(names)), shown)
    for tick, name, known in zip(axis.get_major_ticks(), names, drawn, strict=True):
        if not known:
            tick.label1.set_label(name)
            tick.label2.set_label(name)


def svg(figure: Figure) -> str:
    """Return a chart as SVG that needs nothing else, but for names that no font here has."""
    figure.dpi = 72
    width, height = figure.get_size_inches() * 72
    text = io.StringIO()
    renderer = _Renderer(width, height, text, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    figure.draw(renderer)
    renderer.finalize()  # type: ignore[no-untyped-call]
    return text.getvalue()


class _Renderer(RendererSVG):
    """Draws the label of a text in its place, if it has one."""

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: FontProperties, angle: float,
        ismath: Any = False, mtext: Text | None = None,
    ) -> None:  # fmt: skip
        name = str(mtext.get_label()) if mtext else ""
        if not name:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
            return
        with mpl.rc_context({"svg.fonttype": "none"}):
            super().draw_text(gc, x, y, name, prop, angle, False, mtext)  # type: ignore[no-untyped-call]
