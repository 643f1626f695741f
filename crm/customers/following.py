"""How what belongs to a customer or lead follows it when two become one."""

from suite.masters.merging import follows, stays

follows("crm.CustomerShare.content_object", once=("user", "permission"))
# History is guarded against edits; that it belongs to the customer that stays is no edit of what happened.
follows("crm.OwnerChange.customer", ignoring=("append_only",))
stays("crm.Customer.party", reason="the customer is merged together with its party")
# Their contacts move with them, so that the trigger is content.
follows("crm.Opportunity.customer")
follows("crm.Quotation.customer")
follows("crm.Contract.customer")
