"""Build, check and try the dashboard of `ui/` with nothing installed by hand."""
