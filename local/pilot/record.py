"""What the pilot did, step by step, and `docs/pilot.md` made of it.

The record says nothing that differs from run to run: no ids, no times of day, no seconds. So a
second run shows in `git diff` what changed in Rapport, and nothing else.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from local.progress import Teller

TITLE: Final = "# A pilot, as it was run"
INTRODUCTION: Final = """\
`make pilot` plays this on a machine of its own: the stacks that `cdk deploy` would put into an
account, on a local AWS, and everything through doors that people have: commands, HTTP routes, pages
in Chromium. Each figure below was checked against what had to come out; a run that falls short of
one ends there and writes nothing. People and firms are made up. What only the world could tell (a
mail server that bounces, a reader who complains) was put where SES puts it, in the shapes of SES.
"""


@dataclass(kw_only=True)
class Step:
    """One step: who did it, by which door, what came of it. `pictures`: file name and caption."""

    title: str
    who: str
    door: str
    told: list[str] = field(default_factory=list)
    figures: list[tuple[str, object]] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, sentence: str) -> None:
        """Add what happened."""
        self.told.append(sentence)

    def figure(self, what: str, number: object) -> None:
        """Add a figure that was checked."""
        self.figures.append((what, number))

    def picture(self, name: str, caption: str) -> None:
        """Add a picture of `docs/pilot`."""
        self.pictures.append((name, caption))


@dataclass(kw_only=True)
class Record:
    """All steps in order, each told in a line on the terminal when it is done."""

    teller: Teller
    steps: list[Step] = field(default_factory=list)

    def begin(self, title: str, *, who: str, door: str) -> Step:
        """The next step."""
        step = Step(title=title, who=who, door=door)
        self.steps.append(step)
        return step

    def done(self, step: Step) -> None:
        """Tell it."""
        figures = ", ".join(f"{what} {number}" for what, number in step.figures)
        self.teller.say(f"✓ {step.title}" + (f": {figures}" if figures else ""))

    def write(self, path: Path, *, ends: str) -> None:
        """Write the whole, with what it ends with."""
        parts = [TITLE, "", INTRODUCTION]
        for number, step in enumerate(self.steps, start=1):
            parts += [f"## {number}. {step.title}", "", f"*{step.who}, by {step.door}.*", ""]
            parts += [*step.told, ""] if step.told else []
            if step.figures:
                parts += ["| | |", "|---|---:|"]
                parts += [f"| {what} | {_number(value)} |" for what, value in step.figures]
                parts.append("")
            for name, caption in step.pictures:
                parts += [f"![{caption}](pilot/{name})", ""]
        path.write_text("\n".join([*parts, ends.rstrip(), ""]), encoding="utf-8")


def _number(value: object) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)
