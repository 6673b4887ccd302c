#!/bin/sh
# Reports progress and a result with printf; without Runyard it runs just the same.
#
#   runyard serve --tasks examples/shell/tasks
#   runyard run --executor shell --config '{"command": ["sh", "copy.sh"]}' --follow
#
# Plain arguments are the parts to copy: ... --follow -- a b c
say() { printf '%s\n' "$1" >> "${RUNYARD_EVENTS:-/dev/null}" || true; }

[ $# -gt 0 ] || set -- one two three four
done=0
for part in "$@"; do
    echo "copying $part"
    done=$((done + 1))
    say "{\"type\": \"progress\", \"progress\": $((100 * done / $#)), \"message\": \"copied $done of $#\"}"
done
say "{\"type\": \"log\", \"level\": \"info\", \"message\": \"all copied\", \"fields\": {\"parts\": $done}}"
say "{\"type\": \"result\", \"result\": {\"parts\": $done}}"
