"""A network, a key and a secret: what the tests of the real engine bring up. Settings say how it differs."""

import pulumi
import pulumi_aws as aws
import pulumi_random as random
from pulumi import Alias, ResourceOptions

config = pulumi.Config("q2o-infra")
home = aws.Provider("home", region=config.get("location") or "us-east-1", allowed_account_ids=["111122223333"])
secrets = random.Provider("secrets")

network = aws.ec2.Vpc(
    "network",
    cidr_block=config.get("network_range") or "10.0.0.0/16",
    enable_dns_support=True,
    tags={"team": config.get("team") or "platform"},
    opts=ResourceOptions(provider=home),
)
subnet = aws.ec2.Subnet(
    "subnet",
    vpc_id=network.id,
    availability_zone_id="use1-az1",
    cidr_block="10.0.0.0/24",
    opts=ResourceOptions(provider=home),
)
key = aws.kms.Key(
    config.get("key_name") or "key",
    description="encrypts nothing",
    opts=ResourceOptions(provider=home, depends_on=[subnet], aliases=[Alias(name="key")]),
)
routes = aws.ec2.RouteTable("routes", vpc_id=network.id, opts=ResourceOptions(provider=home, deleted_with=network))
password = random.RandomPassword("password", length=20, opts=ResourceOptions(provider=secrets))
if config.get_bool("subnet_without_network"):
    nowhere = network.tags.apply(lambda _: None)
    aws.ec2.Subnet("lost", vpc_id=nowhere, cidr_block="10.0.1.0/24", opts=ResourceOptions(provider=home))
if config.get_bool("far_network"):
    far = aws.Provider("far", region="eu-west-1", allowed_account_ids=["444455556666"])
    far_network = aws.ec2.Vpc("far-network", cidr_block="10.9.0.0/16", opts=ResourceOptions(provider=far))
    pulumi.export("far_network_arn", far_network.arn)
if config.get_bool("backups"):
    # What outlives its region; `adopt` takes it over.
    adopt = "q2o-kept" if config.get_bool("adopt") else None
    kept = ResourceOptions(provider=home, retain_on_delete=True, import_=adopt)
    aws.s3.Bucket("bucket", bucket="q2o-kept", opts=kept)

pulumi.export("network_arn", network.arn)
pulumi.export("password", password.result)
