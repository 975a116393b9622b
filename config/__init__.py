"""The operator's choices: `settings` reads and checks them, `stories` says them in the core's words."""
