"""Bytes to text and back."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.decode import charset, decode, encode, read_newlines, write_newlines
from cleaner.errors import DocumentError

FRENCH = "Le gouvernement a annoncé vendredi que les prisonniers seront libérés à la fin de l’été. "
RUSSIAN = "Правительство объявило в пятницу, что заключенные будут освобождены. "
POLISH = "Rząd ogłosił w piątek, że więźniowie polityczni zostaną zwolnieni pod koniec lata. "
TURKISH = "Hükümet cuma günü mahkûmların yaz sonunda serbest bırakılacağını açıkladı. İstanbul'da şüpheli"
SIGNED = ["utf-8-sig", "utf-16-le-sig", "utf-16-be-sig", "utf-32-le-sig", "utf-32-be-sig"]

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))
breaks = st.sampled_from(["\n", "\r\n", "\r"])
texts = st.lists(st.tuples(words, breaks)).map(lambda parts: "".join(word + end for word, end in parts))


@given(texts)
def test_utf8_comes_back_byte_for_byte(text: str) -> None:
    data = text.encode()
    decoded = decode(data)
    assert encode(decoded.text, decoded.encoding, decoded.newline) == data
    assert decoded.confidence == 1.0


@given(texts.filter(lambda text: not text.startswith("\0")), st.sampled_from(SIGNED))
def test_a_byte_order_mark_comes_back(text: str, encoding: str) -> None:
    data = encode(text, encoding, "lf")
    decoded = decode(data)
    assert decoded.encoding == encoding
    assert encode(decoded.text, decoded.encoding, decoded.newline) == data


@given(texts)
def test_newlines_come_back(text: str) -> None:
    read, newline = read_newlines(text)
    assert write_newlines(read, newline) == text
    assert newline != "crlf" or "\r" not in read


@pytest.mark.parametrize(
    ("text", "read", "newline"),
    [
        ("", "", "lf"),
        ("a\nb", "a\nb", "lf"),
        ("a\r\nb\r\n", "a\nb\n", "crlf"),
        ("a\r\nb\n", "a\r\nb\n", "mixed"),
        ("a\rb", "a\rb", "mixed"),
        ("a\r\r\nb", "a\r\r\nb", "mixed"),
    ],
)
def test_newline_styles(text: str, read: str, newline: str) -> None:
    assert read_newlines(text) == (read, newline)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "cp1252"),
        ("café", "cp1252"),
        ("The man’s rights", "cp1252"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (TURKISH, "cp1254"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        ("政府は金曜日に囚人を釈放すると発表した。これは長い手続きの後のことである。", "euc_jp"),
        ("Hello world, this is English text.\n", "utf-16-le"),
        (RUSSIAN, "utf-16-be"),
    ],
)
def test_a_legacy_charset_is_guessed_and_never_certain(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, encoding)
    assert 0.5 < decoded.confidence < 1.0


def test_a_declared_charset_goes_before_a_guess_and_behind_utf8() -> None:
    assert decode(RUSSIAN.encode("cp1251"), declared="Windows-1251").confidence == 1.0
    assert decode("é".encode(), declared="latin-1").encoding == "utf-8"
    assert decode("日本".encode("iso2022_jp") * 9, declared="iso2022_jp").text == "日本" * 9
    assert decode(FRENCH.encode("cp1252"), declared="klingon").encoding == "cp1252"


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "undefined", "", None, "\0"])
def test_what_is_no_charset(name: str | None) -> None:
    assert charset(name) is None


@pytest.mark.parametrize(
    "text", ["A text with a stray\0 NUL", "a\0b", "a\x01b\x02c and more of it", "\x1b[31mred\x1b[0m"]
)
def test_a_stray_control_character_is_no_reason_to_refuse(text: str) -> None:
    assert decode(text.encode()).text == text


def test_a_stray_nul_in_a_legacy_text_is_no_reason_to_refuse() -> None:
    text = FRENCH + "\0" + FRENCH
    assert decode(text.encode("cp1252")).text == text


RUBBISH = random.Random(7).randbytes(3000)  # noqa: S311 - any rubbish will do


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0" + zlib.compress(RUBBISH),
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01" + RUBBISH,
        b"\xff\xd8\xff\xe0",
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01D\0;",
        zlib.compress(RUBBISH),
        RUBBISH,
        RUBBISH[:40],
        b"\0" * 50 + b"text",
        b"text" * 100 + b"\0" * 400,
        bytes(range(32)) * 4,
    ],
)
def test_binary_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        decode(data)
    assert caught.value.kind == "undecodable"


def test_a_text_about_image_files_is_a_text() -> None:
    assert decode("GIF89a is how such a file begins; %PDF- is another’s start.".encode()).encoding == "utf-8"


def test_damaged_utf8_is_refused_rather_than_mangled() -> None:
    with pytest.raises(DocumentError, match="byte 6, and they are UTF-8 with damage"):
        decode("été é".encode()[:7] + b"\xff" + "été".encode() * 5)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfcaf\xe9", b"\xff\xfea\0b", b"\xfe\xff\xd8\x00\0a"])
def test_a_broken_promise_of_a_byte_order_mark_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match="byte-order mark"):
        decode(data)


@given(st.binary(max_size=200), st.sampled_from([None, "cp1252", "utf-16", "utf-7", "iso2022_jp"]))
def test_any_bytes_decode_or_are_refused(data: bytes, declared: str | None) -> None:
    try:
        decoded = decode(data, declared)
    except DocumentError:
        return
    assert 0.0 <= decoded.confidence <= 1.0
    assert decoded.newline != "crlf" or "\r" not in decoded.text


@pytest.mark.parametrize("data", [b"caf\xc3\xa9 \xed\xa0\xbd\xed\xb8\x80", b"Bad \xed\xa0\x80 surrogate"])
def test_utf_8_with_surrogates_is_damaged_and_not_another_charset(data: bytes) -> None:
    with pytest.raises(DocumentError, match="UTF-8 with damage"):
        decode(data * 5)
