# printed.awk: the commands that a text prints, as a list of blocks: a line "== PLACE" and the lines of the block.
#
# -v commands="NAME …": ours.
#
#     awk -v page=1 -f printed.awk README.md      blocks indented by four blanks; and `spans` of code, which
#                                                 are mentions ("~~ PLACE"): often no whole command
#     awk -v source=1 -f printed.awk cli/x.c      mentions in messages
#     train --help | awk -v name=train -f printed.awk     the lines under "Examples:"
#
# Blocks between fences are drawings and programs. What is no command is left out by its looks: SQL is given to
# `runs sql`; JSON, C, layouts and lists of folders begin with no word that a shell would run.
BEGIN {
    n = split(commands, words, " ")
    for (i = 1; i <= n; i++) known[words[i]]
    n = split("./bootstrap autoreconf cc for echo printf cut export sqlite3 sudo make cat sh cp paste xz mpirun", words, " ")
    for (i = 1; i <= n; i++) starts[words[i]]
}
function word(line) { sub(/^[A-Z_]+=[^ ]* /, "", line); sub(/[ ;|].*/, "", line); return line }
function is_command(line) { return !(line ~ /^for / && line !~ /; do/) && ( word(line) in known || word(line) in starts || line ~ /^# / && page == "") }
function is_sql(line) { return line ~ /^(SELECT|--) / }

function finish() {
    if (!block) return
    if (is_sql(block)) { gsub(/(^|\n)--[^\n]*\n/, "\n", block); gsub(/\n/, " ", block); printf "== %s\nruns sql \"%s\" > /dev/null\n", place, block }
    else if (is_command(block)) printf "== %s\n%s\n", place, block
    block = ""
}
page && /^```/ { fenced = !fenced; finish(); next }
fenced { next }
page && /^    / { if (!block) place = FILENAME ":" FNR; line = substr($0, 5); block = block ? block "\n" line : line; next }
page && /^$/ { finish(); next }
source && !/"/ { next }
page || source {
    finish()
    text = $0
    while (match(text, /`[^`]+`/)) {
        span = substr(text, RSTART + 1, RLENGTH - 2)
        text = substr(text, RSTART + RLENGTH)
        if (word(span) in known && span ~ / /) printf "~~ %s:%d\n%s\n", FILENAME, FNR, span
    }
    next
}
/^Examples:/ { examples = 1; next }
examples && /^[A-Z]/ { examples = 0 }
examples && /^  / { line = substr($0, 3); block = block ? block "\n" line : line; place = name " --help" }
END { finish() }
