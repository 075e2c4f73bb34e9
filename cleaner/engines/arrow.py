"""Arrow in a process that needs no data frames."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec


class _NoPandas:
    """Finds no pandas, whether it is installed or not."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: object = None
    ) -> ModuleSpec | None:
        """Refuse pandas and pass on everything else."""
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)
        return None


def leave_pandas_out() -> None:
    """Keep Arrow from importing pandas, as it does with the first list it sees; that takes half a second.

    Only for processes that are ours alone, and that ask for no frame.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas())


def let_pandas_in() -> None:
    """Undo `leave_pandas_out`, for what imports pandas itself."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _NoPandas)]
