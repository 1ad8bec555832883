"""Something stateful, something stateless and something protected: what previews are recorded of."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import Alias, ResourceOptions

config = pulumi.Config("q2o-infra")
on = config.get_bool
home = aws.Provider("home", region="us-east-1", allowed_account_ids=["111122223333"])
cluster = kubernetes.Provider("cluster", kubeconfig="{}")


class Data(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("q2o:triage:Data", name, None, ResourceOptions(providers=[home, cluster]))
        own = ResourceOptions(parent=self)
        network = aws.ec2.Vpc(
            f"{name}-network",
            cidr_block=config.get("range") or "10.0.0.0/16",
            tags={"team": config.get("team") or "platform"},
            opts=own,
        )
        aws.ec2.Subnet(
            f"{name}-subnet",
            vpc_id=network.id,
            availability_zone_id="use1-az1",
            cidr_block="10.0.0.0/24",
            opts=own,
        )
        key = config.get("key") or "key"
        aws.kms.Key(
            f"{name}-{key}",
            description="encrypts nothing",
            opts=ResourceOptions(parent=self, aliases=[Alias(name=f"{name}-key")]),
        )
        if not on("without_bucket"):
            aws.s3.Bucket(
                f"{name}-bucket",
                bucket=config.get("bucket") or "triage-data",
                opts=ResourceOptions(parent=self, retain_on_delete=True) if on("retained") else own,
            )
        if not on("without_queue"):
            protected = ResourceOptions(parent=self, protect=bool(on("protected")))
            aws.sqs.Queue(f"{name}-queue", name=config.get("queue") or "triage-queue", opts=protected)
        if not on("without_namespace"):
            kubernetes.core.v1.Namespace(f"{name}-namespace", metadata={"name": "data"}, opts=own)
        pod = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a@sha256:0"}]}}
        kubernetes.apps.v1.StatefulSet(
            f"{name}-store",
            metadata={"name": "store", "namespace": "data"},
            spec={
                "serviceName": config.get("service") or "store",
                "selector": {"matchLabels": {"app": "a"}},
                "template": pod,
            },
            opts=own,
        )
        kubernetes.apps.v1.Deployment(
            f"{name}-api",
            metadata={"name": config.get("api") or "api", "namespace": "data"},
            spec={"selector": {"matchLabels": {"app": "a"}}, "template": pod},
            opts=own,
        )
        self.register_outputs({})


Data("data")
