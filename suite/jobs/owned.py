"""What a job found belongs to whoever started it."""

from suite.access.ownership import stays_with_author
from suite.jobs.models import Job

stays_with_author(Job)
