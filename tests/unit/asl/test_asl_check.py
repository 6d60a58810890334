"""The check of the state machines finds what is broken, and nothing in ours."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tools import asl_check

RETRY = {
    "ErrorEquals": ["Lambda.ServiceException"],
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxAttempts": 3,
    "MaxDelaySeconds": 20,
    "JitterStrategy": "FULL",
}
WAIT = "arn:${Partition}:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken"
SOUND: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:${Partition}:states:::lambda:invoke",
            "TimeoutSeconds": 30,
            "Retry": [RETRY],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
            "Next": "Well?",
        },
        "Well?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% true %}", "Next": "Done"}],
            "Default": "Ask",
        },
        "Done": {"Type": "Succeed"},
        "Failed": {"Type": "Fail"},
    },
}
GIVEN = frozenset({"Partition"})


def findings(break_it: Callable[[dict[str, Any]], Any], given: frozenset[str] = GIVEN) -> list[str]:
    machine = copy.deepcopy(SOUND)
    break_it(machine)
    return asl_check.findings_of(json.dumps(machine), given)


def test_a_sound_machine_has_no_findings() -> None:
    assert findings(lambda machine: None) == []


def test_our_own_machine_has_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert asl_check.main() == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"TimeoutSeconds": None}, "no TimeoutSeconds"),
        ({"TimeoutSeconds": "${Timeout}"}, "no TimeoutSeconds"),
        ({"TimeoutSeconds": 0}, "no TimeoutSeconds"),
        ({"TimeoutSeconds": 100_000_000}, "no TimeoutSeconds"),
        ({"TimeoutSeconds": "{% $deadline - $millis() %}"}, "no TimeoutSeconds"),
        ({"Retry": []}, "no Retry"),
        ({"Retry": [{**RETRY, "MaxAttempts": 99}]}, "MaxAttempts 99"),
        ({"Retry": [{**RETRY, "JitterStrategy": "NONE"}]}, "without full jitter"),
        ({"Retry": [{"ErrorEquals": ["States.ALL"]}]}, "a Retry without BackoffRate"),
        ({"Retry": [{**RETRY, "ErrorEquals": ["States.Timeout"]}], "Resource": WAIT}, "waits anew"),
        ({"Catch": []}, "no Catch of States.ALL"),
        ({"Catch": [{"ErrorEquals": ["Elsewhere"], "Next": "Failed"}]}, "no Catch of States.ALL"),
        ({"Resource": "arn:aws:states:::lambda:invoke"}, "a partition of its own"),
        ({"Parameters": {}}, "Parameters belongs to JSONPath"),
        ({"Next": "Nowhere"}, "Ask: leads to Nowhere, which is not there"),
        ({"Type": "Parallel"}, "does not know the type Parallel"),
    ],
)
def test_a_broken_task_is_found(changes: dict[str, Any], expected: str) -> None:
    found = findings(lambda machine: machine["States"]["Ask"].update(changes))
    assert any(expected in finding for finding in found), found


def test_a_deadline_as_an_expression_is_bounded() -> None:
    expression = "{% $max([1, $ceil(($toMillis($hold_until) - $millis()) / 1000)]) %}"
    assert findings(lambda machine: machine["States"]["Ask"].update(TimeoutSeconds=expression)) == []


def test_a_state_that_nothing_leads_to_is_found() -> None:
    found = findings(lambda machine: machine["States"].update(Island={"Type": "Succeed"}))
    assert found == ["Island: never reached"]


def test_a_catch_that_leads_nowhere_is_found() -> None:
    found = findings(lambda machine: machine["States"]["Ask"]["Catch"][0].update(Next="Gone"))
    assert "Ask: leads to Gone, which is not there" in found
    assert "Failed: never reached" in found


def test_a_choice_without_a_default_is_found() -> None:
    assert "Well?: no Default" in findings(lambda machine: machine["States"]["Well?"].pop("Default"))


def test_states_that_go_round_for_ever_are_found() -> None:
    def circle(machine: dict[str, Any]) -> None:
        machine["States"] = {
            "Ask": {**machine["States"]["Ask"], "Next": "Ask"},
            "Well?": machine["States"]["Well?"],
            "Done": {"Type": "Succeed"},
        }
        machine["States"]["Ask"]["Catch"][0]["Next"] = "Ask"

    assert "Ask: never comes to an end" in findings(circle)


def test_a_state_that_leads_nowhere_is_found() -> None:
    assert "Ask: leads nowhere" in findings(
        lambda machine: (
            machine["States"].update(Ask={**machine["States"]["Ask"], "Next": None, "Catch": []})
            or machine["States"]["Ask"].pop("Next")
        )
    )


def test_a_start_that_is_not_there_is_found() -> None:
    assert "StartAt is Begin, which is not there" in findings(lambda machine: machine.update(StartAt="Begin"))


def test_another_query_language_is_found() -> None:
    assert "QueryLanguage is not JSONata" in findings(lambda machine: machine.pop("QueryLanguage"))


def test_substitutions_and_template_must_agree_both_ways() -> None:
    assert findings(lambda machine: None, frozenset()) == ["the template does not give ${Partition}"]
    assert findings(lambda machine: None, GIVEN | {"Spare"}) == [
        "${Spare} is given by the template and never used"
    ]


def test_findings_are_printed_and_fail_the_check(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.asl.json").write_text(json.dumps({**SOUND, "StartAt": "Begin"}))
    template = tmp_path / "template.yaml"
    template.write_text(
        "Resources:\n  Machine:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n"
        "      DefinitionUri: broken.asl.json\n"
        "      DefinitionSubstitutions: {Partition: !Ref AWS::Partition}\n"
    )
    monkeypatch.setattr(asl_check, "TEMPLATE", template)
    assert asl_check.main() == 1
    assert "broken.asl.json: StartAt is Begin, which is not there" in capsys.readouterr().out
