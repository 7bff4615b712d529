"""The dashboard: pages, a JSON API and live events, for people who logged in."""
