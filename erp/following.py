"""How the papers of a party follow it when two parties become one."""

from suite.masters.merging import follows, stays

follows("erp.PriceListParty.party", once=("price_list",))
follows("erp.Invitation.supplier", once=("rfq",))
# Two counting quotes of one supplier to one request cannot become one: the database refuses the merge.
follows("erp.SupplierQuote.supplier")
stays("erp.StockMove.source_id", reason="goods move by papers, never by a party, customer or lead")
stays("erp.Reservation.demand_id", reason="goods are reserved for lines of papers")
stays("erp.PurchaseRequestLine.demand_id", reason="goods are requested for lines of papers")
