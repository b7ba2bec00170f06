"""What answers cost, and where that is written down."""
