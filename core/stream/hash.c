/* hash.c: CRC32C and SHA-256; see hash.h.
 *
 * CRC32C: polynomial 0x1EDC6F41 reflected (0x82F63B78). With SSE4.2 eight bytes an instruction, in three
 * lanes side by side where there is enough, since an instruction waits three cycles for the one before it;
 * elsewhere slicing-by-8 over tables. SHA-256 as FIPS 180-4 states it. */
#include "stream/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLY      0x82F63B78u
#define LANE_LOG2 12
#define LANE      ((size_t)1 << LANE_LOG2) /* bytes */

static uint32_t table[8][256];
static uint32_t beyond[4]
                      [256]; /* what LANE zero bytes make of each byte of a state, to be added up */

/* A state is bits, and what zeros make of it is linear in them. */
static uint32_t apply(const uint32_t map[32], uint32_t state)
{
    uint32_t out = 0;
    for (int bit = 0; state; bit++, state >>= 1)
        out ^= state & 1 ? map[bit] : 0;
    return out;
}

static void build_beyond(void)
{
    uint32_t map[32], twice[32];
    for (int bit = 0; bit < 32; bit++)
        map[bit] = bit < 8 ? table[0][1u << bit] : 1u << (bit - 8);
    for (int i = 0; i < LANE_LOG2; i++) {
        for (int bit = 0; bit < 32; bit++)
            twice[bit] = apply(map, map[bit]);
        memcpy(map, twice, sizeof(map));
    }
    for (int k = 0; k < 4; k++)
        for (uint32_t i = 0; i < 256; i++)
            beyond[k][i] = apply(map, i << (8 * k));
}

__attribute__((constructor)) static void build_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? (c >> 1) ^ POLY : c >> 1;
        table[0][i] = c;
    }
    for (int t = 1; t < 8; t++)
        for (uint32_t i = 0; i < 256; i++)
            table[t][i] = (table[t - 1][i] >> 8) ^ table[0][table[t - 1][i] & 255];
    build_beyond();
}

uint32_t heed_crc32c_portable(uint32_t crc, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    crc = ~crc;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        w ^= crc;
        crc = 0;
        for (int k = 0; k < 8; k++)
            crc ^= table[7 - k][(w >> (8 * k)) & 255];
    }
    while (n--)
        crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 255];
    return ~crc;
}

#ifdef __x86_64__
static uint64_t over_lane(uint64_t c)
{
    return beyond[0][c & 255] ^ beyond[1][c >> 8 & 255] ^ beyond[2][c >> 16 & 255] ^
           beyond[3][c >> 24 & 255];
}

__attribute__((target("sse4.2"))) static uint64_t crc32c_lanes(uint64_t c, const unsigned char *p)
{
    uint64_t second = 0, third = 0, w[3];
    for (size_t i = 0; i < LANE; i += 8) {
        memcpy(&w[0], p + i, 8);
        memcpy(&w[1], p + LANE + i, 8);
        memcpy(&w[2], p + 2 * LANE + i, 8);
        c = __builtin_ia32_crc32di(c, w[0]);
        second = __builtin_ia32_crc32di(second, w[1]);
        third = __builtin_ia32_crc32di(third, w[2]);
    }
    return over_lane(over_lane(c) ^ second) ^ third;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const unsigned char *p,
                                                               size_t n)
{
    uint64_t c = ~crc;
    for (; n >= 3 * LANE; n -= 3 * LANE, p += 3 * LANE)
        c = crc32c_lanes(c, p);
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        c = __builtin_ia32_crc32di(c, w);
    }
    for (; n; n--)
        c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
    return ~(uint32_t)c;
}
#endif

uint32_t heed_crc32c(uint32_t crc, const void *bytes, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2"))
        return crc32c_sse42(crc, bytes, n);
#endif
    return heed_crc32c_portable(crc, bytes, n);
}

/* --- SHA-256 --- */

static const uint32_t sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, int n)
{
    return (x >> n) | (x << (32 - n));
}

static void sha_block(uint32_t state[8], const unsigned char *p)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
               (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
        uint32_t b = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    memcpy(s, state, sizeof(s));
    for (int i = 0; i < 64; i++) {
        uint32_t e1 = rotr(s[4], 6) ^ rotr(s[4], 11) ^ rotr(s[4], 25);
        uint32_t a0 = rotr(s[0], 2) ^ rotr(s[0], 13) ^ rotr(s[0], 22);
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        uint32_t t1 = s[7] + e1 + choice + sha_k[i] + w[i];
        memmove(s + 1, s, 7 * sizeof(*s));
        s[4] += t1;
        s[0] = t1 + a0 + majority;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

void heed_sha256_init(struct heed_sha256 *h)
{
    *h = (struct heed_sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                        0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void heed_sha256_add(struct heed_sha256 *h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    while (n) {
        size_t used = h->n_bytes % 64, take = HEED_MIN(64 - used, n);
        if (take == 64) {
            sha_block(h->state, p);
        } else {
            memcpy(h->block + used, p, take);
            if (used + take == 64)
                sha_block(h->state, h->block);
        }
        h->n_bytes += take;
        p += take;
        n -= take;
    }
}

void heed_sha256_hex(struct heed_sha256 *h, char hex[65])
{
    uint64_t bits = h->n_bytes * 8;
    unsigned char tail[8];
    for (int i = 0; i < 8; i++)
        tail[i] = (unsigned char)(bits >> (56 - 8 * i));
    heed_sha256_add(h, "\x80", 1);
    while (h->n_bytes % 64 != 56)
        heed_sha256_add(h, "", 1);
    heed_sha256_add(h, tail, 8);
    for (int i = 0; i < 8; i++)
        snprintf(hex + 8 * i, 9, "%08x", h->state[i]);
}

int heed_sha256_file(const char *path, char hex[65])
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    /* A pipe has no content to speak of, and might never end. */
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        close(fd);
        errno = ENOTSUP;
        return -1;
    }
    struct heed_sha256 h;
    heed_sha256_init(&h);
    size_t cap = 1 << 16;
    char *chunk = heed_xmalloc(cap);
    ssize_t got;
    while ((got = read(fd, chunk, cap)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            heed_sha256_add(&h, chunk, (size_t)got);
    int why = errno;
    free(chunk);
    close(fd);
    errno = why;
    if (got < 0)
        return -1;
    heed_sha256_hex(&h, hex);
    return 0;
}
