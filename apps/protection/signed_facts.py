"""What a challenge says of itself in its signed part, readable by everybody and changeable by nobody."""

from typing import Any

import msgspec


class SignedFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `data` of a challenge, by short names, because every visitor sends it back.

    Attributes:
        s: the site key, 32 hexadecimal digits.
        o: the canonical origin that the challenge was given to.
        t: when it was given, in milliseconds since the epoch, by the server's clock.
        p: the number of the pepper that signs and seals it.
        d: seconds until a solution is accepted.
        e: seconds until none is accepted any more.
        v: what is sealed for the server alone (`sealing.seal`).
    """

    s: str
    o: str
    t: int
    p: int
    d: int
    e: int
    v: str = ""

    @property
    def context(self) -> bytes:
        """What the sealed part is bound to."""
        return f"{self.s} {self.o} {self.t} {self.p} {self.d} {self.e}".encode()

    def sealed_with(self, text: str) -> dict[str, Any]:
        """The whole, as it is signed."""
        return msgspec.structs.asdict(msgspec.structs.replace(self, v=text))
