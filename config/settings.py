"""What the operator may choose: one TOML file and the environment, checked once, frozen.

The environment wins over the file. Every setting of a section can be given as STORYWIRE_SECTION__KEY; those
known by other names are in `VARIABLES`, and these win over the former. Secrets may also be read from a file
that a variable with the ending _FILE names. A wrong configuration is refused with all its mistakes at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import ConfigError
from config.agreement import disagreements
from config.mistakes import Mistake, Sources, Way, mistakes_in, unfinished_line, unknown_setting
from config.sections import (
    ChannelEntry,
    DatabaseSection,
    FeedEntry,
    JudgeSection,
    KeywordsSection,
    LogSection,
    PollSection,
    PostingSection,
    StoryEntry,
    SubscriptionsSection,
    TelegramSection,
)
from config.written import Written

#: Variables with a name of their own → the setting they give.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "TELEGRAM_BOT_TOKEN": ("telegram", "token"),
    "TELEGRAM_CHANNEL_ID": ("telegram", "channel"),
    "TELEGRAM_ADMIN_CHAT": ("telegram", "admin_chat"),
    "TELEGRAM_ADMINS": ("telegram", "admins"),
    "TELEGRAM_WEBHOOK_SECRET": ("telegram", "webhook_secret"),
    "DATABASE_URL": ("database", "url"),
    "LOG_LEVEL": ("log", "level"),
    "LOG_FORMAT": ("log", "format"),
}
#: Of these the form NAME_FILE is read as well.
SECRETS = ("TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "DATABASE_URL")
_PREFIX = "STORYWIRE_"
_NESTED = "__"
_ENTRIES = ("feed", "story", "channel")
#: Secrets of Telegram's that stand in no file → the variable they belong into.
MISPLACED = {
    "token": "TELEGRAM_BOT_TOKEN",
    "bot_token": "TELEGRAM_BOT_TOKEN",
    "telegram_bot_token": "TELEGRAM_BOT_TOKEN",
    "webhook_secret": "TELEGRAM_WEBHOOK_SECRET",
}
_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_PLACE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)")


class Settings(BaseSettings):
    """What the operator may choose."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter=_NESTED,
        enable_decoding=False,  # a list is written with commas, not as JSON
        case_sensitive=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # a mistyped token must not reach the log
    )

    telegram: TelegramSection = TelegramSection()
    database: DatabaseSection = DatabaseSection()
    poll: PollSection = PollSection()
    keywords: KeywordsSection = KeywordsSection()
    judge: JudgeSection = JudgeSection()
    posting: PostingSection = PostingSection()
    subscriptions: SubscriptionsSection = SubscriptionsSection()
    log: LogSection = LogSection()
    feed: tuple[FeedEntry, ...] = ()
    story: tuple[StoryEntry, ...] = ()
    channel: tuple[ChannelEntry, ...] = ()

    _written: Written = PrivateAttr(default_factory=Written)

    @property
    def written(self) -> Written:
        """Return what they were made of."""
        return self._written

    def made_of(self, written: Written) -> Settings:
        """Return the same settings with another note of what they were made of."""
        noted = self.model_copy()
        noted._written = written  # noqa: SLF001  a new one of our own
        return noted

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources left out are not looked at
        cls, _cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is handed over: `load_settings` is given its environment, it never looks for one."""
        return (init_settings,)


class _Environment(EnvSettingsSource):
    """The STORYWIRE_ variables of a given environment; the base class would read this process's own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings, case_sensitive=False)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items()}


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the file, let the environment override it, and check everything.

    Args:
        path: the TOML file.
        environ: the variables. An empty one counts as not set: compose files pass those that nobody set.

    Raises:
        ConfigError: something is wrong; one line for each mistake, with its place.
    """
    environ = {name: value for name, value in environ.items() if value}
    text = _read(path)
    values = _parsed(path, text)
    looked_up: dict[Way, str] = {}
    misplaced = [*_tokens_taken_from(values), *_secrets_looked_up(values, environ, looked_up)]
    named, unread = _named(environ)
    _override(values, _Environment(environ)())
    _override(values, named)
    settings, wrong = checked(values)
    variables = _variables(environ)
    lines = [
        *Sources(path, text, {}).told(misplaced),
        *Sources(path, text, variables).told([*wrong, *_unfit(variables)]),
        *unread,
    ]
    if settings is None or lines:
        raise ConfigError("\n".join(lines))
    written = Written(path=path, text=text, values=values, variables=variables, named=looked_up)
    return settings.made_of(written)


def checked(values: Mapping[str, Any]) -> tuple[Settings | None, list[Mistake]]:
    """Check a configuration as it is written.

    Returns:
        The settings, None if they cannot be read, and everything that is wrong with them.
    """
    settings, wrong = _validated(values)
    return settings, [*wrong, *disagreements(values)]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f'{path}: there is no such file; "storywire init" writes one') from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.fullmatch(str(error))
        says = f"{found[2]}: {found[1]} (column {found[3]})" if found else f"{unfinished_line(text)}: {error}"
        raise ConfigError(f"{path}:{says}; see https://toml.io for how to write it") from None


def _tokens_taken_from(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """Take tokens out of the file's values, so that nothing can repeat them, and say where they belong."""
    telegram = values.get("telegram")
    if not isinstance(telegram, dict):
        return
    for name in sorted(MISPLACED.keys() & telegram.keys()):
        del telegram[name]
        what = "a secret" if name == "webhook_secret" else "a token"
        yield Mistake(
            ("telegram", name),
            f"{what} does not belong in this file; set {MISPLACED[name]}, "
            f"or {MISPLACED[name]}_FILE to the path of a file that holds it",
        )


def _secrets_looked_up(
    values: Mapping[str, Any], environ: Mapping[str, str], looked_up: dict[Way, str]
) -> Iterator[Mistake]:
    """Put the environment's values where a secret names a variable ("$NAME"); say which is not set.

    Args:
        values: of the file; changed.
        environ: the variables.
        looked_up: is told the way to each of these secrets, and what stood there.
    """
    for table, keys, way in _secret_places(values):
        for key in keys:
            value: Any = table.get(key) if isinstance(table, dict) else table[key]
            named = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
            if named is None:
                continue
            looked_up[*way, key] = value
            table[key] = "unset"
            try:
                table[key] = _looked_up(named[1], environ)
            except ConfigError as error:
                yield Mistake((*way, key), str(error))


def _secret_places(values: Mapping[str, Any]) -> Iterator[tuple[Any, Sequence[str] | Sequence[int], Way]]:
    """Return tables and lists that may name variables, with the places in them and the way to them."""
    for place, entry in _tables(values, "feed"):
        yield entry, ["password"], ("feed", place)
        if isinstance(headers := entry.get("headers"), dict):
            yield headers, list(headers), ("feed", place, "headers")
    for place, entry in _tables(values, "channel"):
        yield entry, ["url", "secret"], ("channel", place)
        if isinstance(urls := entry.get("urls"), list):
            yield urls, range(len(urls)), ("channel", place, "urls")


def _tables(values: Mapping[str, Any], kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = values.get(kind)
    for place, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield place, entry


def _looked_up(name: str, environ: Mapping[str, str]) -> str:
    """Return what a variable holds, or the file that its form NAME_FILE names.

    Raises:
        ConfigError: it is not set, or the file cannot be read.
    """
    if f"{name}_FILE" in environ:
        return _secret(name, environ)
    if name not in environ:
        raise ConfigError(f"names the variable {name}, which is not set")
    return environ[name]


def _named(environ: Mapping[str, str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Return what the variables of `VARIABLES` give, by section, and what is wrong with the _FILE ones."""
    found = {name: environ[name] for name in VARIABLES if name in environ}
    wrong: list[str] = []
    for name in SECRETS:
        if f"{name}_FILE" in environ:
            try:
                found[name] = _secret(name, environ)
            except ConfigError as error:
                wrong.append(str(error))
    sections: dict[str, dict[str, str]] = {}
    for name, value in found.items():
        section, key = VARIABLES[name]
        sections.setdefault(section, {})[key] = value
    return sections, wrong


def _secret(name: str, environ: Mapping[str, str]) -> str:
    """Read a secret from its file. The path is never repeated: it may be the secret, misplaced."""
    if name in environ:
        raise ConfigError(f"{name}_FILE: {name} is set as well; keep one of them")
    try:
        secret = Path(environ[f"{name}_FILE"]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(f"{name}_FILE: the file it names cannot be read ({reason})") from None
    if not secret:
        raise ConfigError(f"{name}_FILE: the file it names is empty")
    return secret


def _override(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    for section, settings in given.items():
        written = values.get(section, {})
        if section not in _ENTRIES and isinstance(written, dict) and isinstance(settings, dict):
            values[section] = written | settings


def _validated(values: Mapping[str, Any]) -> tuple[Settings | None, list[Mistake]]:
    try:
        return Settings(**values), []
    except ValidationError as error:
        return None, list(mistakes_in(error, Settings))


def _variables(environ: Mapping[str, str]) -> dict[Way, str]:
    """Map the way to each setting that the environment gives to the name of its variable."""
    ways: dict[Way, str] = {}
    for name in environ:
        way = tuple(name.removeprefix(_PREFIX).lower().split(_NESTED))
        if name.startswith(_PREFIX) and (len(way) > 1 or way[0] in Settings.model_fields):
            ways[way] = name
    for name, setting in VARIABLES.items():
        for form in (name, f"{name}_FILE"):
            if form in environ:
                ways[setting] = form
    return ways


def _unfit(variables: Mapping[Way, str]) -> Iterator[Mistake]:
    """Say which STORYWIRE_ variables name no setting."""
    for way in variables:
        if way[0] not in Settings.model_fields:
            yield Mistake(way, unknown_setting(way[:1], Settings))
        elif way[0] in _ENTRIES or len(way) != 2:  # noqa: PLR2004  section and key
            yield Mistake(way, "cannot be set by a variable; write it in the file")
