/* picture.h: a row of a frame that is looked at as a picture, of the streams that have such: numbers of a scale over time. */
#ifndef HEED_PICTURE_H
#define HEED_PICTURE_H

#include "stream/doc.h"

struct heed_picture {
    const float *values; /* [n,width], borrowed from the frame */
    int64_t n, width;
    int64_t scale;   /* numbers of a row that are the picture: what stands behind is made of them */
    int64_t longest; /* of the frame: n at most */
    double step;     /* milliseconds from row to row; 0: nobody says */
};
/* Row b of a frame; head is that of its stream, NULL: scale and step are not looked for. false: it has none, or one that is made otherwise. */
bool heed_picture_of(const struct heed_doc *frame, const struct heed_doc *head, int64_t b,
                     struct heed_picture *out);
/* The type of stream that is nothing else. */
#define HEED_PICTURES "features"

#endif
