#!/bin/sh
# headers.sh: the public headers are C99, C11 and C++17 to the letter, each alone, in the tree and as installed;
# plugins built with nothing else are proved and trained.
. "${srcdir:-.}/tests/lib.sh"
command -v cc > /dev/null || skip_all 'no C compiler'
c++ --version > /dev/null 2>&1 && cpp=yes || cpp=

# clean INCLUDE...: every header, alone, as each language.
clean() {
    (cd "$srcdir/include" && ls heed/*.h) > headers && test "$(wc -l < headers)" -ge 5 || return 1
    while read -r header; do
        echo "#include <$header>" > one.c && cp one.c one.cc &&
        cc -std=c99 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only "$@" one.c &&
        cc -std=c11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only "$@" one.c || return 1
        test -z "$cpp" || c++ -std=c++17 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only "$@" one.cc || return 1
    done < headers
}
t_tree() { clean "-I$srcdir/include"; }
run t_tree 'in the tree'

t_planted() {
    cp -R "$srcdir/include" planted && chmod -R u+w planted &&
    for line in 'struct planted { _Atomic int n; };' 'struct planted { int n; int last[]; }; int f(int new);' \
        '#include "base/base.h"'; do
        cp "$srcdir/include/heed/plugin.h" planted/heed/ && echo "$line" >> planted/heed/plugin.h
        ! clean -Iplanted > found 2>&1 || { echo "not seen: $line"; return 1; }
    done
}
if test -n "$cpp"; then
    run t_planted 'what is not clean is seen'
else
    skip 'no C++ compiler' 'what is not clean is seen'
fi

# The options of pkg-config for a tree or an installation.
flags_of_tree() { PKG_CONFIG_PATH=$builddir pkg-config --cflags --libs heed; }
flags_of_installed() {
    PKG_CONFIG_PATH='' PKG_CONFIG_SYSROOT_DIR=$PWD/dest PKG_CONFIG_LIBDIR=$(dirname "$(find dest -name heed.pc)") pkg-config --cflags --libs heed
}

t_installed() {
    env -u MAKEFLAGS -u MFLAGS make -C "$builddir" -s install-pkgincludeHEADERS install-pkgconfigDATA DESTDIR="$PWD/dest" &&
    find dest -name '*.h' | sed 's|.*/include/||' | sort > installed &&
    (cd "$srcdir/include" && ls heed/*.h) | sort > want && diff want installed &&
    clean "-I$(dirname "$(dirname "$(find dest -name plugin.h)")")"
}
command -v pkg-config > /dev/null || { run t_installed 'as installed'; done_testing; }
run t_installed 'as installed: these headers and no others'

# build FLAGS-OF COMPILER SOURCE OUT [FLAG...]
build() {
    build_flags=$1 build_compiler=$2 build_source=$3 build_out=$4
    shift 4
    $build_flags > flags && xargs "$build_compiler" "$@" "$build_source" -o "$build_out" < flags
}

t_out_of_tree() {
    mkdir -p out && cp "$srcdir/tests/plugins/cell_gain.c" . &&
    for flags in flags_of_tree flags_of_installed; do
        rm -f out/cell_gain.so && build $flags cc cell_gain.c out/cell_gain.so -std=c99 -pedantic-errors -Wall -Wextra -Werror &&
        plugins --check ./out/cell_gain.so || return 1
    done
}
t_trained() {
    awk -v n=100 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv &&
    train -q --no-store --tokenizer word --hidden 8 --layers 2 --cell ./out/cell_gain.so --steps 10 --dev none -o own.heed pairs.tsv &&
    peek own.heed > shown && grep '\.gain ' shown > gains && cat gains && test "$(wc -l < gains)" -eq 6 &&
    ! grep -E ' min -?0 max -?0 ' gains && predict -m own.heed --plugin-dir out pairs.tsv > said
}
t_cpp() {
    for flags in flags_of_tree flags_of_installed; do
        rm -f out/score_cpp.so &&
        build $flags c++ "$srcdir/tests/plugins/score_cpp.cc" out/score_cpp.so -std=c++17 -pedantic-errors -Wall -Wextra -Werror &&
        plugins --check ./out/score_cpp.so && plugins --check ./out/score_cpp.so:gain=off,base=1 || return 1
    done
    plugins --plugin-dir out > list && grep -q '^score  *score_cpp  *1  scaled dot product, written in C++$' list
}
has plugins train predict peek || done_testing
test -f "$builddir/plugins/.libs/score_dot.so" || done_testing
run t_out_of_tree 'a cell with a parameter of its own, built outside the tree, is proved'
run t_trained 'D1 trained with two layers, all its parameters move'
if test -n "$cpp"; then
    run t_cpp 'a score in C++17, to the letter, built outside the tree, is proved'
else
    skip 'no C++ compiler' 'a score in C++17'
fi
done_testing
