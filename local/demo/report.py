"""The table of what happened, and the last line."""

from collections.abc import Sequence

from local.demo.story import Ending
from local.progress import paint

_HEADS = ("", "История", "Чем кончилась", "Ожидалось", "Секунд")


def table(endings: Sequence[Ending]) -> str:
    """One line a story; what ended otherwise than expected is marked."""
    rows = [
        (str(e.story.number), e.story.title, e.ended, e.story.expected, f"{e.seconds:.1f}") for e in endings
    ]
    widths = [max(map(len, column)) for column in zip(_HEADS, *rows, strict=True)]
    lines = [_line(_HEADS, widths), "-+-".join("-" * width for width in widths)]
    for ending, row in zip(endings, rows, strict=True):
        line = _line(row, widths)
        lines.append(line if ending.as_expected else paint(line, 31))
    return "\n" + "\n".join(lines)


def verdict(endings: Sequence[Ending]) -> str:
    """The last line, after the difference if anything is off."""
    off = [ending for ending in endings if not ending.as_expected]
    if not off:
        return f"demo: OK ({len(endings)} stories, trial balance 0)"
    differences = "".join(
        f"История {each.story.number}\n  ожидалось: {each.story.expected}\n  на деле:   {each.ended}\n"
        for each in off
    )
    return f"{differences}demo: FAILED ({len(off)} of {len(endings)} stories)"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
