"""Who asks for a challenge, as far as a server can see it. Nothing is stored in the visitor's browser."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """What access rules and records know of a visitor.

    Attributes:
        address: IP address in its canonical spelling; empty where it is not known.
        user_agent: as the browser sent it, printable characters only, at most 300.
        country: ISO 3166-1 code in capitals; empty where it is not known, or no database for it is set.
        asn: number of the autonomous system; 0 where it is not known.
        user_id: what the site's backend calls the visitor; known at the verification only.
        ja4: the JA4 fingerprint that a proxy in front passes on; empty where none does.
    """

    address: str = ""
    user_agent: str = ""
    country: str = ""
    asn: int = 0
    user_id: str = ""
    ja4: str = ""
