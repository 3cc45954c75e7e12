/* health.h: what is wrong with pairs, beside what reading them counts (filter.h, altered.h): equal pairs, sources
 * with several targets, the least loss, copies, lines of another language, dev and test pairs that are
 * trained on.
 *
 *   heed_pairs_read, heed_pairs_source -> heed_health_look -> (heed_health_leaks) */
#ifndef HEED_HEALTH_H
#define HEED_HEALTH_H

#include "data/keys.h"
#include "data/pairs.h"

/* So many of so many; the first stands in that line of its file. */
struct heed_finding {
    int64_t n, of, line;
};

/* Pairs of other data that are trained on too, and those whose source is. */
struct heed_leaks {
    struct heed_finding pairs, sources;
};
/* other: on what is measured. By texts as they are; memory: 24 bytes a pair of `other`. */
void heed_health_leaks(const struct heed_corpus *train, const struct heed_corpus *other,
                       struct heed_leaks *out);

struct heed_health {
    struct heed_keys_report pairs;  /* of texts; of a stream's: of ids, and numbers are no lines */
    struct heed_floor floor;        /* of ids, as they are trained on */
    struct heed_finding copied;     /* the target is the source; of those with a letter */
    struct heed_finding foreign[2]; /* source, target */
    struct heed_finding files; /* the source looks like the name of a recording, not its text */
    struct heed_leaks dev;
};
/* All of it. Batches of a stream are not looked at, and of its ids there are neither copies nor languages. */
void heed_health_look(const struct heed_pairs *p, struct heed_health *out);

/* Tokens that so many per cent of the pairs keep to, eos not counted. */
#define HEED_HEALTH_LENGTHS 5
extern const int heed_health_percents[HEED_HEALTH_LENGTHS];
void heed_health_lengths(const struct heed_dataset *d, bool target,
                         int64_t out[HEED_HEALTH_LENGTHS]);

#endif
