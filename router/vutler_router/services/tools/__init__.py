"""What the platform's tools for agents need of services, and the audit of their calls."""
