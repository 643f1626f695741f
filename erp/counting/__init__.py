"""Stock counting: count sheets, recounts, and the differences that are posted."""
