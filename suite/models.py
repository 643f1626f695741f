"""Every model of the kernel, for Django to find; import from the slice that owns it."""

from suite.access.models import AuditEntry, IdempotencyRecord, Role, RoleScope, User
from suite.activity.models import Attachment, Comment, Notification, NotificationPreference, Reminder
from suite.documents.models import DocumentLink, NumberCounter, NumberRule, StatusChange
from suite.jobs.models import Job, JobFile
from suite.masters.models import (
    Company,
    Currency,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemUnit,
    Party,
    PartyAddress,
    PartyBankAccount,
    PartyContact,
    PaymentTerms,
    PaymentTermsLine,
    TaxCode,
    TaxRate,
    Unit,
    UnitConversion,
)
from suite.metrics.models import Alert, AlertRule, BoardChoice, MetricSnapshot, Target
from suite.modules.models import ModuleChange, ModuleState
from suite.pages.exchange.models import ImportRun
from suite.pages.models import ListPreference, SavedView
from suite.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookSubscription

__all__ = [
    "Alert",
    "AlertRule",
    "Attachment",
    "AuditEntry",
    "BoardChoice",
    "Comment",
    "Company",
    "Currency",
    "DocumentLink",
    "ExchangeRate",
    "IdempotencyRecord",
    "ImportRun",
    "Item",
    "ItemCategory",
    "ItemUnit",
    "Job",
    "JobFile",
    "ListPreference",
    "MetricSnapshot",
    "ModuleChange",
    "ModuleState",
    "Notification",
    "NotificationPreference",
    "NumberCounter",
    "NumberRule",
    "Party",
    "PartyAddress",
    "PartyBankAccount",
    "PartyContact",
    "PaymentTerms",
    "PaymentTermsLine",
    "Reminder",
    "Role",
    "RoleScope",
    "SavedView",
    "StatusChange",
    "Target",
    "TaxCode",
    "TaxRate",
    "Unit",
    "UnitConversion",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookSubscription",
]
