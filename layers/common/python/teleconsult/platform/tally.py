"""What a sweep did, thing by thing: a bad one never blocks the rest."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from teleconsult.platform.observability import logger


@dataclass(slots=True)
class Tally:
    """Of one sweep, in whatever it looks at: what was found, changed, failed, and left for want of time."""

    found: int = 0
    done: int = 0
    failed: int = 0
    left: int = 0

    def one(self, act: Callable[[], bool], has_time: Callable[[], bool], **which: str) -> bool:
        """Carry on with one thing, if there is time; `act` says whether it changed anything.

        False: it failed.
        """
        self.found += 1
        if not has_time():
            self.left += 1
            return True
        try:
            self.done += act()
        except Exception as error:
            self.failed += 1
            # The text of an unforeseen error may repeat what is personal: its kind and place must do.
            fault = {"error": type(error).__qualname__, "trace": traceback.format_tb(error.__traceback__)}
            logger.error("the sweep could not carry on", extra={**which, **fault})
            return False
        return True
