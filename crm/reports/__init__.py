"""Reports of sales: funnel, cycle, sources, lost opportunities, ageing of receivables, process counts."""
