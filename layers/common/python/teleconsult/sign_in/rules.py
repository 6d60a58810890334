"""The code that proves a phone: how it is made, how long it lives, how often it may be guessed. Pure."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from teleconsult.platform import clock

DIGITS = 6
LIFETIME = timedelta(minutes=10)
TRIES = 3


@dataclass(frozen=True, slots=True)
class Code:
    """The digits sent, and until when they count."""

    digits: str
    expires_at: datetime

    @classmethod
    def new(cls, number: int, now: datetime) -> "Code":
        """`number`: a secret random one below 10 to the power of `DIGITS`."""
        return cls(f"{number:0{DIGITS}}", now + LIFETIME)

    @classmethod
    def parse(cls, text: str) -> "Code":
        digits, _, expires_at = text.partition(" ")
        return cls(digits, clock.parse(expires_at))

    def __str__(self) -> str:
        return f"{self.digits} {clock.iso(self.expires_at)}"

    def __repr__(self) -> str:
        return "Code(…)"  # whatever is logged, the digits are not

    def opens(self, answer: str, now: datetime) -> bool:
        """Whether the answer is the code, in time. Takes as long whichever digit is wrong."""
        typed = "".join(answer.split())
        return hmac.compare_digest(self.digits.encode(), typed.encode()) and now < self.expires_at


def proved(answers: Sequence[bool]) -> bool:
    """Whether the last answer of a sign-in was right."""
    return bool(answers) and answers[-1]


def may_try_again(answers: Sequence[bool]) -> bool:
    return len(answers) < TRIES


def message(code: Code) -> str:
    """What the SMS says."""
    return f"Код входа: {code.digits}. Никому его не сообщайте."
