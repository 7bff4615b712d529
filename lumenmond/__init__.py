"""The console: takes metrics from agents, stores them and shows them."""
