"""Scripted scenarios that together make every outside call of every handler at least once."""

import itertools
from datetime import timedelta
from typing import Any
from unittest import mock

from ministack.services import cognito as engine
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from local.sandbox.faults import Fault
from local.sandbox.order import Order, RefundOrder
from local.sandbox.outcomes import Outcome
from local.sandbox.shop import Webhook
from teleconsult.documents import rules as document_rules
from teleconsult.notices.undelivered import NeverTaken
from teleconsult.platform import clock, ids, settings
from teleconsult.sessions import patients
from tests import files
from tests.simulation import faults, invariants
from tests.simulation.stage import BUCKET, Scenario, Stage, s3
from tests.simulation.world import WEBHOOK_PATH, Reply, slots
from tests.unit.api.calls import ADMIN, HOLDER, OPERATOR, STRANGER, doctor
from tests.unit.usecases import forms

PRICE = 250_000  # kopecks
_ME = "POST /me/bookings"
_PAY = "POST /me/bookings/{booking}/payments"
_OUTCOME = "POST /internal/bookings/{booking}/outcome"
_CORRECTIONS = "POST /internal/bookings/{booking}/corrections"
_LOST = Webhook(times=0)


def _form(number: int, **changes: Any) -> dict[str, Any]:
    slot = slots()[number]
    return {
        "kind": "first",
        "specialty": "therapist",
        "doctor": None,
        "slot": {"doctor": slot.doctor_id, "start": clock.iso(slot.start)},
        "holder": forms.holder(),
        "patient": {"who": "self"},
        "channel": {"type": "room"},
        "comments": None,
        "time_zone": "Europe/Moscow",
        **changes,
    }


def _booked(stage: Stage, number: int = 0) -> str:
    """A booking from the cabinet: its id."""
    body = _form(number, consents=forms.ticks())
    made = stage.must(_ME, body=body, key=f"cabinet-key-{number}", claims=HOLDER)
    return str(made["booking_id"])


def _card(stage: Stage, booking_id: str) -> str:
    """A payment at the provider: its id."""
    body = {"method": "card"}
    begun = stage.must(_PAY, booking_id, body=body, key=f"card-{booking_id}", claims=HOLDER)
    return str(begun["payment_id"])


def _paid(stage: Stage, booking_id: str, amount: int = PRICE) -> None:
    payment_id = _card(stage, booking_id)
    stage.shop.pay_other(payment_id, amount)
    stage.notified(payment_id)


def _say(stage: Stage, booking_id: str, word: dict[str, str], claims: dict[str, str] = OPERATOR) -> None:
    stage.must(_OUTCOME, booking_id, body=word, claims=claims)


def _set(stage: Stage, booking_id: str, sk: str, **texts: str) -> None:
    """Write what none of our own calls would."""
    stage.store.perform(
        "update_item",
        {
            "TableName": "bookings",
            "Key": {"pk": {"S": f"BOOKING#{booking_id}"}, "sk": {"S": sk}},
            "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in texts),
            "ExpressionAttributeValues": {f":{name}": {"S": text} for name, text in texts.items()},
        },
    )


def _join(stage: Stage, booking_id: str, side: str) -> None:
    token = ids.join_token(settings.pepper(), booking_id, side, slots()[0].doctor_id)
    stage.must("GET /join/{token}", token)


def held(stage: Stage) -> None:
    """Booked on the site, paid by card, notified early, twice; both join; the doctor says held, twice."""
    slot = slots()[0]
    body = _form(0, consents=forms.ticks())
    made = stage.must("POST /bookings", body=body, key="site-key-0", claims=None)
    booking_id, opens = made["booking_id"], {"x_booking_capability": made["capability"]}
    stage.must("GET /bookings/{booking}", booking_id, **opens)
    for _ in range(2):  # the second time it is the same payment, that is open still
        pay = "POST /bookings/{booking}/payments"
        begun = stage.must(pay, booking_id, body={"method": "card"}, key="site-card-0", **opens)
    stage.notified(begun["payment_id"])
    stage.shop.pay(begun["payment_id"], _LOST)
    for _ in range(2):
        stage.notified(begun["payment_id"])
    stage.send_notices()
    stage.wait_until(slot.start)
    for side in ("patient", "doctor"):
        _join(stage, booking_id, side)
    path = "POST /internal/bookings/{booking}/contact-attempts"
    stage.must(path, booking_id, body={}, key="attempt-1", claims=doctor(slot.doctor_id))
    for _ in range(2):
        _say(stage, booking_id, {"outcome": "held"}, doctor(slot.doctor_id))


def corrected(stage: Stage) -> None:
    """A doctor sees the day, says held, adds a note; an operator corrects it, its reason, and back again."""
    booking_id, slot = _booked(stage), slots()[0]
    _paid(stage, booking_id)
    own = doctor(slot.doctor_id)
    _join(stage, booking_id, "patient")  # too early
    day = {"day": f"{slot.start + timedelta(hours=7):%Y-%m-%d}"}
    stage.must("GET /internal/doctors/me/day", query=day, claims=own)
    stage.wait_until(slot.start)
    _say(stage, booking_id, {"outcome": "held"}, own)
    _say(stage, booking_id, {"outcome": "held", "note": "Повторить"}, own)
    stage.pass_by(minutes=5)
    words = [
        {"outcome": "not_held", "reason": "technical"},
        {"outcome": "not_held", "reason": "unknown"},
        {"outcome": "held"},
    ]
    for number, word in enumerate(words):
        body = {**word, "why": "Врач ошибся"}
        stage.must(_CORRECTIONS, booking_id, body=body, key=f"correct-{number}", claims=OPERATOR)
        stage.pass_by(seconds=5)


def credited_and_paid_from_balance(stage: Stage) -> None:
    """Booked by the operator, consented, overpaid, not held; the balance pays another, nobody comes."""
    made = stage.must("POST /internal/bookings", body=_form(0), key="phone-key-0", claims=OPERATOR)
    first = made["booking_id"]
    for _ in range(2):
        body = {"consents": forms.ticks()}
        stage.must("POST /me/bookings/{booking}/consents", first, body=body, claims=HOLDER)
    _paid(stage, first, PRICE + PRICE)
    second = _booked(stage, 1)
    stage.must(_PAY, second, body={"method": "balance"}, key="balance-0", claims=HOLDER)
    for number, booking_id in ((0, first), (1, second)):
        stage.wait_until(slots()[number].end + timedelta(minutes=20))
        if booking_id == first:
            _say(stage, first, {"outcome": "not_held", "reason": "technical"})
        stage.swept("no_shows")


def refunded(stage: Stage) -> None:
    """Money of the balance goes back: at once, later, refused, unanswered for a day, by an operator."""
    booking_id = _booked(stage)
    payment_id = _card(stage, booking_id)
    stage.shop.pay_other(payment_id, 3 * PRICE)
    stage.notified(payment_id)
    holder_id = ids.holder_id(settings.pepper(), HOLDER["phone_number"])
    for _ in range(2):
        _refund(stage, 10_000)
    stage.must("GET /me/refunds", claims=HOLDER)
    for outcome in (Outcome("canceled"), Outcome("pending", after=timedelta(minutes=1))):
        stage.shop.refunds.want(payment_id, outcome)
        _refund(stage, 20_000 + len(outcome.status))
        stage.pass_by(minutes=5)
        stage.swept("refunds")
    route, body = "POST /internal/holders/{holder}/refunds", {"amount": 30_000, "reason": "other"}
    stage.shop.refunds.want(payment_id, Outcome())
    stage.must(route, holder_id, body=body, key="staff-refund", claims=OPERATOR)
    shown = stage.must("GET /internal/holders/{holder}/refunds", holder_id, claims=OPERATOR)
    _told_of_refund(stage, shown["refunds"][0]["provider_refund_id"])
    stage.shop.refunds.want(payment_id, Outcome("canceled"))
    by_hand = RefundOrder(payment_id, "1.00", "RUB", None, {})
    _told_of_refund(stage, stage.shop.refunds.create(by_hand)["id"])
    stage.shop.refunds.want(payment_id, Outcome())
    stage.shop.faults.want(Fault("POST /refunds", "cut", moment="after", times=2))
    _refund(stage, 40_000)
    stage.pass_by(minutes=3)
    stage.swept("refunds")
    for _ in range(3):
        stage.pass_by(hours=21)
        stage.swept("refunds")


def at_desk(stage: Stage) -> None:
    """A caller is known, found three ways, sent the link again; pays in parts at the desk; cash goes back."""
    holder_id = ids.holder_id(settings.pepper(), HOLDER["phone_number"])
    body = _form(0)
    made = stage.must("POST /internal/bookings", body=body, key="phone-key-0", claims=OPERATOR)
    booking_id = made["booking_id"]
    for _ in range(2):
        stage.must(
            "POST /internal/bookings/{booking}/link", booking_id, body={}, key="link-key-1", claims=OPERATOR
        )
    stage.must("POST /internal/holders/search", body={"phone": HOLDER["phone_number"]}, claims=OPERATOR)
    consents = {"consents": forms.ticks()}
    stage.must("POST /me/bookings/{booking}/consents", booking_id, body=consents, claims=HOLDER)
    stage.pass_by(minutes=1)
    for number, amount in enumerate((PRICE // 2, PRICE, PRICE)):
        _cash(stage, booking_id, amount, f"desk-key-{number}")
    stage.pass_by(minutes=1)
    shown = stage.must(
        "POST /internal/bookings/search", body={"phone": HOLDER["phone_number"]}, claims=OPERATOR
    )
    contract = shown["bookings"][0]["contract_number"]
    for sought in ({"name": "соловьева"}, {"contract": contract or "ОК-20261201-AAAAAAAAAA"}):
        stage.must("POST /internal/bookings/search", body=sought, claims=OPERATOR)
    _refund(stage, 10_000)
    _refund(stage, 20_000)
    stage.must("GET /internal/tasks", claims=OPERATOR)
    for number, (holder, refund) in enumerate(stage.desk_refunds()):
        what, body = (("payout", {"document": "РКО 1"}), ("refusal", {}))[number]
        route = "POST /internal/holders/{holder}/refunds/{refund}/" + what
        stage.must(route, holder, refund, body={**body, "why": "Выдано в кассе"}, claims=OPERATOR)
    _set(
        stage, booking_id, "BOOKING", task="workflow: x", task_list="OPEN", task_since="2026-12-01T02:00:00Z"
    )
    answer = "POST /internal/bookings/{booking}/task/answer"
    stage.ask(answer, booking_id, body={"why": "Проверено"}, claims=OPERATOR)
    stage.must("GET /internal/bookings/{booking}/trail", booking_id, claims=OPERATOR)
    stage.must("GET /internal/holders/{holder}/trail", holder_id, claims=OPERATOR)


def _cash(stage: Stage, booking_id: str, amount: int, key: str) -> None:
    body = {"method": "cash", "amount": amount, "document": "ПКО 1", "why": "Оплата в кассе"}
    route = "POST /internal/bookings/{booking}/desk-payments"
    stage.must(route, booking_id, body=body, key=key, claims=OPERATOR)


def _refund(stage: Stage, amount: int) -> Any:
    body = {"amount": amount}
    made = stage.must("POST /me/refunds", body=body, key=f"refund-{amount}", claims=HOLDER)
    return made["refunds"][0]


def _told_of_refund(stage: Stage, provider_refund_id: str) -> None:
    said = {"event": "refund.succeeded", "object": {"id": provider_refund_id}}
    reply = stage.ask("POST /payments/notifications/{path}", WEBHOOK_PATH, body=said)
    assert reply.status == 200, reply


def overtaken(stage: Stage) -> None:
    """A notification is dealt with while the same one waits for its transaction."""
    booking_id = _booked(stage)
    payment_id = _card(stage, booking_id)
    stage.shop.pay(payment_id, _LOST)
    stage.meanwhile["transact_write_items"] = lambda: stage.notified(payment_id)
    stage.notified(payment_id)


def expired(stage: Stage) -> None:
    """Two holds end, one of them part paid; a payment comes too late."""
    first, second = _booked(stage, 0), _booked(stage, 1)
    _paid(stage, first, PRICE // 2)
    late = _card(stage, second)
    stage.pass_by(minutes=35)
    stage.shop.pay(late, _LOST)
    stage.notified(late)


def other_attempts(stage: Stage) -> None:
    """One attempt is declined, of another the provider knows nothing any more, the third pays."""
    booking_id = _booked(stage)
    declined = _card(stage, booking_id)
    stage.shop.turn_down(declined)
    stage.notified(declined)
    declined = _card(stage, booking_id)
    stage.shop.turn_down(declined)  # nobody tells us: found out when the next one is begun
    forgotten = _card(stage, booking_id)
    stage.shop.forget(forgotten)
    _paid(stage, booking_id)


def balance_and_card(stage: Stage) -> None:
    """The balance covers a part, the card the rest; nobody tells us of it, and the sweep asks."""
    first, second = _booked(stage, 0), _booked(stage, 1)
    _paid(stage, first, PRICE + PRICE // 2)
    body = {"method": "both"}
    begun = stage.must(_PAY, second, body=body, key=f"both-{second}", claims=HOLDER)
    stage.must(f"GET {_PAY.removeprefix('POST ')}", second, claims=HOLDER)
    stage.shop.pay(begun["payment_id"], _LOST)
    stage.swept("open_payments")
    _set(stage, second, "PAYMENT", due_day=f"PAYMENTS#{stage.now:%Y-%m-%d}", due_at=clock.iso(stage.now))
    stage.swept("open_payments")  # found due although nothing is open: a race may leave that behind


def asked_at_the_last_moment(stage: Stage) -> None:
    """A hold runs out over a payment that nobody told us of, another over one that was declined."""
    paid, declined = _booked(stage, 0), _booked(stage, 1)
    stage.shop.pay(_card(stage, paid), _LOST)
    stage.shop.turn_down(_card(stage, declined))
    stage.pass_by(minutes=35)


def lost_and_found(stage: Stage) -> None:
    """Executions and wake-ups are lost; unclear evidence waits for the deadline."""
    stage.scripted["start_execution"] = faults.CRASH_BEFORE
    booking_id = _booked(stage)  # said again: the workflow begins then
    made = stage.must("POST /internal/bookings", body=_form(1), key="phone-key-1", claims=OPERATOR)
    other = made["booking_id"]
    stage.scripted["send_task_success"] = faults.CRASH_BEFORE
    consents = "POST /me/bookings/{booking}/consents"
    stage.call(consents, other, body={"consents": forms.ticks()}, claims=HOLDER)  # and never again
    stage.swept("lost_executions")
    stage.machine.abort(f"{booking_id}-1")
    _paid(stage, booking_id)
    stage.machine.abort(f"{other}-1")
    stage.swept("lost_executions")
    _paid(stage, other)
    stage.wait_until(slots()[0].start)
    for side in ("patient", "doctor"):
        _join(stage, booking_id, side)
    stage.wait_until(slots()[1].end + timedelta(minutes=20))
    stage.swept("no_shows")
    stage.pass_by(hours=73)


def reminded(stage: Stage) -> None:
    """Twice an hour before, with a row that cannot be read in between; unclear, and left to the deadline."""
    booking_id = _booked(stage)
    _paid(stage, booking_id)
    slot = slots()[0]
    stage.wait_until(slot.start - timedelta(minutes=60))
    for _ in range(2):
        stage.swept("reminders")
    _set(stage, booking_id, "BOOKING", due_at=clock.iso(stage.now))  # moved away, and back
    stage.swept("reminders")
    stage.wait_until(slot.start - timedelta(minutes=10))
    _set(stage, booking_id, "BOOKING", channel="pigeon")
    stage.pass_by(minutes=1)
    stage.swept("reminders")
    _set(stage, booking_id, "BOOKING", channel="room")
    stage.swept("reminders")
    stage.wait_until(slot.start)
    for side in ("patient", "doctor"):
        _join(stage, booking_id, side)
    stage.wait_until(slot.end + timedelta(minutes=20))
    stage.swept("no_shows")
    stage.machine.abort(f"{booking_id}-1")
    stage.pass_by(hours=72)
    stage.swept("no_shows")


def told_in_vain(stage: Stage) -> None:
    """A notice that another run has claimed; an SMS that nobody takes for a day, and then is sent."""
    booking_id = _booked(stage)
    _paid(stage, booking_id)
    _change(stage, booking_id, "cancellation", {})
    _set(stage, booking_id, "OUTBOX#cancelled", claimed_until=clock.iso(stage.now + timedelta(minutes=5)))
    stage.send_notices()
    for hours in (0, 1, 23, 2):
        stage.pass_by(hours=hours, minutes=6)
        stage.swept("notices")
        stage.scripted["publish"] = faults.SMS_IS_DOWN
        stage.send_notices()
        stage.scripted.clear()
    told = stage.must("GET /internal/bookings/{booking}/notices", booking_id, claims=OPERATOR)["notices"]
    again = "POST /internal/bookings/{booking}/notices/{notice}/retries"
    notice_id = next(each["id"] for each in told if each["notice"] == "cancelled")
    stage.ask(again, booking_id, notice_id, body={"why": "Номер проверен"}, claims=OPERATOR)


def refused_at_intake(stage: Stage) -> None:
    """What no rule would write is found by the workflow's first step."""
    stage.scripted["start_execution"] = faults.CRASH_BEFORE
    stage.call(_ME, body=_form(0, consents=forms.ticks()), key="cabinet-key-0", claims=HOLDER)
    (booking_id,) = invariants.look(stage).bookings
    _set(stage, booking_id, "BOOKING", created_at="2027-01-01T00:00:00Z")
    _booked(stage)


def too_much(stage: Stage) -> None:
    """A time that is taken, and more unpaid bookings than one may have."""
    for number in range(4):
        body = _form(number, consents=forms.ticks())
        stage.ask(_ME, body=body, key=f"cabinet-key-{number}", claims=HOLDER)
    other = forms.holder(phone="+79139998877")
    body = _form(0, consents=forms.ticks(), holder=other)
    reply = stage.ask("POST /bookings", body=body, key="rival-key-0")
    assert reply.status == 409, reply


def read(stage: Stage) -> None:
    """Whatever can be looked at."""
    booking_id = _booked(stage)
    _paid(stage, booking_id)
    holder_id = ids.holder_id(settings.pepper(), HOLDER["phone_number"])
    stage.must("GET /catalogue")
    stage.must("GET /doctors")
    stage.must("GET /slots", query={"specialty": "therapist"})
    for path in ("people", "bookings", "balance", "balance/statement"):
        stage.must(f"GET /me/{path}", claims=HOLDER)
    for path in ("", "/consents", "/consents/print"):
        stage.must(f"GET /me/bookings/{{booking}}{path}", booking_id, claims=HOLDER)
        stage.must(f"GET /internal/bookings/{{booking}}{path}", booking_id, claims=OPERATOR)
    stage.must("GET /internal/ledger/trial-balance", claims=OPERATOR)
    for path in ("balance", "balance/statement"):
        stage.must(f"GET /internal/holders/{{holder}}/{path}", holder_id, claims=OPERATOR)
    stage.must("GET /internal/days/{day}", slots()[0].start.date().isoformat(), claims=OPERATOR)


def catalogue(stage: Stage) -> None:
    """The catalogue is read and put back."""
    loaded = stage.must("GET /internal/catalogue", claims=ADMIN)
    stage.must("PUT /internal/catalogue", body=loaded["document"], claims=ADMIN)


def documents(stage: Stage) -> None:
    """Two files are attached; one is good, one is not what it says; in the end all are deleted."""
    booking_id, content = _booked(stage), files.pdf()
    _paid(stage, booking_id)
    path = "/me/bookings/{booking}/documents"
    kept = []
    for number, sent in enumerate((content, b"MZ" + content[2:], content)):
        file = {"name": "Выписка.pdf", "type": "application/pdf", "size": len(content)}
        made = stage.must(f"POST {path}", booking_id, body=file, key=f"document-{number}", claims=HOLDER)
        key = document_rules.incoming_key(booking_id, made["document"])
        s3().put_object(Bucket=BUCKET, Key=key, Body=sent, ContentType="application/pdf")
        for _ in range(2):
            stage.again_and_again("document_check", {"detail": {"object": {"key": key}}})
        kept.append(made["document"])
    for each in s3().list_objects_v2(Bucket=BUCKET).get("Contents", []):
        tags = {"TagSet": [{"Key": "scan", "Value": "clean"}]}
        s3().put_object_tagging(Bucket=BUCKET, Key=each["Key"], Tagging=tags)
    own = doctor(slots()[0].doctor_id)
    stage.must(f"GET {path}", booking_id, claims=HOLDER)
    stage.must(f"GET {path}/{{document}}", booking_id, kept[0], claims=HOLDER)
    stage.must("GET /internal/bookings/{booking}/documents", booking_id, claims=own)
    stage.must("GET /internal/bookings/{booking}/documents/{document}", booking_id, kept[0], claims=own)
    stage.ask(f"DELETE {path}/{{document}}", booking_id, kept[0], claims=HOLDER)
    loaded = stage.must("GET /internal/catalogue", claims=ADMIN)
    longer = {**loaded["document"]["clinic"]["limits"], "documents_kept_days": 1096}
    clinic = {**loaded["document"]["clinic"], "limits": longer}
    stage.must("PUT /internal/catalogue", body={**loaded["document"], "clinic": clinic}, claims=ADMIN)
    _say_later(stage, booking_id)
    for days in (1095, 1):
        stage.pass_by(days=days, hours=1)
        stage.swept("documents")
    assert not s3().list_objects_v2(Bucket=BUCKET).get("Contents", [])


def _say_later(stage: Stage, booking_id: str) -> None:
    stage.wait_until(slots()[0].end)
    _say(stage, booking_id, {"outcome": "held"})


def signing_in(stage: Stage) -> None:
    """A holder by codes, a wrong one too, and by the link of an operator's booking; they go on, and out. One
    code does not go out, and a right one lets nobody in."""
    for everywhere in (False, True):
        cookie = _signed_in(stage)
        stage.must("POST /sign-in/refresh", body={}, cookie=cookie)
        signed_out = stage.ask("POST /sign-in/sign-out", body={"everywhere": everywhere}, cookie=cookie)
        assert signed_out.status in ((204, 401) if everywhere else (204,))  # 401: done, and not answered
    assert stage.ask("POST /sign-in/refresh", body={}, cookie=cookie).status == 401
    wrong = {"phone": HOLDER["phone_number"], "code": f"{(int(_code(stage)) + 1) % 10**6:06}"}
    assert stage.ask("POST /sign-in/sessions", body=wrong).status == 422
    sent = itertools.chain([NeverTaken("OptedOut")], itertools.repeat(None))
    with mock.patch.object(patients, "send_sms", side_effect=sent):
        stage.ask("POST /sign-in/codes", body={"phone": STRANGER["phone_number"]})
    pools, account = stage.others["cognito-idp"].client, HOLDER["phone_number"]
    pools.admin_disable_user(UserPoolId=pools.patients[0], Username=account)
    right = {"phone": account, "code": _code(stage)}
    assert stage.ask("POST /sign-in/sessions", body=right).status != 201
    pools.admin_enable_user(UserPoolId=pools.patients[0], Username=account)
    made = stage.must("POST /internal/bookings", body=_form(0), key="phone-key-0", claims=OPERATOR)
    link = ids.link_token(settings.pepper(), made["booking_id"])
    stage.must("POST /sign-in/sessions", body={"booking": made["booking_id"], "link": link})


def _code(stage: Stage) -> str:
    """A code, asked for again until one has come."""
    phone = HOLDER["phone_number"]
    before = len(_received(phone))
    while len(_received(phone)) == before:
        stage.ask("POST /sign-in/codes", body={"phone": phone})
        stage.pass_by(minutes=4)
    return _received(phone)[-1].removeprefix("Код входа: ").partition(".")[0]


def _received(phone: str) -> list[str]:
    messages = sns_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sms_messages.values()
    return [text for number, text in messages if number == phone and text.startswith("Код входа: ")]


def _signed_in(stage: Stage) -> str:
    """A session's cookie: by another code, where the one before was used up for nothing."""
    for _ in range(3):
        body = {"phone": HOLDER["phone_number"], "code": _code(stage)}
        reply = stage.ask("POST /sign-in/sessions", body=body)
        if reply.status == 201:
            return reply.cookie
    raise AssertionError("the holder never came in")


def staff_signing_in(stage: Stage) -> None:
    """A first password is replaced, one-time codes are switched on and asked for; on, and out."""
    pools, email = stage.others["cognito-idp"].client, "m.orlova@example.org"
    first, second = "Pervyi-Parol-2026", "Vtoroi-Parol-2026"
    pool_id, _ = pools.staff
    attributes = [{"Name": "email", "Value": email}]
    pools.admin_create_user(
        UserPoolId=pool_id,
        Username=email,
        TemporaryPassword=first,
        MessageAction="SUPPRESS",
        UserAttributes=attributes,
    )
    assert _came(stage, {"email": email, "password": "Ne-tot-1"}).status == 422
    asked = _came(stage, {"email": email, "password": first})
    if asked.status == 200:
        answer = {"email": email, "answer": second, **asked.json}
        stage.ask("POST /staff/sign-in/challenge", body=answer)
    reply = _came(stage, {"email": email, "password": second})
    cookie = reply.cookie
    secret = stage.must("POST /staff/totp", body={}, cookie=cookie)["secret"]
    confirmed = {"code": engine._totp_code(secret)}
    stage.must("POST /staff/totp/confirmation", body=confirmed, cookie=cookie)
    asked = _came(stage, {"email": email, "password": second})
    answer = {"email": email, "answer": confirmed["code"], **asked.json}
    assert stage.ask("POST /staff/sign-in/challenge", body=answer).status == 201
    stage.must("POST /staff/refresh", body={}, cookie=cookie)
    stage.must("POST /staff/sign-out", body={}, cookie=cookie)


def _came(stage: Stage, body: dict[str, str]) -> Reply:
    return stage.ask("POST /staff/sign-in", body=body)


def receipts(stage: Stage) -> None:
    """A prepayment that is pending for a while, an offset whose answer is lost for a day."""
    first = _booked(stage)
    kept = _card(stage, first)
    stage.shop.pay(kept, _LOST)
    stage.notified(kept)
    stage.shop.receipts.want(kept, Outcome("pending", after=timedelta(minutes=3)))
    stage.make_receipts()
    stage.carry_on_with_receipts(minutes=6)
    stage.wait_until(slots()[0].start)
    _say(stage, first, {"outcome": "held"})
    stage.pass_by(minutes=1)
    for _ in range(3):
        stage.shop.faults.want(Fault("POST /receipts", "500", moment="after"))
    stage.make_receipts()
    stage.carry_on_with_receipts(hours=21)
    stage.must("GET /internal/bookings/{booking}", first, claims=OPERATOR)


def receipt_of_a_refund(stage: Stage) -> None:
    """Money goes back, and the answer to its receipt is lost for a day."""
    payment_id = _card(stage, _booked(stage))
    stage.shop.pay_other(payment_id, 2 * PRICE)
    stage.notified(payment_id)
    stage.make_receipts()
    _refund(stage, 10_000)
    for _ in range(3):
        stage.shop.faults.want(Fault("POST /receipts", "500", moment="after"))
    stage.make_receipts()
    stage.carry_on_with_receipts(hours=21)


def reconciled(stage: Stage) -> None:
    """The daily looks: at a payment and a refund that nobody told us of, at what was made at the desk."""
    payment_id = _card(stage, _booked(stage))
    stage.shop.pay_other(payment_id, 2 * PRICE)
    _look_at_the_day(stage)
    stage.shop.refunds.want(payment_id, Outcome("pending", after=timedelta(minutes=1)))
    _refund(stage, 10_000)
    stage.pass_by(minutes=2)
    stage.shop.advance()
    desk = stage.shop.create(Order("5.00", "RUB", "https://example.org", None, {}))["id"]
    stage.shop.pay(desk, _LOST)
    stage.shop.refunds.create(RefundOrder(desk, "1.00", "RUB", None, {}))
    _look_at_the_day(stage)


def figures(stage: Stage) -> None:
    """A consultation is held and counted, twice; a year is looked at."""
    booking_id = _booked(stage)
    _paid(stage, booking_id)
    _say_later(stage, booking_id)
    for _ in range(2):
        stage.pass_by(days=1)
        stage.swept("figures")
    year = {"from": stage.now.date().isoformat(), "to": (stage.now.date() + timedelta(days=364)).isoformat()}
    stage.must("GET /internal/figures", query=year, claims=OPERATOR)


def callbacks(stage: Stage) -> None:
    """Two questions after a consultation: one is withdrawn, one is overdue before it is answered."""
    booking_id = _booked(stage)
    _paid(stage, booking_id)
    _say_later(stage, booking_id)
    mine = "POST /me/bookings/{booking}/callbacks"
    withdrawn = _asked(stage, booking_id, "callback-key-1")
    second = stage.ask(mine, booking_id, body=_QUESTION, key="callback-key-2", claims=HOLDER)
    assert second.status == 409, second
    stage.must(f"{mine}/{{callback}}/withdrawal", booking_id, withdrawn, claims=HOLDER)
    route, body = "POST /internal/bookings/{booking}/callbacks", {**_QUESTION, "why": "По телефону"}
    made = stage.must(route, booking_id, body=body, key="callback-key-3", claims=OPERATOR)
    callback = made["callback"]
    stage.must("GET /me/callbacks", claims=HOLDER)
    stage.must("GET /internal/callbacks", claims=OPERATOR)
    stage.must("GET /internal/bookings/{booking}/callbacks", booking_id, claims=OPERATOR)
    stage.send_notices()
    stage.pass_by(days=7)
    stage.swept("callbacks")
    taken = {"assignee": "me", "version": 1}
    stage.must(f"{route}/{{callback}}/assignee", booking_id, callback, body=taken, claims=OPERATOR)
    tried = {"result": "reached"}
    stage.must(
        f"{route}/{{callback}}/attempts", booking_id, callback, body=tried, key="attempt-1", claims=OPERATOR
    )
    ended = {"result": "answered", "note": "На вопрос ответили", "version": 3}
    stage.must(f"{route}/{{callback}}/result", booking_id, callback, body=ended, claims=OPERATOR)


_QUESTION = {"question": "Можно ли заниматься спортом?"}


def _asked(stage: Stage, booking_id: str, key: str) -> str:
    route = "POST /me/bookings/{booking}/callbacks"
    return str(stage.must(route, booking_id, body=_QUESTION, key=key, claims=HOLDER)["callback"])


def _look_at_the_day(stage: Stage) -> None:
    today, tomorrow = stage.now.date(), stage.now.date() + timedelta(days=1)
    stage.swept("reconciliation", **{"from": today.isoformat(), "to": tomorrow.isoformat()})
    stage.swept("audit")


def _change(stage: Stage, booking_id: str, what: str, body: dict[str, Any], own: bool = True) -> Any:
    """Said twice: the second time it is done already."""
    body = body if own else {**body, "why": "так надо"}
    for _ in range(2):
        shown = stage.must(
            f"POST {'/me' if own else '/internal'}/bookings/{{booking}}/{what}",
            booking_id,
            body=body,
            key=f"change-{booking_id}",
            claims=HOLDER if own else OPERATOR,
        )
    return shown


def _time(number: int) -> dict[str, Any]:
    slot = slots()[number]
    return {"doctor": slot.doctor_id, "start": clock.iso(slot.start)}


def moved(stage: Stage) -> None:
    """An unpaid one is held longer and moved by its patient, paid, moved by an operator, and held."""
    booking_id = _booked(stage)
    longer = {"until": clock.iso(stage.now + timedelta(hours=2))}
    _change(stage, booking_id, "hold", longer, own=False)
    _change(stage, booking_id, "slot", _time(2))
    _paid(stage, booking_id)
    other = {**_time(1), "by": "clinic", "why": "так надо"}
    for _ in range(2):
        route = "POST /internal/bookings/{booking}/slot"
        stage.must(route, booking_id, body=other, key="move-by-staff", claims=OPERATOR)
    stage.wait_until(slots()[1].end)
    _say(stage, booking_id, {"outcome": "held"})


def moved_where_another_is(stage: Stage) -> None:
    """The time is taken: others are offered. And a payment comes in the midst of a move."""
    first, second = _booked(stage, 0), _booked(stage, 1)
    route = "POST /me/bookings/{booking}/slot"
    reply = stage.ask(route, first, body=_time(1), key="move-to-taken", claims=HOLDER)
    assert reply.status == 409, reply
    payment_id = _card(stage, second)
    stage.shop.pay(payment_id, _LOST)
    stage.meanwhile["transact_write_items"] = lambda: stage.notified(payment_id)
    stage.must(route, second, body=_time(3), key="move-and-pay", claims=HOLDER)


def cancelled(stage: Stage) -> None:
    """An unpaid one and a paid one; of the first the money comes afterwards."""
    first, second = _booked(stage, 0), _booked(stage, 1)
    late = _card(stage, first)
    _paid(stage, second)
    _change(stage, first, "cancellation", {})
    _change(stage, second, "cancellation", {"by": "patient"}, own=False)
    stage.shop.pay(late, _LOST)
    stage.notified(late)


def let_go(stage: Stage) -> None:
    """A hold is given up on its own page, twice; another one not, while its payment is open. That is paid."""
    for number in (0, 1):
        body = _form(number, consents=forms.ticks())
        made = stage.must("POST /bookings", body=body, key=f"site-key-{number}", claims=None)
        booking_id, opens = made["booking_id"], {"x_booking_capability": made["capability"]}
        route = "POST /bookings/{booking}/cancellation"
        if not number:
            for _ in range(2):
                stage.must(route, booking_id, **opens)
    pay = "POST /bookings/{booking}/payments"
    begun = stage.must(pay, booking_id, body={"method": "card"}, key="site-card", **opens)
    assert stage.ask(route, booking_id, **opens).status == 409
    stage.shop.pay(begun["payment_id"], _LOST)
    stage.notified(begun["payment_id"])


def day_cleared(stage: Stage) -> None:
    """A doctor falls ill: bookings of a day are moved, one at a time; those of another are cancelled."""
    for number in (0, 1, -1):
        _paid(stage, _booked(stage, number))
    for slot, action in ((slots()[0], "move"), (slots()[-1], "cancel")):
        body: dict[str, Any] = {"action": action, "why": "Врач заболел", "limit": 1}
        route = "POST /internal/doctors/{doctor}/days/{day}/clearing"
        while True:
            day = slot.start.date().isoformat()
            shown = stage.must(route, slot.doctor_id, day, body=body, claims=OPERATOR)
            if not shown["left"]:
                break
            body = {**body, "after": shown["next"]}


SCENARIOS: tuple[Scenario, ...] = (
    moved,
    moved_where_another_is,
    cancelled,
    let_go,
    day_cleared,
    receipts,
    receipt_of_a_refund,
    reconciled,
    held,
    credited_and_paid_from_balance,
    corrected,
    refunded,
    at_desk,
    overtaken,
    expired,
    other_attempts,
    balance_and_card,
    asked_at_the_last_moment,
    lost_and_found,
    reminded,
    told_in_vain,
    refused_at_intake,
    too_much,
    read,
    catalogue,
    documents,
    callbacks,
    figures,
    signing_in,
    staff_signing_in,
)
