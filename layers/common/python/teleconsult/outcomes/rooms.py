"""Entering the video room of a clinic whose Jitsi asks for tokens (S1).

The claims are those that Prosody's `mod_auth_token` and `mod_token_verification` check (lib-jitsi-meet,
doc/tokens.md); `moderator` and `affiliation` are what `mod_token_affiliation` reads. Values of `context.user`
are text: other types break some of its modules.
"""

from teleconsult.booking.model import Booking
from teleconsult.catalogue.model import RoomTokens
from teleconsult.outcomes.presence import closes_at, opens_at
from teleconsult.platform import clock

_NAMES = {"doctor": "Врач", "patient": "Пациент"}


def entrance(room: str, booking: Booking, side: str, tokens: RoomTokens, secret: str) -> str:
    """The room's address with one side's token, good as long as the join link leads on.

    It travels in an address, so it names nobody: the display name is the side's.
    """
    import jwt  # not at import: only who enters such a room needs it

    doctor = side == "doctor"
    claims = {
        "iss": tokens.app_id,
        "aud": tokens.audience,
        "sub": tokens.subject,
        "room": room.rpartition("/")[2],
        "nbf": clock.epoch(opens_at(booking)),
        "exp": clock.epoch(closes_at(booking)),
        "context": {
            "user": {
                "name": _NAMES[side],
                "moderator": "true" if doctor else "false",
                "affiliation": "owner" if doctor else "member",
            }
        },
    }
    return f"{room}?jwt={jwt.encode(claims, secret, algorithm='HS256')}"
