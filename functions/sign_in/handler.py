"""The triggers of Cognito: a code by SMS proves the phone. Cognito keeps the session and makes the token."""

import secrets
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.notices.senders import send_sms
from teleconsult.platform import clock
from teleconsult.platform.observability import logger
from teleconsult.sign_in import rules
from teleconsult.sign_in.rules import Code

Event = dict[str, Any]

_CHALLENGE = "CUSTOM_CHALLENGE"


@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Event:
    trigger = event["triggerSource"].partition("_")[0]
    answer = {
        "PreSignUp": _admit,
        "DefineAuthChallenge": _decide,
        "CreateAuthChallenge": _send_code,
        "VerifyAuthChallengeResponse": _check_code,
    }[trigger]
    event["response"].update(answer(event["request"]))
    return event


def _admit(request: Event) -> Event:
    """Anybody may have an account; nothing opens it but a code sent to its phone."""
    return {"autoConfirmUser": True, "autoVerifyPhone": True}


def _decide(request: Event) -> Event:
    """Ask for the code until it was right, or wrong too often. No other proof counts."""
    answers = [each["challengeResult"] for each in _rounds(request)]
    if rules.proved(answers):
        return {"issueTokens": True, "failAuthentication": False}
    if not rules.may_try_again(answers):
        return {"issueTokens": False, "failAuthentication": True}
    return {"challengeName": _CHALLENGE, "issueTokens": False, "failAuthentication": False}


def _send_code(request: Event) -> Event:
    """Send a new code; after a wrong answer the one that was sent still counts."""
    rounds = _rounds(request)
    if rounds:
        code = Code.parse(rounds[-1]["challengeMetadata"])
    else:
        code = Code.new(secrets.randbelow(10**rules.DIGITS), clock.now())
        # To whoever has no account nothing is sent, and they are asked for a code all the same.
        if not request.get("userNotFound"):
            send_sms(request["userAttributes"]["phone_number"], rules.message(code))
    return {
        "publicChallengeParameters": {"sent_by": "sms"},
        "privateChallengeParameters": {"code": str(code)},
        "challengeMetadata": str(code),
    }


def _check_code(request: Event) -> Event:
    code = Code.parse(request["privateChallengeParameters"]["code"])
    return {"answerCorrect": code.opens(request["challengeAnswer"], clock.now())}


def _rounds(request: Event) -> list[Event]:
    return [each for each in request["session"] if each["challengeName"] == _CHALLENGE]
