"""Storywire, in the order an item travels.

core/cadence    when to ask for a feed
edge/fetch      a feed's bytes, or a named failure
edge/parse      bytes → entries, in a worker process that can be killed
core/normalise  entry → article
core/novelty    which of them the feed listed before, under other ids
core/admit      which of them are backlog or old news
core/match      article × story → match
core/keys       article → the keys by which stored ones near it are found
core/judge      match × candidates → verdict with its evidence
core/plan       verdict × what a channel shows → posts
core/compose    event → the text of its card
storage/        article, verdict and posts in one transaction
edge/telegram   posts → channel (edge/console without a token)

What people say goes another way: edge/hearing → commands/desk → a command → edge/conversation. What they ask
is answered by explaining, backtesting, checkup, timeline and reviewing, for a terminal as well.

`pipeline` puts these steps in order; read it first. `app` is the only place that knows which part is which.
"""
