"""The demo: recorded coverage and a loopback server that plays it back as feeds."""
