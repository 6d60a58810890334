"""The inbox: every SMS and mail that the stack sent, as a page and as `/messages.json?to=…`."""

import base64
import email
import email.policy
import html
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from local.web import Handler


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    kind: str  # sms or mail
    to: str
    subject: str
    text: str
    sent_at: float | None  # seconds since 1970; the engine keeps no time for an SMS
    attachments: tuple[Attachment, ...] = ()


def messages(
    engine_url: str, region: str, to: str | None = None, sms_url: str | None = None
) -> list[Message]:
    """What was sent, to this address or to anybody: mails, then SMS, each in the order of sending.

    `sms_url`: of the SMS gateway, where there is one beside SNS.
    """
    found = [*_mails(engine_url), *_sms(engine_url, region), *_gateway_sms(sms_url)]
    return [each for each in found if to in (None, each.to)]


def inbox_of(engine_url: str, region: str, sms_url: str | None) -> type[Handler]:
    class InboxHandler(Handler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            to = urllib.parse.parse_qs(query).get("to", [None])[0]
            # In a query an unescaped plus reads as a space, and telephone numbers begin with one.
            wanted = "+" + to[1:] if to and to.startswith(" ") else to
            if path == "/messages.json":
                listed = [asdict(each) for each in messages(engine_url, region, wanted, sms_url)]
                body = json.dumps({"messages": listed}, ensure_ascii=False).encode()
                self.answer(200, "application/json; charset=utf-8", body)
            elif path == "/":
                page = _page(messages(engine_url, region, wanted, sms_url))
                self.answer(200, "text/html; charset=utf-8", page.encode())
            else:
                self.answer(404, "text/plain; charset=utf-8", "Нет такой страницы".encode())

    return InboxHandler


def _mails(engine_url: str) -> Iterator[Message]:
    for sent in _read(f"{engine_url}/_ministack/ses/messages")["messages"].values():
        for mail in sent:
            files = attachments(mail["BodyHtml"] or "")
            for to in mail["To"]:
                yield Message("mail", to, mail["Subject"], mail["BodyText"], mail["Timestamp"], files)


def attachments(source: str) -> tuple[Attachment, ...]:
    """The files of a mail that was sent whole, from its source; they are texts."""
    mail = email.message_from_string(source, policy=email.policy.default)
    files = [part for part in mail.walk() if part.get_filename()]
    contents = [(part, part.get_payload(decode=True)) for part in files]
    return tuple(
        Attachment(part.get_filename() or "", part.get_content_type(), content.decode())
        for part, content in contents
        if isinstance(content, bytes)
    )


def _sms(engine_url: str, region: str) -> Iterator[Message]:
    sent = _read(f"{engine_url}/_ministack/sns/sms-messages?region={region}")["sms_messages"]
    for to, texts in sent.items():
        for each in texts:
            yield Message("sms", to, "", each["Message"], None)


def _gateway_sms(sms_url: str | None) -> Iterator[Message]:
    for each in _read(f"{sms_url}/messages")["messages"] if sms_url else ():
        yield Message("sms", each["phone"], "", each["text"], each["sent_at"])


def _read(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def _page(found: list[Message]) -> str:
    shown = "".join(map(_card, reversed(found))) or "<p>Пока ничего не отправлено.</p>"
    said = "<p>Всё, что стенд отправил по СМС и почте. Страница обновляется сама.</p>"
    return _html("Входящие", said + shown, head='<meta http-equiv="refresh" content="5">')


def _html(title: str, content: str, head: str = "") -> str:
    return f"""<!doctype html>
<html lang="ru">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
<title>{title}</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }}
  article {{ border: 1px solid #ccc; border-radius: 8px; padding: .75rem 1rem; margin: 1rem 0; }}
  header {{ color: #555; font-size: .9rem; }}
  p {{ white-space: pre-wrap; margin: .5rem 0 0; overflow-wrap: anywhere; }}
</style>
<h1>{title}</h1>
{content}
</html>
"""


def _card(message: Message) -> str:
    kind = {"sms": "СМС", "mail": "Письмо"}[message.kind]
    subject = f"<strong>{html.escape(message.subject)}</strong>" if message.subject else ""
    return (
        f"<article><header>{kind} · {html.escape(message.to)}</header>{subject}"
        f"<p>{_with_links(message.text)}</p>{''.join(map(_file, message.attachments))}</article>"
    )


def _file(attachment: Attachment) -> str:
    """A link that saves the file: a calendar is best looked at in a calendar."""
    content = base64.b64encode(attachment.text.encode()).decode()
    address = f"data:{attachment.type};base64,{content}"
    name = html.escape(attachment.name)
    return f'<p>📎 <a download="{name}" href="{html.escape(address)}">{name}</a></p>'


def _with_links(text: str) -> str:
    words = html.escape(text).split(" ")
    return " ".join(_link(word) if word.startswith(("http://", "https://")) else word for word in words)


def _link(word: str) -> str:
    address, newline, rest = word.partition("\n")
    return f'<a href="{address}">{address}</a>{newline}{rest}'
