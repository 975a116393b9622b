"""What Telegram makes of a message's text and mark-up, asked of Telegram's own library.

`tdjson` is TDLib, the code the Bot API server runs on. Its synchronous functions need neither a log-in nor a
network, so limits, repairs and error texts are the real ones. Sources are named by file and line of
github.com/tdlib/td (022d602) and github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import tdjson

Json: TypeAlias = dict[str, Any]

#: Bytes of the raw text, before parsing. Client.cpp:11309
RAW_TEXT_LIMIT = 1 << 15
#: Code points after parsing (TDLib's option message_text_length_max). MessageContent.cpp:4757
TEXT_LIMIT = 4096
#: The same of a caption (message_caption_length_max). MessageContent.cpp:5241
CAPTION_LIMIT = 1024
#: Telegram shows no more (telegram.constants.MessageLimit.MESSAGE_ENTITIES), though TDLib lets them pass.
MOST_ENTITIES = 100

_TO_TD = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "blockquote": "BlockQuote",
    "expandable_blockquote": "ExpandableBlockQuote",
    "text_link": "TextUrl",
}
_FROM_TD = {f"textEntityType{td}": bot for bot, td in _TO_TD.items()}
_MODES: Mapping[str, Json] = {
    "html": {"@type": "textParseModeHTML"},
    "markdown": {"@type": "textParseModeMarkdown", "version": 1},
    "markdownv2": {"@type": "textParseModeMarkdown", "version": 2},
}
# Hidden from parseMarkdown, which repairs entities but would also read these as mark-up.
_MARKS = "*_~`|[]()"


class RefusedError(Exception):
    """Telegram's refusal of one request, as the Bot API words it."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters
        #: As it was said, before the envelope.
        self.text = description


def bad_request(text: str) -> RefusedError:
    """The text's first letter becomes small unless the second is a capital. Client.cpp:188-200"""
    lowered = text if text[1:2].isupper() or text[1:2] == "_" else text[:1].lower() + text[1:]
    refusal = RefusedError(400, f"Bad Request: {lowered}")
    refusal.text = text
    return refusal


def formatted(
    text: str, *, parse_mode: str = "", entities: Sequence[Json] = ()
) -> tuple[str, tuple[Json, ...]]:
    """Return text and entities as Telegram would show them; links and tags in plain text stay unmarked."""
    if not text:
        raise bad_request("Message text is empty")  # Client.cpp:11400
    shown, marks = _trimmed(_read(text, parse_mode, entities))
    if len(shown) > TEXT_LIMIT:
        raise bad_request("Message is too long")  # MessageContent.cpp:4759
    return shown, marks


def captioned(
    text: str, *, parse_mode: str = "", entities: Sequence[Json] = ()
) -> tuple[str, tuple[Json, ...]]:
    """The same for a caption, which may be empty: one of white space only is. MessageEntity.cpp:4519"""
    if not text:
        return "", ()
    read = _read(text, parse_mode, entities)
    if _is_blank(read["text"]):
        return "", ()
    shown, marks = _trimmed(read)
    if len(shown) > CAPTION_LIMIT:
        raise bad_request("Message caption is too long")  # MessageContent.cpp:5242
    return shown, marks


def found_in(text: str) -> tuple[Json, ...]:
    """Return what Telegram makes clickable in plain text by itself: links, mentions, tags, commands, numbers.

    Offsets count UTF-16 units. Times ("12:34") are only links under a video, and are left out.
    """
    found = _execute("getTextEntities", text=text)["entities"]
    return tuple(
        {"type": _kind(entity), "offset": entity["offset"], "length": entity["length"]}
        for entity in found
        if entity["type"]["@type"] != "textEntityTypeMediaTimestamp"
    )


def _kind(entity: Json) -> str:
    """MentionName as mention_name; for what the Bot API names otherwise see Client.cpp:529-600."""
    name = str(entity["type"]["@type"]).removeprefix("textEntityType")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def checked_link(url: str, role: str) -> str:
    """Return a button's address as Telegram writes it. LinkManager.cpp:1919, as in entities"""
    entity = {
        "@type": "textEntity",
        "offset": 0,
        "length": 1,
        "type": {"@type": "textEntityTypeTextUrl", "url": url},
    }
    try:
        answer = _execute("parseMarkdown", text={"@type": "formattedText", "text": "x", "entities": [entity]})
    except RefusedError as refusal:
        raise bad_request(f"{role} {refusal.text.removeprefix('Entity ')}") from None
    return str(answer["entities"][0]["type"].get("url", url))


def _read(text: str, parse_mode: str, entities: Sequence[Json]) -> Json:
    if len(text.encode(errors="surrogatepass")) > RAW_TEXT_LIMIT:
        raise bad_request("Text is too long")  # Client.cpp:11310
    if parse_mode.lower() not in {"", "none"}:  # then `entities` is not looked at. Client.cpp:11314-11333
        return _repaired(_parsed(text, parse_mode))
    marks = [_td(entity) for entity in entities if _known(entity)]
    return _repaired({"@type": "formattedText", "text": text, "entities": marks})


def _known(entity: Json) -> bool:
    # Types that Telegram finds by itself (url, mention …) are ignored in requests. Client.cpp:11243
    return entity.get("type") in _TO_TD


def _td(entity: Json) -> Json:
    kind: Json = {"@type": f"textEntityType{_TO_TD[entity['type']]}"}
    if entity["type"] == "text_link":
        kind["url"] = entity["url"]
    return {"@type": "textEntity", "offset": entity["offset"], "length": entity["length"], "type": kind}


def _bot_api(entity: Mapping[str, Any]) -> Json:
    kind = entity["type"]
    url = {"url": kind["url"]} if "url" in kind else {}
    return {
        "type": _FROM_TD[kind["@type"]],
        "offset": entity["offset"],
        "length": entity["length"],
        **url,
    }


def _execute(function: str, **arguments: Any) -> Json:
    request = json.dumps({"@type": function, **arguments}).encode()
    answer: Json = json.loads(tdjson.td_execute(request) or b"{}")
    if answer.get("@type") == "error":
        raise bad_request(answer["message"])
    return answer


# Otherwise TDLib writes every call to stderr.
_execute("setLogVerbosityLevel", new_verbosity_level=0)


def _parsed(text: str, parse_mode: str) -> Json:
    mode = _MODES.get(parse_mode.lower())
    if mode is None:
        raise bad_request("Unsupported parse_mode")  # Client.cpp:11323
    return _execute("parseTextEntities", text=text, parse_mode=mode)


def _repaired(message: Json) -> Json:
    """Check offsets, replace control characters, split overlaps. MessageEntity.cpp:4477"""
    _execute("parseMarkdown", text=message)  # for the errors, whose byte offsets the hiding would shift
    taken = set(message["text"])
    free = (private for private in range(0xE000, 0xF900) if chr(private) not in taken)
    hidden = {ord(mark): private for mark, private in zip(_MARKS, free, strict=False)}
    repaired = _execute("parseMarkdown", text={**message, "text": message["text"].translate(hidden)})
    shown = {private: mark for mark, private in hidden.items()}
    return {**repaired, "text": repaired["text"].translate(shown)}


def _trimmed(message: Json) -> tuple[str, tuple[Json, ...]]:
    """MessageEntity.cpp:4533-4577: spaces and line breaks go, at the front only up to the first entity."""
    text = message["text"].rstrip(" \n")
    if _is_blank(text):
        raise bad_request("Text must be non-empty")  # MessageEntity.cpp:4519
    entities = [_bot_api(entity) for entity in message["entities"] if entity["type"]["@type"] in _FROM_TD]
    first = entities[0]["offset"] if entities else len(text)
    cut = min(len(text) - len(text.lstrip(" \n")), first)
    end = len(text.encode("utf-16-le")) // 2
    kept = [
        {**e, "offset": e["offset"] - cut, "length": min(e["length"], end - e["offset"])}
        for e in entities
        if e["offset"] < end
    ]
    return text[cut:], tuple(kept[:MOST_ENTITIES])


def _is_blank(text: str) -> bool:
    return all(unicodedata.category(char) in {"Cf", "Zs", "Cc"} for char in text)
