"""Which addresses a server may reach on somebody's behalf: public ones, whatever form they are written in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_NEAR_4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
"""Special-purpose addresses (IANA): listed here, since what a Python version calls global changes with it."""
_GLOBAL_6 = IPv6Network("2000::/3")
_NEAR_6 = tuple(IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
"""Of those: protocols and documentation; 6to4 and Teredo carry an IPv4 address that may be anybody's."""
_NAT64 = IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF


def is_public(address: Address) -> bool:
    """Whether it lies in the public internet. What carries another address inside is refused, or judged by that.

    Examples:
        >>> is_public(IPv4Address("93.184.216.34")), is_public(IPv6Address("::ffff:10.0.0.1"))
        (True, False)
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NEAR_4)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & _LOW_32_BITS))
    return address in _GLOBAL_6 and not any(address in network for network in _NEAR_6)
