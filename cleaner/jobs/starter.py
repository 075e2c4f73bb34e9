"""What a new job starts from: its file, and what starts it every night."""

import shlex
import shutil
import sys
from importlib.resources import files
from pathlib import Path

from cleaner.errors import UsageError
from cleaner.files import write_atomic

HOUR, MINUTE = 2, 30
"""When a job runs unless its owner says otherwise."""
_PLAIN = frozenset({0, 3, 75})
"""Exit codes that wake nobody: all is well, some documents in quarantine, the run before still goes on."""
_SERVICE = """\
# Save as /etc/systemd/system/cleaner-{name}.service
[Unit]
Description=Clean what is new: job {name}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command}
# some documents in quarantine; the run before still goes on; stopped, with the batch in hand kept
SuccessExitStatus=3 75 143
# a stop lets the run finish its batch
KillMode=mixed
TimeoutStopSec=15min
Nice=10
IOSchedulingClass=idle
NoNewPrivileges=yes
# the user that owns the output:
# User=cleaner
# what tells people of a run that failed or was held back, besides `notify:` in the job:
# OnFailure=…  (in [Unit])
"""
_TIMER = """\
# Save as /etc/systemd/system/cleaner-{name}.timer
# Start it: systemctl daemon-reload && systemctl enable --now cleaner-{name}.timer
[Unit]
Description=Run the job {name} every night

[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
RandomizedDelaySec=10min
# a night that the machine slept through is made up for
Persistent=true

[Install]
WantedBy=timers.target
"""


def starter_text(file: str = "job.yaml") -> str:
    """Give the text of a job file to start from; its commands name `file`."""
    text = files("cleaner.jobs").joinpath("starter.yaml").read_text("utf-8")
    return text.replace("FILE", shlex.quote(file))


def start_job(to: Path) -> None:
    """Write a job file to start from. Raises UsageError where it is there or its folder is not."""
    if to.exists():
        message = f"{to}: is there already; choose another file with --out"
        raise UsageError(message)
    if not to.parent.is_dir():
        message = f"{to.parent}: no such folder; make it first, or choose another file with --out"
        raise UsageError(message)
    write_atomic(to, starter_text(str(to)).encode())


def write_units(name: str, file: Path, folder: Path) -> tuple[Path, Path]:
    """Write both units of a job into a folder; give the service and the timer.

    Raises UsageError where one is there or the folder is not, OSError where the disk refuses.
    """
    if not folder.is_dir():
        message = f"{folder}: no such folder; make it first, or choose another one with --out"
        raise UsageError(message)
    service, timer = (folder / f"cleaner-{name}.{kind}" for kind in ("service", "timer"))
    for unit in (service, timer):
        if unit.exists():
            message = f"{unit}: is there already; move it away, or choose another folder with --out"
            raise UsageError(message)
    for unit, text in zip((service, timer), systemd_units(name, file), strict=True):
        write_atomic(unit, text.encode())
    return service, timer


def systemd_units(name: str, file: Path) -> tuple[str, str]:
    """Give a systemd service that runs a job of this name and file, and the timer that starts it nightly."""
    command = " ".join(map(_systemd_word, (*_program(), "job", "run", str(file.absolute()))))
    return (
        _SERVICE.format(name=name, command=command),
        _TIMER.format(name=name, hour=HOUR, minute=MINUTE),
    )


def cron_line(name: str, file: Path) -> str:
    """Give a crontab line that runs a job nightly and writes mail only of what a person must see to."""
    job = file.absolute()
    log = shlex.quote(str(job.with_name(f"{name}.log")))
    command = shlex.join((*_program(), "job", "run", str(job)))
    codes = "|".join(map(str, sorted(_PLAIN - {0})))
    words = f"{command} >>{log} 2>&1 || case $? in {codes}) ;; *) tail -n 20 {log} ;; esac"
    return f"{MINUTE} {HOUR} * * * " + words.replace("%", r"\%")


def _program() -> tuple[str, ...]:
    """Give what runs cleaner from anywhere."""
    found = shutil.which("cleaner", path=str(Path(sys.executable).parent)) or shutil.which("cleaner")
    return (str(Path(found).absolute()),) if found else (sys.executable, "-m", "cleaner")


def _systemd_word(word: str) -> str:
    r"""Write one word of a command for systemd.

    >>> print(_systemd_word("/srv/old pages/50%/job.yaml"), _systemd_word("job"))
    "/srv/old pages/50%%/job.yaml" job
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    plain = all(sign.isalnum() or sign in "/._-+:,=@%$" for sign in escaped)
    return escaped if plain else f'"{escaped}"'
