"""Open Referral UK, the country's own standard for directories: read, kept whole, and published."""
