#define XXH_STATIC_LINKING_ONLY /* the state's layout, so that it can live on the stack */
#include <xxhash.h>

#include "CXXHash.h"

void cxxhash_fingerprint(
    uint64_t size, const void *head, size_t head_count, const void *tail, size_t tail_count,
    uint64_t *high, uint64_t *low) {
  XXH3_state_t state;
  unsigned char prefix[8];
  for (int index = 0; index < 8; index++) prefix[index] = (unsigned char)(size >> (8 * index));
  XXH3_128bits_reset(&state);
  XXH3_128bits_update(&state, prefix, sizeof prefix);
  if (head_count > 0) XXH3_128bits_update(&state, head, head_count);
  if (tail_count > 0) XXH3_128bits_update(&state, tail, tail_count);
  XXH128_hash_t hash = XXH3_128bits_digest(&state);
  *high = hash.high64;
  *low = hash.low64;
}

uint64_t cxxhash_checksum(const void *bytes, size_t count, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes, count, seed);
}
