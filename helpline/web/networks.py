"""Where a request comes from, as far as that says anything."""

import ipaddress

from flask import request


def network() -> str:
    """Return the IP address that tries come from; empty where it says nothing about who tries."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    # This very machine: a proxy in front of us whose word isn't trusted (TRUSTED_PROXIES).
    return "" if address.is_loopback else str(address)
