"""Everything Storywire raises on purpose.

StorywireError
├── OperatorError            the operator can mend it; the program ends with exit code 2
│   └── ConfigError          a setting or the story file is wrong
├── FetchError               a feed could not be fetched this time
│   ├── RefusedAddressError  the address may not be fetched at all (private network, scheme, port)
│   ├── DisallowedError      the site asks robots to leave the page alone
│   ├── TooLargeError        the answer is larger than the limit
│   ├── BadAnswerError       the server answered with an error status; may say when to come back
│   └── NoAnswerError        name, connection, TLS or time-out
├── ParseError               the document is no feed, or could not be read in time
├── ArchiveBusyError         another Storywire works on this database
└── DeliveryError            a channel did not take a post
    ├── ChannelBusyError     wait as long as it says (flood limit)
    ├── NotSentError         it never left this machine; safe to repeat
    ├── AnswerLostError      it may or may not have been shown
    ├── PostRefusedError     this post will never be taken
    ├── ChannelMovedError    the chat became another one, which takes it
    └── ChannelClosedError   no post will be taken until somebody mends the channel
"""

from __future__ import annotations

from datetime import timedelta


class StorywireError(Exception):
    """Anything this program raises on purpose; its text is one line for people."""


class OperatorError(StorywireError):
    """The operator asked for something that cannot be done as asked."""


class ConfigError(OperatorError):
    """A setting is wrong; the text names the file, the place and what to do."""


class FetchError(StorywireError):
    """A feed could not be fetched this time; the text says why."""

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        """Keep the reason and, where the server named one, the time to stay away."""
        super().__init__(reason)
        self.retry_after = retry_after


class RefusedAddressError(FetchError):
    """The address may not be fetched: private network, other scheme or port."""


class DisallowedError(FetchError):
    """A site's robots.txt asks to leave the page alone."""


class TooLargeError(FetchError):
    """The answer is larger than the limit, counted after decompression."""


class BadAnswerError(FetchError):
    """The server answered with an error status or with broken HTTP."""

    def __init__(
        self, reason: str, *, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        """Keep the HTTP status beside the reason."""
        super().__init__(reason, retry_after=retry_after)
        self.status = status


class NoAnswerError(FetchError):
    """No answer: name resolution, connection, TLS or the total deadline."""

    def __init__(self, reason: str, *, reached: bool = False) -> None:
        """Keep whether there was a connection at all."""
        super().__init__(reason)
        self.reached = reached


class ParseError(StorywireError):
    """The document is not a feed, or could not be read within its limits."""


class ArchiveBusyError(OperatorError):
    """Another Storywire already works on this database."""


class DeliveryError(StorywireError):
    """A channel did not take a post; the subclass says what may be done."""


class ChannelBusyError(DeliveryError):
    """The channel refused for now: nothing was shown, come back after `retry_after`."""

    def __init__(self, reason: str, *, retry_after: timedelta) -> None:
        """Keep how long the channel wants to be left alone."""
        super().__init__(reason)
        self.retry_after = retry_after


class NotSentError(DeliveryError):
    """The post never left this machine; sending it again cannot double it."""


class AnswerLostError(DeliveryError):
    """The answer did not arrive: the post may or may not have been shown."""


class PostRefusedError(DeliveryError):
    """The channel will never take this post; others may pass."""


class ChannelClosedError(DeliveryError):
    """The channel takes no post at all: wrong token, unknown chat, missing rights."""


class ChannelMovedError(DeliveryError):
    """The chat became another one: nothing was shown, and from now on posts go there."""

    def __init__(self, reason: str, *, before: str, after: str) -> None:
        """Keep the chat's number or name, before and after."""
        super().__init__(reason)
        self.before = before
        self.after = after
