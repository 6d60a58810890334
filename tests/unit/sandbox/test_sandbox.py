"""The payment sandbox, without a socket: the API, the page, the controls, the notifications it owes."""

import base64
import hashlib
import json
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from local.sandbox.notifier import Notifier
from tests.at_sandbox import ORDER, Clock, Sandbox, fault, read


def test_a_new_payment_is_pending_and_has_a_page(sandbox: Sandbox) -> None:
    payment = read(sandbox.create())
    assert payment == {
        "id": payment["id"],
        "status": "pending",
        "paid": False,
        "amount": {"value": "2500.00", "currency": "RUB"},
        "confirmation": {
            "type": "redirect",
            "confirmation_url": f"http://127.0.0.1:4580/checkout/{payment['id']}",
        },
        "created_at": "2026-12-01T03:00:00.000Z",
        "description": "Онлайн-консультация",
        "metadata": {"booking_id": "b-1", "attempt": "1"},
        "recipient": {"account_id": "100500", "gateway_id": "1"},
        "refundable": False,
        "test": True,
    }
    assert len(payment["id"]) == 36
    assert sandbox.payment(payment["id"]) == payment


def test_a_payment_needs_neither_description_nor_metadata(sandbox: Sandbox) -> None:
    least = {name: ORDER[name] for name in ("amount", "capture", "confirmation")}
    payment = read(sandbox.create(least))
    assert "description" not in payment
    assert payment["metadata"] == {}


def test_the_same_key_and_request_is_answered_the_same(sandbox: Sandbox) -> None:
    first = read(sandbox.create(key="k"))
    sandbox.ask("POST", f"/sandbox/payments/{first['id']}/pay")
    assert read(sandbox.create(key="k")) == first
    assert len(read(sandbox.ask("GET", "/v3/payments"))["items"]) == 1


def test_the_same_key_with_another_request_is_refused(sandbox: Sandbox) -> None:
    sandbox.create(key="k")
    other = ORDER | {"amount": {"value": "1.00", "currency": "RUB"}}
    assert fault(sandbox.create(other, key="k")) == (400, "invalid_request", "Idempotence-Key")


def test_a_key_is_forgotten_after_a_day(sandbox: Sandbox, clock: Clock) -> None:
    first = read(sandbox.create(key="k"))
    clock.forward(hours=24, seconds=1)
    assert read(sandbox.create(key="k"))["id"] != first["id"]


def test_a_refused_request_does_not_use_up_its_key(sandbox: Sandbox) -> None:
    assert sandbox.create(ORDER | {"capture": False}, key="k").status == 400
    assert sandbox.create(key="k").status == 200


@pytest.mark.parametrize("key", ["", "k" * 65])
def test_a_payment_without_a_usable_key_is_refused(sandbox: Sandbox, key: str) -> None:
    refused = sandbox.ask("POST", "/v3/payments", ORDER, idempotence_key=key)
    assert fault(refused) == (400, "invalid_request", "Idempotence-Key")


@pytest.mark.parametrize(
    ("difference", "parameter"),
    [
        ({"amount": None}, "amount"),
        ({"amount": {"value": "2500", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": 2500.0, "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "0.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "1.00", "currency": "USD"}}, "amount.currency"),
        ({"capture": False}, "capture"),
        ({"confirmation": "redirect"}, "confirmation"),
        ({"confirmation": {"type": "embedded"}}, "confirmation.type"),
        ({"confirmation": {"type": "redirect"}}, "confirmation.return_url"),
        (
            {"confirmation": {"type": "redirect", "return_url": "javascript:alert(1)"}},
            "confirmation.return_url",
        ),
        ({"description": "о" * 129}, "description"),
        ({"description": 5}, "description"),
        ({"metadata": ["b-1"]}, "metadata"),
        ({"metadata": {str(n): "x" for n in range(17)}}, "metadata"),
        ({"metadata": {"k" * 33: "x"}}, "metadata"),
        ({"metadata": {"attempt": 1}}, "metadata.attempt"),
        ({"metadata": {"attempt": "x" * 513}}, "metadata.attempt"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_by_name(
    sandbox: Sandbox, difference: dict[str, Any], parameter: str
) -> None:
    assert fault(sandbox.create(ORDER | difference)) == (400, "invalid_request", parameter)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(sandbox: Sandbox, body: bytes) -> None:
    assert fault(sandbox.create(body)) == (400, "invalid_request", None)


def test_a_body_of_another_type_is_refused(sandbox: Sandbox) -> None:
    refused = sandbox.ask("POST", "/v3/payments", ORDER, content_type="text/plain", idempotence_key="k")
    assert fault(refused)[0] == 415


@pytest.mark.parametrize(
    "credentials",
    ["", "Basic", "Basic %%%", "Bearer x", "Basic " + base64.b64encode(b"100500:wrong").decode(), "Basic ы"],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v3/payments"), ("GET", "/v3/payments"), ("GET", "/v3/payments/0")]
)
def test_the_api_is_closed_to_strangers(sandbox: Sandbox, method: str, path: str, credentials: str) -> None:
    refused = sandbox.ask(method, path, ORDER, authorization=credentials, idempotence_key="k")
    assert fault(refused) == (401, "invalid_credentials", "Authorization")


def test_an_unknown_payment_is_not_found(sandbox: Sandbox) -> None:
    missing = "00000000-000f-5000-8000-000000000000"
    assert fault(sandbox.ask("GET", f"/v3/payments/{missing}")) == (404, "not_found", "payment_id")
    assert sandbox.ask("POST", f"/sandbox/payments/{missing}/pay").status == 404


def test_an_unknown_path_and_an_unknown_method_are_told_apart(sandbox: Sandbox) -> None:
    assert sandbox.ask("GET", "/v3/elsewhere").status == 404
    assert sandbox.ask("GET", f"/sandbox/payments/{sandbox.created()}/pay").status == 405


def test_payments_are_listed_newest_first_in_pages(sandbox: Sandbox) -> None:
    ids = [sandbox.created() for _ in range(5)]
    first = read(sandbox.ask("GET", "/v3/payments?limit=2"))
    second = read(sandbox.ask("GET", f"/v3/payments?limit=2&cursor={first['next_cursor']}"))
    third = read(sandbox.ask("GET", f"/v3/payments?limit=2&cursor={second['next_cursor']}"))
    assert [each["id"] for page in (first, second, third) for each in page["items"]] == ids[::-1]
    assert first["type"] == "list"
    assert "next_cursor" not in third


def test_payments_are_listed_by_creation_and_status(sandbox: Sandbox, clock: Clock) -> None:
    early = sandbox.created()
    clock.forward(minutes=1)
    exact = sandbox.created()
    clock.forward(minutes=1)
    late = sandbox.created()
    sandbox.ask("POST", f"/sandbox/payments/{late}/pay")

    def listed(query: str) -> list[str]:
        return [each["id"] for each in read(sandbox.ask("GET", f"/v3/payments?{query}"))["items"]]

    at = "2026-12-01T03:01:00.000Z"
    assert listed(f"created_at.gte={at}") == [late, exact]
    assert listed(f"created_at.gt={at}") == [late]
    assert listed(f"created_at.lte={at}") == [exact, early]
    assert listed(f"created_at.lt={at}") == [early]
    assert listed("status=succeeded") == [late]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("status=paid", "status"),
        ("created_at.gte=yesterday", "created_at.gte"),
        ("created_at.gte=2026-12-01T00:00:00", "created_at.gte"),
        ("page=2", "page"),
    ],
)
def test_a_list_asked_for_wrongly_is_refused_by_name(sandbox: Sandbox, query: str, parameter: str) -> None:
    assert fault(sandbox.ask("GET", f"/v3/payments?{query}")) == (400, "invalid_request", parameter)


def test_the_page_shows_the_amount_and_both_buttons(sandbox: Sandbox) -> None:
    shown = sandbox.ask("GET", f"/checkout/{sandbox.created()}", authorization="")
    html = shown.body.decode()
    assert shown.status == 200
    assert "Онлайн-консультация" in html
    assert "2\u00a0500,00\u00a0₽" in html
    assert ">Оплатить<" in html
    assert ">Отказаться<" in html
    assert 'lang="ru"' in html


def test_what_the_shop_wrote_is_shown_as_text(sandbox: Sandbox) -> None:
    payment = read(sandbox.create(ORDER | {"description": "<script>"}))
    html = sandbox.ask("GET", f"/checkout/{payment['id']}").body.decode()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_pressing_pay_takes_the_money_and_leads_back_to_the_clinic(sandbox: Sandbox, clock: Clock) -> None:
    payment_id = sandbox.created()
    clock.forward(seconds=5)
    pressed = sandbox.submit(f"/checkout/{payment_id}/pay", "webhook=once&delay=30")
    assert (pressed.status, pressed.headers["Location"]) == (303, "https://clinic.example/paid?b=1")
    payment = sandbox.payment(payment_id)
    assert (payment["status"], payment["paid"]) == ("succeeded", True)
    assert payment["captured_at"] == "2026-12-01T03:00:05.000Z"
    assert "confirmation" not in payment


def test_pressing_decline_takes_nothing(sandbox: Sandbox) -> None:
    payment_id = sandbox.created()
    assert sandbox.submit(f"/checkout/{payment_id}/decline").status == 303
    payment = sandbox.payment(payment_id)
    assert (payment["status"], payment["paid"]) == ("canceled", False)
    assert payment["cancellation_details"] == {"party": "payment_network", "reason": "general_decline"}
    assert read(sandbox.ask("GET", "/sandbox/taken"))["taken"] == 0


def test_pressing_twice_pays_once_and_shows_the_end(sandbox: Sandbox) -> None:
    payment_id = sandbox.created()
    sandbox.submit(f"/checkout/{payment_id}/pay")
    again = sandbox.submit(f"/checkout/{payment_id}/decline")
    assert again.headers["Location"] == f"/checkout/{payment_id}"
    html = sandbox.ask("GET", f"/checkout/{payment_id}").body.decode()
    assert "Оплата прошла" in html
    assert 'href="https://clinic.example/paid?b=1"' in html
    assert len(sandbox.bodies()) == 1


def test_a_canceled_payment_says_that_nothing_was_taken(sandbox: Sandbox) -> None:
    payment_id = sandbox.created()
    sandbox.submit(f"/checkout/{payment_id}/decline")
    assert "деньги не списаны" in sandbox.ask("GET", f"/checkout/{payment_id}").body.decode()


def test_the_page_of_an_unknown_payment_says_so(sandbox: Sandbox) -> None:
    shown = sandbox.ask("GET", "/checkout/00000000-000f-5000-8000-000000000000")
    assert shown.status == 404
    assert "Платёж не найден" in shown.body.decode()


def test_the_notification_of_a_payment_holds_the_payment(sandbox: Sandbox) -> None:
    payment_id = sandbox.created()
    sandbox.submit(f"/checkout/{payment_id}/pay")
    assert sandbox.bodies() == [
        {
            "type": "notification",
            "event": "payment.succeeded",
            "object": sandbox.payment(payment_id),
        }
    ]


@pytest.mark.parametrize(
    ("form", "at_once", "later"),
    [("webhook=twice", 2, 2), ("webhook=never", 0, 0), ("webhook=late&delay=30", 0, 1), ("", 1, 1)],
)
def test_the_notification_comes_as_chosen_on_the_page(
    sandbox: Sandbox, clock: Clock, form: str, at_once: int, later: int
) -> None:
    sandbox.submit(f"/checkout/{sandbox.created()}/pay", form)
    assert len(sandbox.bodies()) == at_once
    clock.forward(seconds=30)
    assert len(sandbox.bodies()) == later


@pytest.mark.parametrize(
    "form", ["webhook=soon", "webhook=late&delay=x", "webhook=late", "webhook=late&delay=86401"]
)
def test_a_choice_the_page_does_not_offer_is_refused_and_nothing_is_paid(sandbox: Sandbox, form: str) -> None:
    payment_id = sandbox.created()
    assert sandbox.submit(f"/checkout/{payment_id}/pay", form).status == 400
    assert sandbox.payment(payment_id)["status"] == "pending"


def test_a_tester_pays_and_declines_without_the_page(sandbox: Sandbox) -> None:
    paid, declined = sandbox.created(), sandbox.created()
    assert read(sandbox.ask("POST", f"/sandbox/payments/{paid}/pay"))["status"] == "succeeded"
    late = {"webhook": {"times": 0}}
    assert read(sandbox.ask("POST", f"/sandbox/payments/{declined}/decline", late))["status"] == "canceled"
    assert [body["event"] for body in sandbox.bodies()] == ["payment.succeeded"]


def test_a_tester_has_a_notification_sent_again(sandbox: Sandbox, clock: Clock) -> None:
    payment_id = sandbox.created()
    sandbox.ask("POST", f"/sandbox/payments/{payment_id}/pay", {"webhook": {"times": 0}})
    sandbox.ask(
        "POST", f"/sandbox/payments/{payment_id}/notify", {"webhook": {"times": 5, "delay_seconds": 2}}
    )
    assert sandbox.bodies() == []
    clock.forward(seconds=2)
    assert len(sandbox.bodies()) == 5


def test_a_pending_payment_has_nothing_to_notify_of(sandbox: Sandbox) -> None:
    assert sandbox.ask("POST", f"/sandbox/payments/{sandbox.created()}/notify").status == 400


def test_an_ended_payment_does_not_end_again(sandbox: Sandbox) -> None:
    payment_id = sandbox.created()
    sandbox.ask("POST", f"/sandbox/payments/{payment_id}/decline")
    assert fault(sandbox.ask("POST", f"/sandbox/payments/{payment_id}/pay"))[0] == 400
    assert sandbox.payment(payment_id)["status"] == "canceled"


@pytest.mark.parametrize(
    ("webhook", "parameter"),
    [
        ("twice", "webhook"),
        ({"count": 2}, "webhook"),
        ({"times": -1}, "webhook.times"),
        ({"times": 21}, "webhook.times"),
        ({"times": True}, "webhook.times"),
        ({"delay_seconds": "1"}, "webhook.delay_seconds"),
    ],
)
def test_a_control_that_makes_no_sense_is_refused_and_nothing_is_paid(
    sandbox: Sandbox, webhook: Any, parameter: str
) -> None:
    payment_id = sandbox.created()
    refused = sandbox.ask("POST", f"/sandbox/payments/{payment_id}/pay", {"webhook": webhook})
    assert fault(refused) == (400, "invalid_request", parameter)
    assert sandbox.payment(payment_id)["status"] == "pending"


def test_what_was_taken_is_the_sum_of_what_succeeded(sandbox: Sandbox) -> None:
    for _ in range(2):
        sandbox.ask("POST", f"/sandbox/payments/{sandbox.created()}/pay")
    sandbox.created()
    taken = read(sandbox.ask("GET", "/sandbox/taken", authorization=""))
    assert taken == {"taken": 500_000, "payments": 2, "currency": "RUB"}


def test_what_is_owed_are_the_notifications_not_delivered_yet(sandbox: Sandbox, clock: Clock) -> None:
    assert read(sandbox.ask("GET", "/sandbox/owed")) == {"owed": 0}
    sandbox.submit(f"/checkout/{sandbox.created()}/pay", "webhook=twice")
    sandbox.submit(f"/checkout/{sandbox.created()}/pay", "webhook=late&delay=60")
    assert read(sandbox.ask("GET", "/sandbox/owed")) == {"owed": 3}
    sandbox.shop.delivered(sandbox.shop.due_notifications()[0])
    assert read(sandbox.ask("GET", "/sandbox/owed")) == {"owed": 2}
    clock.forward(hours=25)
    assert read(sandbox.ask("GET", "/sandbox/owed")) == {"owed": 0}


def test_it_says_when_it_is_up(sandbox: Sandbox) -> None:
    assert read(sandbox.ask("GET", "/sandbox/health")) == {"shop_id": "100500"}


def test_a_payment_nobody_makes_is_canceled_after_an_hour(sandbox: Sandbox, clock: Clock) -> None:
    payment_id = sandbox.created()
    clock.forward(minutes=59)
    sandbox.shop.expire_pending()
    assert sandbox.payment(payment_id)["status"] == "pending"
    clock.forward(minutes=2)
    sandbox.shop.expire_pending()
    assert sandbox.payment(payment_id)["cancellation_details"]["reason"] == "expired_on_confirmation"
    assert [body["event"] for body in sandbox.bodies()] == ["payment.canceled"]


def test_a_delivered_notification_is_not_sent_again(sandbox: Sandbox, clock: Clock) -> None:
    sandbox.ask("POST", f"/sandbox/payments/{sandbox.created()}/pay")
    (owed,) = sandbox.shop.due_notifications()
    Notifier(sandbox.shop, lambda _body: 200).deliver(owed)
    clock.forward(hours=1)
    assert sandbox.bodies() == []


def nobody_answers(_body: str) -> int:
    raise ConnectionRefusedError


def no_success(_body: str) -> int:
    return 202


@pytest.mark.parametrize("send", [nobody_answers, no_success])
def test_a_notification_not_answered_with_200_is_sent_again_with_growing_pauses_for_a_day(
    sandbox: Sandbox, clock: Clock, send: Any
) -> None:
    sandbox.ask("POST", f"/sandbox/payments/{sandbox.created()}/pay")
    started, sent = clock.moment, []
    while clock.moment < started + timedelta(days=2):
        for owed in sandbox.shop.due_notifications():
            Notifier(sandbox.shop, send).deliver(owed)
            sent.append((clock.moment - started).total_seconds())
        clock.forward(seconds=1 if not sent or sent[-1] < 60 else 60)
    assert sent[:6] == [0, 1, 3, 7, 15, 31]
    assert 86_000 < sent[-1] < 86_400
    assert 280 < len(sent) < 320


def test_every_due_notification_is_sent_once_until_stopped(sandbox: Sandbox) -> None:
    payment_ids = [sandbox.created() for _ in range(20)]
    for payment_id in payment_ids:
        sandbox.ask("POST", f"/sandbox/payments/{payment_id}/pay")
    sent: Queue[str] = Queue()

    def take(body: str) -> int:
        sent.put(json.loads(body)["object"]["id"])
        return 200

    notifier = Notifier(sandbox.shop, take)
    running = threading.Thread(target=notifier.run)
    running.start()
    assert sorted(sent.get(timeout=10) for _ in payment_ids) == sorted(payment_ids)
    while sandbox.bodies():
        running.join(timeout=0.01)
    notifier.stop()
    running.join(timeout=10)
    assert sent.empty()


def test_a_notification_on_its_way_is_not_sent_beside_itself(sandbox: Sandbox) -> None:
    sandbox.ask("POST", f"/sandbox/payments/{sandbox.created()}/pay")
    sent: Queue[str] = Queue()
    answered = threading.Event()

    def take_slowly(body: str) -> int:
        sent.put(body)
        answered.wait(timeout=10)
        return 200

    notifier = Notifier(sandbox.shop, take_slowly)
    notifier.send_due()
    sent.get(timeout=10)
    notifier.send_due()
    notifier.send_due()
    answered.set()
    while sandbox.bodies():
        answered.wait()
    assert sent.empty()


def test_payments_keys_and_owed_notifications_survive_a_restart(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "payments.sqlite3"
    before = Sandbox(file, clock)
    first = read(before.create(key="k"))
    before.ask("POST", f"/sandbox/payments/{first['id']}/pay")
    owed = before.bodies()
    before.shop.close()

    after = Sandbox(file, clock)
    assert after.payment(first["id"])["status"] == "succeeded"
    assert read(after.create(key="k")) == first
    assert after.bodies() == owed
    assert read(after.ask("GET", "/sandbox/taken"))["taken"] == 250_000
    after.shop.close()


def test_a_crash_between_payment_and_key_leaves_neither(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash_at_the_key(content: Any) -> str:
        if read(sandbox.ask("GET", "/v3/payments"))["items"]:
            raise SystemExit
        return json.dumps(content)

    with monkeypatch.context() as broken:
        broken.setattr("local.sandbox.state.write", crash_at_the_key)
        with pytest.raises(SystemExit):
            sandbox.create(key="k")
    assert read(sandbox.ask("GET", "/v3/payments"))["items"] == []
    assert sandbox.create(key="k").status == 200


@pytest.mark.parametrize("amount", [200_000, 300_000])
def test_another_amount_may_be_paid_than_was_asked_for(sandbox: Sandbox, amount: int) -> None:
    payment_id = sandbox.created()
    read(sandbox.ask("POST", f"/sandbox/payments/{payment_id}/pay", {"amount": amount}))
    assert sandbox.payment(payment_id)["amount"]["value"] == f"{amount // 100}.00"
    assert sandbox.shop.taken() == (amount, 1)


@pytest.mark.parametrize(
    ("written", "value"),
    [("", "2500.00"), ("2000", "2000.00"), ("2 000,5", "2000.50"), ("3000.05", "3000.05")],
)
def test_another_amount_is_written_on_the_page(sandbox: Sandbox, written: str, value: str) -> None:
    payment_id = sandbox.created()
    assert sandbox.submit(f"/checkout/{payment_id}/pay", f"webhook=once&amount={written}").status == 303
    assert sandbox.payment(payment_id)["amount"]["value"] == value


@pytest.mark.parametrize("written", ["0", "-1", "x", "1.001", "1.x"])
def test_an_amount_that_makes_no_sense_is_refused_and_nothing_is_paid(sandbox: Sandbox, written: str) -> None:
    payment_id = sandbox.created()
    assert sandbox.submit(f"/checkout/{payment_id}/pay", f"amount={written}").status == 400
    body = {"amount": written}
    assert fault(sandbox.ask("POST", f"/sandbox/payments/{payment_id}/pay", body))[2] == "amount"
    assert sandbox.payment(payment_id)["status"] == "pending"


def deliver_due(sandbox: Sandbox) -> list[str]:
    due = sandbox.shop.due_notifications()
    for each in due:
        sandbox.shop.delivered(each)
    return [json.loads(each.body)["object"]["id"] for each in due]


def test_a_notification_out_of_order_comes_after_a_newer_one_of_its_booking(sandbox: Sandbox) -> None:
    first, second, other = sandbox.created(), sandbox.created(), sandbox.paid(metadata={"booking_id": "b-2"})
    out_of_order = {"webhook": {"out_of_order": True}}
    sandbox.ask("POST", f"/sandbox/payments/{first}/decline", out_of_order)
    sandbox.shop.notify(other)
    assert deliver_due(sandbox) == [other]
    assert deliver_due(sandbox) == []
    sandbox.ask("POST", f"/sandbox/payments/{second}/pay")
    assert deliver_due(sandbox) == [second]
    assert deliver_due(sandbox) == [first]
    assert sandbox.shop.owed() == 0


def test_a_payment_s_notification_out_of_order_comes_after_its_refund_s(sandbox: Sandbox) -> None:
    payment_id = sandbox.created()
    sandbox.submit(f"/checkout/{payment_id}/pay", "webhook=out_of_order")
    refund_id = read(sandbox.refund(payment_id))["id"]
    assert deliver_due(sandbox) == [refund_id]
    assert deliver_due(sandbox) == [payment_id]


def test_what_is_older_does_not_bring_a_notification_out_of_order(sandbox: Sandbox) -> None:
    first, second = sandbox.created(), sandbox.created()
    sandbox.ask("POST", f"/sandbox/payments/{first}/decline")
    sandbox.ask("POST", f"/sandbox/payments/{second}/pay", {"webhook": {"out_of_order": True}})
    assert deliver_due(sandbox) == [first]
    assert deliver_due(sandbox) == []


def test_a_notification_out_of_order_that_nothing_follows_comes_after_an_hour(
    sandbox: Sandbox, clock: Clock
) -> None:
    sandbox.submit(f"/checkout/{sandbox.created()}/pay", "webhook=out_of_order")
    clock.forward(minutes=59)
    assert sandbox.bodies() == []
    clock.forward(minutes=1)
    assert len(sandbox.bodies()) == 1


BEFORE = """
CREATE TABLE payments (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, status TEXT, amount INTEGER,
    created_at REAL, return_url TEXT, payment TEXT);
CREATE TABLE answers (key TEXT PRIMARY KEY, request TEXT, answer TEXT, at REAL);
CREATE TABLE notifications (
    number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, since REAL, due REAL, tries INTEGER DEFAULT 0);
"""


def test_a_file_of_the_version_before_opens_with_its_keys_and_its_notifications(
    tmp_path: Path, clock: Clock
) -> None:
    now, file = clock.moment.timestamp(), tmp_path / "before.sqlite3"
    request = hashlib.sha256(json.dumps(ORDER, sort_keys=True).encode()).hexdigest()
    with closing(sqlite3.connect(file)) as before, before:
        before.executescript(BEFORE)
        before.execute("INSERT INTO answers VALUES ('k', ?, '{\"id\": \"first\"}', ?)", (request, now))
        before.execute("INSERT INTO notifications (body, since, due) VALUES ('{}', ?, ?)", (now, now))
    for _ in range(2):  # and once more: what was added is there now
        opened = Sandbox(file, clock)
        assert read(opened.create(key="k")) == {"id": "first"}
        assert opened.bodies() == [{}]
        opened.shop.close()
    opened = Sandbox(file, clock)
    opened.shop.undelivered(opened.shop.due_notifications()[0])
    clock.forward(minutes=1)
    opened.shop.delivered(opened.shop.due_notifications()[0])
    assert opened.shop.owed() == 0
    assert read(opened.refund(opened.paid()))["status"] == "succeeded"
    opened.shop.close()
