#!/bin/sh
# Bring the catalogues of the bot's texts up to date with the source, and compile them.
# What is new is shown, and has an empty msgstr in bot/commands/locale/*/LC_MESSAGES/storywire.po: translate it, run
# this again.
# A folder as the argument holds the catalogues instead.
set -eu
cd "$(dirname "$0")/.."

catalogues=${1:-bot/commands/locale}
pybabel=.venv/bin/pybabel
template=$(mktemp)
trap 'rm -f "$template"' EXIT

"$pybabel" --quiet extract --no-default-keywords --keywords="words later many:1,2" --add-location=file --sort-by-file \
    --no-wrap --omit-header --output-file="$template" bot/commands
# Nothing is guessed from similar texts: a test would have to refuse the guess.
"$pybabel" --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap \
    --domain=storywire --input-file="$template" --output-dir="$catalogues"
"$pybabel" --quiet compile --domain=storywire --directory="$catalogues"

# What is still to be translated. An English text that was only mended has its old translation in `git diff`.
for catalogue in "$catalogues"/*/LC_MESSAGES/storywire.po; do
    awk -v RS='' -v name="$catalogue" \
        '/\nmsgstr(\[[0-9]\])? ""(\n|$)/ && !/msgid ""\nmsgstr/ { print name ":\n" $0 "\n" }' "$catalogue"
done
