"""To whom rows about a person belong."""

from suite.access.scopes import ScopePaths

# The person sees them too.
OF_PERSON = ScopePaths(owner="employee__user", department="employee__department", company="employee__company")
# Not before others decided what the person gets to see.
OF_EMPLOYER = ScopePaths(department="employee__department", company="employee__company")
