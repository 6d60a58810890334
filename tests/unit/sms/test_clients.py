"""SMSC.ru and SMS Aero: what is sent, what becomes of each answer, and that none of it is told on."""

import json
import traceback
from pathlib import Path
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from local.sandbox.messages import Request, Response, answer
from local.sms.gateway import Gateway, Taken
from teleconsult.notices import gateway as sms_gateway
from teleconsult.notices.smsaero import SmsAero
from teleconsult.notices.smsc import Smsc
from teleconsult.notices.undelivered import NeverTaken, TryLater, Undelivered
from teleconsult.platform import ids
from tests.to_gateway import ToGateway

PHONE, TEXT = "+79130001122", "Ссылка на оплату: https://lk.example.ru/b-1 & ещё"
LOGIN, PASSWORD = "sms@klinika.example.ru", "p&ss=wörd"
NOW = 1_800_000_000.0
PRIVATE = (PHONE, PHONE[1:], "lk.example.ru", LOGIN, PASSWORD, "their own words")


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path / "sms.jsonl", LOGIN, PASSWORD, now=lambda: NOW)


class Answering(ToGateway):
    """A provider that answers this, whatever it is asked."""

    def __init__(self, *answers: Response) -> None:
        super().__init__(Gateway(Path("/nowhere"), "", ""))
        self._answers = list(answers)

    def answer(self, request: Request) -> Response:
        return self._answers.pop(0)


def smsc(to: Gateway | ToGateway, password: str = PASSWORD) -> Smsc:
    transport = ToGateway(to) if isinstance(to, Gateway) else to
    return Smsc("https://smsc.ru", "Klinika", LOGIN, password, transport=transport)


def sms_aero(to: Gateway | ToGateway, api_key: str = PASSWORD) -> SmsAero:
    transport = ToGateway(to) if isinstance(to, Gateway) else to
    return SmsAero("https://gate.smsaero.ru", "Klinika", LOGIN, api_key, transport=transport)


BOTH = pytest.mark.parametrize("client", [smsc, sms_aero])


def failed(client: Smsc | SmsAero, phone: str = PHONE, *, repeat: bool = False) -> Undelivered:
    """How it failed; nothing private is in that."""
    with pytest.raises(Undelivered) as caught:
        client.send(phone, TEXT, 77, repeat=repeat)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert [each for each in PRIVATE if each in told] == []
    return caught.value


@BOTH
def test_a_message_is_taken_with_its_number_text_and_sender(client: Any, gateway: Gateway) -> None:
    client(gateway).send(PHONE, TEXT, 1, repeat=False)
    assert gateway.taken == [Taken(PHONE, TEXT, 1, "Klinika", NOW)]


def test_smsc_is_given_the_messages_own_id(gateway: Gateway) -> None:
    smsc(gateway).send(PHONE, TEXT, 2**31 - 1, repeat=False)
    assert gateway.taken[0].message_id == 2**31 - 1


def test_without_an_id_smsc_gives_one(gateway: Gateway) -> None:
    smsc(gateway).send(PHONE, TEXT, None, repeat=False)
    assert [each.text for each in gateway.taken] == [TEXT]


def test_each_provider_is_asked_at_its_address(gateway: Gateway) -> None:
    to = ToGateway(gateway)
    smsc(to).send(PHONE, TEXT, 1, repeat=True)
    sms_aero(to).send(PHONE, TEXT, 1, repeat=True)
    assert to.asked == [
        "https://smsc.ru/sys/status.php",
        "https://smsc.ru/sys/send.php",
        "https://gate.smsaero.ru/v2/sms/send",
    ]


@BOTH
def test_a_request_is_made_once_in_3_and_8_seconds_and_follows_nobody_elsewhere(
    client: Any, gateway: Gateway
) -> None:
    to = ToGateway(gateway)
    client(to).send(PHONE, TEXT, 1, repeat=False)
    timeout = to.how["timeout"]
    assert (timeout.connect_timeout, timeout.read_timeout) == (3, 8)
    assert (to.how["retries"], to.how["redirect"]) == (False, False)


def test_certificates_are_looked_at_and_no_connection_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pools: list[urllib3.PoolManager] = []

    class Pool(urllib3.PoolManager):
        def request(self, *_: Any, **__: Any) -> Any:
            pools.append(self)
            self.connection_from_url("https://gateway.example.org")
            assert len(self.pools) == 1

    monkeypatch.setattr(urllib3, "PoolManager", Pool)
    for _ in range(2):
        sms_gateway.transport().request("POST", "https://gateway.example.org", body=b"", headers={})
    first, second = pools
    assert first is not second
    assert [len(each.pools) for each in pools] == [0, 0]
    assert {each.connection_pool_kw["cert_reqs"] for each in pools} == {"CERT_REQUIRED"}


@pytest.mark.parametrize("code", range(1, 10))
@pytest.mark.parametrize("written", [int, str])
def test_smscs_errors_about_the_number_end_the_message_and_all_others_have_it_tried_later(
    code: int, written: Any
) -> None:
    said = answer({"error": f"their own words on {PHONE}", "error_code": written(code), "id": 77})
    error = failed(smsc(Answering(said, answer({"status": -3}))))
    assert isinstance(error, NeverTaken if code in (7, 8) else TryLater)
    assert error.code == f"smsc_{code}"


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        (answer({"success": False, "message": "their own words"}), TryLater, "smsaero_200"),
        (answer({"success": False, "result": "no credits"}, 402), TryLater, "smsaero_no_credits"),
        (answer({"result": "reject", "reason": "their own words"}), TryLater, "smsaero_rejected"),
        (answer({"success": True, "data": {"id": 1, "status": 6}}), TryLater, "smsaero_rejected"),
        (
            answer({"success": False, "data": {"number": ["their own words"]}}, 400),
            NeverTaken,
            "smsaero_number",
        ),
        (answer({"success": False, "data": {"sign": ["no"]}}, 400), TryLater, "smsaero_400"),
        (
            answer({"success": False, "data": {"sign": ["no"], "number": ["no"]}}, 400),
            TryLater,
            "smsaero_400",
        ),
        (answer({"success": False, "message": "their own words"}, 401), TryLater, "smsaero_credentials"),
        (answer({"success": "true", "data": {}}), TryLater, "smsaero_200"),
    ],
)
def test_of_sms_aeros_errors_only_a_wrong_number_ends_the_message(
    said: Response, kind: type[Undelivered], code: str
) -> None:
    error = failed(sms_aero(Answering(said)))
    assert (type(error), error.code) == (kind, code)


@BOTH
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Response(500, f"their own words on {PHONE}".encode()), "http_500"),
        (Response(302, b"", {"Location": "https://elsewhere.example"}), "http_302"),
        (Response(200, b""), "http_200"),
        (Response(200, b"[1]"), "http_200"),
        (Response(502, b"\xff\xfe"), "http_502"),
    ],
)
def test_what_is_no_answer_of_the_provider_has_it_tried_later(client: Any, said: Response, code: str) -> None:
    error = failed(client(Answering(said)))
    assert (type(error), error.code) == (TryLater, code)


@pytest.mark.parametrize("said", [{}, {"error": "their own words"}, {"status": 1}, {"error_code": "words"}])
def test_an_answer_that_is_not_smscs_is_no_success(said: Any) -> None:
    assert isinstance(failed(smsc(Answering(answer(said)))), TryLater)


@BOTH
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("down", TryLater),
        ("hang", TryLater),
        ("lost", TryLater),
        ("no_money", TryLater),
        ("refuse", NeverTaken),
    ],
)
def test_a_provider_in_trouble_has_it_tried_later_and_a_refused_number_ends_it(
    client: Any, fault: str, kind: type[Undelivered], gateway: Gateway
) -> None:
    gateway.want(fault)
    assert type(failed(client(gateway))) is kind


@BOTH
def test_a_wrong_password_is_a_matter_for_later(client: Any, gateway: Gateway) -> None:
    assert isinstance(failed(client(gateway, "old")), TryLater)
    assert gateway.taken == []


@BOTH
def test_without_credentials_nobody_is_asked(client: Any, gateway: Gateway) -> None:
    to = ToGateway(gateway)
    assert failed(client(to, "")).code == "no_credentials"
    assert to.asked == []


@BOTH
def test_what_is_no_number_is_never_taken(client: Any, gateway: Gateway) -> None:
    assert isinstance(failed(client(gateway), phone="+7913"), NeverTaken)


def test_smsc_sends_what_it_took_without_answering_only_once(gateway: Gateway) -> None:
    gateway.want("lost")
    failed(smsc(gateway))
    smsc(gateway).send(PHONE, TEXT, 77, repeat=True)
    assert len(gateway.taken) == 1


def test_smsc_sends_a_repeat_that_it_never_heard_of(gateway: Gateway) -> None:
    gateway.want("down")
    failed(smsc(gateway))
    smsc(gateway).send(PHONE, TEXT, 77, repeat=True)
    assert len(gateway.taken) == 1


@pytest.mark.parametrize("status", [20, 22, 23, 24, 25, -3, -2])
def test_smsc_sends_a_repeat_of_what_it_could_not_send(status: int) -> None:
    to = Answering(answer({"status": status}), answer({"id": 77, "cnt": 1}))
    smsc(to).send(PHONE, TEXT, 77, repeat=True)
    assert to.asked[-1].endswith("send.php")


def test_a_repeat_waits_while_smsc_does_not_say_whether_it_has_the_message() -> None:
    to = Answering(answer({"error": "their own words", "error_code": 9}))
    assert failed(smsc(to), repeat=True).code == "smsc_9"
    assert len(to.asked) == 1


def test_the_same_within_a_minute_is_taken_if_smsc_has_it(gateway: Gateway) -> None:
    for _ in range(2):
        smsc(gateway).send(PHONE, TEXT, 77, repeat=False)
    assert len(gateway.taken) == 1


def test_too_many_at_once_at_smsc_is_a_matter_for_later() -> None:
    too_many = answer({"error": "their own words", "error_code": 9})
    assert failed(smsc(Answering(too_many, answer({"status": -3})))).code == "smsc_9"


def test_what_the_gateway_took_it_still_has_when_it_starts_again(tmp_path: Path, gateway: Gateway) -> None:
    smsc(gateway).send(PHONE, TEXT, 77, repeat=False)
    again = Gateway(tmp_path / "sms.jsonl", LOGIN, PASSWORD)
    smsc(again).send(PHONE, TEXT, 77, repeat=True)
    assert [each.message_id for each in again.taken] == [77]
    assert len(json.loads(again.handle(Request("GET", "/messages")).body)["messages"]) == 1


@given(st.text(), st.text(), st.sampled_from(["patient_sms", "doctor_sms"]))
def test_a_messages_number_is_smscs_and_always_the_same(booking: str, notice: str, delivery: str) -> None:
    number = ids.message_id(b"pepper", booking, notice, delivery)
    assert 1 <= number <= 2**31 - 1
    assert number == ids.message_id(b"pepper", booking, notice, delivery)
    assert number != ids.message_id(b"pepper", booking + "1", notice, delivery)
