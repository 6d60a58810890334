"""The consents of one booking as a page to print on A4 (§4).

It needs nothing but itself: no script, no request to anywhere, the full text of each version that was signed.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from html import escape

from teleconsult.booking.model import Door
from teleconsult.consents import documents
from teleconsult.consents.export import Consents, Moment, Signed
from teleconsult.consents.rules import Signer
from teleconsult.people.model import Relation
from teleconsult.platform.http import HTML, Answer

_RELATIONS = {
    Relation.PARENT: "родитель",
    Relation.ADOPTIVE_PARENT: "усыновитель",
    Relation.GUARDIAN: "опекун",
    Relation.TRUSTEE: "попечитель",
}

_STYLE = """
@page { size: A4; margin: 15mm 15mm 18mm }
body { max-width: 180mm; margin: 0 auto; padding: 5mm; color: #000; background: #fff;
  font: 10pt/1.4 "PT Serif", "Liberation Serif", "Times New Roman", serif }
@media print { body { max-width: none; padding: 0 0.5mm } }
h1 { font-size: 15pt; margin: 0 0 4mm }
h2 { font-size: 12pt; margin: 6mm 0 2mm; break-after: avoid }
dl { display: grid; grid-template-columns: 42mm 1fr; gap: 1mm 4mm; margin: 0 }
dt { color: #444 }
dd { margin: 0; overflow-wrap: anywhere }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: 9pt }
th:nth-child(1) { width: 31% }
th:nth-child(2) { width: 16% }
th:nth-child(3) { width: 19% }
th, td { border: 0.3mm solid #777; padding: 1.2mm 1.6mm; text-align: left; vertical-align: top;
  overflow-wrap: anywhere }
thead { display: table-header-group }
tr { break-inside: avoid }
small { display: block; font-size: 8pt; color: #444 }
code { font: 7.5pt/1.3 "Liberation Mono", monospace; overflow-wrap: anywhere }
section { break-before: page }
.text { white-space: pre-wrap }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_IN_THE_PAGE = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"


def page(consents: Consents) -> Answer:
    """The page, with a policy under which a browser runs nothing and fetches nothing, saved or not."""
    headers = {
        "Content-Security-Policy": f"{_IN_THE_PAGE}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
    }
    return Answer(200, "".join(_page(consents)), HTML, headers=headers)


def _page(consents: Consents) -> Iterator[str]:
    yield '<!doctype html><html lang="ru"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_IN_THE_PAGE}">'
    yield f"<title>Согласия по записи {escape(consents.booking_id)}</title>"
    yield f"<style>{_STYLE}</style></head><body>"
    yield "<h1>Подтверждённые документы и согласия</h1>"
    yield from _booking(consents)
    yield "<h2>Подписи</h2>"
    if consents.signatures:
        yield from _table(consents)
    else:
        yield "<p>По этой записи ещё ничего не подтверждено.</p>"
    yield from _texts(consents)
    yield "</body></html>"


def _booking(consents: Consents) -> Iterator[str]:
    yield "<dl>"
    yield _line("Клиника", consents.clinic)
    yield _line("Запись", consents.booking_id)
    yield _line("Номер договора", consents.contract_number or "появится после оплаты")
    yield _line("Консультация", *_span(consents.slot_start, consents.slot_end, consents.time_zone))
    yield _line("Пациент", f"{consents.patient.name}, {_born(consents.patient.birth_date)}")
    if consents.representative:
        who = consents.representative
        yield _line("Представитель", f"{who.name}, {_born(who.birth_date)} ({_RELATIONS[who.relation]})")
    yield _line("Выписка составлена", *_when(consents.exported_at, consents.time_zone))
    yield "</dl>"


def _table(consents: Consents) -> Iterator[str]:
    yield "<table><thead><tr><th>Документ<th>Чья подпись<th>Когда<th>Откуда</tr></thead><tbody>"
    for each in consents.signatures:
        yield f"<tr><td>{escape(each.title)}"
        yield f"<small>{escape(each.document)}, редакция {escape(each.version)}</small>"
        yield f"<small>SHA-256 <code>{escape(each.sha256)}</code></small>"
        yield f"<td>{escape(each.signer)}<small>{escape(_capacity(each, consents))}</small>"
        yield "<td>" + "<br>".join(map(escape, _when(each.signed_at, consents.time_zone)))
        yield f"<td>{escape(each.ip)}<small>{escape(each.user_agent)}</small>"
        yield f"<small>Отметил: {escape(_ticked_by(each.ticked_by))}</small></tr>"
    yield "</tbody></table>"


def _texts(consents: Consents) -> Iterator[str]:
    """The words of each signed version, once: the paper stands alone."""
    for document, version, sha256 in dict.fromkeys(
        (each.document, each.version, each.sha256) for each in consents.signatures
    ):
        yield f"<section><h2>{escape(document)}, редакция {escape(version)}</h2>"
        yield f"<p>SHA-256 <code>{escape(sha256)}</code></p>"
        published = documents.find(document, version)
        if published and published.sha256 == sha256:
            yield f'<div class="text">{escape(documents.text(document, version))}</div></section>'
        else:  # never print other words under the hash of those that were signed
            yield "<p>Текста с этой контрольной суммой среди опубликованных нет.</p></section>"


def _line(name: str, *words: str) -> str:
    return f"<dt>{name}</dt><dd>{'<br>'.join(map(escape, words))}</dd>"


def _capacity(each: Signed, consents: Consents) -> str:
    if each.signed_by is Signer.PATIENT or consents.representative is None:
        return "пациент, за себя"
    return f"представитель ({_RELATIONS[consents.representative.relation]}), за пациента"


def _ticked_by(whoever: str | None) -> str:
    if whoever is None:
        return "не записано"
    if whoever == Door.SITE:
        return "заполнивший форму на сайте, без входа в личный кабинет"
    return f"держатель лицевого счёта {whoever}, вошёл в личный кабинет по коду из СМС"


def _when(moment: Moment, zone: str) -> tuple[str, str]:
    local = datetime.fromisoformat(moment.clinic)
    return f"{moment.utc:%d.%m.%Y %H:%M:%S} UTC", f"{local:%d.%m.%Y %H:%M:%S} {_zone(local, zone)}"


def _span(start: Moment, end: Moment, zone: str) -> tuple[str, str]:
    first, last = datetime.fromisoformat(start.clinic), datetime.fromisoformat(end.clinic)
    return (
        f"{start.utc:%d.%m.%Y, %H:%M}–{end.utc:%H:%M} UTC",
        f"{first:%d.%m.%Y, %H:%M}–{last:%H:%M} {_zone(first, zone)}",
    )


def _zone(local: datetime, zone: str) -> str:
    return f"{zone} (UTC{local.isoformat()[-6:]})"


def _born(birth_date: date) -> str:
    return f"{birth_date:%d.%m.%Y} г. р."
