"""A mail with a calendar, as SES takes it whole. Pure."""

import hashlib
from email.message import EmailMessage
from email.policy import SMTP

from teleconsult.notices.calendar import FILE_NAME, Calendar


def message(
    *, sender: str, address: str, subject: str, text: str, calendar: Calendar, message_id: str
) -> bytes:
    """Text and invitation as alternatives, and the invitation once more as a file.

    Outlook looks for an invitation in the first part only, and Gmail and Apple Mail among the alternatives,
    where its type names the method (RFC 6047, 2.4); the file is for whoever adds it by hand. The file's type
    is another one, so that no program takes it for a second invitation.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = address
    mail["Subject"] = subject
    mail["Message-ID"] = message_id
    mail.set_content(text, cte="base64")
    ics = calendar.content.decode()
    mail.add_alternative(ics, subtype="calendar", cte="base64", params={"method": calendar.method.value})
    mail.add_attachment(calendar.content, maintype="application", subtype="ics", filename=FILE_NAME)
    return mail.as_bytes()


def message_id(notice: str, delivery: str, sender: str) -> str:
    """The same for the same message of the same notice, whenever it is sent; tells nothing of either."""
    whole = hashlib.sha256(f"{notice} {delivery}".encode()).hexdigest()
    return f"<{whole[:32]}@{sender.rpartition('@')[2]}>"
