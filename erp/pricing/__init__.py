"""What things cost by agreement: price lists for customers, agreements with suppliers."""
