/* make_attention.c: writes the course's example of attention as a stream: two rows of one query,
 * ten keys, all ones, values 0 to 39 in fours, of which 2 and 6 are valid.
 *
 *   make_attention B Q S     or B rows of Q queries and S keys of width 1, of small whole numbers */
#include <stdlib.h>

#include "stream/stream.h"

static float *numbers(int64_t n, int64_t period)
{
    float *x = heed_xcalloc((size_t)n + 1, sizeof(*x));
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(i * 7 % period) / 8;
    return x;
}

static int write_large(int64_t B, int64_t Q, int64_t S)
{
    struct heed_output out;
    struct heed_writer w;
    struct heed_doc d;
    struct heed_err err;
    float *query = numbers(B * Q, 11), *key = numbers(B * S, 13);
    heed_output_fd(&out, 1, "<stdout>");
    heed_doc_init(&d);
    int bad = heed_writer_begin(&w, &out, "attention", "make_attention", &d, &err);
    heed_doc_clear(&d);
    heed_doc_add(&d, "query", HEED_F32, 3, (int64_t[]){B, Q, 1}, query);
    heed_doc_add(&d, "key", HEED_F32, 3, (int64_t[]){B, S, 1}, key);
    heed_doc_add(&d, "value", HEED_F32, 3, (int64_t[]){B, S, 1}, key);
    bad |= heed_writer_frame(&w, &d, &err) | heed_writer_end(&w, NULL, &err);
    heed_doc_release(&d);
    free(query);
    free(key);
    return bad || heed_output_close(&out, &err) ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc == 4)
        return write_large(atoll(argv[1]), atoll(argv[2]), atoll(argv[3]));

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
