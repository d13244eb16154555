"""How measured figures are said: at once, one a line, with the limit that is claimed, and kept as text."""

from __future__ import annotations


class Report:
    """Collects and prints lines; remembers whether every claim held."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.is_as_claimed = True

    def line(self, text: str = "") -> None:
        """Add a line as it is."""
        print(text, flush=True)
        self._lines.append(text)

    def section(self, title: str) -> None:
        """Begin a part."""
        self.line()
        self.line(title)

    def figure(
        self, what: str, value: float, unit: str, *, at_most: float | None = None, note: str = ""
    ) -> None:
        """Add a measured figure and, where one is claimed, its limit and whether it was kept."""
        claim = ""
        if at_most is not None:
            is_kept = value <= at_most
            self.is_as_claimed &= is_kept
            claim = (
                f"   claimed: at most {at_most:g}{f' {unit}' if unit else ''}  {'yes' if is_kept else 'NO'}"
            )
        self.line(f"  {what:<58} {value:>9.2f} {unit:<6}{note:<18}{claim}".rstrip())

    def text(self) -> str:
        """Return all lines as one text."""
        return "\n".join(self._lines) + "\n"
