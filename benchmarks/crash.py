"""Kill the review server again and again in a stream of verdicts; what it acknowledged must stand.

`python benchmarks/crash.py 1000` does it a thousand times, always on one store. SIGKILL comes at a random
moment while two browsers judge as fast as they can. Then the store must open; hold each verdict whose answer
came in full, once; and nothing that was not sent, or sent otherwise.
"""

import argparse
import gc
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from reviewing import Client

from cleaner.report.folder import table
from cleaner.review import app
from cleaner.review.serve import listening, serve
from cleaner.review.store import Said, Store

SEEDS = Path(__file__).parents[1] / "seeds"
BROWSERS = 2
LONGEST = 0.3
"""Seconds of judging before the kill, at most."""
WORDS = ("accepted", "rejected", "deferred")
EVERY = 100
"""Rounds after which the whole store is read again, and not only what is new."""

Sent = tuple[str, str, str, str]
"""A verdict as it was sent: comment (other for each), edit, word, reviewer."""


@dataclass
class Tally:
    """What was sent and answered in all rounds, and what the store got wrong."""

    attempted: set[Sent] = field(default_factory=set)
    acknowledged: list[Sent] = field(default_factory=list)
    stored: Counter[Sent] = field(default_factory=Counter)
    seen: int = 0
    checked: int = 0
    lost: int = 0
    invented: int = 0
    refused: list[str] = field(default_factory=list)

    def check(self, rows: list[Said]) -> None:
        """Take the rows that are new in the store; count what is missing or was never sent."""
        for row in rows:
            one = as_sent(row)
            in_turn = row.seq == self.seen + 1
            known = one in self.attempted and not self.stored[one]
            self.invented += not (in_turn and known)
            self.stored[one] += 1
            self.seen = row.seq
        new = self.acknowledged[self.checked :]
        self.lost += sum(not self.stored[one] for one in new)
        self.checked += len(new)

    def check_all(self, rows: list[Said]) -> None:
        """Compare the whole store with what was read of it round by round."""
        found = Counter(map(as_sent, rows))
        self.lost += sum((self.stored - found).values())
        self.invented += sum((found - self.stored).values())


def as_sent(row: Said) -> Sent:
    """Give what a row of the store says, as it was sent."""
    if row.verdict is None:
        return ("", "", "undo", row.reviewer)
    return (row.verdict.comment, row.verdict.edit_id or "", row.verdict.verdict, row.reviewer)


def start(out: Path, store: Path) -> tuple[int, str]:
    """Serve the run in a child of this process, which has imported everything; give its id and address."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        serve_until_killed(out, store, writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        url = told.readline().strip()
    if not url:
        message = f"the server ended before it was ready: {os.waitpid(child, 0)[1]}"
        raise RuntimeError(message)
    return child, url


def serve_until_killed(out: Path, store: Path, writer: int) -> NoReturn:
    """Be the server; say the address through a pipe."""
    try:
        with listening() as place:
            page = app.open_review(out, str(store), against=None, reviewer="ann", step=lambda *_: None)
            serve(page, place, reviewer="ann", on_ready=lambda url: os.write(writer, f"{url}\n".encode()))
    except BaseException:  # noqa: BLE001 - a fork must not return into its parent's code
        traceback.print_exc()
    os._exit(1)


def judge_until_cut(  # noqa: PLR0913, PLR0917  # a thread gets all it needs
    url: str, name: str, edits: list[str], rng: random.Random, tally: Tally, begun: threading.Event
) -> None:
    """Judge as fast as the server answers, until it answers no more."""
    number = 0
    try:
        client = Client(url)
        while True:
            one = (f"{name} {number}", rng.choice(edits), rng.choice(WORDS), "ann")
            tally.attempted.add(one)
            begun.set()
            client.judge(one[1], one[2], one[0])
            tally.acknowledged.append(one)
            number += 1
    except (OSError, http.client.HTTPException, json.JSONDecodeError):
        return
    except RuntimeError as error:  # an answer, and no yes
        tally.refused.append(str(error))
    finally:
        begun.set()


def one_round(number: int, out: Path, store: Path, edits: list[str], tally: Tally) -> None:
    """Serve, judge, kill, and read what stands."""
    rng = random.Random(number)  # noqa: S311 - a moment that can be had again, no secret
    child, url = start(out, store)
    begun = [threading.Event() for _ in range(BROWSERS)]
    browsers = [
        threading.Thread(
            target=judge_until_cut,
            args=(url, f"{number}-{place}", edits, random.Random(rng.random()), tally, event),  # noqa: S311
        )
        for place, event in enumerate(begun)
    ]
    for browser in browsers:
        browser.start()
    for event in begun:
        event.wait(60)
    time.sleep(rng.uniform(0, LONGEST))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for browser in browsers:
        browser.join()
    with Store.open(store, create=False) as opened:
        tally.check(opened.since(tally.seen))
        if number % EVERY == 0:
            tally.check_all(opened.since(0))


def main() -> None:
    """Do so many rounds; print what was found, and fail on any loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=25)
    rounds = parser.parse_args().rounds
    tally, began = Tally(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        out, store = Path(folder, "out"), Path(folder, "verdicts.sqlite")
        clean = [sys.executable, "-P", "-m", "cleaner", "clean", str(SEEDS), "--out", str(out), "--quiet"]
        few_rules = ["--profile", "minimal"]  # each server loads them anew
        subprocess.run([*clean, *few_rules], check=True)  # noqa: S603 - our own command on our own files
        edits = table(out, "changes.parquet")["edit_id"].to_pylist()
        Store.open(store).close()
        app.open_review(out, str(store), against=None, reviewer="ann", step=lambda *_: None).close()
        gc.freeze()  # the children share what was imported and read
        for number in range(1, rounds + 1):
            one_round(number, out, store, edits, tally)
        with Store.open(store, create=False) as opened:
            tally.check_all(opened.since(0))
    seconds = time.monotonic() - began
    print(
        f"{rounds} kills: {len(tally.attempted):,} verdicts sent, {len(tally.acknowledged):,} acknowledged, "
        f"{tally.seen:,} stand; {tally.lost} lost, {tally.invented} invented; {seconds:.0f} s"
    )
    for told in tally.refused:
        print(f"refused: {told}")
    if tally.lost or tally.invented or tally.refused or not tally.acknowledged:
        sys.exit(1)


if __name__ == "__main__":
    main()
