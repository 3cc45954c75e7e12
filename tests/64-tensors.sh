#!/bin/sh
# tensors: text, tables, JSON and .npy to a stream, and what peek writes of one.
. "${srcdir:-.}/tests/lib.sh"
has tensors peek attend tokenize encode decode train || skip_all 'not all programs are built'

i=0
while test $i -lt 30; do
    printf 'the cat no %d\tle chat no %d\n' $((i % 7)) $((i % 7))
    i=$((i + 1))
done > pairs.tsv
train -q --steps 3 --seed 1 --tokenizer word --hidden 8 --embed 8 -o m.heed pairs.tsv > log 2>&1 ||
    { sed 's/^/# /' log; echo 'Bail out! no model'; exit 1; }
printf 'the cat no 3\n\nno 5\n' > text
tokenize -m m.heed text > ids && encode -m m.heed ids > memory && decode -m m.heed --attention memory > attention &&
    decode -m m.heed --weights memory > hypotheses && tokenize -m m.heed --pairs pairs.tsv > pairs || exit 1

# There and back: the frames and their tensors are the same bytes; only the producer is another.
frames_of() { peek --split "$1" "$2" > /dev/null && rm -f "$1"/*-000000.safetensors; }
t_back() {
    for stream in ids memory attention hypotheses pairs; do
        rm -rf d1 d2 d3 && frames_of d1 $stream && peek --values --rows 0 $stream | tensors > back && peek --check back &&
            frames_of d2 back && peek --json --values --rows 0 $stream | tensors > back && frames_of d3 back &&
            for frame in d1/*; do
                number=${frame##*-}
                same "$frame" d2/back-"$number" && same "$frame" d3/back-"$number" || return 1
            done && peek $stream | sed 's/ from [a-z]*,//' > want && peek back | sed 's/ from [a-z]*,//' | same want - || return 1
    done
}
run t_back 'what peek prints, as text and as JSON, is the stream again'

t_model() {
    peek --values --rows 0 m.heed | tensors -o back.heed && same m.heed back.heed &&
        peek --json --values --rows 0 m.heed > json && tensors -o back.heed json && same m.heed back.heed
}
run t_model 'and the model, to the byte'

quiet() { "$@" > /dev/null; } # what is refused leaves an end frame
values_of() { sed -n 's/^ *\[[0-9,]*\] //p' "$1"; }
t_tables() {
    printf '1,2\n3,4e0\n' > csv && printf '# a comment\n 1\t2 \r\n+3 4.0' > blanks && printf '\357\273\277a,b\n1,2\n3,4\n' > named &&
        tensors x=csv > a && tensors x=blanks > b && same a b && tensors --header x=named | cmp - a &&
        tensors 'x=[[1,2],[3,4]]' | cmp - a && echo '{"x": [[1, 2], [3, 4]]}' | tensors | cmp - a && tensors x:F32:-1,2=csv | cmp - a && gzip -c csv > csv.gz && tensors x=csv.gz | cmp - a &&
        peek --values a > shown && grep -q 'x  *F32  \[2,2\]' shown && values_of shown > got && printf '1 2\n3 4\n' | same got - &&
        tensors x:I32=csv | peek | grep -q 'I32  \[2,2\]' && tensors x:U8:4=csv | peek | grep -q 'U8   \[4\]'
}
run t_tables 'commas, tabs, blanks and lists are the same matrix'

t_dimensions() {
    printf '1 2\n3 4\n\n5 6\n7 8\n\n\n1 2\n3 4\n\n5 6\n7 8\n\n' > x && tensors x=x > a && peek a | grep -q '\[2,2,2,2\]' &&
        peek --csv a > b && tensors x=b | cmp - a && printf '1\n2\n' | tensors x=- | peek | grep -q '\[2,1\]'
}
run t_dimensions 'empty lines make dimensions, there and back'

t_numbers() {
    printf '0.1 1e-45 3.4028235e38 -0 16777217\n' | tensors x=- | peek --csv | grep -qx '0.1,1.4013e-45,3.4028235e+38,-0,16777216' &&
        echo 'nan inf -Inf NaN' | tensors x=- | peek --csv | grep -qx 'nan,inf,-inf,nan' && tensors 'x=[null]' | peek --csv | grep -qx nan &&
        tensors 'x:I64=[9007199254740993,-9223372036854775808]' | peek --csv > got && printf '9007199254740993\n-9223372036854775808\n' | same got - &&
        fails 1 "line 1, column 3: '1e39' does not fit F32" quiet tensors 'x=[ 1e39]' && fails 1 'does not fit I32' quiet tensors 'x:I32=[2147483648]' &&
        fails 1 'does not fit U8' quiet tensors 'x:U8=[-1]' && fails 1 'is no whole number' quiet tensors 'x:I32=[nan]' &&
        fails 1 'does not fit I64' quiet tensors 'x:I64=[1e19]' && fails 1 'tensor query: value 1 is infinite' quiet tensors 'query=[1,inf]' 'key=[1,1]' 'value=[1,1]'
}
run t_numbers 'every number as it is, or said to be none of its dtype'

t_npy() {
    printf '1 2 3\n4 5 6\n' > table && for dtype in F32 I32 I64 U8; do
        tensors x:$dtype=table > a && peek --npy a > x.npy && tensors x=x.npy | cmp - a && tensors x:F32=x.npy > b && tensors x=table | cmp - b || return 1
    done && test "$(head -c 128 x.npy | tail -c +11 | tr -d ' \n')" = "{'descr':'|u1','fortran_order':False,'shape':(2,3,),}" &&
        test "$(wc -c < x.npy)" -eq 134 && printf '\223NUMPY\001\000\066\000%-53s\n\000\000\000\000\000\000\370\077\000\000\000\000\000\000\000\300' \
            '{"shape":(2,),"fortran_order":False,"descr":"<f8"}' > f8.npy && tensors x=f8.npy | peek --csv > got && printf '1.5\n-2\n' | same got - &&
        sed 's/False/True /' x.npy > bad.npy && fails 1 'column by column' quiet tensors x=bad.npy && sed 's/|u1/>f4/' x.npy > bad.npy &&
        fails 1 "type '>f4'" quiet tensors x=bad.npy && head -c 130 x.npy > bad.npy && fails 1 'ends too early' quiet tensors x=bad.npy &&
        { cat x.npy && echo; } > bad.npy && fails 1 'behind the last number' quiet tensors x=bad.npy && sed 's/(2, 3,)/(2, -3)/' x.npy > bad.npy &&
        fails 1 'no shape' quiet tensors x=bad.npy && sed 's/(2, 3,)/(9999999999999,)/' x.npy > bad.npy && fails 1 'no shape' quiet tensors x=bad.npy &&
        sed 's/descr/descd/' x.npy > bad.npy && fails 1 'header is not' quiet tensors x=bad.npy && sed 's/NUMPY./NUMPY\x09/' x.npy > bad.npy &&
        fails 1 'version 9.0' quiet tensors x=bad.npy
}
run t_npy 'NumPy arrays, there and back; what is none of the kinds taken is said'

t_places() {
    printf '1 2\n3 x\n' > bad && fails 1 "bad: line 2, column 3: 'x' is no number" quiet tensors x=bad &&
        printf '1,2\n3,,4\n' > bad && fails 1 'line 2, column 3: a number is missing' quiet tensors x=bad &&
        printf '1,2\n3\n' > bad && fails 1 'line 2, column 2: a row of 1 numbers, those before have 2' quiet tensors x=bad &&
        printf '1 2\n\n1 2\n1 2\n' > bad && fails 1 'a block of 2 rows, the first has 1' quiet tensors x=bad &&
        printf '1,2 3\n' > bad && fails 1 'column 5: want a comma' quiet tensors x=bad && printf '1 2,3\n' > bad && fails 1 'a comma in a row' quiet tensors x=bad &&
        printf 'a,b\n1,2\n' > bad && fails 1 '--header' quiet tensors x=bad && printf '# nothing\n' > bad && fails 1 'holds no number' quiet tensors x=bad &&
        fails 1 'line 1, column 11: a list of 1, those before have 2' quiet tensors 'x=[[1,2],[3]]' &&
        fails 1 'a number where a list stood' quiet tensors 'x=[[1],2]' && fails 1 'a list where a number stood' quiet tensors 'x=[1,[2]]' &&
        fails 1 'an empty list' quiet tensors 'x=[]' && fails 1 'lists deeper than 8' quiet tensors 'x=[[[[[[[[[1]]]]]]]]]' && fails 1 "want ',' or ']'" quiet tensors 'x=[1' &&
        fails 1 'behind the end' quiet tensors 'x=[1] 2' && fails 1 "'true' is no number" quiet tensors 'x=[true]' &&
        echo '{"x": [1], "x": [2]}' > bad && fails 1 'is there twice' quiet tensors bad && echo '{"X": [1]}' > bad && fails 1 'a character other than' quiet tensors bad &&
        echo '[1]' > bad && fails 1 'give NAME=bad' quiet tensors bad && fails 2 'which tensor is this? give NAME=table' quiet tensors table &&
        fails 1 'is a stream of ids' quiet tensors x=ids
}
run t_places 'a mistake has its line and column'

t_printed() {
    peek --values pairs > some && fails 1 'peek --values --rows 0 prints all' quiet tensors some &&
        peek --values --json pairs > some && fails 1 '--rows 0 prints all' quiet tensors some && printf 'frame 1\n  x F32 [2]\n    [] 1 2 3\n' > bad &&
        fails 1 'line 3, column 12: tensor x: more values than its shape has, 2' quiet tensors bad && printf 'frame 1\n  x F64 [2]\n' > bad && fails 1 'none of F32' quiet tensors bad &&
        printf 'frame 1\n  x F32 [2,999999999999]\n' > bad && fails 1 'a shape of more than 1 GiB' quiet tensors bad && printf 'frame 1\n    [] 1\n' > bad &&
        fails 1 'values without a tensor' quiet tensors bad && printf 'stream of x\n  a=b\n' > few && tensors few | peek | grep -q 'a=b' &&
        printf 'stream of mine\nframe 1\n  x F32 [1,2]\n    [] 1 2\nframe 2\n  x F32 [1,2]\n    [] 3 4\nend\n' > bad && fails 1 "'end' begins no document" quiet tensors bad &&
        head -n 7 bad | tensors | peek --csv > got && printf '1,2\n3,4\n' | same got -
}
run t_printed "text like peek's may be written by hand"

t_frames() {
    fails 1 'dimension B is 3, but 2 in tensor a' quiet tensors 'a=[1,2]' 'b=[1,2,3]' && tensors -o file 'a=[1,2]' 'b=[1,2,3]' && peek file | grep -q 'b  *F32  \[3\]' &&
        fails 2 'given twice' quiet tensors 'a=[1]' 'a=[1]' && fails 2 'a character other than' quiet tensors 'A=[1]' && fails 2 'neither F32' quiet tensors 'a:f32=[1]' &&
        fails 1 'do not fill its shape' quiet tensors 'a:3=[1]' && fails 2 'one dimension open' quiet tensors 'a:-1,-1=[1]' && fails 2 'names no tensor' quiet tensors 'a=[1]' b &&
        fails 1 'tensor key is missing' quiet tensors 'query=[[1]]' && tensors 'src=[[4,5,2],[4,2,0]]' 'src_len=[3,2]' > x && peek x | grep -q 'stream of ids' &&
        peek --csv --tensor line x > got && printf '0\n1\n' | same got - && fails 1 'cannot open 3' quiet tensors 'src=[[4,5,2]]' src_len=3 &&
        tensors 'query=[[1,2]]' 'key=[[1,2],[3,4]]' 'value=[[1],[2]]' 'valid_len=[1]' > x && peek x | grep -q 'query .*\[1,1,2\]' &&
        printf '1\n2\n' > len && tensors 'query=[[[1]],[[2]]]' 'key=[[[1],[2]],[[1],[2]]]' 'value=[[[1],[2]],[[1],[2]]]' valid_len=len | peek | grep -q 'valid_len I32  \[2\]' &&
        fails 1 'length 3 not in 0..2' quiet tensors 'query=[[1]]' 'key=[[1],[2]]' 'value=[[1],[2]]' 'valid_len=[3]'
}
run t_frames 'a frame is what the next stage takes, with ones in front; a file holds anything'

t_peek() {
    peek --csv --tensor line ids > got && printf '0\n1\n2\n' | same got - && fails 2 'choose one' peek --csv ids && fails 1 'no tensor none' peek --csv --tensor none ids &&
        fails 2 'nothing else that prints' peek --csv --values ids && fails 2 'nothing else' peek --csv --npy ids && peek --tensor src --split d --json ids > /dev/null
}
run t_peek 'peek writes one tensor as CSV'

done_testing
