"""One picture from one server: where the connection goes, how long and how much, and what failed in words."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import BadPicture
from core.settings import Settings
from core.web import guard, visit
from core.web.guard import Address
from core.web.visit import NotNow, Rules, Visit
from tests.fakes import picture_bytes
from tests.web.server import Web, serving


@pytest.fixture
def rules(online: Settings) -> Rules:
    return Rules.of(online)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "picture"


def at(web: Web, path: str) -> Address:
    return guard.parsed(web.at(path), {web.host})


def named(name: str, web: Web, path: str, rules: Rules) -> Address:
    """An address of a server that has a name; the rules' resolver says where that is."""
    return guard.parsed(f"{web.scheme}://{name}:{web.server_address[1]}{path}", rules.test_hosts)


def test_what_arrives_is_the_file_byte_for_byte(web: Web, rules: Rules, target: Path) -> None:
    assert Visit(rules).fetch(at(web, "/picture/3.jpg"), target) == "image/jpeg"
    assert target.read_bytes() == picture_bytes(3)


def test_a_server_is_told_who_asks_and_is_given_no_cookie_or_password(web: Web, rules: Rules, target: Path) -> None:
    Visit(rules).fetch(at(web, "/picture/3.jpg"), target)
    (sent,) = web.headers
    assert "ClassifierPlayground" in sent["User-Agent"] and sent["Host"] == web.host
    assert not {"Cookie", "Authorization", "Referer"} & set(sent)


@pytest.mark.parametrize("form", ["with its length", "without"])
def test_a_picture_is_cut_off_where_it_is_too_large(form: str, web: Web, rules: Rules, target: Path) -> None:
    small = Rules(2_000_000, rules.step_seconds, rules.picture_seconds, rules.test_hosts)
    path = "/large/50000000" + ("?said=1" if form == "with its length" else "")
    with pytest.raises(BadPicture, match=r"more than 2\.0 MB"):
        Visit(small).fetch(at(web, path), target)
    assert not target.exists() or target.stat().st_size <= 2_000_000


def test_a_picture_goes_to_the_disk_a_piece_at_a_time(web: Web, rules: Rules, target: Path) -> None:
    wide = Rules(30_000_000, 10.0, 30.0, rules.test_hosts)
    tracemalloc.start()
    try:
        Visit(wide).fetch(at(web, "/large/30000000"), target)
        assert target.stat().st_size == 30_000_000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("path", "words"), [
    ("/status/404", r"does not exist \(404\)"), ("/status/403", r"not give .* \(403\)"),
    ("/status/410", r"gone \(410\)"), ("/status/418", r"answered with 418"), ("/again", "more than 5 times"),
])
def test_what_will_not_change_is_told_at_once(path: str, words: str, web: Web, rules: Rules, target: Path) -> None:
    with pytest.raises(BadPicture, match=words) as told:
        Visit(rules).fetch(at(web, path), target)
    assert not isinstance(told.value, NotNow)


@pytest.mark.parametrize(("path", "words"), [
    ("/status/500", r"out of order just now \(500\)"), ("/status/429", r"too often \(429\)"),
    ("/silent", r"nothing came for 0\.4 seconds"), ("/torn", "broke off"), ("/reset", "broke off"),
])
def test_what_may_pass_is_told_apart(path: str, words: str, web: Web, rules: Rules, target: Path) -> None:
    with pytest.raises(NotNow, match=words):
        Visit(rules).fetch(at(web, path), target)


def in_http_date(seconds: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds)).replace(" ", "%20")


@pytest.mark.parametrize(("after", "least", "most"), [
    ("7", 7, 7), ("86400", 30, 30), (20.0, 10, 20), (9000.0, 30, 30), (-9.0, 0, 0)])
def test_a_servers_wish_for_a_pause_is_heard_within_bounds(after: str | float, least: float, most: float, web: Web,
                                                          rules: Rules, target: Path) -> None:
    after = in_http_date(after) if isinstance(after, float) else after
    with pytest.raises(NotNow) as told:
        Visit(rules).fetch(at(web, f"/status/429?after={after}"), target)
    assert told.value.pause_seconds is not None and least <= told.value.pause_seconds <= most


def test_a_wish_that_is_no_time_is_none(web: Web, rules: Rules, target: Path) -> None:
    with pytest.raises(NotNow) as told:
        Visit(rules).fetch(at(web, "/status/503?after=soon"), target)
    assert told.value.pause_seconds is None


def test_a_port_on_which_nobody_listens_is_told_of(web: Web, rules: Rules, target: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    opened = Rules(1000, 1.0, 1.0, frozenset({host}))
    with pytest.raises(NotNow, match="refused the connection"):
        Visit(opened).fetch(guard.parsed(f"http://{host}/", {host}), target)


def test_a_name_that_nobody_has_is_told_of(rules: Rules, target: Path) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(BadPicture, match="no server of that name"):
        Visit(Rules(1000, 1.0, 1.0, resolve=unknown)).fetch(guard.parsed("http://nobody.example/"), target)


# ---- where it may go

@pytest.mark.parametrize("beyond", ["http://127.0.0.1/secret", "http://10.0.0.1/", "http://[::1]/", "http://localhost/",
                                    "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
                                    "http://anna:secret@example.org/", "http://example.org:22/"])
def test_a_redirect_leads_nowhere_that_an_address_may_not(beyond: str, web: Web, rules: Rules, target: Path) -> None:
    with pytest.raises(BadPicture) as told:
        Visit(rules).fetch(at(web, f"/to?address={beyond}"), target)
    assert not isinstance(told.value, NotNow) and not target.exists()
    assert sum(web.asked.values()) == 1


def test_a_redirect_to_another_port_of_the_same_machine_is_refused(web: Web, rules: Rules, target: Path) -> None:
    with serving() as inner, pytest.raises(BadPicture, match="port"):
        Visit(rules).fetch(at(web, f"/to?address={inner.at('/picture/1.jpg')}"), target)
    assert not inner.asked


def test_a_redirect_within_the_bounds_is_followed(web: Web, rules: Rules, target: Path) -> None:
    Visit(rules).fetch(at(web, "/to?address=/picture/5.jpg"), target)
    assert target.read_bytes() == picture_bytes(5)


def test_a_name_is_asked_for_once_and_the_connection_goes_to_the_address_that_was_checked(
        web: Web, online: Settings, target: Path) -> None:
    """A name that leads to the internet when it is checked, and to this machine when it is asked for again."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.0.114.1"] if len(asked) == 1 else ["127.0.0.1"]

    connected: list[str] = []
    create = visit.HTTPConnection.connect

    def watched(line: visit.HTTPConnection) -> None:
        connected.append(line.host)
        if line.host == "203.0.114.1":
            raise ConnectionRefusedError
        create(line)

    rules = Rules(10_000, 0.4, 1.0, resolve=rebinding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visit.HTTPConnection, "connect", watched)
        with pytest.raises(NotNow):
            Visit(rules).fetch(guard.parsed("http://rebind.example/"), target)
        assert (asked, connected) == (["rebind.example"], ["203.0.114.1"])
        with pytest.raises(BadPicture, match="private network"):
            Visit(rules).fetch(guard.parsed("http://rebind.example/"), target)
    assert connected == ["203.0.114.1"], "the second answer was checked, and not connected to"


def test_the_name_of_each_redirect_is_checked_anew(web: Web, online: Settings, target: Path) -> None:
    port = web.server_address[1]
    rules = Rules(10_000, 0.4, 1.0, frozenset({f"pictures.example:{port}"}),
                  resolve=lambda host, port: ["127.0.0.1"])
    with pytest.raises(BadPicture, match="private network"):
        Visit(rules).fetch(named("pictures.example", web, "/to?address=http://evil.example/", rules), target)


def test_no_proxy_of_the_environment_stands_between(web: Web, rules: Rules, target: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.at("/"))
        Visit(rules).fetch(at(web, "/picture/1.jpg"), target)
        assert not proxy.asked and web.asked["/picture/1.jpg"] == 1


def test_the_next_server_of_a_host_is_tried_where_the_first_does_not_answer(web: Web, target: Path) -> None:
    port = web.server_address[1]
    rules = Rules(10_000, 0.4, 2.0, frozenset({f"pictures.example:{port}"}),
                  resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"])
    Visit(rules).fetch(named("pictures.example", web, "/picture/1.jpg", rules), target)
    assert web.headers[0]["Host"] == f"pictures.example:{port}"


# ---- TLS

@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, key) of pictures.example, which only who is told of it trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not here")
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run([openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem", "-subj",
                    "/CN=pictures.example", "-addext", "subjectAltName=DNS:pictures.example"],
                   check=True, capture_output=True)
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[Web]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with serving(context=context) as web:
        yield web


def tls_rules(web: Web, certificates: Callable[[], ssl.SSLContext], name: str) -> Rules:
    return Rules(10_000, 2.0, 5.0, frozenset({f"{name}:{web.server_address[1]}"}),
                 resolve=lambda host, port: ["127.0.0.1"], certificates=certificates)


def test_tls_goes_to_the_checked_address_and_proves_the_name(secure: Web, certificate: tuple[Path, Path],
                                                            target: Path) -> None:
    rules = tls_rules(secure, lambda: ssl.create_default_context(cafile=str(certificate[0])), "pictures.example")
    Visit(rules).fetch(named("pictures.example", secure, "/picture/4.jpg", rules), target)
    assert target.read_bytes() == picture_bytes(4)


def test_a_server_that_is_not_whom_the_address_names_is_not_listened_to(
        secure: Web, certificate: tuple[Path, Path], target: Path) -> None:
    rules = tls_rules(secure, lambda: ssl.create_default_context(cafile=str(certificate[0])), "other.example")
    with pytest.raises(BadPicture, match="cannot prove"):
        Visit(rules).fetch(named("other.example", secure, "/picture/4.jpg", rules), target)
    assert not secure.asked


def test_a_certificate_that_nobody_signed_is_not_believed(secure: Web, target: Path) -> None:
    rules = tls_rules(secure, visit.verified, "pictures.example")
    with pytest.raises(BadPicture, match="cannot prove"):
        Visit(rules).fetch(named("pictures.example", secure, "/picture/4.jpg", rules), target)
    assert not secure.asked


# ---- its end

@pytest.mark.parametrize("path", ["/silent", "/drip", "/large/900000000"])
def test_a_visit_ends_at_once_when_it_is_told_to(path: str, web: Web, target: Path) -> None:
    rules = Rules(1 << 40, 20.0, 60.0, frozenset({web.host}))
    going, told = Visit(rules), []

    def go() -> None:
        try:
            going.fetch(at(web, path), target)
        except BadPicture as error:
            told.append(error.problem)

    thread = threading.Thread(target=go)
    thread.start()
    while not web.asked:
        time.sleep(0.01)
    going.end()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert told == ["It was stopped."]
