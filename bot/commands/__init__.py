"""What people say to the bot, and what it does then.

desk        READ FIRST: who says it is checked, it is done once, it is answered
office      what every command has at hand
table       every way in, with the role that it takes
menus       Telegram's menus of commands
words       what it says, in three languages

Then one module for each topic. None knows Telegram: `edge/conversation` translates.
"""
