"""Which columns of a party, and of a person, customers and contacts are entered with."""

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
