#!/bin/sh
# 57-printed.sh: every command that README, docs, help pages and messages print is run, in a folder that has what they name; what
# is mentioned in passing has the options and subcommands that it is said to have.
. "${srcdir:-.}/tests/lib.sh"
has predict train evaluate runs || skip_all 'not built'
command -v sqlite3 > /dev/null && command -v pkg-config > /dev/null || skip_all 'sqlite3 or pkg-config is not here'
awk=${AWK:-awk}
real=$builddir/cli
pages="README.md CONTRIBUTING.md SECURITY.md NEWS"
for page in "$srcdir"/docs/*.md; do pages="$pages docs/${page##*/}"; done
commands=$(for command in "$real"/*; do test ! -f "$command" || test ! -x "$command" || printf '%s ' "${command##*/}"; done)
printed() { (cd "$srcdir" && for page in $pages; do "$awk" -v commands="$commands" -v page=1 -f tests/printed.awk "$page" || exit 1; done); }
helped() { for command in "$real"/*; do
    test ! -f "$command" || test ! -x "$command" || "$command" --help | "$awk" -v commands="$commands" -v name="${command##*/}" -f "$srcdir/tests/printed.awk" || return 1
done; }

# Trainings are made short, and what installs is not run: the demo, the tests and `make install` are run by .ci/run, ranks by 69-ranks.sh.
mkdir bin && cat > bin/train << 'END'
#!/bin/sh
case " $* " in *" -h "* | *" --version "* | *" --help "*) exec "$REAL/train" "$@" ;; esac
for given; do
    shift
    if test "${drop:-}"; then drop=; continue; fi
    case $given in
    --time | --steps | --epochs | --hidden) drop=yes ;;
    --resume) resume=yes ;;
    *) set -- "$@" "$given" ;;
    esac
done
test "${resume:-}" && exec "$REAL/train" -q --resume --steps 6 --hidden 8 --keep-checkpoint "$@"
exec "$REAL/train" -q --force --steps 3 --hidden 8 --keep-checkpoint "$@"
END
# A search likewise; what it runs is the true train.
cat > bin/tune << 'END'
#!/bin/sh
case " $* " in *" -h "* | *" --version "* | *" --help "*) exec "$REAL/tune" "$@" ;; esac
for given; do
    shift
    if test "${drop:-}"; then drop=; continue; fi
    case $given in
    --time | --steps | --trials | --size | --net) drop=yes ;;
    *) set -- "$@" "$given" ;;
    esac
done
exec "$REAL/tune" -q --force --steps 4 --trials 2 "$@"
END
for command in bootstrap autoreconf make mpirun srun sudo; do echo '#!/bin/sh' > bin/$command; done
# Its dev and test pairs are some of those that are trained on.
cat > bin/doctor << 'END'
#!/bin/sh
exec "$REAL/doctor" --allow-leaks 1 "$@"
END
chmod +x bin/* && mkdir base && cp bin/bootstrap base/bootstrap || exit 99
mkdir -p base/build/cli && ln -s "$builddir/plugins" base/build/plugins && ln -s "$builddir/heed.pc" base/build/heed.pc && for command in "$real"/*; do
    test ! -f "$command" || test ! -x "$command" || ln -s "$command" base/build/cli/ || exit 99
done
rm base/build/cli/train base/build/cli/tune && cp bin/train bin/tune base/build/cli/
REAL=$real
PATH=$PWD/bin:$PATH
export HEED_STORE=heed.db
PKG_CONFIG_PATH=$builddir
export REAL PATH PKG_CONFIG_PATH

cd base || exit 99
record() { printf '{"record":"%s","run":"%s%028d",%s}\n' "$2" "$1" 0 "$3"; }
"$awk" -v n=300 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv && cp pairs.tsv train.tsv && head -n 40 pairs.tsv > dev.tsv && cp dev.tsv test.tsv && cp dev.tsv test.refs.tsv &&
    sed 's/$/\tnews/' dev.tsv > tagged.tsv && cut -f1,3 tagged.tsv > tagged.txt && cut -f2 dev.tsv > mono.fr &&
    for corpus in news talks large small smallest; do cp dev.tsv $corpus.tsv || exit 1; done &&
    cut -f1 dev.tsv > en.txt && cp en.txt new.txt && cp en.txt test.en && cp en.txt text && cut -f2 dev.tsv > test.fr && cp test.fr out.fr &&
    "$builddir/tests/make_sound" chirp 16000 16000 > hello.wav && cp hello.wav a.wav && "$builddir/tests/make_sound" noise 8000 9000 1 raw-s16 > samples &&
    printf 'hello.wav\thello\na.wav\ta\n' > spoken.tsv && cp spoken.tsv more.tsv &&
    cp out.fr base.fr && cp out.fr other.fr && cp out.fr wide.fr && cp out.fr beam5.fr &&
    train -o enfr.heed pairs.tsv && train --seed 2 -o my.heed pairs.tsv && cp my.heed m.heed && cp my.heed m-1.heed && cp my.heed m-2.heed && cp my.heed seed1.heed && cp my.heed seed2.heed && train --seed 4 -o other.heed pairs.tsv && train --seed 3 --name big-gru --tag grid -o big.heed pairs.tsv &&
    train --source features --dev none -o spoken.heed spoken.tsv &&
    for v in enfr v; do vocab train -q $v pairs.tsv || exit 1; done &&
    vocab train -q --side src --tokenizer word --min-count 1 en pairs.tsv &&
    tokenize -q -m enfr.heed en.txt | tee ids a.ids b.ids saved.stream | encode -m enfr.heed | tee memory | decode -q -m enfr.heed --weights > hypotheses.stream &&
    "$builddir/tests/make_attention" > qkv.safetensors && cp qkv.safetensors qkv.stream && printf '1,0\n0,1\n' > q.csv && cp q.csv k.csv && cp q.csv v.csv &&
    sed 's/score_skeleton/score_mine/g' "$srcdir/plugins/skeleton/score_skeleton.c" > score_mine.c && sed 's/score_skeleton/mine/g' "$srcdir/plugins/skeleton/score_skeleton.c" > mine.c &&
    "$awk" '/^```c$/ { in_c = 1; next } /^```/ { in_c = 0 } in_c' "$srcdir/docs/plugins.md" > score_gated.c &&
    { for id in 3f09 a41c a001 a002 a003 a004 a005 a006 a007 a008 a009 a010; do record $id run '"kind":"train","name":"other","at":"2026-01-01T00:00:00.000Z"' && record $id finish '"status":"done","exit_code":0,"at":"2026-01-01T00:01:00.000Z"'; done; } > enfr.heed.run &&
    runs import -q enfr.heed.run && predict -q -m enfr.heed en.txt > out.fr && evaluate -q -m enfr.heed --ref test.fr out.fr > table ||
    { echo 'Bail out! nothing to run with'; exit 1; }
cd ..

# each BLOCKS DO: DO is called for each block of the list, with its place and its text in the file `block`.
each() {
    each_do=$2
    each_n=0
    "$awk" '/^(==|~~) / { close(f); f = sprintf("block.%03d", n++); print substr($0, 4) > (f ".place"); printf "%s", "" > f; next } { print >> f }' "$1"
    for each_block in block.[0-9][0-9][0-9]; do
        test -e "$each_block" || continue
        each_n=$((each_n + 1))
        $each_do "$(cat "$each_block.place")" "$each_block" || { cat "$each_block.place" "$each_block"; tail -n 15 log; return 1; }
        rm "$each_block" "$each_block.place"
    done
}

# In a shell of its own, whose every line must succeed. The blocks of a page follow one another, those of help pages do not.
run_block() {
    case $1 in "$page":*) ;; *) rm -rf w && cp -a base w || return 1 ;; esac
    page=${1%:*}
    (cd w && timeout 60 sh -e "../$2") > log 2>&1 < /dev/null
}

# kept MARK: the blocks of the list that have it.
kept() { "$awk" -v mark="$1" '/^(==|~~) / { keep = $1 == mark } keep'; }

# What a mention names of a command must stand in its help: options, and for `runs` and `vocab` what they are to do.
t_mentions() {
    mkdir help && for command in "$real"/*; do
        test ! -f "$command" || test ! -x "$command" || "$command" --help > "help/${command##*/}" || return 1
    done
    { printed && (cd "$srcdir" && for source in cli/*.c core/*/*.c; do "$awk" -v commands="$commands" -v source=1 -f tests/printed.awk "$source" || exit 1; done); } |
        kept '~~' > mentions && "$awk" '
        function help_of(command,    line, text) {
            if (!(command in help)) {
                while ((getline line < ("help/" command)) > 0) text = text " " line
                help[command] = text
            }
            return help[command]
        }
        /^~~ / { place = $2; next }
        {
            parts = split($0, part, /[|;&]+/)
            for (i = 1; i <= parts; i++) {
                words = split(part[i], word, /[ ,.()`]+/)
                first = word[1] == "" ? 2 : 1
                text = help_of(word[first] == "heed" ? word[++first] : word[first])
                if (text == "") continue
                n++
                for (j = first + 1; j <= words; j++) {
                    sub(/=.*/, "", word[j])
                    if (word[j] ~ /^--[a-z]/ && index(text, word[j]) == 0 || j == first + 1 && word[first] ~ /^(runs|vocab)$/ && word[j] ~ /^[a-z]+$/ && text !~ "[^a-z]" word[j] "[^a-z]") {
                        print place ": " $0 ": " word[first] " has no " word[j]
                        bad = 1
                    }
                }
            }
        }
        END { print n " mentions"; exit bad || n < 25 }' mentions
}

t_pages() { printed | kept '==' > blocks && each blocks run_block && test "$each_n" -gt 20; }
t_help() { helped > blocks && each blocks run_block && test "$each_n" -gt 12; }

# The line that a training ends with, and the one of a training that was interrupted.
t_messages() {
    "$real/train" --no-store --force --tokenizer word --min-count 1 --hidden 8 --steps 3 --dev none -o said.heed base/pairs.tsv 2> said &&
        sed -n 's/.*; next: //p' said > next && test -s next && sh -e next < base/en.txt > out && test "$(wc -l < out)" -eq "$(wc -l < base/en.txt)" || return 1
}

run t_mentions 'what is mentioned of a command stands in its help'
run t_pages 'what README and docs print in blocks is run'
run t_help 'the examples of --help are run'
run t_messages 'what messages say comes next is run'
done_testing
