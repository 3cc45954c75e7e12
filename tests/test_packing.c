/* test_packing.c: layouts of rows of different lengths. */
#include "net/packing.h"
#include "tests/tap.h"

static struct heed_arena arena;

static const int32_t lens[] = {2, 0, 3, 1, 2};

static void test_layout(void)
{
    struct heed_packing p;
    heed_packing_make(&p, &arena, 5, lens);
    TAP_I64(p.B, 5);
    TAP_I64(p.T, 3);
    TAP_I64(p.N, 8);
    TAP_MEM(p.len, ((int32_t[]){3, 2, 2, 1, 0}), 20);
    TAP_MEM(p.order, ((int32_t[]){2, 0, 4, 3, 1}), 20); /* equal lengths keep their order */
    TAP_MEM(p.place, ((int32_t[]){1, 4, 0, 3, 2}), 20);
    TAP_MEM(p.count, ((int32_t[]){4, 3, 1, 0}), 16);
    TAP_MEM(p.offset, ((int64_t[]){0, 4, 7, 8}), 32);
    TAP_MEM(p.row, ((int32_t[]){0, 1, 2, 3, 0, 1, 2, 0}), 32);
    TAP_MEM(p.time, ((int32_t[]){0, 0, 0, 0, 1, 1, 1, 2}), 32);
}

static void test_ids(void)
{
    static const int32_t ids[] = {10, 11, 0, 0, 0, 0, 30, 31, 32, 40, 0, 0, 50, 51, 0};
    struct heed_packing p;
    int32_t out[8];
    heed_packing_make(&p, &arena, 5, lens);
    heed_packing_ids(&p, ids, 3, out);
    TAP_MEM(out, ((int32_t[]){30, 10, 50, 40, 31, 11, 51, 32}), sizeof(out));
}

static void test_mirror(void)
{
    struct heed_packing p;
    int32_t index[8];
    heed_packing_make(&p, &arena, 5, lens);
    heed_packing_mirror(&p, index);
    TAP_MEM(index, ((int32_t[]){7, 5, 6, 3, 4, 1, 2, 0}), sizeof(index));
    for (int i = 0; i < 8; i++)
        TAP_I64(index[index[i]], i);
}

/* The course's SequenceMask([[1,2,3],[4,5,6]], [1,2]) is
 * [[1,0,0],[4,5,0]]: index -1 gives zeros. */
static void test_sequence_mask(void)
{
    static const int32_t ids[] = {1, 2, 3, 4, 5, 6}, len[] = {1, 2}, swapped[] = {1, 0};
    struct heed_packing p;
    int32_t packed[3], index[6], out[6];
    heed_packing_make(&p, &arena, 2, len);
    heed_packing_ids(&p, ids, 3, packed);
    heed_packing_unpack(&p, NULL, 2, 3, index);
    for (int i = 0; i < 6; i++)
        out[i] = index[i] < 0 ? 0 : packed[index[i]];
    TAP_MEM(out, ((int32_t[]){1, 0, 0, 4, 5, 0}), sizeof(out));
    heed_packing_unpack(&p, swapped, 2, 3, index);
    for (int i = 0; i < 6; i++)
        out[i] = index[i] < 0 ? 0 : packed[index[i]];
    TAP_MEM(out, ((int32_t[]){4, 5, 0, 1, 0, 0}), sizeof(out));
}

static void test_nothing(void)
{
    struct heed_packing p;
    heed_packing_make(&p, &arena, 0, NULL);
    TAP_I64(p.T, 0);
    TAP_I64(p.count[0], 0);
    heed_packing_make(&p, &arena, 2, (int32_t[]){0, 0});
    TAP_I64(p.N, 0);
    TAP_I64(p.offset[0], 0);
}

int main(void)
{
    heed_arena_init(&arena, "test", (size_t)1 << 30);
    TAP_RUN(test_layout);
    TAP_RUN(test_ids);
    TAP_RUN(test_mirror);
    TAP_RUN(test_sequence_mask);
    TAP_RUN(test_nothing);
    heed_arena_free(&arena);
    return tap_end();
}
