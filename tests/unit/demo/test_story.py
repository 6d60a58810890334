"""The stories' files, the telephones of their people, and what is told of how they ended."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from local.demo import report
from local.demo.patience import Stopped
from local.demo.story import Ending, Off, Phones, Story, agree, e164, load, money, tell
from teleconsult.people.form import check_people

DAY = date(2026, 12, 1)
STORY = Story(3, "История", "COMPLETED", {})


def people_of(form: Mapping[str, Any], holder: Mapping[str, Any]) -> Any:
    return check_people(
        {**holder, "phone": Phones().dial(holder["phone"])},
        form["patient"],
        channel=form["channel"],
        comments=form["comments"],
        time_zone=form["time_zone"],
        today=DAY,
        consultation_day=DAY,
    )


def test_there_are_nine_stories_in_their_order() -> None:
    assert [story.number for story in load()] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    "story", [story for story in load() if "form" in story.given], ids=lambda story: story.number
)
def test_the_people_of_every_story_fill_in_the_form_rightly(story: Story) -> None:
    form = story.given["form"]
    holders = story.given.get("holders") or [form.get("holder") or load()[1].given["form"]["holder"]]
    assert all(people_of(form, holder).holder.phone.startswith("+7913") for holder in holders)


def test_twenty_people_come_for_one_slot() -> None:
    holders = load()[5].given["holders"]
    assert len({(each["family_name"], each["email"]) for each in holders}) == 20


def test_telephones_are_fresh_and_written_as_people_write_them() -> None:
    phones = Phones(first=5550101)
    assert phones.dial("8 (913) ###-##-##") == "8 (913) 555-01-01"
    assert phones.dial("913 ### ## ##") == "913 555 01 02"


@pytest.mark.parametrize("written", ["8 (913) 555-01-01", "+7 913 555-01-01", "913 555 01 01"])
def test_any_spelling_is_the_same_number(written: str) -> None:
    assert e164(written) == "+79135550101"


@pytest.mark.parametrize(
    ("kopecks", "shown"),
    [(250_000, "2 500,00 ₽"), (0, "0,00 ₽"), (-5, "−0,05 ₽"), (123_456_789, "1 234 567,89 ₽")],
)
def test_money_is_shown_in_roubles(kopecks: int, shown: str) -> None:
    assert money(kopecks) == shown


def test_what_goes_wrong_in_a_tale_is_its_ending() -> None:
    def tale(story: Story) -> str:
        agree("баланс", 5, 0)
        return "COMPLETED"

    ending = tell(STORY, tale)
    assert ending.ended == "Off: баланс: ожидалось 0, на деле 5"
    assert not ending.as_expected


def test_a_tale_that_is_stopped_has_no_ending() -> None:
    def tale(story: Story) -> str:
        raise Stopped

    with pytest.raises(Stopped):
        tell(STORY, tale)


def test_agreement_is_silent() -> None:
    agree("баланс", 0, 0)
    with pytest.raises(Off):
        agree("баланс", 1, 0)


def test_the_last_line_is_ok_when_all_ended_as_expected() -> None:
    endings = [Ending(story, story.expected, 1.0) for story in load()]
    assert report.verdict(endings) == "demo: OK (9 stories, trial balance 0)"


def test_the_difference_is_told_when_one_did_not() -> None:
    endings = [Ending(STORY, "COMPLETED", 1.0), Ending(STORY, "EXPIRED", 2.0)]
    assert report.verdict(endings).splitlines() == [
        "История 3",
        "  ожидалось: COMPLETED",
        "  на деле:   EXPIRED",
        "demo: FAILED (1 of 2 stories)",
    ]


def test_the_table_has_a_line_for_every_story() -> None:
    table = report.table([Ending(story, story.expected, 1.25) for story in load()])
    lines = table.strip("\n").splitlines()
    assert len(lines) == 2 + 9
    assert len({len(line) for line in lines}) == 1
    assert lines[2].startswith("1 | ")
    assert "1.2" in lines[2]
