"""A vanished identity is a replacement unless an alias says otherwise; the check says which."""

from __future__ import annotations

from pathlib import Path

import pulumi_aws as aws
from pulumi import Alias, ComponentResource, ResourceOptions

from q2o_infra.plan.recorder import Recording, record
from tests.support.identities import explain
from tests.support.inventory import identities

FILE = Path("tests/stacks/identities/a.txt")


class Holder(ComponentResource):
    def __init__(self, name: str, child: ResourceOptions, provider: aws.Provider) -> None:
        super().__init__("q2o:test:Holder", name, None, ResourceOptions(provider=provider))
        aws.ec2.Eip("address", domain="vpc", opts=ResourceOptions.merge(ResourceOptions(parent=self), child))


def a_region(holder: str = "holder", child: ResourceOptions | None = None) -> Recording:
    def program() -> None:
        provider = aws.Provider("home", region="us-east-1", allowed_account_ids=["123456789012"])
        Holder(holder, child or ResourceOptions(), provider)

    return record(program)


def explained(then: Recording, now: Recording) -> str:
    return explain(identities(then), identities(now), now, path=FILE, command="make it")


def test_the_same_identities_need_no_explanation() -> None:
    assert explained(a_region(), a_region()) == ""


def test_a_moved_resource_is_called_replaced() -> None:
    message = explained(a_region(), a_region(holder="other"))
    assert "  - aws:ec2/eip:Eip address holder: has another parent and no alias: REPLACED" in message
    assert "  - q2o:test:Holder holder -: has no alias: DELETED" in message
    assert "  + aws:ec2/eip:Eip address other" in message
    assert message.endswith(f"if this is what you want: `make it`, and commit {FILE}")


def test_an_alias_explains_a_moved_resource() -> None:
    old = "urn:pulumi:us-east::q2o-infra::q2o:test:Holder$aws:ec2/eip:Eip::address"
    by_urn = explained(a_region(), a_region(holder="other", child=ResourceOptions(aliases=[old])))
    assert "  - aws:ec2/eip:Eip address holder: becomes aws:ec2/eip:Eip address, by its alias" in by_urn


def test_an_alias_of_another_name_explains_nothing() -> None:
    wrong = ResourceOptions(aliases=[Alias(name="something-else")])
    assert "REPLACED" in explained(a_region(), a_region(holder="other", child=wrong))
