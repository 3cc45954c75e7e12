/* read_events.c: what an event file of TensorBoard says, by a reading of its own, bit by bit: checksums, lengths and
 * fields that are wrong end it with status 1. A line for each value: step, tag, value; of texts step, tag, shape, texts.
 *
 *     read_events FILE */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *why)
{
    printf("wrong: %s\n", why);
    exit(1);
}

static uint32_t checksum(const unsigned char *bytes, size_t n)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            uint32_t one = (crc ^ (uint32_t)(bytes[i] >> bit)) & 1;
            crc = crc >> 1 ^ (one ? 0x82f63b78u : 0);
        }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* Bytes that are left. */
struct part {
    const unsigned char *at, *end;
};

static uint64_t little(struct part *p, size_t bytes)
{
    uint64_t x = 0;
    if ((size_t)(p->end - p->at) < bytes)
        fail("cut off");
    for (size_t i = 0; i < bytes; i++)
        x |= (uint64_t)*p->at++ << 8 * i;
    return x;
}

static uint64_t number(struct part *p)
{
    uint64_t x = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint64_t byte = little(p, 1);
        x |= (byte & 127) << shift;
        if (byte < 128)
            return x;
    }
    fail("a number without an end");
    return 0;
}

static struct part bytes(struct part *p, uint64_t n)
{
    struct part inner = {p->at, p->at};
    if ((uint64_t)(p->end - p->at) < n)
        fail("cut off");
    inner.end = p->at += n;
    return inner;
}

struct field {
    unsigned number, wire;
    uint64_t value;
    struct part inner; /* of wire 2 */
};

static int next(struct part *p, struct field *f)
{
    if (p->at == p->end)
        return 0;
    uint64_t key = number(p);
    *f = (struct field){.number = (unsigned)(key >> 3), .wire = (unsigned)(key & 7)};
    if (f->wire == 0)
        f->value = number(p);
    else if (f->wire == 2)
        f->inner = bytes(p, number(p));
    else if (f->wire == 1 || f->wire == 5)
        f->value = little(p, f->wire == 1 ? 8 : 4);
    else
        fail("a field of no known wire");
    return 1;
}

static struct part inner(struct part p, unsigned want)
{
    struct field f;
    while (next(&p, &f))
        if (f.number == want && f.wire == 2)
            return f.inner;
    fail("a field is missing");
    return p;
}

static void print(struct part text)
{
    printf("%.*s", (int)(text.end - text.at), (const char *)text.at);
}

static void print_tensor(struct part p, struct part metadata)
{
    struct field f, dim;
    struct part plugin = inner(inner(metadata, 1), 1);
    if (plugin.end - plugin.at != 4 || memcmp(plugin.at, "text", 4))
        fail("a plugin that is not text");
    while (next(&p, &f)) {
        if (f.number == 1 && f.value != 7)
            fail("a tensor of no text");
        for (struct part shape = f.inner; f.number == 2 && next(&shape, &dim);)
            printf(" [%u]", (unsigned)dim.inner.at[1]);
        if (f.number == 8) {
            printf(" |");
            print(f.inner);
        }
    }
}

static void print_value(long long step, struct part value)
{
    struct field f;
    printf("%lld ", step);
    print(inner(value, 1));
    for (struct part p = value; next(&p, &f);) {
        if (f.number == 2 && f.wire == 5) {
            uint32_t bits = (uint32_t)f.value;
            float x;
            memcpy(&x, &bits, sizeof(x));
            printf(" %.6g", (double)x);
        } else if (f.number == 8) {
            print_tensor(f.inner, inner(value, 9));
        }
    }
    printf("\n");
}

static void print_event(struct part p, int first)
{
    struct field f, value;
    long long step = 0;
    double at = 0;
    while (next(&p, &f)) {
        if (f.number == 1 && f.wire == 1)
            memcpy(&at, &f.value, sizeof(at));
        else if (f.number == 2)
            step = (long long)f.value;
        else if (f.number == 3 && (!first || f.inner.end - f.inner.at != 13 ||
                                   memcmp(f.inner.at, "brain.Event:2", 13)))
            fail("another version, or not at the beginning");
        else if (f.number == 5)
            for (struct part sum = f.inner; next(&sum, &value);)
                print_value(step, value.inner);
    }
    if (at < 1.7e9 || at > 1e10)
        fail("a time that is none");
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    unsigned char *all = malloc(1 << 24);
    if (!f || !all)
        return 2;
    size_t n = fread(all, 1, 1 << 24, f);
    struct part file = {all, all + n};
    for (int first = 1; file.at < file.end; first = 0) {
        const unsigned char *head = file.at;
        uint64_t length = little(&file, 8);
        if (little(&file, 4) != checksum(head, 8))
            fail("the checksum of a length");
        struct part event = bytes(&file, length);
        if (little(&file, 4) != checksum(event.at, length))
            fail("the checksum of an event");
        print_event(event, first);
    }
    free(all);
    fclose(f);
    return 0;
}
