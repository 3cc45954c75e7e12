#!/bin/sh
# 97-speech-example.sh: examples/speech: numbers as words, and the words of prompts. Nothing is fetched or spoken here.
. "${srcdir:-.}/tests/lib.sh"
example=$srcdir/examples/speech
awk=${AWK:-awk}

numbers() { LC_ALL=C "$awk" -v n="$1" -v seed="$2" -v voices='one two+f1' -f "$example/numbers.awk"; }
t_numbers() {
    numbers 600 1 > all && test "$(wc -l < all)" -eq 600 && ! grep -qvE '^(one|two\+f1)	1[3-8][0-9]	[3-7][0-9]	[a-z]+( [a-z]+)*$' all &&
        cut -f 4 all | tr ' ' '\n' | sort -u > words && test "$(wc -l < words)" -eq 30 && grep -q '^zero$' words &&
        numbers 600 1 > again && same all again && numbers 600 2 > other && ! cmp -s all other
}
run t_numbers 'numbers are words of thirty, and the same again'

# Read back: hundreds and thousands of the words.
t_right() {
    cut -f 4 all | LC_ALL=C "$awk" 'BEGIN {
            split("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", w, " ")
            for (i in w) v[w[i]] = i
            split("ten twenty thirty forty fifty sixty seventy eighty ninety", w, " ")
            for (i in w) v[w[i]] = 10 * i
        }
        { all = part = 0
          for (i = 1; i <= NF; i++)
              if ($i == "thousand") { all = part * 1000; part = 0 } else if ($i == "hundred") part *= 100; else part += v[$i]
          digits = length(all + part)
          if (digits != 1 + (NR - 1) % 6) { print "line " NR ": " $0; exit 1 } }'
}
run t_right 'each has the digits it shall have'

t_prompts() {
    mkdir -p sounds/digits && echo x > sounds/hello.wav && echo x > sounds/digits/1.wav && echo x > sounds/beep.wav &&
        printf '; a remark\n\nhello: Hello, World!  (twice) How-are you?\ndigits/1: one\nbeep: [a tone]\nnone: Nobody said it.\n' |
        LC_ALL=C "$awk" -v folder=sounds -f "$example/prompts.awk" > got &&
        printf 'sounds/hello.wav\thello world how are you\nsounds/digits/1.wav\tone\n' > want && same want got
}
run t_prompts 'prompts are their words'

t_letters() {
    printf 'hello: ¿Qué? «ÉCOLE»… ÀÞŸ – Ёлка Яма ПАР\n' | LC_ALL=C "$awk" -v folder=sounds -f "$example/prompts.awk" > got &&
        printf 'sounds/hello.wav\tqué école àþŸ ёлка яма пар\n' > want && same want got
}
run t_letters 'letters of Latin-1 and Cyrillic are made small'

t_usage() { fails 1 'neither numbers nor prompts' env builddir="$builddir" sh "$example/run.sh" songs; }
run t_usage 'the script knows two of them'
done_testing
