"""The terminal dashboard: what live.sock and the database say, drawn with urwid."""
