"""What comes in and goes out."""

from typing import Annotated

import msgspec

SiteKey = Annotated[
    str,
    msgspec.Meta(
        description="The site key, in any contract's spelling.",
        max_length=80,
        examples=["sk_live_7n42DGM5Tflk9n8mt7Fhc7"],
    ),
]


class AskChallenge(msgspec.Struct):
    """For which site."""

    sitekey: SiteKey


class ChallengeFacts(msgspec.Struct):
    """What a challenge says of itself; signed, and not to be relied on by anybody but this server."""

    s: str
    o: str
    t: int
    p: int
    d: int
    e: int
    v: str


class ChallengeParameters(msgspec.Struct, rename="camel"):
    """What is to be solved, as ALTCHA's proof of work, version 2, has it."""

    algorithm: str
    cost: int
    data: ChallengeFacts
    key_length: int
    key_prefix: str
    key_signature: str
    nonce: str
    salt: str


class Challenge(msgspec.Struct, rename="camel"):
    """A challenge, and when its solution is good: in seconds from now, so that the browser's clock does not matter.

    Attributes:
        parameters: what is to be solved.
        signature: of the parameters; both go into the solution unchanged.
        initial_delay: seconds until a solution is accepted.
        validity_seconds: seconds until none is accepted any more.
        protected: false where the site's protection is off, and nothing is checked.
        test: true for the site key of tests, whose solutions are good for nothing else.
    """

    parameters: ChallengeParameters
    signature: str
    initial_delay: int
    validity_seconds: int
    protected: bool
    test: bool | msgspec.UnsetType = msgspec.UNSET


class ChallengeError(msgspec.Struct, rename="camel"):
    """Why there is no challenge.

    Attributes:
        code: a word for programs.
        message: a sentence for the developer of the page.
        request_id: what the server's log has this under.
    """

    code: str
    message: str
    request_id: str
