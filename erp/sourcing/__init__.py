"""From requisition to the cheapest sensible order: requests for quotation, comparison, blanket orders."""
