"""What may be visited, and what leads into this machine or its network."""

import ipaddress
import socket

import pytest

from core.errors import BadPicture
from core.web import guard

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.127.255.254", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "::",
    "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1",
    "5f00::1", "2002:7f00:1::", "2002:a00:1::", "2002:6440:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808", "2001:0:808:808:0:0:f5ff:fffe", "2001:0:7f00:1::",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1",
          "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize("numeric", PRIVATE)
def test_an_address_within_a_machine_or_a_network_is_not_public(numeric: str) -> None:
    assert not guard.is_public(ipaddress.ip_address(numeric))


@pytest.mark.parametrize("numeric", PUBLIC)
def test_an_address_of_the_internet_is_public(numeric: str) -> None:
    assert guard.is_public(ipaddress.ip_address(numeric))


@pytest.mark.parametrize(("written", "why"), [
    ("ftp://example.org/a.jpg", "no web address"), ("example.org/a.jpg", "no web address"), ("", "no web address"),
    ("file:///etc/passwd", "no web address"), ("javascript:alert(1)", "no web address"),
    ("data:image/png;base64,AAAA", "picture within a page"), ("blob:https://example.org/1", "picture within a page"),
    ("http://", "misspelt"), ("http:///a.jpg", "misspelt"), ("http://exa mple.org/a.jpg", "misspelt"),
    ("http://example.org/a\r\nHost: b", "misspelt"), ("http://example.org:99999/", "misspelt"),
    ("http://exam\u202eple.org/", "misspelt"), ("http://[::1/", "misspelt"), ("http://a%00.example.org/", "misspelt"),
    ("https://anna:secret@example.org/a.jpg", "password"), ("https://anna@example.org/a.jpg", "password"),
    ("http://example.org:8080/a.jpg", "port 8080"), ("https://example.org:22/", "port 22"),
    ("http://a.org:0/", "port 0"),
    ("http://127.0.0.1/a.jpg", "private network"), ("http://127.0.0.1./a.jpg", "private network"),
    ("https://[::1]/a.jpg", "private network"), ("http://[::ffff:10.0.0.1]/", "private network"),
    ("http://[fe80::1%25eth0]/", "private network"), ("http://169.254.169.254/latest/meta-data", "private network"),
    ("https://example.org/" + "a" * 5000, "characters"),
])
def test_what_may_not_be_visited_is_refused_before_the_network_is_asked(written: str, why: str) -> None:
    with pytest.raises(BadPicture, match=why):
        guard.parsed(written)


@pytest.mark.parametrize(("written", "normal"), [
    (" HTTPS://Example.ORG/A b.jpg#part ", "https://example.org/A%20b.jpg"),
    ("http://example.org:80", "http://example.org/"), ("https://example.org:443/?q=1", "https://example.org/?q=1"),
    ("http://example.org:443/", "http://example.org:443/"), ("https://example.org./a", "https://example.org/a"),
    ("https://bücher.example/ä.jpg", "https://xn--bcher-kva.example/%C3%A4.jpg"),
    ("https://[2606:4700::1111]/a.jpg", "https://[2606:4700::1111]/a.jpg"),
])
def test_an_address_is_normalised(written: str, normal: str) -> None:
    assert str(guard.parsed(written)) == normal
    assert guard.parsed(normal) == guard.parsed(written)


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["8.8.8.8", "fe80::1%eth0"],
                                   ["no number"]])
def test_a_name_one_of_whose_addresses_is_private_is_not_visited(found: list[str]) -> None:
    with pytest.raises(BadPicture, match="private network"):
        guard.checked(guard.parsed("http://example.org/"), lambda host, port: found)


@pytest.mark.parametrize("spelled", ["http://localhost/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/"])
def test_this_machine_is_known_however_it_is_spelled(spelled: str) -> None:
    with pytest.raises((BadPicture, OSError)):
        guard.checked(guard.parsed(spelled), guard.from_system)


def test_the_checked_addresses_are_those_to_connect_to_each_once() -> None:
    address = guard.parsed("https://example.org/")
    assert guard.checked(address, lambda host, port: ["8.8.8.8", "2606:4700::1111", "8.8.8.8"]) == (
        "8.8.8.8", "2606:4700::1111")


def test_a_name_without_any_address_is_not_found() -> None:
    with pytest.raises(socket.gaierror):
        guard.checked(guard.parsed("http://example.org/"), lambda host, port: [])


def test_a_host_of_the_tests_is_let_in_with_its_port_and_no_other() -> None:
    allowed = {"127.0.0.1:8080"}
    assert guard.checked(guard.parsed("http://127.0.0.1:8080/a", allowed), lambda host, port: ["127.0.0.1"], allowed)
    for other in ("http://127.0.0.1:8081/", "http://127.0.0.1/", "http://127.0.0.2:8080/"):
        with pytest.raises(BadPicture):
            guard.parsed(other, allowed)
