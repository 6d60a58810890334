"""The addresses that people are given."""

from teleconsult.platform import ids, settings


def cabinet(booking_id: str) -> str:
    """The holder's cabinet, at one booking (S12)."""
    return f"{settings.cabinet_url()}/bookings/{booking_id}"


def paid(booking_id: str) -> str:
    """Where the site's form shows how paying for a booking went that was made without signing in (S11)."""
    return f"{settings.site_url()}/?paid={booking_id}"


def cabinet_signed_in(booking_id: str) -> str:
    """The same for a booking that waits for consents or payment: it signs its holder in. What it does that by
    stands behind `#`, which no browser sends to a server or tells another site (S12)."""
    return f"{cabinet(booking_id)}#{ids.link_token(settings.pepper(), booking_id)}"


def join(booking_id: str, side: str, doctor_id: str) -> str:
    """Where one side (`patient` or `doctor`) goes at the appointed time; the click is evidence (§2)."""
    return f"{settings.join_url()}/join/{ids.join_token(settings.pepper(), booking_id, side, doctor_id)}"
