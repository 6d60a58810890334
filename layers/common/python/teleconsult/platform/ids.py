"""Deterministic ids: HMAC-SHA256 under the clinic's pepper, so none can be guessed or made elsewhere.

Tickets have a key of their own.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

_LENGTH = 26  # characters of base32: 130 bits
_LINK_LENGTH = 16


def booking_id(pepper: bytes, scope: str, idempotency_key: str) -> str:
    """The one booking behind a caller's key: the same key is the same booking, for ever."""
    return "b-" + _derive(pepper, "booking", scope, idempotency_key)


def holder_id(pepper: bytes, phone: str) -> str:
    """The account holder behind a phone number in E.164 form (§3)."""
    return "h-" + _derive(pepper, "holder", phone)


def address_id(pepper: bytes, address: str) -> str:
    """What stands for a caller's address on the net where it is counted, since it is stored nowhere."""
    return _derive(pepper, "address", address)


def capability(pepper: bytes, booking: str) -> str:
    """256 bits that open this one booking to whoever made it without signing in."""
    return base64.urlsafe_b64encode(_mac(pepper, "capability", booking)).decode().rstrip("=")


def document_id(pepper: bytes, booking: str, idempotency_key: str) -> str:
    """The one document of a booking behind a caller's key."""
    return "doc-" + _derive(pepper, "document", booking, idempotency_key)


def refund_request_id(pepper: bytes, holder: str, creator: str, idempotency_key: str) -> str:
    """The one request for money of a holder's behind a caller's key; its refunds are `<request>-<nn>`."""
    return "r-" + _derive(pepper, "refund", holder, creator, idempotency_key)


def desk_payment_id(pepper: bytes, booking: str, creator: str, idempotency_key: str) -> str:
    """The one payment at the clinic's desk behind a caller's key."""
    return "dp-" + _derive(pepper, "desk payment", booking, creator, idempotency_key)


def callback_id(pepper: bytes, booking: str, creator: str, idempotency_key: str) -> str:
    """The one request for a doctor's call, about a booking, behind a caller's key."""
    return "cb-" + _derive(pepper, "callback", booking, creator, idempotency_key)


def content_hash(content: Any) -> str:
    """SHA-256 of a JSON value in canonical form: tells a repeat from another content under one id."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def message_id(pepper: bytes, booking: str, notice: str, delivery: str) -> int:
    """The number of one message of a booking's notice, for a provider that wants one: 1 to 2**31-1."""
    mac = _mac(pepper, "message", booking, notice, delivery)
    return int.from_bytes(mac) % (2**31 - 1) + 1


def room_name(pepper: bytes, booking: str) -> str:
    """The unguessable name of a booking's video room."""
    return _derive(pepper, "room", booking)


def join_token(pepper: bytes, booking: str, side: str, doctor: str) -> str:
    """The link of one side (`patient` or `doctor`) to a consultation: `<booking>.<side>.<mac>`.

    A doctor's is of that doctor alone: who lost the booking to another has a link that opens nothing.
    """
    whose = (doctor,) if side == "doctor" else ()
    return f"{booking}.{side}.{_derive(pepper, 'join', booking, side, *whose)}"


def joins(token: str) -> tuple[str, str]:
    """The booking and the side that a join token says it is of; see `is_join_token`."""
    booking, _, rest = token.partition(".")
    return booking, rest.partition(".")[0]


def is_join_token(pepper: bytes, token: str, doctor: str) -> bool:
    """Whether a join token is genuine, `doctor` being the one who has its booking now."""
    genuine = join_token(pepper, *joins(token), doctor)
    return hmac.compare_digest(genuine.encode(), token.encode())


def link_token(pepper: bytes, booking: str) -> str:
    """What the link to an unpaid booking carries, in the SMS to its holder: 80 bits, as short as an SMS wants
    it; it counts for a day or so (S12)."""
    return _derive(pepper, "link", booking)[:_LINK_LENGTH]


def is_link_token(pepper: bytes, booking: str, token: str) -> bool:
    return hmac.compare_digest(link_token(pepper, booking).encode(), token.encode())


def login_id(pepper: bytes, login: str) -> str:
    """What stands for a phone number or an e-mail address where sign-ins are counted."""
    return _derive(pepper, "login", login)


def code_mac(pepper: bytes, phone: str, digits: str) -> str:
    """What is kept of a code that was sent to a phone: too few digits to keep under a hash without a key."""
    return _derive(pepper, "code", phone, digits)


def ticket(key: bytes, username: str, until: str) -> str:
    """Lets one account of the patients' pool in, `until` a moment (ISO): `<until> <mac>`."""
    return f"{until} {_derive(key, 'ticket', username, until)}"


def is_ticket(key: bytes, username: str, shown: str, now: str) -> bool:
    """Whether a ticket is genuine, this account's, and not over at this moment (ISO)."""
    until = shown.partition(" ")[0]
    return hmac.compare_digest(ticket(key, username, until).encode(), shown.encode()) and now < until


def _derive(pepper: bytes, *parts: str) -> str:
    return base64.b32encode(_mac(pepper, *parts)).decode().lower()[:_LENGTH]


def _mac(pepper: bytes, *parts: str) -> bytes:
    return hmac.digest(pepper, json.dumps(parts).encode(), "sha256")
