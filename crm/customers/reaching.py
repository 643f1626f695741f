"""
Calling and writing in one click 一键拨号: a telephone number opens the dialer, an address the mail.

The page then offers the follow-up form, filled in, so that recording the contact is one more click; ``data-reached``
names that form, and the script of the pages opens it where the user is offered the action.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.customers.choices import FollowUpKind
from crm.customers.models import Contact, Customer, Lead
from suite.pages.columns import EMPTY, Column

NOT_DIALLED = re.compile(r"[^\d+*#]")


def call(number: str, row: Any, name: Any, contact: Contact | None = None) -> Any:
    """A telephone number that dials."""
    dialled = NOT_DIALLED.sub("", number)
    if not dialled:
        return number or EMPTY
    said = _("Called %(person)s.") % {"person": name}
    return _link(f"tel:{dialled}", number, row, FollowUpKind.CALL, said, contact)


def write(address: str, row: Any, name: Any, contact: Contact | None = None) -> Any:
    """An address that opens a mail."""
    if not address:
        return EMPTY
    said = _("Wrote to %(person)s.") % {"person": name}
    return _link(f"mailto:{quote(address, safe='@+.')}", address, row, FollowUpKind.EMAIL, said, contact)


def _link(href: str, text: str, row: Any, kind: FollowUpKind, said: str, contact: Contact | None) -> SafeString:
    address = reverse(f"crm:{row._meta.model_name}-action", args=(row.pk, "follow-up"))
    given = {"kind": kind.value, "body": said, **({"contact": contact.pk} if contact is not None else {})}
    form = f"{address}?{urlencode(given)}"
    return SafeString(f'<a class="text-nowrap" href="{escape(href)}" data-reached="{escape(form)}">{escape(text)}</a>')


def _customer_phone(customer: Customer) -> Any:
    return call(customer.party.phone, customer, customer.party.name)


def _customer_email(customer: Customer) -> Any:
    return write(customer.party.email, customer, customer.party.name)


def _mobile_of_customers(contact: Contact) -> Any:
    return call(contact.person.mobile, contact.customer, contact.person.name, contact)


def _email_of_customers(contact: Contact) -> Any:
    return write(contact.person.email, contact.customer, contact.person.name, contact)


def _mobile(contact: Contact) -> Any:
    return call(contact.person.mobile, contact, contact.person.name)


def _phone(contact: Contact) -> Any:
    return call(contact.person.phone, contact, contact.person.name)


def _email(contact: Contact) -> Any:
    return write(contact.person.email, contact, contact.person.name)


def _lead_mobile(lead: Lead) -> Any:
    return call(lead.mobile, lead, lead.name)


def _lead_email(lead: Lead) -> Any:
    return write(lead.email, lead, lead.name)


CUSTOMER_PHONE = Column("party__phone", render=_customer_phone, label=gettext_lazy("Phone"))
CUSTOMER_EMAIL = Column("party__email", render=_customer_email, label=gettext_lazy("E-mail"))
# On the page of the customer, whose follow-up names the contact.
MOBILE_OF_CUSTOMER = Column("person__mobile", render=_mobile_of_customers)
EMAIL_OF_CUSTOMER = Column("person__email", render=_email_of_customers)
# On the page of the contact itself.
MOBILE = Column("person__mobile", render=_mobile)
PHONE = Column("person__phone", render=_phone)
EMAIL = Column("person__email", render=_email)
LEAD_MOBILE = Column("mobile", render=_lead_mobile)
LEAD_EMAIL = Column("email", render=_lead_email)
