"""Every model of office collaboration, for Django to find; import from the slice that owns it."""

from oa.flows.models import Deputy, FlowBinding, FlowDefinition, FlowLog, FlowRun, FlowTask, FlowVersion

__all__ = ["Deputy", "FlowBinding", "FlowDefinition", "FlowLog", "FlowRun", "FlowTask", "FlowVersion"]
