/* XXH3 of libxxhash; what comes in two pieces the caller need not join in memory. */
#ifndef CXXHASH_H
#define CXXHASH_H

#include <stddef.h>
#include <stdint.h>

/* The 128-bit XXH3 of `size` (eight bytes, little-endian), then `head`, then `tail`. */
void cxxhash_fingerprint(
    uint64_t size, const void *head, size_t head_count, const void *tail, size_t tail_count,
    uint64_t *high, uint64_t *low);

/* The 64-bit XXH3 of some bytes. */
uint64_t cxxhash_checksum(const void *bytes, size_t count, uint64_t seed);

#endif
