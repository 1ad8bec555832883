"""What physical names may look like, by type: the field that holds one, and the cloud's own rule for it.

Sources: AWS API references and user guides as in `components/base/names.py`; Google Cloud, "Resource names" of Compute
Engine, GKE, IAM, Cloud KMS, Pub/Sub, Cloud Storage, Cloud Logging; Azure Resource Manager, "Naming rules and
restrictions for Azure resources".
"""

from __future__ import annotations

_RFC_1035 = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
_WORD = r"[A-Za-z0-9_.-]"

RULES: dict[str, tuple[str, str]] = {
    # AWS
    "aws:budgets/budget:Budget": ("name", r"[^:\\]{1,100}"),
    "aws:cloudwatch/eventRule:EventRule": ("name", rf"{_WORD}{{1,64}}"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", r"[A-Za-z0-9_/.#-]{1,512}"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name", r"[A-Za-z0-9().\/_-]{3,128}"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", r"[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}"),
    "aws:eks/cluster:Cluster": ("name", r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}"),
    "aws:eks/nodeGroup:NodeGroup": ("nodeGroupName", r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"),
    "aws:iam/instanceProfile:InstanceProfile": ("name", r"[A-Za-z0-9+=,.@_-]{1,128}"),
    "aws:iam/role:Role": ("name", r"[A-Za-z0-9+=,.@_-]{1,64}"),
    "aws:iam/rolePolicy:RolePolicy": ("name", r"[A-Za-z0-9+=,.@_-]{1,128}"),
    "aws:kms/alias:Alias": ("name", r"alias/[A-Za-z0-9/_-]{1,250}"),
    "aws:lb/loadBalancer:LoadBalancer": ("name", r"(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?"),
    "aws:lb/targetGroup:TargetGroup": ("name", r"[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?"),
    "aws:s3/bucket:Bucket": ("bucket", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    "aws:sns/topic:Topic": ("name", r"[A-Za-z0-9_-]{1,256}"),
    "aws:sqs/queue:Queue": ("name", r"[A-Za-z0-9_-]{1,80}"),
    "aws:wafv2/webAcl:WebAcl": ("name", r"[A-Za-z0-9_-]{1,128}"),
    # Google Cloud
    "gcp:billing/budget:Budget": ("displayName", r".{1,60}"),
    "gcp:certificatemanager/certificate:Certificate": ("name", _RFC_1035),
    "gcp:certificatemanager/certificateMap:CertificateMap": ("name", _RFC_1035),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": ("name", _RFC_1035),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": ("name", _RFC_1035),
    "gcp:compute/address:Address": ("name", _RFC_1035),
    "gcp:compute/backendService:BackendService": ("name", _RFC_1035),
    "gcp:compute/firewall:Firewall": ("name", _RFC_1035),
    "gcp:compute/globalAddress:GlobalAddress": ("name", _RFC_1035),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": ("name", _RFC_1035),
    "gcp:compute/healthCheck:HealthCheck": ("name", _RFC_1035),
    "gcp:compute/network:Network": ("name", _RFC_1035),
    "gcp:compute/router:Router": ("name", _RFC_1035),
    "gcp:compute/routerNat:RouterNat": ("name", _RFC_1035),
    "gcp:compute/sSLPolicy:SSLPolicy": ("name", _RFC_1035),
    "gcp:compute/securityPolicy:SecurityPolicy": ("name", _RFC_1035),
    "gcp:compute/subnetwork:Subnetwork": ("name", _RFC_1035),
    "gcp:compute/targetHttpProxy:TargetHttpProxy": ("name", _RFC_1035),
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": ("name", _RFC_1035),
    "gcp:compute/uRLMap:URLMap": ("name", _RFC_1035),
    "gcp:container/cluster:Cluster": ("name", r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?"),
    "gcp:container/nodePool:NodePool": ("name", r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?"),
    "gcp:kms/cryptoKey:CryptoKey": ("name", r"[A-Za-z0-9_-]{1,63}"),
    "gcp:kms/keyRing:KeyRing": ("name", r"[A-Za-z0-9_-]{1,63}"),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": ("bucketId", rf"{_WORD}{{1,100}}"),
    "gcp:logging/projectExclusion:ProjectExclusion": ("name", rf"{_WORD}{{1,100}}"),
    "gcp:logging/projectSink:ProjectSink": ("name", rf"{_WORD}{{1,100}}"),
    "gcp:projects/iAMCustomRole:IAMCustomRole": ("roleId", r"[A-Za-z0-9_.]{3,64}"),
    "gcp:pubsub/subscription:Subscription": ("name", r"(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{2,254}"),
    "gcp:pubsub/topic:Topic": ("name", r"(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{2,254}"),
    "gcp:serviceaccount/account:Account": ("accountId", r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
    "gcp:storage/bucket:Bucket": ("name", r"(?!goog)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]"),
    # Azure
    "azure-native:authorization:ManagementLockByScope": ("lockName", r"[A-Za-z0-9_.()-]{1,90}"),
    "azure-native:consumption:Budget": ("budgetName", r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"),
    "azure-native:containerservice:ManagedCluster": ("resourceName", r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"),
    "azure-native:keyvault:Key": ("keyName", r"[A-Za-z0-9-]{1,127}"),
    "azure-native:keyvault:Vault": ("vaultName", r"(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]"),
    "azure-native:managedidentity:FederatedIdentityCredential": (
        "federatedIdentityCredentialResourceName",
        r"[A-Za-z0-9][A-Za-z0-9_-]{2,119}",
    ),
    "azure-native:managedidentity:UserAssignedIdentity": ("resourceName", r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}"),
    "azure-native:monitor:ActionGroup": ("actionGroupName", r"[^/&%?]{0,259}[^/&%?. ]"),
    "azure-native:network:FlowLog": ("flowLogName", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]"),
    "azure-native:network:NatGateway": ("natGatewayName", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]"),
    "azure-native:network:NetworkSecurityGroup": (
        "networkSecurityGroupName",
        r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]",
    ),
    "azure-native:network:PublicIPAddress": ("publicIpAddressName", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]"),
    "azure-native:network:SecurityRule": ("securityRuleName", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]"),
    "azure-native:network:Subnet": ("subnetName", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]"),
    "azure-native:network:VirtualNetwork": ("virtualNetworkName", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}[A-Za-z0-9_]"),
    "azure-native:operationalinsights:Workspace": ("workspaceName", r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]"),
    "azure-native:resources:ResourceGroup": ("resourceGroupName", r"[A-Za-z0-9_.()-]{0,89}[A-Za-z0-9_()-]"),
    "azure-native:storage:BlobContainer": ("containerName", r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "azure-native:storage:StorageAccount": ("accountName", r"[a-z0-9]{3,24}"),
}
"""By type: the input that is its physical name, and the pattern that the cloud holds it to."""

NOT_OURS: dict[str, str] = {
    "aws:route53/record:Record": "a name in the user's zone",
    "azure-native:authorization:RoleAssignment": "a GUID",
    "azure-native:authorization:RoleDefinition": "a GUID",
    "azure-native:containerservice:MaintenanceConfiguration": "one of Azure's own names",
    "azure-native:dns:RecordSet": "a name in the user's zone",
    "azure-native:monitor:DiagnosticSetting": "part of what it is about",
    "azure-native:operationalinsights:Table": "one of Azure's own names",
    "azure-native:storage:BlobServiceProperties": "one of Azure's own names",
    "azure-native:storage:ManagementPolicy": "one of Azure's own names",
    "gcp:dns/recordSet:RecordSet": "a name in the user's zone",
    "gcp:monitoring/notificationChannel:NotificationChannel": "named by Google Cloud",
}
"""Types whose name the program does not choose, with what it is."""
