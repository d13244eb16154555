"""Ports that the servers want: whether they are free, said before anything starts."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from .failures import HubError


@dataclass(frozen=True)
class Port:
    """A port that one of the servers listens on, and the variable that changes it."""

    number: int
    owner: str
    variable: str


def require_free(host: str, ports: list[Port]) -> None:
    """Return if all ports can be listened on; else raise `HubError` naming each that cannot and its variable."""
    problems = []
    seen: dict[int, Port] = {}
    for port in ports:
        if other := seen.get(port.number):
            problems.append(
                f"Port {port.number} is set for both {other.owner} and {port.owner}: change {port.variable}."
            )
        elif not is_free(host, port.number):
            problems.append(
                f"Port {port.number} for {port.owner} is taken by another program. End that program, or choose "
                f"another port, for example: {port.variable}={_free_after(host, port.number)} make run"
            )
        seen[port.number] = port
    if problems:
        raise HubError("\n".join(problems))


def is_free(host: str, number: int) -> bool:
    """Return whether a server could listen on this address now.

    Raises `HubError` if the address is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do, so that connections of a server just ended do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except socket.gaierror as error:
            raise HubError(f"HUB_HOST={host} is no address: {error.strerror}") from error
        except PermissionError as error:
            raise HubError(
                f"Port {number} needs rights that this user has not: choose one above 1023."
            ) from error
        except OSError as error:
            if error.errno == 99:  # EADDRNOTAVAIL
                raise HubError(f"HUB_HOST={host} is not an address of this machine.") from error
            return False
    return True


def _free_after(host: str, number: int) -> int:
    return next((n for n in range(number + 1, min(number + 200, 65536)) if is_free(host, n)), number + 1)
