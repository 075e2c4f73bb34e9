"""How a command ends: with its exit code, and an error with one message and no traceback."""

import functools
import os
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from typing import NoReturn, ParamSpec

import typer

from cleaner.cli.telling import tell
from cleaner.errors import CleanerError, LockHeld, UsageError

FAILED, USAGE, QUARANTINED, HELD_BACK, WOULD_CHANGE = 1, 2, 3, 4, 5
LOCKED = 75
"""The code by which mail systems know that trying again later helps (`EX_TEMPFAIL`)."""
INTERRUPTED, PIPE_CLOSED, TERMINATED = 130, 141, 143
"""Exit codes; these three are a shell's own for Ctrl-C, a reader that went away, and SIGTERM."""

Parameters = ParamSpec("Parameters")
debugging: ContextVar[bool] = ContextVar("debugging", default=False)
"""Whether an error shows its traceback."""


def guarded(command: Callable[Parameters, int]) -> Callable[Parameters, None]:
    """Make a command end with its exit code, and an error with one message and the right code."""

    @functools.wraps(command)
    def run(*arguments: Parameters.args, **options: Parameters.kwargs) -> None:
        try:
            code = command(*arguments, **options)
            sys.stdout.flush()
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            _let_go_of_output()
            raise typer.Exit(PIPE_CLOSED) from None
        except CleanerError as error:
            _fail(str(error), _code(error))
        except OSError as error:
            if error.filename is None:
                _let_go_of_output()
            _fail(f"{error.filename or 'the disk'}: {error.strerror or error}", FAILED)
        except Exception as error:  # noqa: BLE001  # whatever it is, people get one line
            cause = f"{type(error).__name__}: {error}"
            _fail(f"{cause}; a fault in cleaner itself, `cleaner --debug …` shows where", FAILED)
        raise typer.Exit(code)

    return run


def _let_go_of_output() -> None:
    """Drop what standard output cannot take, or the last flush complains and changes the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _code(error: CleanerError) -> int:
    return USAGE if isinstance(error, UsageError) else LOCKED if isinstance(error, LockHeld) else FAILED


def _fail(message: str, code: int) -> NoReturn:
    if debugging.get():
        traceback.print_exc()
    tell(f"cleaner: {message}", err=True)
    raise typer.Exit(code) from None
