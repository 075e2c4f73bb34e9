"""Arrow in a process that needs no data frames."""

import sys
from importlib.abc import MetaPathFinder

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    """Finds no pandas, whether it is there or not."""

    @staticmethod
    def find_spec(fullname: str, *_: object) -> None:
        """Refuse pandas and pass on everything else."""
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)


def leave_pandas_out() -> None:
    """Keep Arrow from importing pandas, as it does with the first list it sees; that takes half a second.

    Only for processes that are ours alone: Arrow's `to_pandas` does not work in them from then on.
    """
    if "pandas" not in sys.modules:
        finder = _NoPandas()
        sys.meta_path.insert(0, finder)
        try:
            pa.array([""])  # Arrow looks once
        finally:
            sys.meta_path.remove(finder)
