"""Which documents of a part are new to a job: those alone are counted as cleaned, and held against gates."""

from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ORIGINS = "origins"
"""The file of a part that says it, a byte a document, in the order of its `documents.parquet`."""

Origins = npt.NDArray[np.uint8]


class Origin(IntEnum):
    """Where what stands of a document comes from."""

    NEW = 0
    """It is new or changed, or was done with something else: it was cleaned."""
    REUSED = 1
    """It was taken over from the generation before."""
    LOST_BEFORE = 2
    """It was tried again and is in quarantine again, the same bytes."""


def write_origins(folder: Path, origins: bytes) -> None:
    """Say of each document of a part where it comes from. Raises OSError."""
    (folder / ORIGINS).write_bytes(origins)


def read_origins(folder: Path) -> Origins | None:
    """Give the origins of a part's documents, None where nobody said: all of them are new. Raises OSError."""
    path = folder / ORIGINS
    return np.frombuffer(path.read_bytes(), np.uint8) if path.exists() else None


def among(origins: Origins, *wanted: Origin) -> Any:  # noqa: ANN401 - a mask that tables take
    """Say of each document whether it has one of these origins."""
    return np.isin(origins, [int(one) for one in wanted])
