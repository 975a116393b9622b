"""A card as the operator wants it: a Jinja2 template of text with the tags <b>, <i>, <s> and <a href="…">.

What comes from feeds is quoted: it can be no tag, and Telegram finds nothing in it. The template itself runs
in Jinja's sandbox, which keeps it from everything but the values below.

Values: title, link, outlet, time (as text), published (a time in the story's zone), summary, picture, changes
(each with was and at), also and more (each with outlet, title and link), reports, independent, tags, story.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from bot.core.draft import Draft, isolated, tag
from bot.core.view import Change, View
from bot.errors import ConfigError
from bot.model import Article, Story, Style

_STYLES = {"b": Style.BOLD, "i": Style.ITALIC, "s": Style.STRIKE}
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    autoescape=True,
    # Under {% autoescape false %} as well.
    finalize=escape,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# The words of a feed stay words whoever asks for something else.
del _ENVIRONMENT.filters["safe"]


def check(source: str) -> None:
    """Try a template on an example, with everything that a card may tell and with next to nothing.

    Raises:
        ConfigError: it is wrong, or leaves nothing to read.
    """
    story = Story(name="example", title="Example", query="example")
    for view in (_example(full=True), _example(full=False)):
        draft = draw(source, view, story, [story.name], summary="It held.", time="1 Jan 2026, 12:00 UTC")
        if not draft.text.strip():
            raise ConfigError("the template gives an empty card")
        if not draft.fits:
            raise ConfigError("the template gives a card that is longer than a message may be")


def _example(*, full: bool) -> View:
    """Return what a card may tell."""
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    article = Article(
        feed_url="https://wire.example/feed.xml",
        key="1",
        fingerprint="1",
        link="https://wire.example/1" if full else "",
        address="wire.example/1" if full else "",
        title="Dam breaks near Ostrava",
        summary="",
        body="",
        outlet="Wire",
        language="en",
        published=at,
        dated=True,
        seen_at=at,
    )
    others = (article,) if full else ()
    return View(
        article=article,
        link=article.link,
        published=at,
        picture="https://wire.example/1.jpg" if full else "",
        changes=(Change(was="Dam cracks near Ostrava", at=at),) if full else (),
        also=others,
        more=others,
        updates=others,
        reports=1 + 2 * len(others),
        independent=1 + len(others),
    )


def draw(source: str, view: View, story: Story, names: list[str], *, summary: str, time: str) -> Draft:
    """Draw a card.

    Args:
        source: the template.
        view: what the card tells.
        story: whose zone times are in.
        names: of the stories that tell it, for tags.
        summary: cut to size.
        time: of the report, in words.

    Raises:
        ConfigError: the template is wrong.
    """
    article, zone = view.article, ZoneInfo(story.policy.time_zone)
    values = {
        "title": isolated(article.title) or "(no title)",
        "link": view.link,
        "outlet": isolated(article.outlet),
        "time": time,
        "published": view.published.astimezone(zone),
        "summary": isolated(summary),
        "picture": view.picture,
        "changes": [
            {"was": isolated(change.was), "at": change.at.astimezone(zone)} for change in view.changes
        ],
        "also": [_named(other) for other in view.also],
        "more": [_named(other) for other in view.more],
        "reports": view.reports,
        "independent": view.independent,
        "tags": " ".join(map(tag, names)),
        "story": isolated(story.title),
    }
    try:
        text = _compiled(source).render(values)
    except jinja2.TemplateError as error:
        raise ConfigError(f"the template cannot be used: {error.message or error}") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConfigError(f"the template cannot be used: {error}") from error
    if "<!" in text or "<?" in text:
        raise ConfigError("the template has a comment or a declaration of HTML: a comment is {# … #}")
    reader = _Reader()
    reader.feed(text.strip())
    reader.close()
    return reader.draft


def _named(article: Article) -> Mapping[str, str]:
    return {"outlet": isolated(article.outlet), "title": isolated(article.title), "link": article.link}


@lru_cache(maxsize=64)
def _compiled(source: str) -> jinja2.Template:
    try:
        return _ENVIRONMENT.from_string(source)
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(
            f"the template cannot be read: {error.message} (its line {error.lineno})"
        ) from error


class _Reader(HTMLParser):
    """Turns the tags of a template into styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.draft = Draft()
        #: Tags that are open, each with its link.
        self._open: list[tuple[str, str | None]] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        if name != "a" and name not in _STYLES:
            raise ConfigError(f"the template has a tag <{name}>: there are <b>, <i>, <s> and <a href>")
        self._open.append((name, dict(attributes).get("href")))

    def handle_endtag(self, name: str) -> None:
        if not self._open or self._open[-1][0] != name:
            raise ConfigError(f"the template ends a tag that is not open: </{name}>")
        self._open.pop()

    def handle_data(self, text: str) -> None:
        styles = [_STYLES[name] for name, _link in self._open if name in _STYLES]
        link = next((link for name, link in reversed(self._open) if name == "a"), None)
        self.draft.add(text, *dict.fromkeys(styles), url=link)

    def close(self) -> None:
        super().close()
        if self._open:
            raise ConfigError(f"the template does not end its tag <{self._open[-1][0]}>")
