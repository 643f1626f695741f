"""Every model of office collaboration, for Django to find; import from the slice that owns it."""

from oa.flows.models import Deputy, FlowBinding, FlowDefinition, FlowLog, FlowRun, FlowTask, FlowVersion
from oa.forms.models import FormRequest, FormTemplate, FormVersion
from oa.library.models import Document, DocumentVersion, Folder
from oa.meetings.models import Meeting, MeetingParticipant, Room
from oa.notices.models import Notice, ReadReceipt
from oa.seals.models import Seal, SealUse

__all__ = [
    "Deputy",
    "Document",
    "DocumentVersion",
    "FlowBinding",
    "FlowDefinition",
    "FlowLog",
    "FlowRun",
    "FlowTask",
    "FlowVersion",
    "Folder",
    "FormRequest",
    "FormTemplate",
    "FormVersion",
    "Meeting",
    "MeetingParticipant",
    "Notice",
    "ReadReceipt",
    "Room",
    "Seal",
    "SealUse",
]
