# scale.awk: how a training goes on with more nodes (docs/scale.md), reckoned from what was measured:
#
#     awk -v seconds=0.121 -v dense=12 -v rows=1 -v all=16 -f bench/scale.awk
#
# seconds of an update's arithmetic on one node, for the pairs that are a node's share; MB of dense numbers, of rows that
# a node touches, of whole embeddings: `train --reduce mpi --stats` tells them. Prints efficiency in per cent: a node's
# share against a node alone. Rows of a table: number of nodes; columns: 10 and 100 Gb/s, each in fp32, as it is, and
# with numbers of half the width in exchange.
function union(n) { return all > 0 ? all * (1 - (1 - rows / all) ^ n) : 0 }
# MB that one node sends, or receives, whichever is more; `width`: 1 or 0.5.
function megabytes(n, width) { return width * ((n - 1) / n) * (2 * dense + union(n) + (rows > union(n) / n ? rows : union(n) / n)) }
function exchange(n, gbits, width) { return megabytes(n, width) * 8e-3 / (gbits * share) + 5 * latency + 2 * (n - 1) * message }
function efficiency(n, gbits, width) { return 100 * seconds / (seconds + (n > 1 ? exchange(n, gbits, width) : 0)) }
function ms(n, gbits) { return n == 1 ? 0 : 1e3 * exchange(n, gbits, 1) }
BEGIN {
    if (!share) share = 0.9         # of a line's rate that a transfer reaches
    if (!latency) latency = 30e-6   # of a message, through TCP; five rounds an update
    if (!message) message = 2e-6    # of each further one in a round
    print "| nodes | MB sent | 10 Gb/s: ms | efficiency | bf16 | 100 Gb/s: ms | efficiency | bf16 |"
    print "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for (n = 1; n <= 64; n *= 2)
        printf("| %d | %.1f | %.1f | %.0f %% | %.0f %% | %.1f | %.0f %% | %.0f %% |\n", n, megabytes(n, 1), \
            ms(n, 10), efficiency(n, 10, 1), efficiency(n, 10, 0.5), ms(n, 100), efficiency(n, 100, 1), efficiency(n, 100, 0.5))
    printf "\nAt 64 nodes arithmetic and exchange take the same time where a node's share takes %.0f ms at 10 Gb/s, %.1f ms at 100 Gb/s.\n", \
        1e3 * exchange(64, 10, 1), 1e3 * exchange(64, 100, 1)
}
