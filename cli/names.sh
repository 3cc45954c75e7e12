#!/bin/sh
# names.sh: puts heed's names into folders that other packages use too, and takes them away. What bears such a
# name and is not heed's stays as it is, and is named in one line: `heed NAME` runs ours all the same.
#
#     names.sh link|unlink BINDIR LIBEXECDIR NAME...        links to the programs, relative: the whole may be moved
#     names.sh page|unpage MANDIR FOLDER PREFIX NAME...     man pages FOLDER/NAME.1, as PREFIXNAME.1
#
# A name may be a path, of which the last part counts. `make install` and `make uninstall` run this.
set -eu

verb=$1 to=$2 from=$3
shift 3

there() { test -e "$1" || test -L "$1"; }

# A link to a program of heed's, wherever that lay; of 0.1.0 the program heed itself.
our_program() {
    case $(readlink "$1") in
    */heed/"$name" | heed/"$name") return 0 ;;
    esac
    test "$name" = heed && test -f "$1" && grep -q 'Sequence-to-sequence learning with attention as filters' "$1"
}

our_page() { head -n 1 "$1" 2> /dev/null | grep -q '^\.TH .* "heed [^"]*" "heed"$'; }

taken() {
    there "$1" || return 0
    echo "heed: $1 is not heed's and stays as it is; heed's own: $2" >&2
    return 1
}

case $verb in
page | unpage)
    prefix=$1
    shift
    ;;
esac

for name; do
    name=${name##*/}
    test "$name" = heed && runs=$from/heed page=heed || runs="heed $name" page=${prefix:-}$name
    case $verb in
    link)
        if our_program "$to/$name" || taken "$to/$name" "$runs"; then
            ln -srfT -- "$from/$name" "$to/$name"
        fi
        ;;
    unlink)
        ! our_program "$to/$name" || rm -f -- "$to/$name"
        ;;
    page | unpage)
        page=$to/$page.1
        if test "$verb" = unpage; then
            ! our_page "$page" || rm -f -- "$page"
        elif our_page "$page" || taken "$page" "heed help $name"; then
            install -m 644 -- "$from/$name.1" "$page"
        fi
        ;;
    esac
done
