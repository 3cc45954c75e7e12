/* frames.h: frames of features [n, width], their normalisation, and slopes over time. */
#ifndef HEED_FRAMES_H
#define HEED_FRAMES_H

#include "base/base.h"

struct heed_frames {
    float *values; /* [n, width], owned */
    int64_t n, width;
};
/* n frames of zeros. */
void heed_frames_init(struct heed_frames *f, int64_t n, int64_t width);
void heed_frames_release(struct heed_frames *f);

/* Of each number of a frame, over frames: of one recording, or of all of a speaker's. */
struct heed_moments {
    int64_t n;
    double *sum, *squares; /* [width] */
};
void heed_moments_init(struct heed_moments *m, int64_t width);
void heed_moments_release(struct heed_moments *m);
void heed_moments_add(struct heed_moments *m, const struct heed_frames *f);
void heed_moments_join(struct heed_moments *m, const struct heed_moments *more, int64_t width);
/* To mean 0 by m; variance: also to variance 1. What never changes becomes 0. */
void heed_frames_normalise(struct heed_frames *f, const struct heed_moments *m, bool variance);

/* Makes frames [n, width * (1 + order)]: behind the numbers their slopes, then the slopes of those. A slope
 * is that of the line through `over` frames (odd), the first and last standing for what is beside. */
void heed_frames_deltas(struct heed_frames *f, int64_t order, int64_t over);

#endif
