"""Whether a host is this machine alone, which is where nobody's identity need be checked."""

from ipaddress import ip_address


def is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
