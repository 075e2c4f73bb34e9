"""The review page served as a process of its own, and a browser's part played over plain HTTP."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit


class Answer(NamedTuple):
    """What came back: a status and the whole body."""

    status: int
    body: bytes


class Client:
    """One browser that was let in, on one connection that stays open."""

    def __init__(self, url: str) -> None:
        """Trade the token in the printed address for a cookie."""
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=120)
        self._connection.request("GET", f"{place.path}?{place.query}")
        answer = self._connection.getresponse()
        answer.read()
        cookie = str(answer.getheader("set-cookie")).partition(";")[0]
        self._headers = {
            "Cookie": cookie,
            "Origin": f"{place.scheme}://{place.netloc}",
            "Sec-Fetch-Site": "same-origin",
        }

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Send a form."""
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._ask("POST", path, urlencode(fields), headers)

    def judge(self, edit_id: str, verdict: str, comment: str = "", back: str = "") -> dict[str, Any]:
        """Judge an edit as the page's script does; give the answer once it came in full."""
        fields = {"edit_id": edit_id, "verdict": verdict, "comment": comment, "back": back}
        answer = self.post("/judge", fields, Accept="application/json")
        if answer.status != http.client.OK:
            message = f"/judge answered {answer.status}: {answer.body[:300]!r}"
            raise RuntimeError(message)
        told: dict[str, Any] = json.loads(answer.body)
        return told

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        self._connection.request(method, path, body, {**self._headers, **headers})
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.read())


@contextmanager
def reviewed(out: Path, *options: str | Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run `cleaner review` on a run; give its address, once it was printed, and the process."""
    arguments = ["review", str(out), "--no-browser", "--port", "0", *map(str, options)]
    command = [sys.executable, "-P", "-m", "cleaner", *arguments]
    with subprocess.Popen(command, stdout=-1, text=True) as process:  # noqa: S603 - our own command
        try:
            yield address(process), process
        finally:
            process.terminate()


def address(process: "subprocess.Popen[str]") -> str:
    """Read the address that a server prints when it is ready."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith("review at "):
            return line.split()[-1]
    message = f"the review ended with {process.wait()} before it was ready"
    raise RuntimeError(message)
