"""Where things stand in a job's output folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from cleaner.files import beside
from cleaner.flush import flush_folder

UNFINISHED = ".part"
"""What a folder's name ends in until it is whole."""


@dataclass(frozen=True, slots=True)
class Places:
    """The output folder of a job, and what stands in it.

    >>> Places(Path("clean")).generation(12).as_posix()
    'clean/generations/000012'
    """

    output: Path

    @property
    def current(self) -> Path:
        """The link to the generation that readers see."""
        return self.output / "current"

    @property
    def state(self) -> Path:
        """What is done, for the next run."""
        return self.output / "state.sqlite"

    @property
    def lock(self) -> Path:
        """Held by the run under way."""
        return self.output / "lock"

    @property
    def generations(self) -> Path:
        """The folder of all generations."""
        return self.output / "generations"

    @property
    def work(self) -> Path:
        """The folder of what runs have committed and not yet assembled."""
        return self.output / "work"

    @property
    def mined(self) -> Path:
        """The edges of each host's last pages, and what was told of them."""
        return self.output / "mined.sqlite"

    @property
    def candidates(self) -> Path:
        """Rules proposed for what repeats in the output."""
        return self.output / "candidates.yaml"

    def generation(self, number: int) -> Path:
        """Give the folder of a generation."""
        return self.generations / f"{number:06}"

    def aside(self, number: int) -> Path:
        """Give the folder of what a repair took out of a generation."""
        return self.output / "aside" / f"{number:06}"

    def run_work(self, number: int) -> Path:
        """Give the folder of a run's committed parts."""
        return self.work / f"{number:06}"

    def part(self, number: int, part: int) -> Path:
        """Give the folder of a run's part, counted from 1."""
        return self.run_work(number) / f"part-{part:05}"

    def numbers(self) -> list[int]:
        """Give the numbers of all generations that are there, in order."""
        if not self.generations.is_dir():
            return []
        names = [path.name for path in self.generations.iterdir() if path.is_dir()]
        return sorted(int(name) for name in names if name.isascii() and name.isdigit())

    def published(self) -> int | None:
        """Give the number of the generation that readers see, None where there is none yet."""
        try:
            name = Path(os.readlink(self.current)).name  # noqa: PTH115 - what it says, not where it leads
        except OSError:
            return None
        return int(name) if name.isascii() and name.isdigit() else None

    def publish(self, number: int) -> None:
        """Let readers see a generation, at once and for good. Raises OSError."""
        link = beside(self.current)
        link.symlink_to(Path("generations") / f"{number:06}", target_is_directory=True)
        try:
            link.replace(self.current)
        except BaseException:
            link.unlink(missing_ok=True)
            raise
        flush_folder(self.output)
