# numbers.awk: numbers from 0 to 999,999 as words, each with a voice, a speed and a pitch to be spoken in.
#
#     awk -v n=3000 -v seed=1 -v voices='en-us en-gb+m3' -f numbers.awk      VOICE <TAB> SPEED <TAB> PITCH <TAB> WORDS
#
# As many of six digits as of one. The sequence is our own, so that every awk makes the same lines.
function draw(below) {
    state = (state * 25173 + 13849) % 65536
    high = state
    state = (state * 25173 + 13849) % 65536
    return int((high * 65536 + state) / 4294967296 * below)
}
function hundreds(x, out) {
    if (x >= 100) {
        out = one[int(x / 100)] " hundred"
        x %= 100
        if (x) out = out " "
    }
    if (x >= 20) {
        out = out ten[int(x / 10)]
        x %= 10
        if (x) out = out " "
    }
    return x ? out one[x] : out
}
function words(x) {
    if (x == 0) return "zero"
    if (x < 1000) return hundreds(x)
    return hundreds(int(x / 1000)) " thousand" (x % 1000 ? " " hundreds(x % 1000) : "")
}
BEGIN {
    split("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", one, " ")
    split("ten twenty thirty forty fifty sixty seventy eighty ninety", ten, " ")
    n_voices = split(voices, voice, " ")
    state = seed % 65536
    for (i = 0; i < n; i++) {
        most = 10 ^ (1 + i % 6)
        least = i % 6 ? most / 10 : 0
        x = least + draw(most - least)
        printf "%s\t%d\t%d\t%s\n", voice[1 + draw(n_voices)], 130 + draw(60), 30 + draw(41), words(x)
    }
}
