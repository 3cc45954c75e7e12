# house.sh: what the tests of the house itself share: its floors from the bottom up, and circles of files.
# shellcheck shell=sh

# shellcheck disable=SC2034 # for those who read this file
floors='heed base stream sound tensor metrics plugin store data prove net model search train'

# Lines "A B" say that A needs B. Prints those that lie on a circle (what needs nothing, and what nobody needs, is taken
# away until nothing changes) and fails where there are any.
circles() {
    sort -u | awk '
        $1 != $2 { from[++n] = $1; to[n] = $2; outs[$1]++; ins[$2]++ }
        END {
            do {
                left = 0; gone = 0
                for (i = 1; i <= n; i++) {
                    if (!(i in from)) continue
                    if (outs[to[i]] && ins[from[i]]) { left++; continue }
                    outs[from[i]]--; ins[to[i]]--; delete from[i]; gone++
                }
            } while (gone)
            for (i = 1; i <= n; i++) if (i in from) print from[i] " needs " to[i]
            exit left > 0
        }'
}
