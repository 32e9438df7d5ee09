"""Alerts as rows, and what people ask about them."""
