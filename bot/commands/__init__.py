"""What people say to the bot: who may say what, what each command does, and the words it answers in."""
