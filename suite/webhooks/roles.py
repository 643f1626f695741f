"""What the standard roles may do with web hooks."""

from suite.access.choices import ScopeLevel

GRANTS = {
    "administrator": {
        "suite.WebhookSubscription": (("view", "add", "change", "delete", "renew"), ScopeLevel.ALL),
        "suite.WebhookDelivery": (("view", "export", "resend"), ScopeLevel.ALL),
    },
}
