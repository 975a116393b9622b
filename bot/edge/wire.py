"""A post as JSON, for channels whose readers are programs.

{"version": 1, "kind": "card", "channel": "desk", "post": 12, "attempt": 1, "event": 7, "message_id": 12,
 "target": null, "text": "…", "spans": [{"style": "bold", "offset": 0, "length": 5, "url": null}],
 "silent": false}

`kind` is "card", "roundup", "digest" or "so_far" (messages of their own), "reply" or "ring" (answers), or
"edit".
`message_id` is the number under which the message is known from then on: a card's and a reply's is its
post's, an edit's is that of the card it changes. `target` is the message that a reply answers or an edit
changes. Offsets and lengths count UTF-16 units, as Telegram's and JavaScript's do. The version changes if a
field goes or changes its meaning, not if one is added.
"""

from __future__ import annotations

import json

from bot.errors import PostRefusedError
from bot.model import Post, PostKind, Span

VERSION = 1


def number_of(post: Post) -> int:
    """Return the number under which the message is known once the post is taken.

    Raises:
        PostRefusedError: it is an edit that names no message.
    """
    if post.kind is not PostKind.EDIT:
        return post.id
    if post.target is None:
        raise PostRefusedError("the edit names no message to change")
    return post.target


def as_json(post: Post) -> str:
    """Write a post as one line of ASCII, whatever its text holds.

    Raises:
        PostRefusedError: it is an edit that names no message.
    """
    message = post.message
    told = {
        "version": VERSION,
        "kind": post.kind.value,
        "channel": post.channel,
        "post": post.id,
        "attempt": post.attempts,
        "event": post.event,
        "message_id": number_of(post),
        "target": post.target,
        "text": whole(message.text),
        "spans": [_span(span) for span in message.spans],
        "silent": message.silent,
    }
    # Escaped, so that no separator of lines that some reader knows (U+2028, U+0085) is among them.
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"))


def _span(span: Span) -> dict[str, object]:
    url = None if span.url is None else whole(span.url)
    return {"style": span.style.value, "offset": span.offset, "length": span.length, "url": url}


def whole(text: str) -> str:
    """Replace lone surrogates, which strict readers of JSON refuse, one for one: spans keep their places."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace")
