"""A channel in memory that fails as told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.errors import DeliveryError, PostRefusedError
from bot.model import Message, Post, PostKind, Receipt


@dataclass(frozen=True, slots=True)
class AfterShowing:
    """Show the post, then fail: the answer is what gets lost."""

    error: DeliveryError


class FakeChannel:
    """Keeps what it was given; each call meets the next of `faults`, and none once they are used up."""

    def __init__(
        self, name: str = "news", faults: Iterable[DeliveryError | AfterShowing | None] = ()
    ) -> None:
        self._name = name
        self.faults: Iterator[DeliveryError | AfterShowing | None] = iter(faults)
        #: Every post handed over, refused ones included.
        self.calls: list[Post] = []
        #: The posts that were shown, in order.
        self.posts: list[Post] = []
        #: What a reader sees now, by number.
        self.messages: dict[int, Message] = {}

    @property
    def name(self) -> str:
        return self._name

    async def send(self, post: Post) -> Receipt:
        self.calls.append(post)
        fault = next(self.faults, None)
        if isinstance(fault, DeliveryError):
            raise fault
        receipt = self._show(post)
        if fault is not None:
            raise fault.error
        return receipt

    def _show(self, post: Post) -> Receipt:
        number = self._target(post) if post.kind is PostKind.EDIT else len(self.messages) + 1
        self.messages[number] = post.message
        self.posts.append(post)
        return Receipt(message_id=number)

    def _target(self, post: Post) -> int:
        if post.target is None or post.target not in self.messages:
            raise PostRefusedError(f"there is no message {post.target} to edit")
        return post.target
