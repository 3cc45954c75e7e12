#!/bin/sh
# layers.sh: the folder is the layer. A file of core includes its own floor and lower ones only, the lowest being
# the public headers, include/heed, which a plugin includes alone; each foreign library
# is seen by one file; functions that overrun, print or exit where they must not are not called. Faults planted
# into a copy of the tree must be caught, so that a check that sees nothing cannot pass.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/house.sh"
! sanitized || skip_all "of sources, which another build reads too"

sources() {
    (cd "$1" && find include core plugins cli tests bench -type f \( -name '*.[ch]' -o -name '*.inc' -o -name '*.cc' \
        -o -name '*.cpp' -o -name '*.hpp' \) | sort)
}

# Prints FILE:LINE: text for every line of code that matches, comments and strings left out.
code_lines() {
    code_root=$1 code_pattern=$2
    shift 2
    (cd "$code_root" && awk -v pattern="$code_pattern" '
        FNR == 1 { inside = 0 }
        {
            line = $0
            gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
            out = ""
            while (line != "") {
                if (inside) {
                    i = index(line, "*/")
                    if (!i) { line = ""; break }
                    line = substr(line, i + 2); inside = 0
                } else {
                    i = index(line, "/*"); j = index(line, "//")
                    if (j && (!i || j < i)) { out = out substr(line, 1, j - 1); line = ""; break }
                    if (!i) { out = out line; break }
                    out = out substr(line, 1, i - 1); line = substr(line, i + 2); inside = 1
                }
            }
            if (out ~ pattern) print FILENAME ":" FNR ": " $0
        }' "$@" /dev/null)
}

# Includes that look upwards.
# shellcheck disable=SC2016 # awk's own variables
check_floors() {
    (cd "$1" && sources . | grep -E '^(include|core|plugins)/' | xargs awk -v floors="$floors" '
        BEGIN { n = split(floors, f, " "); for (i = 1; i <= n; i++) rank[f[i]] = i }
        /^[ \t]*#[ \t]*include[ \t]*["<]/ {
            split(FILENAME, at, "/"); split($0, q, /["<>]/); m = split(q[2], to, "/")
            if (index($0, "<") && !rank[to[1]]) next
            own = at[1] == "plugins" ? rank["heed"] : rank[at[2]]
            if (m > 1 && to[1] != ".." && rank[to[1]] && rank[to[1]] <= own) next
            if (m == 1) next
            print FILENAME ":" FNR ": " $0
        }') > upward
    test ! -s upward || { cat upward; return 1; }
}

# A foreign header in another number of files than one.
check_wrappers() {
    for header in ltdl mpi sqlite3 utf8proc jansson zlib lzma zstd sndfile soxr 'kiss_fft[a-z]*' 'sentencepiece[a-z_]*'; do
        (cd "$1" && sources . | xargs grep -lE "^[ 	]*#[ 	]*include[ 	]*[<\"]([a-z]*/)?$header\.h[>\"]") > users
        test "$(wc -l < users)" -eq 1 || { echo "$header.h is included by:"; cat users; return 1; }
    done
}

check_functions() {
    sources "$1" > all
    grep -E '^(core|plugins|cli)/' all > ours
    grep -E '^(core|plugins)/' ours | grep -vx core/base/base.h > lower
    word='(^|[^A-Za-z0-9_.>])'
    # shellcheck disable=SC2046 # file names of ours have no blanks
    {
        code_lines "$1" "$word(strcpy|strcat|sprintf|vsprintf|atoi|atol|atof|strtok|gets) *[(]" $(cat all) &&
        code_lines "$1" "$word(exit|_Exit|quick_exit|printf|puts|putchar|perror) *[(]|$word(stdout|stderr)([^A-Za-z0-9_]|\$)" $(cat lower) &&
        # prove.c tries plugins in children of its own, which end by _exit there and in world.c.
        code_lines "$1" "$word(_exit) *[(]" $(grep -vx -e core/prove/prove.c -e core/prove/world.c lower) &&
        # guard.c puts the locale back after a plugin's constructors; nobody else may touch it, but for the fault planted.
        code_lines "$1" "$word(setlocale|newlocale|uselocale) *[(]" \
            $(grep -vx -e core/plugin/guard.c -e tests/faulty_plugins/score.c all) &&
        # What belongs to the process is not core's to change; guard.c puts it back. OpenBLAS hears of its kernels by the
        # environment alone, which its plugin puts back.
        code_lines "$1" "$word(umask|chdir|fchdir|setenv|unsetenv|putenv|clearenv) *[(]" \
            $(grep -vx -e core/plugin/guard.c -e plugins/product_openblas/product_openblas.c lower)
    } > calls || return 2
    test ! -s calls || { cat calls; return 1; }
}

# "FILE FILE": the first includes the second.
includes() {
    (cd "$1" && sources . > "$scratch/work/sources" && xargs awk '
        NR == FNR { known[$1] = 1; next }
        /^[ \t]*#[ \t]*include[ \t]*["<]/ {
            split($0, q, /["<>]/); dir = FILENAME; sub(/[^\/]*$/, "", dir)
            n = split("core/ include/ " dir " ./", try, " ")
            for (i = 1; i <= n; i++) {
                to = try[i] q[2]; sub(/^\.\//, "", to)
                if (to in known) { print FILENAME, to; next }
            }
        }' "$scratch/work/sources" < "$scratch/work/sources") > edges
    test -s edges && grep -qx 'cli/harness.h cli/cli.h' edges
}

check_circles() { includes "$1" && circles < edges; }

# Two files of one name, of which one includes the other: a reader takes one for the other. A public header is no
# other subject than the floor's own that includes it. And config.h is autoconf's.
check_names() {
    includes "$1" && awk '
        {
            n = split($1, from, "/"); m = split($2, to, "/"); a = from[n]; b = to[m]
            sub(/\.[a-z]*$/, "", a); sub(/\.[a-z]*$/, "", b)
            if (a == b && from[n - 1] != to[m - 1] && to[m - 1] != "heed" || b == "config") { print $1 " includes " $2; bad = 1 }
        }
        END { exit bad }' edges
}

# Tests whose number stands twice.
check_numbers() {
    (cd "$1/tests" && find . -name '[0-9][0-9]-*.sh' | sed 's|^\./||' | sort) > numbered && test -s numbered &&
        awk -F - '{ if ($1 in test) { print test[$1] " and " $0; bad = 1 } test[$1] = $0 } END { exit bad }' numbered
}

# Headers that no build file names: a tarball would lack them.
check_headers() {
    (cd "$1" && find include core plugins cli tests bench -name '*.h' -o -name '*.inc' | sort) > there && test -s there &&
        (cd "$1" && cat */local.mk core/*/local.mk) | grep -o '[a-z0-9_/-]*\.\(h\|inc\)' | sort -u > named &&
        sort -u there | comm -23 - named > left_out && { test ! -s left_out || { cat left_out; return 1; }; }
}

t_headers() { check_headers "$srcdir"; }
t_floors() { check_floors "$srcdir"; }
t_circles() { check_circles "$srcdir"; }
t_names() { check_names "$srcdir"; }
t_numbers() { check_numbers "$srcdir"; }
t_wrappers() { check_wrappers "$srcdir"; }
t_functions() { check_functions "$srcdir"; }

copy_tree() {
    rm -rf tree && mkdir tree &&
        (cd "$srcdir" && tar -cf - include core plugins cli tests bench) | tar -xf - -C tree &&
        chmod -R u+w tree
}

# planted CHECK FILE LINE: with the line in the file the check must fail and name the file.
planted() {
    copy_tree && check_"$1" tree && printf '%s\n' "$3" >> "tree/$2" &&
        ! check_"$1" tree > found && grep -qF "$2" found
}

t_plant_header() { planted headers core/data/planted.h '#define PLANTED'; }
t_plant_upward() { planted floors core/stream/planted.c '#include "net/model.h"'; }
t_plant_cli() { planted floors core/net/planted.c '# include "cli/cli.h"'; }
t_plant_plugin() { planted floors plugins/planted.c '#include "base/str.h"'; }
t_plant_angle() { planted floors plugins/planted.c '#include <base/str.h>'; }
t_plant_public() { planted floors include/heed/planted.h '#include "base/base.h"'; }
t_plant_wrapper() {
    copy_tree && check_wrappers tree && echo '#include <utf8proc.h>' >> tree/core/data/planted.c &&
        ! check_wrappers tree > found && grep -qF core/data/planted.c found
}
t_plant_banned() { planted functions core/data/planted.c '    strcpy(a, b);'; }
t_plant_exit() { planted functions core/net/planted.c 'void f(void) { exit(1); }'; }
t_plant_environment() { planted functions core/net/planted.c 'void f(void) { unsetenv("HOME"); }'; }
t_plant_printf() { planted functions core/tensor/planted.c '    printf("loss\n"); /* a note */'; }
t_plant_circle() { planted circles cli/cli.h '#include "cli/harness.h"'; }
t_plant_name() {
    copy_tree && touch tree/core/net/planted.h && echo '#include "net/planted.h"' > tree/core/train/planted.c &&
        ! check_names tree > found && grep -qx 'core/train/planted.c includes core/net/planted.h' found
}
t_plant_config() {
    copy_tree && touch tree/core/net/config.h && echo '#include "config.h"' > tree/core/net/planted.c && ! check_names tree > found &&
        grep -q 'core/net/planted.c includes core/net/config.h' found
}
t_plant_number() {
    copy_tree && touch tree/tests/40-planted.sh && ! check_numbers tree > found && grep -qx '40-planted.sh and 40-train.sh' found
}
t_comment_is_no_call() {
    copy_tree && echo '/* never strcpy(a, b) */ static const char *s = "printf(x)";' >> tree/core/data/planted.c &&
        check_functions tree
}

run t_floors 'files include their own floor and lower ones'
run t_circles 'no file includes what includes it'
run t_names 'no file includes another of its name'
run t_numbers 'each number is one test'
run t_headers 'every header stands in a build file'
run t_wrappers 'each foreign library is seen by one file'
run t_functions 'no banned functions, no exit, no printing, no change of the process below cli'
run t_plant_header 'a planted header that none names is caught'
run t_plant_upward 'a planted upward include is caught'
run t_plant_cli 'a planted include of cli is caught'
run t_plant_plugin 'a plugin that includes more than the public headers is caught'
run t_plant_angle 'so is one between angle brackets'
run t_plant_public 'a public header that includes a file of core is caught'
run t_plant_circle 'a planted circle of includes is caught'
run t_plant_name 'a planted namesake is caught'
run t_plant_config 'a planted config.h is caught'
run t_plant_number 'a second test of one number is caught'
run t_plant_wrapper 'a second user of a foreign library is caught'
run t_plant_banned 'a planted strcpy is caught'
run t_plant_exit 'a planted exit in core is caught'
run t_plant_environment 'a planted change of the environment in core is caught'
run t_plant_printf 'a planted printf in core is caught'
run t_comment_is_no_call 'comments and strings are no calls'
done_testing
