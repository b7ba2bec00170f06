"""What was used and what it costs: periods, plans, forecasts, statements, and how they are shown."""
