"""How one feed is asked where the operator wants it otherwise: whom its secrets reach, and by which way."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from yarl import URL

from bot.edge.fetch import Fetcher, Manner, _may_know
from bot.edge.gate import Gate
from bot.errors import BadAnswerError, FetchError, NoAnswerError, RefusedAddressError
from bot.model import Feed, Fetched, Validators
from tests.fakes.feedserver import FeedServer, Request
from tests.fakes.misbehaving import UnsteadyNames
from tests.fakes.proxy import Proxy

T = TypeVar("T")

BODY = b"<rss version='2.0'><channel><title>News</title></channel></rss>"
WIRE = "wire.example"
SECRETS = Manner(
    headers={"X-Api-Key": "canary-key", "Cookie": "session=canary-cookie"},
    user_agent="Reader/1",
    login=("anna", "canary-päss"),
)
#: "anna:canary-päss" in UTF-8.
LOGIN = "Basic YW5uYTpjYW5hcnktcMOkc3M="
SECRET_HEADERS = {"X-Api-Key", "Cookie", "Authorization"}


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 15, 12, tzinfo=UTC)


@dataclass(slots=True)
class Scene:
    """A feed's server, another one, the proxy, and what was looked up."""

    #: Serves /feed, which the manner is for.
    own: FeedServer
    other: FeedServer
    proxy: Proxy
    names: UnsteadyNames


def on_scene(
    work: Callable[[Scene], Awaitable[T]],
    *,
    tls: ssl.SSLContext | None = None,
    other_tls: ssl.SSLContext | None = None,
    refuses: str | None = None,
) -> T:
    async def run() -> T:
        async with AsyncExitStack() as stack:
            own = await stack.enter_async_context(FeedServer(tls=tls))
            other = await stack.enter_async_context(FeedServer(tls=other_tls))
            proxy = await stack.enter_async_context(Proxy(refuses=refuses))
            return await work(Scene(own=own, other=other, proxy=proxy, names=UnsteadyNames()))

    return asyncio.run(run())


async def fetched(
    scene: Scene, feed: Feed, manner: Manner | Mapping[str, Manner], *, allow: str = "127.0.0.0/8"
) -> Fetched:
    manners = {feed.url: manner} if isinstance(manner, Manner) else manner
    async with Fetcher(
        Gate([allow], resolver=scene.names),
        StoppedClock(),
        user_agent="Storywire/test",
        deadline=timedelta(seconds=5),
        manners=manners,
    ) as fetch:
        return await fetch(feed)


def the_feed(scene: Scene, **changes: object) -> Feed:
    feed = Feed(url=scene.own.url("/feed", host=WIRE), name="feed")
    return replace(feed, **changes)  # type: ignore[arg-type]


def secrets_in(request: Request) -> set[str]:
    """Return the names of what may be secret in a request."""
    return SECRET_HEADERS & set(request.headers) | {
        name for name, value in request.headers.items() if "canary" in value
    }


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate of our own for the names in use here, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = subprocess.run(
        [
            openssl,
            *"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(),
            *"-subj /CN=wire.example -keyout - -out - -addext".split(),
            "subjectAltName=DNS:wire.example,DNS:other.example",
        ],
        check=True,
        capture_output=True,
    )
    path.write_bytes(made.stdout)
    return path


@pytest.fixture
def tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Give what a server needs; clients trust it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


# ------------------------------------------------------------------------------------ what is sent


def test_a_feed_is_asked_in_its_own_manner() -> None:
    async def ask(scene: Scene) -> Request:
        scene.own.publish("/feed", BODY)
        feed = the_feed(scene, validators=Validators(etag='"1"'))
        await fetched(scene, feed, replace(SECRETS, headers={**SECRETS.headers, "If-None-Match": '"x"'}))
        return scene.own.log[0]

    headers = on_scene(ask).headers

    assert headers["User-Agent"] == "Reader/1"
    assert headers["Authorization"] == LOGIN
    assert (headers["X-Api-Key"], headers["Cookie"]) == ("canary-key", "session=canary-cookie")
    assert headers["If-None-Match"] == '"1"', "what makes an answer right is not the operator's to choose"


def test_other_feeds_of_the_same_host_are_asked_as_usual() -> None:
    async def ask(scene: Scene) -> Request:
        scene.own.publish("/public", BODY)
        await fetched(
            scene,
            the_feed(scene, url=scene.own.url("/public", host=WIRE)),
            {scene.own.url("/feed", host=WIRE): replace(SECRETS, proxy=scene.proxy.url)},
        )
        assert scene.proxy.log == []
        return scene.own.log[0]

    request = on_scene(ask)

    assert (secrets_in(request), request.headers["User-Agent"]) == (set(), "Storywire/test")


# ------------------------------------------------------------------------------- whom secrets reach

#: Where the feed's server sends us, and whether that address may know the secrets.
REDIRECTS: dict[str, tuple[Callable[[Scene], str], bool]] = {
    "to another path": (lambda _scene: "/elsewhere", True),
    "to its own name in capitals": (lambda scene: scene.own.url("/elsewhere", host="WIRE.example"), True),
    "to another port": (lambda scene: scene.other.url("/elsewhere", host=WIRE), False),
    "to another host": (lambda scene: scene.other.url("/elsewhere", host="other.example"), False),
    "to another name of the same server": (
        lambda scene: scene.own.url("/elsewhere", host="other.example"),
        False,
    ),
    "to a name below": (lambda scene: scene.own.url("/elsewhere", host="cdn.wire.example"), False),
    "to a name that ends alike": (lambda scene: scene.own.url("/elsewhere", host="evilwire.example"), False),
    "to its number": (lambda scene: scene.own.url("/elsewhere", host="127.0.0.1"), False),
}


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize(("to", "may_know"), REDIRECTS.values(), ids=REDIRECTS)
def test_after_a_redirect_secrets_go_to_the_feeds_own_server_only(
    to: Callable[[Scene], str], *, may_know: bool, status: int
) -> None:
    async def ask(scene: Scene) -> Request:
        scene.own.redirect("/feed", to(scene), status=status)
        for server in (scene.own, scene.other):
            server.publish("/elsewhere", BODY)
        await fetched(scene, the_feed(scene), SECRETS)
        return [*scene.own.requests("/elsewhere"), *scene.other.requests("/elsewhere")][0]

    request = on_scene(ask)

    assert secrets_in(request) == (SECRET_HEADERS if may_know else set())
    assert request.headers["User-Agent"] == "Reader/1"


def test_secrets_come_back_with_the_feeds_own_server_only() -> None:
    async def ask(scene: Scene) -> list[set[str]]:
        scene.own.redirect("/feed", scene.other.url("/hop", host="other.example"))
        scene.other.redirect("/hop", scene.other.url("/hop2", host=WIRE))
        scene.other.redirect("/hop2", scene.own.url("/last", host=WIRE))
        scene.own.publish("/last", BODY)
        await fetched(scene, the_feed(scene), SECRETS)
        return [secrets_in(request) for request in [*scene.own.log, *scene.other.log]]

    assert on_scene(ask) == [SECRET_HEADERS, SECRET_HEADERS, set(), set()]


def test_a_feed_that_moved_to_another_host_takes_its_secrets_not_along() -> None:
    async def ask(scene: Scene) -> set[str]:
        scene.other.publish("/feed", BODY)
        moved = scene.other.url("/feed", host="other.example")
        await fetched(scene, the_feed(scene, moved_to=moved), SECRETS)
        return secrets_in(scene.other.log[0])

    assert on_scene(ask) == set()


def test_secrets_of_a_feed_at_https_do_not_go_in_the_clear(tls: ssl.SSLContext) -> None:
    async def ask(scene: Scene) -> tuple[set[str], set[str]]:
        scene.own.redirect("/feed", scene.other.url("/plain", host=WIRE))
        scene.other.publish("/plain", BODY)
        await fetched(scene, the_feed(scene), SECRETS)
        return secrets_in(scene.own.log[0]), secrets_in(scene.other.log[0])

    assert on_scene(ask, tls=tls) == (SECRET_HEADERS, set())


ORIGINS = {
    "the same": ("https://wire.example/a", "https://wire.example/feed", True),
    "the port that goes without saying": ("https://wire.example:443/a", "https://wire.example/feed", True),
    "from http to https": ("https://wire.example/a", "http://wire.example/feed", True),
    "from https to http": ("http://wire.example/a", "https://wire.example/feed", False),
    "from https to http on https's port": (
        "http://wire.example:443/a",
        "https://wire.example/feed",
        False,
    ),
    "from http to https on another port": (
        "https://wire.example:8443/a",
        "http://wire.example/feed",
        False,
    ),
    "from another port to https": ("https://wire.example/a", "http://wire.example:8080/feed", False),
    "another port": ("https://wire.example:8443/a", "https://wire.example/feed", False),
    "another host": ("https://other.example/a", "https://wire.example/feed", False),
    "the same name, absolute": ("https://wire.example./a", "https://wire.example/feed", False),
}


@pytest.mark.parametrize(("url", "feed", "may_know"), ORIGINS.values(), ids=ORIGINS)
def test_the_same_server_is_the_same_host_and_port_or_its_move_to_https(
    url: str, feed: str, *, may_know: bool
) -> None:
    assert _may_know(URL(url), URL(feed)) is may_know


FAILURES: dict[str, Callable[[Scene], object]] = {
    "an error status": lambda scene: scene.own.fail("/feed", 401),
    "a broken answer": lambda scene: scene.own.raw("/feed", b"220 mail\r\n\r\n"),
    "a reset": lambda scene: scene.own.reset("/feed"),
    "a redirect inside": lambda scene: scene.own.redirect("/feed", "http://192.168.1.1/"),
    "an echo of what was sent": lambda scene: scene.own.redirect(
        "/feed", "http://[" + "canary-key canary-cookie"
    ),
}


@pytest.mark.parametrize("by_proxy", [False, True], ids=["straight", "by a proxy"])
@pytest.mark.parametrize("fails", FAILURES.values(), ids=FAILURES)
def test_no_failure_repeats_a_secret(fails: Callable[[Scene], object], *, by_proxy: bool) -> None:
    async def ask(scene: Scene) -> str:
        fails(scene)
        proxy = f"http://anna:canary-proxy@{scene.proxy.address}" if by_proxy else None
        with pytest.raises(FetchError) as failure:
            await fetched(scene, the_feed(scene), replace(SECRETS, proxy=proxy))
        return str(failure.value)

    assert "canary" not in on_scene(ask)


# ------------------------------------------------------------------------------------- who is trusted


@pytest.mark.parametrize("by", ["file", "folder", "nobody"])
def test_a_certificate_is_trusted_by_its_file_or_its_folder(
    by: str, certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    if by == "file":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    if by == "folder":
        hashed = subprocess.run(
            [
                shutil.which("openssl") or "openssl",
                "x509",
                "-noout",
                "-subject_hash",
                "-in",
                str(certificate),
            ],
            check=True,
            capture_output=True,
            encoding="utf-8",
        )
        (tmp_path / f"{hashed.stdout.strip()}.0").write_bytes(certificate.read_bytes())
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

    async def ask(scene: Scene) -> Fetched:
        scene.own.publish("/feed", BODY)
        return await fetched(scene, the_feed(scene), Manner())

    if by == "nobody":
        with pytest.raises(NoAnswerError, match="offered no valid TLS"):
            on_scene(ask, tls=tls)
    else:
        assert on_scene(ask, tls=tls).body == BODY


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1"])
def test_a_certificate_of_another_name_is_not_accepted(host: str, tls: ssl.SSLContext) -> None:
    async def ask(scene: Scene) -> None:
        await fetched(scene, the_feed(scene, url=scene.own.url("/feed", host=host)), Manner())

    with pytest.raises(NoAnswerError, match="offered no valid TLS: the certificate is not its own"):
        on_scene(ask, tls=tls)


# ------------------------------------------------------------------------------------------- proxies


def test_a_proxy_asks_instead_of_us_and_looks_the_name_up_itself() -> None:
    async def ask(scene: Scene) -> tuple[Fetched, list[str], list[str], list[str]]:
        scene.own.redirect("/feed", scene.other.url("/there?a=1", host="other.example"))
        scene.other.publish("/there", BODY)
        answer = await fetched(scene, the_feed(scene), Manner(proxy=scene.proxy.url))
        asked = [scene.own.url("/feed", host=WIRE), scene.other.url("/there?a=1", host="other.example")]
        return answer, asked, [request.path for request in scene.proxy.log], scene.names.asked

    answer, asked, passed_on, looked_up = on_scene(ask)

    assert (answer.body, answer.url) == (BODY, asked[1])
    assert passed_on == asked
    assert looked_up == []


def test_a_proxy_may_stand_inside_for_the_operator_chose_it() -> None:
    async def ask(scene: Scene) -> tuple[Fetched, int]:
        scene.own.publish("/feed", BODY)
        answer = await fetched(scene, the_feed(scene), Manner(proxy=scene.proxy.url), allow="10.99.0.0/16")
        return answer, len(scene.proxy.log)

    answer, passed_on = on_scene(ask)

    assert (answer.body, passed_on) == (BODY, 1)


def test_a_feed_at_https_goes_through_a_proxy_unread(tls: ssl.SSLContext) -> None:
    async def ask(scene: Scene) -> tuple[Request, Request]:
        scene.own.publish("/feed", BODY)
        await fetched(scene, the_feed(scene), replace(SECRETS, proxy=scene.proxy.url))
        (tunnel,) = scene.proxy.log
        return tunnel, scene.own.log[0]

    tunnel, request = on_scene(ask, tls=tls)

    assert (tunnel.method, tunnel.path.partition(":")[0]) == ("CONNECT", WIRE)
    assert secrets_in(tunnel) == set()
    assert secrets_in(request) == SECRET_HEADERS


def test_a_proxys_password_is_told_to_the_proxy_only() -> None:
    async def ask(scene: Scene) -> tuple[Request, Request]:
        scene.own.publish("/feed", BODY)
        proxy = f"http://anna:canary-proxy@{scene.proxy.address}"
        await fetched(scene, the_feed(scene), Manner(proxy=proxy))
        return scene.proxy.log[0], scene.own.log[0]

    passed_on, request = on_scene(ask)

    assert passed_on.headers["Proxy-Authorization"] == "Basic YW5uYTpjYW5hcnktcHJveHk="
    assert not {"Proxy-Authorization", "Authorization"} & set(request.headers)


INSIDE = {
    "the feed itself": (lambda _scene, _url: None, lambda url: url),
    "a redirect": (lambda scene, url: scene.own.redirect("/feed", url), lambda _url: None),
}


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://[::1]/", "http://2130706433/", "file:///etc"])
@pytest.mark.parametrize(("prepare", "feed"), INSIDE.values(), ids=INSIDE)
def test_a_proxy_is_not_asked_for_what_is_inside_by_its_address(
    prepare: Callable[[Scene, str], object], feed: Callable[[str], str | None], url: str
) -> None:
    async def ask(scene: Scene) -> list[str]:
        prepare(scene, url)
        asked = the_feed(scene, url=feed(url) or scene.own.url("/feed", host=WIRE))
        with pytest.raises(RefusedAddressError):
            await fetched(scene, asked, Manner(proxy=scene.proxy.url))
        return [request.path for request in scene.proxy.log]

    assert url not in on_scene(ask)


BAD_PROXIES: dict[str, tuple[str | None, type[FetchError], int | None]] = {
    "it wants a password": ("407 Proxy Authentication Required", BadAnswerError, 407),
    "it cannot reach the server": ("502 Bad Gateway", BadAnswerError, 502),
    "it is not there": (None, NoAnswerError, None),
}


@pytest.mark.parametrize(("refuses", "error", "status"), BAD_PROXIES.values(), ids=BAD_PROXIES)
def test_a_proxy_that_fails_is_a_failure_of_the_feed_and_not_gone_round(
    refuses: str | None, error: type[FetchError], status: int | None
) -> None:
    async def ask(scene: Scene) -> tuple[int | None, list[Request]]:
        scene.own.publish("/feed", BODY)
        proxy = scene.proxy.url if refuses else "http://127.0.0.1:1"
        with pytest.raises(error) as failure:
            await fetched(scene, the_feed(scene), Manner(proxy=proxy))
        return getattr(failure.value, "status", None), scene.own.log

    assert on_scene(ask, refuses=refuses) == (status, [])


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(scene: Scene) -> tuple[int, int]:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, scene.proxy.url)
        scene.own.publish("/feed", BODY)
        await fetched(scene, the_feed(scene), Manner(user_agent="Reader/1"))
        return len(scene.proxy.log), len(scene.own.log)

    assert on_scene(ask) == (0, 1)


def test_the_environment_leads_no_feed_round_its_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(scene: Scene) -> int:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "*")
        scene.own.publish("/feed", BODY)
        await fetched(scene, the_feed(scene), Manner(proxy=scene.proxy.url))
        return len(scene.proxy.log)

    assert on_scene(ask) == 1


def test_a_proxy_that_refuses_a_tunnel_is_a_failure_of_the_feed(tls: ssl.SSLContext) -> None:
    async def ask(scene: Scene) -> tuple[int | None, str]:
        with pytest.raises(BadAnswerError) as failure:
            await fetched(scene, the_feed(scene), Manner(proxy=scene.proxy.url))
        return failure.value.status, str(failure.value)

    assert on_scene(ask, tls=tls, refuses="407 Proxy Authentication Required") == (
        407,
        "wire.example answered 407 Proxy Authentication Required",
    )


def test_a_header_of_ones_own_may_be_empty() -> None:
    async def ask(scene: Scene) -> Request:
        scene.own.publish("/feed", BODY)
        await fetched(scene, the_feed(scene), Manner(headers={"X-Empty": "", "accept": "text/xml"}))
        return scene.own.log[0]

    headers = on_scene(ask).headers

    assert (headers["X-Empty"], headers["Accept"]) == ("", "text/xml")


def test_passwords_in_a_netrc_file_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine wire.example login anna password canary", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def ask(scene: Scene) -> set[str]:
        scene.own.publish("/feed", BODY)
        await fetched(scene, the_feed(scene), Manner())
        return secrets_in(scene.own.log[0])

    assert on_scene(ask) == set()
