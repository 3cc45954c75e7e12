/* listing.h: logits of the words that may follow, inside this floor.
 *
 *     source ids, a slot of the state --+
 *     shortlist [source word -> words] -+-> words of each source -> all of them [K], ascending
 *     out.weight ------------------------> columns of these         -> logits [n,K] + 0 or -inf
 *
 * A row has numbers where its own source has the word, and -inf elsewhere: so it does not see which sources
 * stand beside it. The columns are laid out anew when sources come whose words are not among them, and when more than
 * half of them are of no use any more. */
#ifndef HEED_LISTING_H
#define HEED_LISTING_H

#include "net/net.h"

void heed_listing_begin(const struct heed_net *net, struct heed_tape *t,
                        const struct heed_memory *memory, struct heed_state *s);
/* Was it told what its sources are? */
bool heed_listing_follows(const struct heed_net *net, const struct heed_state *s);
struct heed_tensor *heed_listing_logits(const struct heed_net *net, struct heed_tape *t,
                                        const struct heed_state *s, struct heed_tensor *readout);

#endif
