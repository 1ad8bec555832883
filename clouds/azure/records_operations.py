"""What Azure logs, names and counts, as the sandbox simulates it. Sources as in `azure.py`."""

from __future__ import annotations

from clouds.azure.rows import arm_id, row, scoped_id, uuid
from clouds.kind import Kind

_WORKSPACE = "Microsoft.OperationalInsights/workspaces/{workspaceName}"

KINDS: tuple[Kind, ...] = (
    row(
        "operationalinsights:Workspace",
        arm_id(_WORKSPACE),
        lambda s: {"customerId": uuid(s, "customer"), "provisioningState": "Succeeded"},
        named="workspaceName",
        required="resourceGroupName",
        replaces="resourceGroupName location workspaceName",
        seconds=(35, 5, 5),
    ),
    row(
        "operationalinsights:Table",
        arm_id(f"{_WORKSPACE}/tables/{{tableName}}"),
        named="tableName",
        required="resourceGroupName workspaceName",
        replaces="resourceGroupName workspaceName tableName",
    ),
    row(
        "monitor:DiagnosticSetting",
        scoped_id("Microsoft.Insights/diagnosticSettings/{name}", scope="resourceUri"),
        named="name",
        required="resourceUri",
        replaces="name resourceUri",
    ),
    row(
        "monitor:ActionGroup",
        arm_id("Microsoft.Insights/actionGroups/{actionGroupName}"),
        named="actionGroupName",
        required="groupShortName resourceGroupName",
        replaces="resourceGroupName location actionGroupName",
    ),
    row(
        "consumption:Budget",
        scoped_id("Microsoft.Consumption/budgets/{budgetName}"),
        lambda _: {"eTag": '"simulated"'},
        named="budgetName",
        required="amount category scope timeGrain timePeriod",
        replaces="budgetName scope",
    ),
    row(
        "dns:RecordSet",
        arm_id("Microsoft.Network/dnsZones/{zoneName}/{recordType}/{relativeRecordSetName}"),
        lambda s: {"fqdn": f"{s.inputs.get('relativeRecordSetName', s.name)}.{s.inputs['zoneName']}."},
        named="relativeRecordSetName",
        required="recordType resourceGroupName zoneName",
        replaces="resourceGroupName zoneName recordType relativeRecordSetName",
    ),
)
