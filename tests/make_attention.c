/* make_attention.c: writes the course's example of attention as a stream: two rows of one query,
 * ten keys, all ones, values 0 to 39 in fours, of which 2 and 6 are valid. */
#include "stream/stream.h"

int main(void)
{
    struct heed_output out;
    struct heed_writer w;
    struct heed_doc d;
    struct heed_err err;
    float query[4], key[40], value[80];
    const int32_t len[] = {2, 6};
    const int64_t line[] = {0, 1}, B = 2;

    for (int i = 0; i < 4; i++)
        query[i] = 1;
    for (int i = 0; i < 40; i++) {
        key[i] = 1;
        value[i] = value[40 + i] = (float)i;
    }
    heed_output_fd(&out, 1, "<stdout>");
    heed_doc_init(&d);
    int bad = heed_writer_begin(&w, &out, "attention", "make_attention", &d, &err);
    heed_doc_clear(&d);
    heed_doc_add(&d, "query", HEED_F32, 3, (int64_t[]){2, 1, 2}, query);
    heed_doc_add(&d, "key", HEED_F32, 3, (int64_t[]){2, 10, 2}, key);
    heed_doc_add(&d, "value", HEED_F32, 3, (int64_t[]){2, 10, 4}, value);
    heed_doc_add(&d, "valid_len", HEED_I32, 1, &B, len);
    heed_doc_add(&d, "line", HEED_I64, 1, &B, line);
    bad |= heed_writer_frame(&w, &d, &err) | heed_writer_end(&w, NULL, &err);
    heed_doc_release(&d);
    return bad || heed_output_close(&out, &err) ? 1 : 0;
}
