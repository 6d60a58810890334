"""Why a message did not go out. Nothing of the message, its address or the provider's words is kept."""


class Undelivered(Exception):
    """What a provider's answer comes to. `code`: its own code, or ours for what is no answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NeverTaken(Undelivered):
    """The number or address takes no message, however often it is sent."""


class TryLater(Undelivered):
    """It did not go out, or nobody knows whether it did: send it again later."""
