/* hash.h: CRC32C (Castagnoli; SSE4.2 where there is, tables elsewhere) and SHA-256 (FIPS 180-4). */
#ifndef HEED_HASH_H
#define HEED_HASH_H

#include "base/base.h"

uint32_t heed_crc32c(uint32_t crc, const void *bytes, size_t n);          /* start with 0 */
uint32_t heed_crc32c_portable(uint32_t crc, const void *bytes, size_t n); /* the same by tables */

struct heed_sha256 {
    uint32_t state[8];
    uint64_t n_bytes;
    unsigned char block[64];
};
void heed_sha256_init(struct heed_sha256 *h);
void heed_sha256_add(struct heed_sha256 *h, const void *bytes, size_t n);
void heed_sha256_hex(struct heed_sha256 *h, char hex[65]); /* ends it */
int heed_sha256_file(const char *path, char hex[65]);      /* -1, errno: no reading it */

#endif
