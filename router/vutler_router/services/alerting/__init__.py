"""Tells people that a plan or budget is nearly or wholly used: in the log, in metrics, by the API and by a webhook."""
