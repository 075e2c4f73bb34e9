"""A better rule from a rejected edit: drafted, checked, shown, and kept where somebody wants it."""

from pathlib import Path

from starlette.responses import Response

from cleaner.errors import CleanerError
from cleaner.review.drafted import OWN, Drafted, draft_example, draft_unless, save
from cleaner.review.passage import Passage
from cleaner.review.web.ask import Ask, AskError, page
from cleaner.review.web.desk import Desk
from cleaner.review.web.views import edit_view

_DRAFTS = {"example": draft_example, "unless": draft_unless}


def draft(desk: Desk, ask: Ask) -> Response:
    """Show a draft."""
    return _shown(desk, ask, ask.query.get("edit_id", ""), ask.query.get("kind", "example"))


def save_draft(desk: Desk, ask: Ask) -> Response:
    """Draft again, and keep the rule in a user's pack beside the run, or where the form says."""
    edit_id, kind = ask.form.get("edit_id", ""), ask.form.get("kind", "example")
    path = _within(desk, ask.form.get("path", ""))
    _, drafted = _drafted(desk, edit_id, kind)
    save(drafted, path)
    return _shown(desk, ask, edit_id, kind, saved=str(path))


def _shown(desk: Desk, ask: Ask, edit_id: str, kind: str, saved: str = "") -> Response:
    drafted, error = None, ""
    row = desk.run.row_of(edit_id)
    if row is None:
        raise AskError(404, "No such edit", f"This run has no edit {edit_id[:40]!r}.")
    try:
        _, drafted = _drafted(desk, edit_id, kind)
    except CleanerError as failed:
        error = str(failed)
    return page(
        desk,
        ask,
        "draft",
        "Draft of a rule",
        edit=edit_view(desk, row, large=True),
        kind=kind,
        drafted=drafted,
        error=error,
        saved=saved,
        pack_path=str(_default(desk)),
        here=f"/draft?edit_id={edit_id}&kind={kind}",
    )


def _drafted(desk: Desk, edit_id: str, kind: str) -> tuple[int, Drafted]:
    row = desk.run.row_of(edit_id)
    if row is None or kind not in _DRAFTS:
        raise AskError(
            404, "No such draft", f"This run has no edit {edit_id[:40]!r}, or no such draft is made."
        )
    if desk.cleaner is None:
        text = "The rules of this run cannot be loaded any more, or say something else now."
        raise AskError(409, "No draft can be made", text, "Clean again, and review that run.")
    edit = desk.run.edit(row)
    text = desk.document_texts(int(desk.run.document[row])).source
    passage = Passage(text, edit["start"], edit["end"], desk.host(row) or None)
    return row, _DRAFTS[kind](edit["rule"], passage, desk.cleaner, OWN)


def _within(desk: Desk, given: str) -> Path:
    """Read where a pack goes: below the folder of the run, or the one that the server was started in.

    Whoever judges may be far away, so the page writes nowhere else. Raises AskError.
    """
    try:
        path = Path(given or _default(desk)).expanduser()
        whole = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # nobody's home, a NUL
        raise AskError(400, "That is no place for a pack", f"{given[:200]!r}: {error}.") from error
    homes = (desk.out.resolve().parent, Path.cwd())
    if not any(whole.is_relative_to(home) for home in homes):
        text = f"{path} lies outside {' and '.join(dict.fromkeys(map(str, homes)))}."
        raise AskError(
            400, "A pack is not saved there", text, "Save it below one of them, or copy the draft."
        )
    return path


def _default(desk: Desk) -> Path:
    return desk.out.resolve().parent / "own.yaml"
