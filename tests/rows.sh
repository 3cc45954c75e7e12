#!/bin/sh
# rows.sh: option rows stand in C99, C11 and C++17 alike, and a row over a member of another type
# does not compile in any of them.
. "${srcdir:-.}/tests/lib.sh"
command -v cc > /dev/null || skip_all 'no compiler'

# compiled LANGUAGE ROW...: a table of these rows.
compiled() {
    compiled_as=$1 compiled_by=cc compiled_of=c
    shift
    case $compiled_as in c++*) compiled_by=c++ compiled_of=c++ ;; esac
    {
        echo '#include <heed/option.h>'
        echo 'enum tone { LOW, HIGH };'
        echo 'struct self { int64_t whole; double real; bool on; const char *text; enum tone tone; int number;'
        echo '    struct heed_list list; char *own; float single; short few; };'
        echo 'extern const struct heed_option rows[];'
        echo 'const struct heed_option rows[] = {'
        printf '    %s,\n' "$@"
        printf '    HEED_ROW_SWITCH(struct self, on, "last", NULL, "help")};\n'
    } > rows.source
    "$compiled_by" "-std=$compiled_as" -pedantic-errors -Wall -Wextra -Werror -I"$srcdir/include" \
        -fsyntax-only -x $compiled_of rows.source
}

# good LANGUAGE: every kind of row.
good() {
    compiled "$1" \
        'HEED_ROW_INT(struct self, whole, "int", "1", 0, 9, "N", "help")' \
        'HEED_ROW_SIZE(struct self, whole, "size", "4k", 0, 0, "SIZE", "help")' \
        'HEED_ROW_COUNT(struct self, whole, "count", "4k", 0, 0, "N", "help")' \
        'HEED_ROW_REAL(struct self, real, "real", "0.5", 0, 1, "P", "help")' \
        'HEED_ROW_TIME(struct self, real, "time", NULL, 0, 0, "TIME", "help")' \
        'HEED_ROW_SWITCH(struct self, on, "switch", "off", "help")' \
        'HEED_ROW_STRING(struct self, text, "string", NULL, "FILE", "help")' \
        'HEED_ROW_CHOICE(struct self, tone, "choice", "low", "low|high", "help")' \
        'HEED_ROW_CHOICE(struct self, number, "other", "low", "low|high", "help")' \
        'HEED_ROW_LIST(struct self, list, "list", "FILE", "help")'
}

# bad LANGUAGE: each row by itself is refused.
bad() {
    while read -r bad_row; do
        ! compiled "$1" "HEED_ROW_$bad_row" 2> said || { echo "compiles: $bad_row"; return 1; }
        grep -q 'error: ' said || return 1
    done << 'END'
INT(struct self, number, "int", "1", 0, 9, "N", "help")
INT(struct self, real, "int", "1", 0, 9, "N", "help")
SIZE(struct self, real, "size", "4k", 0, 0, "SIZE", "help")
COUNT(struct self, tone, "count", "4k", 0, 0, "N", "help")
REAL(struct self, whole, "real", "0.5", 0, 1, "P", "help")
REAL(struct self, single, "real", "0.5", 0, 1, "P", "help")
TIME(struct self, whole, "time", NULL, 0, 0, "TIME", "help")
SWITCH(struct self, number, "switch", "off", "help")
STRING(struct self, own, "string", NULL, "FILE", "help")
STRING(struct self, list, "string", NULL, "FILE", "help")
CHOICE(struct self, text, "choice", "low", "low|high", "help")
CHOICE(struct self, whole, "choice", "low", "low|high", "help")
CHOICE(struct self, single, "choice", "low", "low|high", "help")
CHOICE(struct self, few, "choice", "low", "low|high", "help")
LIST(struct self, text, "list", "FILE", "help")
END
}

for language in c99 c11 c++17; do
    t_language() {
        good "$language" && bad "$language"
    }
    case $language in c++*) command -v c++ > /dev/null || { skip 'no C++ compiler' "rows as $language"; continue; } ;; esac
    run t_language "rows as $language"
done
t_behind_help() {
    compiled c11 'HEED_ROW_INT(struct self, whole, "n", "1", 0, 9, "N", "help", .letter = (char)110, .absent = "2")' &&
        compiled c++17 'HEED_ROW_INT(struct self, whole, "n", "1", 0, 9, "N", "help", (char)110, HEED_OPTION_HIDDEN, "2")'
}
run t_behind_help 'letter, flags and absence behind the help'
done_testing
