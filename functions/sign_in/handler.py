"""The triggers of the patients' pool: a ticket of `functions/sessions` lets an account in, nothing else does.

Cognito keeps accounts and makes tokens; who proves to have the phone is judged before it is asked.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.platform import clock, ids, settings
from teleconsult.platform.observability import logger

Event = dict[str, Any]

_CHALLENGE = "CUSTOM_CHALLENGE"


@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Event:
    trigger = event["triggerSource"].partition("_")[0]
    answer = {
        "DefineAuthChallenge": _decide,
        "CreateAuthChallenge": _ask,
        "VerifyAuthChallengeResponse": _look_at_ticket,
    }[trigger]
    event["response"].update(answer(event))
    return event


def _decide(event: Event) -> Event:
    """Ask for the ticket, once. No other proof counts."""
    match event["request"]["session"]:
        case []:
            return {"challengeName": _CHALLENGE, "issueTokens": False, "failAuthentication": False}
        case [{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True}]:
            return {"issueTokens": True, "failAuthentication": False}
    return {"issueTokens": False, "failAuthentication": True}


def _ask(event: Event) -> Event:
    return {
        "publicChallengeParameters": {"wanted": "ticket"},
        "privateChallengeParameters": {"wanted": "ticket"},
        "challengeMetadata": "TICKET",
    }


def _look_at_ticket(event: Event) -> Event:
    shown, now = event["request"]["challengeAnswer"], clock.iso(clock.now())
    return {"answerCorrect": ids.is_ticket(settings.ticket_key(), event["userName"], shown, now)}
