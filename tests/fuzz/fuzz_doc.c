/* fuzz_doc.c: libFuzzer feeds the reader of model and checkpoint files; what it takes is written
 * again and must read back equal. Checksums do not matter here, see fuzz_stream.c. */
#include "stream/doc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool true_here, const char *what)
{
    if (!true_here)
        BUG("%s", what);
}

static void write_again(struct heed_doc *d)
{
    struct heed_doc again;
    struct heed_output out;
    struct heed_input in;
    struct heed_err err;
    int fd = memfd_create("fuzz", 0);
    heed_output_fd(&out, dup(fd), "memory");
    /* Long metadata may not fit a second time: escapes grow. */
    int wrote = heed_doc_write(d, &out, &err);
    demand(heed_output_close(&out, &err) == 0, "memory is full");
    if (wrote == 0) {
        demand(lseek(fd, 0, SEEK_SET) == 0, "seek");
        heed_input_fd(&in, fd, "memory");
        heed_doc_init(&again);
        demand(heed_doc_read(&again, &in, HEED_FILE_MAX, &err) == 1, err.text);
        demand(again.n_arrays == d->n_arrays && again.n_meta == d->n_meta, "counts differ");
        for (size_t i = 0; i < d->n_arrays; i++) {
            const struct heed_array *a = &d->arrays[i], *b = heed_doc_find(&again, a->name);
            demand(b && a->size == b->size && a->rank == b->rank, "a tensor differs");
            demand(!a->size || memcmp(a->data, b->data, a->size) == 0, "data differ");
        }
        heed_doc_release(&again);
        heed_input_close(&in);
    } else {
        close(fd);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heed_doc d;
    struct heed_err err;
    heed_doc_init(&d);
    if (heed_doc_parse(&d, data, size, &err) == 0)
        write_again(&d);
    heed_doc_release(&d);
    return 0;
}
