"""Files on Telegram's servers: uploaded by the bot or a user, or fetched by Telegram from an address.

Nothing here opens a connection: an address leads to what a test put there. Sources are named by file and line
of github.com/tdlib/td (022d602) and github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

from tests.fakes.telegram_entities import Json, bad_request
from tests.fakes.telegram_fields import Query

#: Client.h:71
LARGEST_DOWNLOAD: Final = 20 << 20
#: How the formats begin that Telegram makes photos of; IMAGE_PROCESS_FAILED is the server's own word.
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_FILE_ID = re.compile(r"[A-Za-z0-9_-]*")

#: The smallest picture there is, for tests.
PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file's bytes and what is known of it."""

    data: bytes
    name: str = ""
    content_type: str = "application/octet-stream"

    @property
    def id(self) -> str:
        """Unlike the real one it says nothing about the bot or the kind of file."""
        return f"{self.unique_id}Bot"

    @property
    def unique_id(self) -> str:
        return blake2b(self.name.encode() + b"\0" + self.data, digest_size=9).hexdigest()

    @property
    def path(self) -> str:
        return f"documents/{self.unique_id}{self.name[self.name.rfind('.') :] if '.' in self.name else ''}"

    def described(self) -> Json:
        """Client.cpp:16663, json_store_file"""
        size = {"file_size": len(self.data)} if self.data else {}
        return {"file_id": self.id, "file_unique_id": self.unique_id, **size}


@dataclass(slots=True)
class Files:
    """All files one bot knows."""

    #: What Telegram finds when it fetches an address; None is a page that does not load.
    web: dict[str, File] = field(default_factory=dict)
    _files: dict[str, File] = field(default_factory=dict)

    def keep(self, file: File) -> str:
        """Store a file and return its id."""
        self._files[file.id] = file
        return file.id

    def get(self, file_id: str) -> File:
        return self._files[file_id]

    def at(self, path: str) -> File | None:
        """Return the file to download from /file/bot<token>/<path>."""
        return next((file for file in self._files.values() if file.path == path), None)

    def named(self, query: Query, kind: str) -> File:
        """Return the photo or document a request brings, names by id, or points to."""
        reference = query.get(kind, "")
        if not reference or reference.startswith("attach://"):
            raise bad_request(f"There is no {kind} in the request")  # Client.cpp:12944, 12958
        # With a dot it is an address, whatever it looks like. FileManager.cpp:3972
        file = self._fetched(reference, kind) if "." in reference else self._known(reference)
        if not file.data:
            raise bad_request("File must be non-empty")  # FileLoaderUtils.cpp:304
        if kind == "photo" and not file.data.startswith(_PICTURES):
            raise bad_request("IMAGE_PROCESS_FAILED")
        self.keep(file)
        return file

    def _fetched(self, address: str, kind: str) -> File:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            text = (
                "Unsupported URL protocol" if parts.hostname else "URL host is empty"
            )  # HttpUrl.cpp:59, 106
            raise bad_request(f"Invalid file HTTP URL specified: {text}")  # FileManager.cpp:3975
        file = self.web.get(address)
        if file is None:
            raise bad_request("Failed to get HTTP URL content")  # Client.cpp:111
        if not file.data:
            raise bad_request("Wrong file identifier/HTTP URL specified")  # MessagesManager.cpp:27975
        if kind == "photo" and not file.content_type.startswith("image/"):
            raise bad_request("Wrong type of the web page content")  # Client.cpp:113
        return file

    def _known(self, file_id: str) -> File:
        """FileManager.cpp:3984-4001"""
        if file_id in self._files:
            return self._files[file_id]
        if not _FILE_ID.fullmatch(file_id):
            text = "Wrong remote file identifier specified: Wrong character in the string"  # base64.cpp:103
        else:
            text = "Wrong remote file identifier specified: can't unserialize it. Wrong last symbol"
        raise bad_request(text)

    def get_file(self, query: Query) -> Json:
        file_id = query.get("file_id", "")
        if not file_id:
            raise bad_request("file_id not specified")  # Client.cpp:8366
        if file_id not in self._files:
            raise bad_request("invalid file_id")  # Client.cpp:6857
        file = self._files[file_id]
        if len(file.data) > LARGEST_DOWNLOAD:
            raise bad_request("file is too big")  # Client.cpp:15817
        return {**file.described(), "file_path": file.path}
