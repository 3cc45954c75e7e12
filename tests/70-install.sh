#!/bin/sh
# 70-install.sh: programs find their plugins and one another from where they lie, built, installed or moved; an
# installation goes into any folder, replaces nothing that is not heed's, and is taken away again.
. "${srcdir:-.}/tests/lib.sh"
place="d\303\251st x" # a letter outside ASCII and a blank
place=$PWD/$(printf "$place")
bin=$place/p/bin
model=$srcdir/tests/old/da68ba2.heed
text=$srcdir/tests/old/da68ba2.src
plugins=
! test -f "$builddir/plugins/.libs/score_dot.so" || plugins=yes

# make_in TARGET [VAR=VALUE]: in the build tree, whose plugin folder may be changed by nobody meanwhile.
make_in() { env -u MAKEFLAGS -u MFLAGS make -C "$builddir" -s "$@" prefix="$place/p" > made 2>&1 || { cat made; return 1; }; }

# works PROGRAM...: translates as the built program does, its plugins and nobody's else.
works() { "$@" predict -q --no-store -m "$model" "$text" > got && same want got; }

t_built() {
    "$builddir/cli/predict" -q --no-store -m "$model" "$text" > want && test -s want && works "$builddir/cli/heed" &&
        test "$("$builddir/cli/heed" --exec-path)" = "$(cd "$builddir/cli" && pwd -P)"
}
t_other_folder() {
    mkdir -p cli plugins/.libs && echo none > plugins/.libs/score_wrong.so && (cd cli && "$builddir/cli/heed" predict -q --no-store -m "$model" "$text") > got && same want got &&
        "$builddir/cli/plugins" > list && ! grep wrong list
}
t_installed() { make_in install && works "$bin/heed" && test "$("$bin/heed" --exec-path)" = "$place/p/libexec/heed"; }
t_own_plugins() {
    "$bin/heed" plugins > list && grep -q '^score  *score_dot ' list &&
        mv "$place/p/lib/heed/score_dot.so" . && fails 1 "score_dot.so not found in $place/p/lib/heed; " "$bin/heed" plugins --check score_dot:gain=on > report
    grep "score_dot.so not found in $place/p/lib/heed; " report && mv score_dot.so "$place/p/lib/heed/"
}
t_moved() {
    mv "$place/p" "$place/q" && works "$place/q/bin/heed" && test "$("$place/q/bin/heed" --exec-path)" = "$place/q/libexec/heed" &&
        { test ! -e "$place/q/bin/predict" || "$place/q/bin/predict" -q --no-store -m "$model" "$text" > got; } && same want got
}
t_paths_first() {
    mkdir -p other && : > other/predict && fails 1 "cannot run other/predict: Permission denied" env HEED_EXEC_PATH=other "$place/q/bin/heed" predict &&
        echo none > other/score_dot.so && HEED_PLUGIN_PATH=other "$place/q/bin/heed" plugins > list && grep 'other/score_dot.so: broken' list
}
t_plugin_built() {
    sed 's/skeleton/mine/g' "$place/q/share/doc/heed/plugins/skeleton/score_skeleton.c" > score_mine.c &&
        (PKG_CONFIG_PATH=$place/q/lib/pkgconfig && export PKG_CONFIG_PATH && pkg-config --cflags --libs heed > flags) &&
        xargs cc -o score_mine.so score_mine.c < flags && "$place/q/bin/heed" plugins --check ./score_mine.so
}
t_documents() {
    cmp "$builddir/docs/heed.bash" "$place/q/share/bash-completion/completions/heed" || return 1
    for file in README.md LICENSE NEWS docs/store.md docs/format.md examples/demo.sh examples/en-fr/test.tsv; do
        cmp "$srcdir/$file" "$place/q/share/doc/heed/$file" || return 1
    done
}

# What pages call themselves, point to and say to run is there, with bare names or without.
t_pages() {
    man=$place/q/share/man/man1
    for page in "$man"/*.1; do
        name=$(basename "$page" .1)
        grep -A 1 '^\.SH NAME$' "$page" | tr -d '\\' | grep -q "^$name - " || { echo "$name: another NAME"; return 1; }
        sed -n 's/^\\fB\(.*\)\\fR(1),*$/\1/p' "$page" | tr -d '\\' > seen && test -s seen || return 1
        while read -r other; do
            test -f "$man/$other.1" || { echo "$name: see also $other"; return 1; }
        done < seen
        grep -A 1 '^\.SH SYNOPSIS$' "$page" | tr -d '\\' | sed -n 's/^\.B //p' > call
        test -x "$place/q/bin/$(sed 's/ .*//' call)" || { cat call; return 1; }
    done
}

# Programs and pages of other people.
t_nothing_replaced() {
    bin=$place/p/bin man=$place/p/share/man/man1 && mkdir -p "$bin" "$man" && echo precious > "$bin/heed" && cp "$bin/heed" "$bin/train" &&
        ln -s /usr/games/plot "$bin/plot" && ln -s train "$bin/peek" && echo .TH PLOT 1 > "$man/heed.1" &&
        ls -l "$bin" > before && make_in install && grep ' is not heed.s and stays ' made > said && cat said &&
        grep -q "^heed: $bin/heed is not " said && grep -q "^heed: $man/heed.1 is not " said &&
        if test -L "$bin/predict"; then
            test "$(wc -l < said)" -eq 5 && grep -q "$bin/plot is not heed's and stays as it is; heed's own: heed plot$" said
        fi
}
t_ours_replaced() { ln -sfn /somewhere/libexec/heed/encode "$place/p/bin/encode" && make_in install && works "$place/p/libexec/heed/heed"; }
t_uninstalled() {
    make_in uninstall && ls -l "$place/p/bin" > after && same before after && find "$place/p" ! -type d > left &&
        test "$(wc -l < left)" -eq 5 && test ! -e "$place/p/libexec/heed" && test ! -e "$place/p/share/doc/heed"
}
t_staged() {
    (place=/usr && make_in install DESTDIR="$PWD/staged é") && works "staged é/usr/p/bin/heed" &&
        find "staged é" -type l | while read -r link; do readlink "$link"; done > links && test -s links && ! grep -v '^\.\./libexec/heed/' links | grep -vx heed
}

# A copy in a folder to which others add theirs: reached by a link, the folder is not heed's.
t_not_trusted() {
    mkdir -p copy/cli evil/.libs && cp "$builddir/cli/plugins" copy/cli/ && echo none > evil/.libs/score_evil.so &&
        ln -s ../evil copy/plugins && copy/cli/plugins > list && ! grep evil list && rm copy/plugins && cp -R evil copy/plugins &&
        copy/cli/plugins > list && grep -q 'copy/plugins/.libs/score_evil.so: broken' list
}
t_heed_alone() {
    mkdir -p alone && cp "$builddir/cli/heed" alone/ && printf '#!/bin/sh\necho evil\n' > alone/predict && chmod +x alone/predict &&
        { alone/heed predict --version > said 2>&1 || :; } && ! grep evil said
}

run t_built 'programs run where they are built'
run t_other_folder 'the working folder is no place for plugins'
command -v make > /dev/null || done_testing
run t_installed 'installed under another prefix, with a blank and a letter outside ASCII'
if test -n "$plugins"; then
    run t_own_plugins 'they use their own plugins'
else
    skip 'plugins are linked in' 'they use their own plugins'
fi
run t_moved 'moved as a whole'
run t_paths_first 'HEED_EXEC_PATH and HEED_PLUGIN_PATH come first'
if test -n "$plugins" && command -v cc > /dev/null && command -v pkg-config > /dev/null; then
    run t_plugin_built 'the one line of the README builds a plugin from there'
fi
run t_documents 'documents, licence and examples are installed'
run t_pages 'pages name what is installed'
run t_nothing_replaced 'programs and pages that are not heed'\''s stay, and are named'
run t_ours_replaced 'a link of an older heed is replaced'
run t_uninstalled 'uninstall takes away ours and leaves theirs'
run t_staged 'DESTDIR with a blank, links that are relative'
run t_not_trusted 'a folder beside a copy is not trusted when a link leads there'
run t_heed_alone 'heed copied alone runs no neighbour'
done_testing
