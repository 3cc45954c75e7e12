#!/bin/sh
# linker.sh: the house as the linker sees it. A floor needs symbols of itself and of lower ones only; no file needs what needs
# it; core leaves the process as it is; and all of core becomes one shared object. Faults planted as objects must be caught.
# shellcheck disable=SC2120 # planted() hands objects to the checks
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/house.sh"
cc=${CC:-cc}
command -v nm > /dev/null && $cc --version > /dev/null 2>&1 || skip_all 'no compiler or no nm here'

# Archives of core as the Makefile lists them: there may be old ones beside them. Kernel sets
# have archives of their own, and stand on the tensor floor. By a link, since its own name may have blanks.
ln -s "$builddir" built || exit 99
archives=$(for file in ${HEED_ARCHIVES:-$(cd "$builddir" && echo core/libheed_*.a)}; do
    case $file in core/*) echo "built/$file" ;; esac
done)
programs=$(for file in built/cli/*.o; do
    name=${file##*/}
    test ! -e "$srcdir/cli/${name%.o}.c" || echo "$file"
done)

# symbols OBJECT...: lines "FLOOR/FILE TYPE SYMBOL" of the house and the objects. Names in __ are the
# compiler's own: sanitizers make some. The C library's own allocation, which programs stand in front of, is nobody's of ours.
symbols() {
    # shellcheck disable=SC2086 # lists of files of ours, without blanks
    nm -A -P $archives $programs "$@" | awk '
        {
            file = $1; sub(/\]?:$/, "", file)
            if (match(file, /libheed_[a-z0-9]*\.a\[/)) {
                floor = substr(file, RSTART + 8, RLENGTH - 11); name = substr(file, RSTART + RLENGTH)
            } else {
                n = split(file, part, "/"); floor = part[n - 1]; name = part[n]
            }
            if (floor ~ /^(avx2|avx512(bf16|vnni)?)$/) floor = "tensor"
            sub(/\.o$/, "", name); sub(/^libheed_[a-z0-9]*_a-/, "", name)
            if ($2 !~ /^(__.*|malloc|calloc|realloc|aligned_alloc|posix_memalign)$/) print floor "/" name, $3, $2
        }' > all.symbols && test -s all.symbols && grep -q '^base/arena T heed_arena_alloc$' all.symbols
}

# What is needed of whom: "FLOOR/FILE FLOOR/FILE SYMBOL"; - for a symbol of ours that nobody defines. The command itself, which
# the harness runs, is defined in each program.
needs() {
    awk '
        $2 ~ /^[TDBRVWCG]$/ { home[$3] = home[$3] " " $1 }
        $2 ~ /^[Uwv]$/ { wants[++n] = $1; what[n] = $3 }
        END {
            for (i = 1; i <= n; i++) {
                m = split(home[what[i]], at, " ")
                if (!m && what[i] ~ /^heed_/) print wants[i], "-", what[i]
                for (k = 1; k <= m; k++) print wants[i], at[k], what[i]
            }
        }' all.symbols
}

check_floors() {
    symbols "$@" || return 2
    needs | awk -v floors="$floors cli" '
        BEGIN { n = split(floors, f, " "); for (i = 1; i <= n; i++) rank[f[i]] = i }
        {
            split($1, from, "/"); split($2, to, "/")
            if (!rank[from[1]]) { print $1 " is on no floor"; bad = 1 }
            else if (!rank[to[1]] || rank[to[1]] > rank[from[1]]) { print $1 " needs " $3 " of " $2; bad = 1 }
        }
        END { exit bad }'
}

check_circles() {
    symbols "$@" || return 2
    needs | awk '$2 != "-" { print $1, $2 }' | circles
}

# Two files that define one name would be one circle or another's stand-in.
check_once() {
    symbols "$@" || return 2
    awk '$2 ~ /^[TDBRVWCG]$/ && $3 != "heed_command" { if ($3 in home) { print $3 " is defined by " home[$3] " and " $1; bad = 1 } home[$3] = $1 }
        END { exit bad }' all.symbols
}

# What changes the process belongs to the program. guard.c puts back what a plugin changed; prove tries plugins in children.
check_process() {
    symbols "$@" || return 2
    awk '
        $1 ~ /^cli\// || $2 !~ /^[Uwv]$/ { next }
        $1 == "plugin/guard" && $3 ~ /^(setlocale|sigaction|umask|fchdir)$/ { next }
        $1 ~ /^prove\/(prove|world)$/ && $3 == "_exit" { next }
        $3 ~ /^(exit|_exit|_Exit|quick_exit|atexit|on_exit|umask|setenv|unsetenv|putenv|clearenv|environ)$/ ||
        $3 ~ /^(setlocale|uselocale|signal|sigaction|sigprocmask|sigaltstack|raise|alarm|setitimer|chdir|fchdir|chroot)$/ ||
        $3 ~ /^(srand|rand|srandom|random|srand48|drand48|lrand48|setrlimit|setrlimit64|nice|setpriority|mallopt)$/ ||
        $3 ~ /^(setuid|setgid|daemon|execv|execve|execvp|system|dup2|setvbuf|tzset|strtok|localtime|gmtime|ctime)$/ {
            print $1 " calls " $3; bad = 1
        }
        END { exit bad }' all.symbols
}

# All of it at once, undefined symbols and text relocations being errors.
check_shared() {
    # shellcheck disable=SC2086
    $cc ${HEED_LINK_FLAGS-} -shared -o all.so -Wl,-z,text -Wl,-z,defs -Wl,--whole-archive $archives -Wl,--no-whole-archive "$@" \
        ${HEED_LINK_LIBS-} 2> said && test -s all.so && return
    head -n 5 said
    return 1
}

t_floors() { check_floors; }
t_circles() { check_circles; }
t_process() { check_process; }
t_once() { check_once; }
t_shared() { check_shared; }

# planted CHECK FLOOR PART CODE [FLAG]: an object of that floor with the code in it makes the check fail, and PART is in what it says.
planted() {
    mkdir -p "planted/$2" && echo "$4" > planted.c && $cc ${5:--fPIC} -c -o "planted/$2/planted.o" planted.c &&
        ! check_"$1" "planted/$2/planted.o" > found && cat found && grep -qF "$3" found
}
t_plant_upward() { planted floors stream 'stream/planted needs heed_tape_init of tensor/tape' 'void heed_tape_init(void); void f(void) { heed_tape_init(); }'; }
t_plant_cli() { planted floors train 'train/planted needs heed_note of cli/talk' 'void heed_note(void); void f(void) { heed_note(); }'; }
t_plant_nowhere() { planted floors base 'base/planted needs heed_gone of -' 'void heed_gone(void); void f(void) { heed_gone(); }'; }
t_plant_circle() {
    mkdir -p planted/base && echo 'void planted_b(void); void planted_a(void) { planted_b(); }' > a.c &&
        echo 'void planted_a(void); void planted_b(void) { planted_a(); }' > b.c && $cc -c -o planted/base/a.o a.c &&
        $cc -c -o planted/base/b.o b.c && ! check_circles planted/base/a.o planted/base/b.o > found &&
        grep -qx 'base/a needs base/b' found && grep -qx 'base/b needs base/a' found
}
t_plant_twice() { planted once data 'heed_arena_alloc is defined by' 'void heed_arena_alloc(void) {}'; }
t_plant_exit() { planted process net 'net/planted calls exit' '#include <stdlib.h>
void f(void) { exit(1); }'; }
t_plant_umask() { planted process store 'store/planted calls umask' '#include <sys/stat.h>
void f(void) { umask(0); }'; }
t_plant_environment() { planted process plugin 'plugin/planted calls setenv' '#include <stdlib.h>
void f(void) { setenv("A", "b", 1); }'; }
t_plant_no_pic() { planted shared base 'planted/base/planted.o: ' 'int planted; int *f(void) { return &planted; }' -fno-pic; }

run t_floors 'floors need symbols of their own and of lower ones only'
run t_once 'no name is defined twice'
run t_circles 'no file needs what needs it'
run t_process 'core leaves the process as it is'
run t_shared 'core is position-independent: one shared object of all of it'
run t_plant_upward 'a planted upward reference is caught'
run t_plant_cli 'a planted reference to cli is caught'
run t_plant_nowhere 'a planted reference to nothing is caught'
run t_plant_circle 'a planted circle is caught'
run t_plant_twice 'a planted second definition is caught'
run t_plant_exit 'a planted exit is caught'
run t_plant_umask 'a planted umask is caught'
run t_plant_environment 'a planted setenv is caught'
case $($cc -dumpmachine) in
x86_64*) run t_plant_no_pic 'a planted object that is not position-independent is caught' ;;
*) skip 'known for x86-64 only' 'a planted object that is not position-independent is caught' ;;
esac
done_testing
