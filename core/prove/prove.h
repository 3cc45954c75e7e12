/* prove.h: `plugins --check`: proves of one plugin what core relies on, and names what is not so.
 *
 * All of it runs in a child process: a plugin that crashes, hangs or ends the process while it is
 * loaded or used is reported, with what was being tried. Scores and cells: gradients against finite
 * differences, rows that do not see one another (bit for bit, whatever stands beside them, in any
 * order), equal calls giving equal bytes, nothing written beyond buffers or into inputs, finite
 * numbers, layers that have parameters of their own. Scores also: heads that do not see one another,
 * a step alone that is that step of a block, lengths of queries and keys heeded, dependence on the
 * query, length 0, scale against the width. Tokenizers: split and join on difficult text, whole
 * spans, equal answers. Products: sums at every size and orientation, nothing outside C, equal calls
 * giving equal bytes, also in several threads at once.
 * What joins ranks: blocks that arrive. */
#ifndef HEED_PROVE_H
#define HEED_PROVE_H

#include "plugin/loader.h"

/* Each property tried: reason NULL when it holds. */
typedef void heed_check_line(void *ctx, const char *property, const char *reason);

/* spec: a module's full name ("score_mlp:hidden=8") or a path. Returns the number of properties
 * that do not hold, or -1 when the check itself could not be run. */
int heed_plugin_check(const char *spec, double seconds, heed_check_line *line, void *ctx,
                      struct heed_err *err) HEED_MUST_USE;

#endif
