"""AWS Budgets and SNS as the sandbox simulates them. Sources as in `aws.py`."""

from __future__ import annotations

from clouds.aws.rows import Outputs, arn, from_input, row
from clouds.kind import Kind, Subject


def _budget_id(subject: Subject) -> str:
    return f"{subject.place.account}:{subject.inputs['name']}"


def _budget(subject: Subject) -> Outputs:
    return {
        "accountId": subject.place.account,
        "arn": arn(subject, "budgets", f"budget/{subject.inputs['name']}", regional=False),
    }


def _topic_arn(subject: Subject) -> str:
    return arn(subject, "sns", str(subject.inputs["name"]))


KINDS: tuple[Kind, ...] = (
    row(
        "budgets/budget:Budget",
        _budget_id,
        _budget,
        required="budgetType timeUnit",
        replaces="accountId name namePrefix",
        unique="name",
        seconds=(2, 2, 1),
    ),
    row(
        "sns/topic:Topic",
        _topic_arn,
        lambda subject: {"arn": subject.id, "owner": subject.place.account},
        replaces="fifoTopic name namePrefix",
        unique="name",
    ),
    row("sns/topicPolicy:TopicPolicy", from_input("arn"), required="arn policy", replaces="arn"),
)
