"""Which addresses may be visited: public web servers alone, never this machine or the network that it stands in."""

import ipaddress
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from core.errors import BadPicture

PORTS = {"http": 80, "https": 443}
LONGEST_ADDRESS = 4_000                       # characters; servers refuse longer ones
GIVE_ANOTHER = "Give the picture's address on a public web site."

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]   # a host's name and a port to its numeric addresses

# Of IPv6 only what is given out to the public (RFC 4291, 2.4) and NAT64's well-known prefix (RFC 6052).
PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Not among Python's own private networks in every version: the old relays of 6to4 (RFC 7526), documentation (RFC 9637).
ALSO_RESERVED = (ipaddress.ip_network("192.88.99.0/24"), ipaddress.ip_network("3fff::/20"))


@dataclass(frozen=True, slots=True)
class Address:
    """A web address in its parts, normalised: the same page, the same value."""

    scheme: str
    host: str             # a name in ASCII, or a numeric address without brackets
    port: int
    target: str           # path and query, percent-encoded

    @property
    def authority(self) -> str:
        """As the Host header says it: without the scheme's own port."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parsed(text: str, test_hosts: Collection[str] = ()) -> Address:
    """The address that a person wrote, or a server sent on to. Nothing is asked of the network.

    `test_hosts` ("localhost:8080") may have any port. Raises BadPicture that says what is wrong with it.
    """
    written = text.strip()
    if written.startswith(("data:", "blob:")):
        raise _refused("It is a picture within a page, which has no address of its own.")
    if not written.lower().startswith(("http://", "https://")):
        raise _refused("It is no web address: it does not begin with http:// or https://.")
    if len(written) > LONGEST_ADDRESS:
        raise _refused(f"It has more than {LONGEST_ADDRESS:,} characters.")
    try:
        parts = parse_url(written)
    except LocationParseError as error:
        raise _refused("It is misspelt: it cannot be read as a web address.") from error
    if parts.auth is not None:
        raise _refused("It holds a user name or a password, which are not sent.")
    host = (parts.host or "").strip("[]").rstrip(".")
    if not host or " " in host or not written.isprintable():
        raise _refused("It is misspelt: it cannot be read as a web address.")
    scheme = str(parts.scheme)
    address = Address(scheme, host, PORTS[scheme] if parts.port is None else parts.port, parts.request_uri)
    if address.port not in PORTS.values() and not _for_tests(address, test_hosts):
        raise _refused(f"It asks for port {address.port}; web sites are visited on 80 and 443 alone.")
    if (ip := _ip(host)) is not None and not is_public(ip) and not _for_tests(address, test_hosts):
        raise _not_public()
    return address


def checked(address: Address, resolve: Resolve, test_hosts: Collection[str] = ()) -> tuple[str, ...]:
    """The numeric addresses of its host, to connect to as they stand: the name is asked for this once.

    Raises BadPicture where any of them lies within this machine or a private network, OSError where the name is
    not found.
    """
    found = tuple(dict.fromkeys(resolve(address.host, address.port)))
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    if not _for_tests(address, test_hosts):
        for numeric in found:
            ip = _ip(numeric)
            if ip is None or not is_public(ip):
                raise _not_public()
    return found


def is_public(ip: Ip) -> bool:
    """Whether an address is one that anybody on the internet may reach, with whatever address it carries inside."""
    if isinstance(ip, ipaddress.IPv4Address):
        return _plainly_public(ip)
    if ip in NAT64:
        return _plainly_public(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
    inside = [ip.sixtofour, *(ip.teredo or ())]
    return ip in PUBLIC_IPV6 and _plainly_public(ip) and all(_plainly_public(each) for each in inside if each)


def from_system(host: str, port: int) -> Sequence[str]:
    """The numeric addresses of a host, as the system knows them. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _plainly_public(ip: Ip) -> bool:
    return ip.is_global and not (ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast
                                 or ip.is_reserved or ip.is_unspecified or any(ip in net for net in ALSO_RESERVED))


def _ip(host: str) -> Ip | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _for_tests(address: Address, test_hosts: Collection[str]) -> bool:
    return f"{address.host}:{address.port}" in test_hosts


def _not_public() -> BadPicture:
    return _refused("It leads into a private network, which is not visited from here.")


def _refused(problem: str) -> BadPicture:
    return BadPicture(problem, remedy=GIVE_ANOTHER)
