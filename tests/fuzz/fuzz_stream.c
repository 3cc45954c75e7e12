/* fuzz_stream.c: libFuzzer feeds the reader of streams: any bytes must end in
 * a message or in whole, valid frames. Built with checksums that do not
 * matter, so that mutations get behind them. */
#include "stream/stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte the reader vouches for, so that a sanitizer can object. */
static uint64_t touch(const struct heed_doc *d)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < d->n_arrays; i++)
        for (size_t k = 0; k < d->arrays[i].size; k++)
            sum += ((const unsigned char *)d->arrays[i].data)[k];
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heed_input in;
    struct heed_reader r;
    struct heed_doc d;
    struct heed_err err;
    volatile uint64_t sum = 0;
    heed_input_memory(&in, data, size, "<fuzz>");
    if (heed_reader_start(&r, &in, "ids|batch|memory|attention|hypotheses", &err) < 0)
        return 0;
    heed_doc_init(&d);
    while (heed_reader_next(&r, &d, &err) > 0)
        sum += touch(&d);
    heed_doc_release(&d);
    heed_reader_close(&r);
    return 0;
}
