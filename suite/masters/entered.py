"""Which columns of a partner, beside code, name and role, and of a person there are entered."""

PARTY_FIELDS = (
    "short_name",
    "kind",
    "parent",
    "uscc",
    "tax_number",
    "taxpayer_type",
    "invoice_title",
    "country",
    "region",
    "city",
    "phone",
    "email",
    "website",
    "currency",
    "payment_terms",
    "credit_limit",
    "note",
)
PERSON_FIELDS = ("name", "title", "department", "mobile", "phone", "email", "wechat", "birthday", "note")
