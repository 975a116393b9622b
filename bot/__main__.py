"""`python -m bot`; the same as the command `storywire`."""

if __name__ == "__main__":
    # Imported only here: the parser's worker processes read this module again, and need none of the program.
    from bot.cli import main

    main()
