"""The local inbox: a mail that was sent whole is shown with its files."""

from email.message import EmailMessage

from local import inbox


def test_a_mails_files_are_named_and_can_be_saved() -> None:
    mail = EmailMessage()
    mail.set_content("Консультация назначена")
    mail.add_attachment(
        b"BEGIN:VCALENDAR", maintype="application", subtype="ics", filename="consultation.ics"
    )
    (file,) = inbox.attachments(mail.as_string())
    assert (file.name, file.type, file.text) == ("consultation.ics", "application/ics", "BEGIN:VCALENDAR")
    card = inbox._card(inbox.Message("mail", "anna@example.org", "Тема", "Текст", 0.0, (file,)))
    assert 'download="consultation.ics" href="data:application/ics;base64,' in card


def test_a_mail_of_words_alone_has_no_files() -> None:
    assert inbox.attachments("") == ()
