"""Where an address of the database leads: one host, several, or the folder of a socket of this machine."""

from urllib.parse import unquote, urlsplit

PORT = "5432"


def host_and_port(url: str) -> tuple[str, str]:
    """Host and port of a `postgresql://` address as libpq takes them, each empty where the address names none.

    The folder of a socket stands as a host with its slashes encoded (`@%2Fvar%2Frun%2Fpostgresql`, in large letters or
    small, with a port or without one): as a host's name it would be read in small letters. Of several hosts
    (`@one:5432,two:5432`) all are given, with a port each. Raises ValueError for a port that is none.
    """
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if "," in place:
        found = [one.partition(":") for one in place.split(",")]
        return ",".join(_name(host) for host, _, _ in found), ",".join(port or PORT for _, _, port in found)
    folder = _name(place.partition(":")[0])
    return folder if folder.startswith("/") else parts.hostname or "", str(parts.port or "")


def _name(host: str) -> str:
    plain = unquote(host)
    return plain if plain.startswith("/") else host
