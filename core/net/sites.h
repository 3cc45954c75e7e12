/* sites.h: the places where dropout happens, one coordinate of its counter (tensor/tape.h). Numbers
 * are part of "same seed, same bits": new places get new numbers. */
#ifndef HEED_SITES_H
#define HEED_SITES_H

enum heed_site {
    HEED_SITE_SRC_EMBED = 1,
    HEED_SITE_TGT_EMBED = 2,
    HEED_SITE_READOUT = 3,
    HEED_SITE_ATTENTION = 4,
    HEED_SITE_MASK = 5,      /* of what is masked in a source of numbers */
    HEED_SITE_WORDS = 6,     /* of the source, before it is anything but ids (train/step.c) */
    HEED_SITE_FED = 7,       /* of the target, what a step is fed (train/fed.c) */
    HEED_SITE_RISK = 8,      /* of what is drawn for a source (train/risk.c) */
    HEED_SITE_ENCODER = 100, /* + layer */
    HEED_SITE_DECODER = 200, /* + layer */
    HEED_SITE_ENCODER_STATES = 300, /* + layer * 2, of the backward direction + 1 */
    HEED_SITE_DECODER_STATES = 400, /* + layer */
    HEED_SITE_BLOCKS = 1000, /* + (layer * 2, of a decoder + 1) * HEED_SITES_BLOCK + place in it */
};
enum heed_block_site {
    HEED_BLOCK_SELF_WEIGHTS,
    HEED_BLOCK_SELF,
    HEED_BLOCK_CROSS_WEIGHTS,
    HEED_BLOCK_CROSS,
    HEED_BLOCK_INNER,
    HEED_BLOCK_FFN,
    HEED_SITES_BLOCK = 8
};

#endif
