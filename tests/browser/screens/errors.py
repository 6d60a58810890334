"""What people see where there is nothing."""

from tests.browser.screens import Stage, screen


@screen("404")
def unknown_address(stage: Stage) -> None:
    stage.open("/net-takoy-stranicy")
