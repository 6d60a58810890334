"""Signing in by a code (§5 of the design): the conversation that Cognito holds with its triggers."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from functions.sign_in.handler import handler
from teleconsult.notices.undelivered import TryLater
from teleconsult.platform import aws, clock
from teleconsult.sign_in.rules import Code
from tests.unit.api.calls import Context

PHONE = "+79130001122"
NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    aws.client.cache_clear()
    with mock_aws():
        yield
    aws.client.cache_clear()


def received() -> list[str]:
    messages = sns_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sms_messages
    return [text for number, text in messages.values() if number == PHONE]


class Conversation:
    """What Cognito does between `InitiateAuth` and the tokens."""

    def __init__(self, *, known: bool = True) -> None:
        self.session: list[dict[str, Any]] = []
        self._known = known
        self._secret: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self._advance()

    def answer(self, typed: str) -> None:
        request = {"privateChallengeParameters": self._secret, "challengeAnswer": typed}
        correct = self._ask("VerifyAuthChallengeResponse", request)["answerCorrect"]
        self.session[-1]["challengeResult"] = correct
        self._advance()

    def _advance(self) -> None:
        self.state = self._ask("DefineAuthChallenge", {"session": self.session})
        if self.state.get("challengeName"):
            made = self._ask("CreateAuthChallenge", {"session": self.session})
            self._secret, self.shown = made["privateChallengeParameters"], made["publicChallengeParameters"]
            self.session.append(
                {
                    "challengeName": "CUSTOM_CHALLENGE",
                    "challengeResult": None,
                    "challengeMetadata": made["challengeMetadata"],
                }
            )

    def _ask(self, trigger: str, request: dict[str, Any]) -> dict[str, Any]:
        request = {
            "userAttributes": {"phone_number": PHONE} if self._known else {},
            "userNotFound": not self._known,
            **request,
        }
        event = {"triggerSource": f"{trigger}_Authentication", "request": request, "response": {}}
        answer: dict[str, Any] = handler(event, Context())["response"]
        return answer


def code_of(text: str) -> str:
    return text.removeprefix("Код входа: ").removesuffix(". Никому его не сообщайте.")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_from_the_sms_signs_in() -> None:
    talk = Conversation()
    (text,) = received()
    assert len(code_of(text)) == 6
    assert len(text) <= 70
    talk.answer(code_of(text))
    assert talk.state == {"issueTokens": True, "failAuthentication": False}


def test_a_code_is_taken_as_people_type_it() -> None:
    talk = Conversation()
    code = code_of(received()[0])
    talk.answer(f" {code[:3]} {code[3:]}")
    assert talk.state["issueTokens"]


def test_after_a_wrong_code_the_one_that_was_sent_still_counts() -> None:
    talk = Conversation()
    code = code_of(received()[0])
    talk.answer(wrong(code))
    assert not talk.state["issueTokens"]
    assert received() == [f"Код входа: {code}. Никому его не сообщайте."]
    talk.answer(code)
    assert talk.state["issueTokens"]


@pytest.mark.parametrize("answer", ["", "000", "ключ", "0" * 1000])
def test_three_wrong_answers_end_it(answer: str) -> None:
    talk = Conversation()
    for _ in range(3):
        talk.answer(answer)
    assert talk.state == {"issueTokens": False, "failAuthentication": True}


def test_a_code_counts_for_ten_minutes() -> None:
    code = Code.new(7, NOW)
    assert code.opens("000007", NOW + timedelta(minutes=10, seconds=-1))
    assert not code.opens("000007", NOW + timedelta(minutes=10))


def test_who_has_no_account_is_asked_all_the_same_and_nothing_is_sent() -> None:
    stranger, known = Conversation(known=False), Conversation()
    assert len(received()) == 1
    assert stranger.state == known.state
    assert stranger.shown == known.shown


def test_proofs_of_another_kind_do_not_count() -> None:
    event = {
        "triggerSource": "DefineAuthChallenge_Authentication",
        "request": {"session": [{"challengeName": "PASSWORD_VERIFIER", "challengeResult": True}]},
        "response": {},
    }
    assert handler(event, Context())["response"]["issueTokens"] is False


def test_anybody_may_have_an_account() -> None:
    event = {"triggerSource": "PreSignUp_SignUp", "request": {}, "response": {"autoConfirmUser": False}}
    assert handler(event, Context())["response"] == {"autoConfirmUser": True, "autoVerifyPhone": True}


def test_no_code_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    talk = Conversation()
    code = code_of(received()[0])
    talk.answer(code)
    assert code not in str([vars(record) for record in caplog.records])
    assert code not in repr(Code.new(int(code), NOW))


def test_a_code_that_cannot_be_sent_fails_the_sign_in_without_a_word_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def publish(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "Throttling", "Message": PHONE}}, "Publish")

    monkeypatch.setattr(aws.client("sns"), "publish", publish)
    with pytest.raises(TryLater, match=r"\AThrottling\Z"):
        Conversation()
