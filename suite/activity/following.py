"""How what people added to a row follows it when it becomes one with another."""

from django.db.models import Q

from suite.masters.merging import follows, stays

follows("suite.Reminder.object_id", once=("owner", "due_at"), only=Q(done_at__isnull=True))
follows("suite.Target.object_id", once=("metric", "year", "month"))
follows("suite.DocumentLink.source_id", once=("target_type", "target_id", "kind"))
follows("suite.DocumentLink.target_id", once=("source_type", "source_id", "kind"))
stays("suite.StatusChange.object_id", reason="the states that a row passed are its own history, and come back with it")
