"""What stock means for those who sell, on the pages of items, quotations and contracts."""
