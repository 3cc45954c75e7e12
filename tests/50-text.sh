#!/bin/sh
# 50-text.sh: text is read in one way by every command and in every place: what is no UTF-8 text is named, with what turns it
# into it, and a byte order mark, CR LF and a missing last line end make no difference.
. "${srcdir:-.}/tests/lib.sh"
has train predict tokenize encode decode vocab evaluate || skip_all 'not built'

model=old.heed
cp "$srcdir/tests/old/da68ba2.heed" "$model" && cp "$srcdir/tests/old/da68ba2.src" one && n=$(wc -l < one) && head -n "$n" "$srcdir/tests/old/da68ba2.tgt" > other &&
    paste one other > pairs && tokenize -m "$model" one > ids && encode -m "$model" ids > memory || exit 99

# Every place where text is read; FILE is the text, PAIRS the pairs.
cat > places << 'END'
train --force -q --steps 1 --dev none -o x.heed PAIRS
train --force -q --steps 1 --dev none -o x.heed < PAIRS
train --force -q --steps 1 --dev PAIRS -o x.heed pairs
train --force -q --steps 1 --dev none -o x.heed --src FILE --tgt other
train --force -q --steps 1 --dev none -o x.heed --src other --tgt FILE
predict -q -m MODEL FILE
predict -q -m MODEL < FILE
tokenize -q -m MODEL FILE
tokenize -q -m MODEL --pairs PAIRS
tokenize -q -m MODEL --pairs < PAIRS
decode -q -m MODEL --force FILE memory
vocab train -q --force --tokenizer word v FILE
vocab train -q --force --tokenizer word --side joint v PAIRS
evaluate -q --ref other FILE
evaluate -q --ref other < FILE
evaluate -q --ref FILE other
evaluate -q --ref PAIRS --ref-column 2 other
evaluate -q --refs-tsv PAIRS other
evaluate -q --ref other --group-by-source FILE other
END
# Under sanitizers, where every process takes long, each form is read in other places: all of them among all forms.
turn=0 every=yes
! sanitized || every=no
# each SUFFIX COMMAND: runs COMMAND with every place as $line, text being one.SUFFIX and pairs.SUFFIX.
each() {
    suffix=$1 place=0 turn=$((turn + 1))
    shift
    while read -r line; do
        place=$((place + 1))
        test "$every" = yes || test $((place % 3)) -eq $((turn % 3)) || continue
        line=$(echo "$line" | sed "s|MODEL|$model|; s|FILE|one.$suffix|; s|PAIRS|pairs.$suffix|")
        "$@" || return
    done < places
}

# refused WHAT: $line ends with status 1 and names WHAT.
refused() {
    code=0
    sh -c "$line" > out 2> err < /dev/null || code=$?
    test "$code" -eq 1 && grep -q "$1" err && return
    echo "exit status $code, want '$1': $line" && cat err && return 1
}
# turned SUFFIX COMMAND: makes one.SUFFIX and pairs.SUFFIX.
turned() {
    turned_suffix=$1
    shift
    for file in one pairs; do "$@" < "$file" > "$file.$turned_suffix" || return; done
}

t_wide() {
    for form in UTF-16BE UTF-32LE UTF-32BE UTF-16LE; do
        turned wide iconv -f UTF-8 -t "$form" && fails 1 "is $form text; put \`iconv -f $form -t UTF-8\` in front" predict -m "$model" one.wide ||
            return
    done
    each wide refused 'is UTF-16LE text; put .iconv -f UTF-16LE -t UTF-8. in front' && turned 16 sh -c 'printf "\377\376" && iconv -f UTF-8 -t UTF-16LE' && each 16 refused 'is UTF-16 text; put .iconv -f UTF-16' &&
        turned 16b sh -c 'printf "\376\377" && iconv -f UTF-8 -t UTF-16BE' && fails 1 'is UTF-16 text' predict -m "$model" one.16b &&
        turned 32 sh -c 'printf "\377\376\0\0" && iconv -f UTF-8 -t UTF-32LE' && fails 1 'is UTF-32 text; put `iconv -f UTF-32' predict -m "$model" one.32
}
run t_wide 'UTF-16 and UTF-32, with a mark and without'

t_packed() {
    turned bz2 sh -c 'printf "BZh91AY&SY" && cat' && fails 1 'is compressed by bzip2, not text; put `bzip2 -dc`' predict -m "$model" one.bz2 &&
        turned ids sh -c "cat > rest && cat ids" && each ids refused 'is a stream of ids (producer tokenize), not text\|the stream carries no vocabularies' &&
        turned twice sh -c 'gzip -c | gzip -c' && each twice refused 'is compressed by gzip, not text; put .gzip -dc. in front' &&
        turned bomb sh -c 'cat > rest && head -c 20000000 /dev/zero | gzip -c' && each bomb refused 'is not text: NUL\|header length 0 is less than 2'
}
run t_packed 'files compressed otherwise, twice, or of no text; streams'

# kept: $line gives the same with the text as it was made and as it was turned.
kept() {
    plain=$(echo "$line" | sed "s/\(one\|pairs\)\.$suffix/\1/g")
    rm -f x.heed
    sh -c "$plain" > a && { test ! -e x.heed || cp x.heed a; } && rm -f x.heed && sh -c "$line" > b && { test ! -e x.heed || cp x.heed b; } &&
        cmp a b && return
    echo "another result: $line" && return 1
}
t_kept() {
    turned crlf sh -c 'printf "\357\273\277" && sed "s/$/\r/"' && turned end sh -c 'head -c -1' &&
        each crlf kept && each end kept
}
run t_kept 'a mark at the beginning, CR LF, no last line end: the same result'

# By their first bytes, not by their names; members one behind the other are one text.
t_gzip() { turned gz gzip -c && each gz kept; }
t_xz() { turned lzma xz -c && each lzma kept; }
t_zstd() { turned packed zstd -qc && each packed kept; }
t_members() { turned parts sh -c '{ IFS= read -r line && echo "$line" | gzip -c && gzip -c < /dev/null && gzip -c; }' && each parts kept; }
run t_gzip 'gzip: the same result'
run t_xz 'xz: the same result'
if command -v zstd > /dev/null; then
    run t_zstd 'zstd: the same result'
else
    skip 'no zstd here' 'zstd: the same result'
fi
run t_members 'several members of gzip: the same result'

# A vocabulary as text, and the records of a run, are text too.
t_vocab() {
    vocab train -q --force --tokenizer word v one && vocab export v > v.txt && { printf '\357\273\277' && sed 's/$/\r/' v.txt; } > v.crlf &&
        vocab import --force --tokenizer word w v.crlf && vocab export w > w.txt && cmp v.txt w.txt &&
        iconv -f UTF-8 -t UTF-16LE v.txt > v.wide && fails 1 'is UTF-16LE text' vocab import --tokenizer word u v.wide &&
        gzip < v.txt > v.gz && vocab import --force --tokenizer word u v.gz && vocab export u > u.txt && cmp v.txt u.txt &&
        printf '4\ta\351b\t3\n' > last && cat v.txt last > v.latin && fails 1 'not valid UTF-8' vocab import --tokenizer word u v.latin &&
        fails 1 'put `gzip -dc` in front' runs import v.gz
}
run t_vocab 'vocabularies and records'

# Where a stream is wanted, text of any kind is named too.
t_streams() {
    for stage in "detokenize -m $model" batch-mask "encode -m $model" "decode -m $model" attend plot peek; do
        sh -c "$stage one.16" > out 2> err && echo "no failure: $stage" && return 1
        grep -q 'is UTF-16 text, not a tensor stream' err || { echo "$stage" && cat err && return 1; }
    done
}
run t_streams 'the stages in between'
done_testing
