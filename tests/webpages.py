"""Small web pages to read in tests."""

_PARAGRAPHS = (
    "It rained for a whole week over the valley, and the river rose by two metres before anybody took note.",
    "On Thursday the bridge was closed, said the mayor, because nobody could tell whether it would hold.",
    "The school stayed open; its pupils came by boat, and some of them liked it better than the bus.",
    "Farmers counted what was left of their fields, and found that the onions had done rather well.",
)


def paragraphs() -> list[str]:
    """Give the paragraphs of the article."""
    return list(_PARAGRAPHS)


ARTICLE = f"""<!doctype html><html lang=en><head><title>Rain over the valley</title>
<meta property="og:title" content="Rain over the valley">
<meta property="og:site_name" content="The Valley Gazette">
<meta name=author content="Ann Example">
<meta property="article:published_time" content="2024-03-05T10:00:00Z">
<link rel=canonical href="https://gazette.example/rain"><style>p {{ color: red }}</style></head><body>
<header>The Valley Gazette<nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav></header>
<article><h1>Rain over the valley</h1>
<p>{_PARAGRAPHS[0]}</p><p>{_PARAGRAPHS[1]}</p>
<table><tr><th>What</th><th>Before</th><th>After</th></tr><tr><td>Water</td><td>3</td><td>4</td></tr></table>
<h2>What comes next</h2><p>{_PARAGRAPHS[2]}</p><p>{_PARAGRAPHS[3]}</p>
<ul><li>Bring boots to the meeting in the hall</li><li>Bring a lamp for the way home again</li></ul></article>
<p><a href=/rain>Read more about rain</a></p>
<form><button>Subscribe</button></form><script>var hidden = "<p>x</p>"</script>
<footer><p>Imprint</p><p><a href=/contact>Contact us</a></p></footer></body></html>"""

CHINESE = """<html lang=zh><head><title>天气</title></head>
<body><nav><a href=/>首页</a> <a href=/n>新闻</a></nav>
<article><h1>山谷里的雨</h1>
<p>今天山谷里下了整整一个星期的雨，河水在人们注意到之前上涨了两米，桥梁因此被关闭，学校仍然开放。</p>
<p>今天市长说没有人知道这座桥能不能撑得住，所以大家都乘船去上学，有些学生觉得比坐公共汽车还要好。</p>
<p>今天农民们清点了田里剩下的东西，发现洋葱的收成其实还不错，于是他们决定明年多种一些洋葱和土豆。</p>
</article><footer>版权所有</footer></body></html>"""


def page(number: int, words: str = "It rained . Then it stopped") -> str:
    """Give a page with a gap before a stop, which the rules of tests close."""
    head = f"<html><head><title>Page {number}</title></head>"
    return f"{head}<body><nav><a href=/>Home</a></nav><p>{words} {number}.</p>"


def response(  # noqa: PLR0913 - a record has these parts
    number: int,
    body: bytes,
    *,
    kind: str = "response",
    content_type: str | None = "text/html; charset=utf-8",
    headers: str = "",
    record_id: str | None = None,
) -> bytes:
    """Give a record of a WARC file."""
    declared = f"Content-Type: {content_type}\r\n" if content_type else ""
    block = f"HTTP/1.1 200 OK\r\n{declared}{headers}\r\n".encode() + body
    name = f"<urn:uuid:0000-{number}>" if record_id is None else record_id
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: {name}",
        f"WARC-Target-URI: https://www.example.org/{number}",
        "WARC-Date: 2024-03-05T10:00:00Z",
        f"Content-Type: application/http; msgtype={kind}",
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"
