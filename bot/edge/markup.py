"""What feeds are written in: bytes → characters, characters XML allows, HTML → plain text.

Feeds say nothing reliable about their encoding, so bytes that are valid UTF-8 are read as that, whatever
they are declared as: no real text in another encoding looks like UTF-8.

Nor do they say whether a text is HTML, plain, or HTML escaped twice, so every text is read as HTML, which
leaves plain text as it is: "3 < 5" and "AT&T" are not mark-up to an HTML5 tokenizer. A text that afterwards
still holds entities or closing tags was escaped once too often and is read once more; never a third time.
The price: a title *about* `&amp;` or `</p>` loses it.

Cleaners tried took seconds on some 200 kB. libxml2's tokenizer without a tree stayed under 0.1 s on 400,000
characters of open tags, attributes, comments, quotes and twenty other floods.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from xml.parsers import expat

from lxml import etree

#: Longer than any real article's mark-up; what lies behind is not read.
_MAX_INPUT = 400_000

#: Elements whose content is not text for readers.
_SILENT = frozenset({"script", "style", "template", "iframe", "svg", "noembed", "noframes"})
#: Elements that stand on lines of their own; without a break "<h1>Title</h1>Hello" reads "TitleHello".
_BLOCKS = frozenset(
    """address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol option p pre section summary table tbody td
    tfoot th thead title tr ul""".split()
)

# C0 and C1 controls but tab and line ends; soft hyphen; zero-width space, word joiner, byte order mark;
# marks that turn the direction of writing (they can make a link or a number read backwards); tags and other
# invisible format characters; lone surrogates and non-characters, which no database or channel accepts.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
# Joiners shape Arabic and Indic letters and tie emoji together. After other letters they only split words.
# What stands before is looked at last, or it would be at every letter.
_STRAY_JOINER = re.compile(
    "[\u200c\u200d](?<![\u0600-\u109f\u200d\u2600-\u27bf\ufe0f\U0001f000-\U0001faff].)"
)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_STILL_MARKUP = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});|</[a-z][a-z0-9]*>|<br ?/?>", re.IGNORECASE
)


# What `codecs.lookup` calls them. Python knows more: unicode_escape and idna run code of their own on hostile
# bytes, utf-7 hides mark-up from whoever looks at the bytes. UTF-16 and UTF-32 are told by their first bytes.
_ENCODINGS = frozenset(
    """utf-8 ascii koi8-r koi8-u kz1048 mac-cyrillic mac-roman tis-620 cp866 cp874 gb2312 gbk gb18030 hz
    big5 big5hkscs cp950 shift_jis cp932 euc_jp iso2022_jp euc_kr cp949 johab iso2022_kr""".split()
    + [f"iso8859-{n}" for n in range(1, 17)]
    + [f"cp125{n}" for n in range(9)]
)
#: The Web reads the first name of each pair as the second, its superset.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
}
_FIRST_BYTES = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_WIDE = frozenset(codec for _, codec in _FIRST_BYTES)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CHARSET = re.compile(r"\bcharset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
#: Fewer high bytes have no shape to guess by.
_ENOUGH = 20

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]{1,8})|0*([0-9]{1,8}));|&#[xX]?[0-9a-fA-F]*;")


def decode(body: bytes, content_type: str | None) -> tuple[str, str | None]:
    """Turn a document's bytes into characters.

    Args:
        body: the document.
        content_type: the HTTP header; its charset counts only if the document declares none.

    Returns:
        The text, and in words what was wrong with its encoding, if anything.
    """
    declared = _declared(body, content_type)
    codec = _codec(body, _allowed(declared) if declared else "utf-8")
    text = body.decode(codec, "replace").lstrip("\ufeff")
    problem = None
    if "\ufffd" in text and not _is_valid(body, codec):
        problem = f"some characters are not valid {codec}"
    elif declared and codec not in (_allowed(declared), *_WIDE) and not text.isascii():
        problem = f"declared as {declared}, read as {codec}"
    return text, problem


def _codec(body: bytes, declared: str | None) -> str:
    """Choose how to read a body: by its first bytes, as declared, as UTF-8, or by a guess."""
    for start, wide in _FIRST_BYTES:
        if body.startswith(start):
            return wide
    # Only the escape sequences of ISO-2022 and HZ say something in plain ASCII.
    order = [declared, "utf-8"] if body.isascii() else ["utf-8", declared]
    candidates = [codec for codec in order if codec]
    for fits in (_is_valid, _is_nearly_valid):
        for codec in candidates:
            if fits(body, codec):
                # Servers call everything ISO-8859-1 when nobody told them better.
                return _guess(body) if codec == "cp1252" else codec
    return _guess(body)


def _is_valid(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _is_nearly_valid(body: bytes, codec: str) -> bool:
    """Most of what is not ASCII can be read: a few bytes are damaged, the encoding is right."""
    text = body.decode(codec, "replace")
    damaged = text.count("\ufffd")
    return damaged * 2 < len(text) - len(text.encode("ascii", "ignore"))


def _declared(body: bytes, content_type: str | None) -> str | None:
    if in_document := _DECLARED.match(body):
        return in_document[1].decode("ascii", "replace")
    in_header = _CHARSET.search(content_type or "")
    return in_header[1] if in_header else None


def _allowed(name: str) -> str | None:
    """Return the codec for an encoding's name; None if it is unknown or not for feeds."""
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(codec, codec) if codec in _ENCODINGS else None


def _guess(body: bytes) -> str:
    """Guess the encoding of text whose declaration is wrong or missing, by the shape of its words.

    Western text has single high bytes between ASCII letters. Cyrillic and Chinese text has runs of them:
    Chinese spread over 0xA1 to 0xFE, Cyrillic almost only letters from 0xC0, of which the small ones, by far
    the more frequent, are the upper half in windows-1251 and the lower in KOI8-R.
    """
    sample = body[:200_000]
    high = sample.translate(None, bytes(range(0x80)))
    runs = sum(map(len, re.findall(rb"[\x80-\xff]{4,}", sample)))
    if len(high) < _ENOUGH or runs * 2 < len(high):
        return "cp1252"
    if len(high.translate(None, bytes(range(0xC0, 0x100)))) * 10 > len(high):
        return "gb18030" if _is_valid(body, "gb18030") else "cp1252"
    upper = len(high.translate(None, bytes(range(0xE0))))
    return "cp1251" if upper * 2 > len(high) else "koi8-r"


def legal_xml(text: str) -> str:
    """Remove what XML forbids and one careless entry would sink the whole document with.

    References to surrogates, which JavaScript writes for emoji ("&#xD83D;&#xDE00;"), become the character
    they mean; other illegal references and raw control characters vanish.
    """
    repaired = _REFERENCE.sub(_legal_reference, text)
    if repaired != text:
        repaired = repaired.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return _ILLEGAL.sub("", repaired)


def _legal_reference(found: re.Match[str]) -> str:
    digits, base = (found[1], 16) if found[1] else (found[2] or "0", 10)
    code = int(digits, base)
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004  the surrogates' range
        return chr(code)
    return found[0] if code <= sys.maxunicode and not _ILLEGAL.match(chr(code)) else ""


class _RootReachedError(Exception):
    """The prolog is over."""


def declares_entities(text: str) -> bool:
    """Whether a document's type declares entities: bombs and readers of files begin so, feeds do not."""
    declared: list[object] = []

    def stop(*_: object) -> None:
        raise _RootReachedError

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = lambda *declaration: declared.append(declaration)
    parser.StartElementHandler = stop
    with suppress(_RootReachedError, expat.ExpatError):
        parser.Parse(text, True)
    return bool(declared)


def plain_text(markup: str, *, limit: int = 20_000) -> str:
    """Return what a reader would see of HTML or plain text.

    Blocks are separated by single line ends, other white space is collapsed to single blanks. Controls,
    invisible characters, direction marks and lone surrogates are gone.

    Args:
        markup: HTML, well-formed or not, or plain text; only its first 400,000 characters are read.
        limit: the most characters to return.
    """
    text = _read(markup[:_MAX_INPUT])
    if _STILL_MARKUP.search(text):
        text = _read(text)
    return text[:limit].rstrip()


def _read(markup: str) -> str:
    text = _CDATA.sub("", _INVISIBLE.sub("", markup))
    marked = "<" in text or "&" in text
    return _STRAY_JOINER.sub("", _INVISIBLE.sub("", _tokenized(text)) if marked else " ".join(text.split()))


#: Parsers that wait for the next text; to make one costs as much as to read a short text.
_idle: list[etree.HTMLParser] = []


def _tokenized(markup: str) -> str:
    # Taken and given back in one step each, so that no two threads share one. One that raised is not kept.
    parser = _idle.pop() if _idle else etree.HTMLParser(target=_Reader(), no_network=True)
    parser.feed(markup)
    text: str = parser.close()
    _idle.append(parser)
    return text


class _Reader:
    """Collects text while libxml2 tokenizes; no tree is built, so nothing can grow deep."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._silent = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        del attributes
        self._silent += tag in _SILENT
        self._break_at(tag)

    def end(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._break_at(tag)

    def data(self, text: str) -> None:
        if not self._silent:
            self._lines[-1].append(text)

    def close(self) -> str:
        lines = [" ".join("".join(line).split()) for line in self._lines]
        self._lines, self._silent = [[]], 0
        return "\n".join(line for line in lines if line)

    def _break_at(self, tag: str) -> None:
        if tag in _BLOCKS and self._lines[-1]:
            self._lines.append([])
