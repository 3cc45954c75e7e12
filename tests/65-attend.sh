#!/bin/sh
# attend with what tensors makes: softmax of given scores, heads, kernels, weights that are saved and loaded. Numbers
# are those of the formulas, computed by awk.
. "${srcdir:-.}/tests/lib.sh"
has attend tensors peek || skip_all 'not all programs are built'

quiet() { "$@" > /dev/null; }
# near FILE FILE: tables of numbers that differ by 1e-5 at most.
near() {
    paste -d, "$1" "$2" | awk -F, 'NF % 2 || !NF { exit 1 } { for (i = 1; i <= NF / 2; i++) { d = $i - $(i + NF / 2); if (d > 1e-5 || d < -1e-5) exit 1; n++ } }
        END { exit n == 0 }' && return
    paste "$1" "$2"
    return 1
}

t_softmax() {
    printf '0.3,-1,2\n5,4,3\n\n0,0,0\n1,2,3\n' > scores && printf '2\n1\n' > len && tensors scores=scores valid_len=len | attend > out && peek --check out &&
        peek --csv --tensor weights out | grep . > got && awk -F, 'NF { n = NR < 3 ? 2 : 1; sum = 0; for (i = 1; i <= n; i++) sum += exp($i)
            for (i = 1; i <= 3; i++) printf "%.7f%s", i <= n ? exp($i) / sum : 0, i < 3 ? "," : "\n" }' scores > want && near got want &&
        ! peek out | grep -q context && peek out | grep -q 'weights .*\[2,1,2,3\]'
}
run t_softmax "the course's masked softmax: scores and lengths, nothing else"

t_softmax_queries() {
    tensors 'scores=[[[1,2,3],[3,2,1]],[[0,0,0],[1,1,1]]]' 'valid_len=[[1,2],[3,0]]' 'value=[[[1],[2],[3]],[[3],[6],[9]]]' | attend > out &&
        peek --csv --tensor weights out | grep . > got && printf '1,0,0\n0.7310586,0.2689414,0\n0.3333333,0.3333333,0.3333333\n0,0,0\n' > want && near got want &&
        peek --csv --tensor context out | grep . > got && printf '1\n1.2689414\n6\n0\n' > want && near got want &&
        tensors 'scores=[[1,-inf,3],[-inf,-inf,-inf]]' | attend | peek --csv --tensor weights > got && printf '0.1192029,0,0.8807970\n0,0,0\n' > want && near got want &&
        tensors 'scores=[[1,1,1],[1,1,1],[1,1,1]]' | attend --mask causal | peek --csv --tensor weights > got &&
        printf '1,0,0\n0.5,0.5,0\n0.3333333,0.3333333,0.3333333\n' > want && near got want
}
run t_softmax_queries 'lengths for each query, values, keys not seen, causal'

t_softmax_refused() {
    fails 1 'value 1 is not a number' quiet tensors 'scores=[[1,nan]]' && fails 1 'value 1 is infinite' quiet tensors 'scores=[[1,inf]]' &&
        tensors 'scores=[[1,nan]]' 'valid_len=[1]' | attend | peek --csv --tensor weights | grep -qx '1,0' &&
        tensors 'scores=[[1,2]]' 'query=[[1]]' > both && fails 1 'in place of query and key' quiet attend both &&
        tensors 'scores=[[1,2]]' > x && fails 1 'leave --score' quiet attend --score dot x && fails 1 'is not written' quiet attend --save-score w x &&
        fails 1 'length 3 not in 0..2' quiet tensors 'scores=[[1,2]]' 'valid_len=[3]' &&
        fails 1 'dimension S is 1, but 2' quiet tensors 'scores=[[1,2]]' 'value=[[1]]'
}
run t_softmax_refused 'what is no score, or has no place'

# Heads: each is attended as a batch of its own would be.
t_heads() {
    printf '1 2\n3 4\n\n0 1\n1 0\n\n\n2 2\n-1 0\n\n1 1\n0 3\n' > q && printf '1 0\n0 1\n1 1\n\n2 0\n0 2\n1 -1\n\n\n1 0\n0 1\n1 1\n\n2 0\n0 2\n1 -1\n' > k &&
        tensors query=q key=k value=k 'valid_len=[2,3]' > four && tensors query:4,2,2=q key:4,3,2=k value:4,3,2=k 'valid_len=[2,2,3,3]' > three &&
        for options in '--score dot' '--score mlp:hidden=3' '--score general --mask causal' '--score kernel --window 1'; do
            # shellcheck disable=SC2086
            attend -q $options four > a && attend -q $options three > b && for tensor in weights context; do
                peek --csv --tensor $tensor a | grep . > x && peek --csv --tensor $tensor b | grep . > y && same x y || return 1
            done
        done && peek a | grep -q 'weights .*\[2,2,2,3\]' && peek a | grep -q 'context .*\[2,2,2,2\]' &&
        tensors query=q key=k value=k 'valid_len=[[2,1],[3,2]]' > four && tensors query:4,2,2=q key:4,3,2=k value:4,3,2=k 'valid_len=[[2,1],[2,1],[3,2],[3,2]]' > three &&
        attend four | peek --csv --tensor weights | grep . > x && attend three | peek --csv --tensor weights | grep . > y && same x y &&
        peek --csv --tensor weights a > w && tensors scores:2,2,2,3=w valid_len:I32=[2,3] > z && attend z | peek | grep -q 'weights .*\[2,2,2,3\]' &&
        tensors query=q key=k 'value=[[[1],[1],[1]],[[1],[1],[1]]]' > bad && fails 1 'tensor value: rank 3, want 4' quiet attend bad
}
run t_heads 'heads'

t_kernels() {
    awk 'BEGIN { for (i = 0; i < 20; i++) printf "%.4f\n", i * 0.25 }' > k && awk '{ printf "%.6f\n", 2 * sin($1) + $1 }' k > v &&
        awk 'BEGIN { for (i = 0; i < 9; i++) printf "%.4f\n", i * 0.6 }' > q && tensors query=q key=k value=v > qkv &&
        for kernel in gaussian boxcar triangular epanechnikov constant; do for width in 1 0.5; do
            attend --score kernel:kind=$kernel,width=$width qkv | peek --csv --tensor context > got &&
                awk -v kernel=$kernel -v width=$width 'FILENAME == "k" { k[FNR] = $1; n = FNR } FILENAME == "v" { v[FNR] = $1 }
                    FILENAME == "q" { sum = 0; y = 0
                        for (i = 1; i <= n; i++) { x = ($1 - k[i]) / width; a = x < 0 ? -x : x; in1 = a < 1
                            w = kernel == "gaussian" ? exp(-x * x / 2) : kernel == "boxcar" ? in1 : kernel == "triangular" ? in1 * (1 - a) : kernel == "epanechnikov" ? in1 * (1 - a * a) : 1
                            sum += w; y += w * v[i] }
                        printf "%.7f\n", y / sum }' k v q > want && near got want || { echo $kernel $width; return 1; }
        done; done
}
run t_kernels 'Nadaraya-Watson regression, by every kernel'

t_kernel_outside() {
    tensors 'query=[[0],[9],[3]]' 'key=[[0],[1],[2.5]]' 'value=[[1],[2],[3]]' 'valid_len=[2]' > x && for kernel in boxcar triangular epanechnikov; do
        attend --score kernel:kind=$kernel x | peek --csv --tensor weights > got && printf '1,0,0\n0,0,0\n0,0,0\n' | same got - || return 1
    done &&
        tensors 'query=[[0,1]]' 'key=[[0]]' 'value=[[1]]' > wide && fails 1 'the widths must be equal' quiet attend --score kernel wide &&
        fails 2 'option width' quiet attend --score kernel:width=0 x
}
run t_kernel_outside 'a query that no key is near has no weights'

# A document as NumPy's users write it: scores [2,1,2], lengths of 64 bits, of which the second is $1, in octal bytes.
foreign() {
    header='{"valid_len":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"scores":{"dtype":"F32","shape":[2,1,2],"data_offsets":[16,32]}}'
    # shellcheck disable=SC2059
    printf "\\$(printf %03o ${#header})\\0\\0\\0\\0\\0\\0\\0%s\\001\\0\\0\\0\\0\\0\\0\\0$1" "$header" && head -c 16 /dev/zero
}
t_lengths() {
    foreign '\002\0\0\0\0\0\0\0' | attend > out && peek out | grep -q 'valid_len I32  *\[2\]' && peek --csv --tensor weights out | grep . > got &&
        printf '1,0\n0.5,0.5\n' | same got - && foreign '\003\0\0\0\0\0\0\0' > x && fails 1 'row 1: length 3 not in 0..2' quiet attend x &&
        foreign '\001\0\0\0\001\0\0\0' > x && fails 1 'row 1: length 4294967297 does not fit I32' quiet attend x &&
        foreign '\377\377\377\377\377\377\377\377' > x && fails 1 'length -1 not in' quiet attend x
}
run t_lengths 'lengths of 64 bits are taken'

t_weights() {
    tensors 'query=[[1,2],[3,4]]' 'key=[[1,2],[0,1],[-1,0.5]]' 'value=[[1],[2],[3]]' 'valid_len=[3]' > x &&
        attend -q --score mlp:hidden=3 --save-score w x > a && peek w | grep -q 'score=mlp:hidden=3' && peek w | grep -q 'attention.query  *F32  \[2,3\]' &&
        attend --seed 9 --score mlp:hidden=3 --load-score w x 2> said > b && test ! -s said && same a b &&
        tensors -o w 'query=[[1,0],[0,1]]' 'key=[[1,0],[0,2]]' 'energy=[1,-0.5]' && attend --score mlp:hidden=2 --load-score w x | peek --csv --tensor weights > got &&
        awk 'function tanh(x) { return 1 - 2 / (exp(2 * x) + 1) } BEGIN { split("1 2 3 4", q); split("1 2 0 1 -1 0.5", k)
            for (i = 0; i < 2; i++) { sum = 0; for (j = 0; j < 3; j++) { e[j] = exp(tanh(q[2 * i + 1] + k[2 * j + 1]) - 0.5 * tanh(q[2 * i + 2] + 2 * k[2 * j + 2])); sum += e[j] }
                printf "%.7f,%.7f,%.7f\n", e[0] / sum, e[1] / sum, e[2] / sum } }' > want && near got want &&
        tensors -o w 'attention.key=[[1,0],[0,2]]' && attend --score general --load-score w x | peek --csv --tensor weights > got &&
        awk 'BEGIN { split("1 2 3 4", q); split("1 2 0 1 -1 0.5", k)
            for (i = 0; i < 2; i++) { sum = 0; for (j = 0; j < 3; j++) { e[j] = exp(q[2 * i + 1] * k[2 * j + 1] + 2 * q[2 * i + 2] * k[2 * j + 2]); sum += e[j] }
                printf "%.7f,%.7f,%.7f\n", e[0] / sum, e[1] / sum, e[2] / sum } }' > want && near got want
}
run t_weights 'weights of a score are shown, given, and give what the formula gives'

t_weights_refused() {
    tensors -o w 'key=[[1,0]]' && fails 1 'want a tensor key F32 [2,2]' quiet attend --score general --load-score w x &&
        fails 1 'tensor key is no weight of score dot' quiet attend --load-score w x && fails 1 'gone' quiet attend --score general --load-score gone x &&
        tensors -o w 'key=[[1,nan],[0,1]]' && fails 1 'value 1 is not a number' quiet attend --score general --load-score w x &&
        fails 1 'has no weights' quiet attend --score kernel --save-score none x && test ! -e none && fails 2 "peek shows the model's" quiet attend -m m.heed --save-score none x
}
run t_weights_refused 'weights that do not fit are refused'

done_testing
