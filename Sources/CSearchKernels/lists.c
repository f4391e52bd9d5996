#include <string.h>

#include "CSearchKernels.h"

#define INLINE static inline __attribute__((always_inline))

enum { ENTRY = 8 };

INLINE size_t blocks_of(size_t count) { return (count + CSEARCH_BLOCK - 1) / CSEARCH_BLOCK; }

INLINE uint32_t read32(const uint8_t *from) {
  uint32_t value;
  memcpy(&value, from, sizeof value);
  return value;
}

INLINE uint32_t first_of(const uint8_t *list, size_t block) { return read32(list + block * ENTRY); }

INLINE uint32_t width_of(const uint8_t *list, size_t block) { return read32(list + block * ENTRY + 4) & 63; }

INLINE size_t start_of(const uint8_t *list, size_t block) { return read32(list + block * ENTRY + 4) >> 6; }

INLINE size_t ids_in(size_t count, size_t block) {
  size_t rest = count - block * CSEARCH_BLOCK;
  return rest < CSEARCH_BLOCK ? rest : CSEARCH_BLOCK;
}

INLINE size_t bytes_of_gaps(size_t ids, uint32_t width) { return ((ids - 1) * width + 7) / 8; }

/* Hands each id of a block to `use`, which is inlined. */
#define FOR_IDS(list, count, block, id, use)                                                         \
  do {                                                                                               \
    const uint32_t width_ = width_of(list, block);                                                   \
    const uint64_t mask_ = ((uint64_t)1 << width_) - 1;                                              \
    const uint8_t *gaps_ = (list) + blocks_of(count) * ENTRY + start_of(list, block);                \
    const size_t last_ = ids_in(count, block) - 1;                                                   \
    uint32_t id = first_of(list, block);                                                             \
    use;                                                                                             \
    uint64_t place_ = 0;                                                                             \
    for (size_t index_ = 0; index_ < last_; index_++, place_ += width_) {                            \
      uint64_t word_;                                                                                \
      memcpy(&word_, gaps_ + (place_ >> 3), sizeof word_);                                           \
      id += (uint32_t)(word_ >> (place_ & 7) & mask_) + 1;                                           \
      use;                                                                                           \
    }                                                                                                \
  } while (0)

INLINE uint32_t width_for(const uint32_t *ids, size_t count) {
  uint32_t all = 0;
  for (size_t index = 1; index < count; index++) all |= ids[index] - ids[index - 1] - 1;
  return all == 0 ? 0 : 32 - (uint32_t)__builtin_clz(all);
}

/* Where the gaps of a block that is not full would start: behind those before it. */
INLINE size_t gaps_before(const uint8_t *list, size_t block) {
  if (block == 0) return 0;
  return start_of(list, block - 1) + bytes_of_gaps(CSEARCH_BLOCK, width_of(list, block - 1));
}

size_t csearch_list_size(const uint8_t *list, size_t count) {
  size_t last = blocks_of(count) - 1;
  return (last + 1) * ENTRY + start_of(list, last)
         + bytes_of_gaps(ids_in(count, last), width_of(list, last));
}

size_t csearch_packed_size(
    const uint8_t *list, size_t kept, const uint32_t *ids, size_t count) {
  size_t size = kept * ENTRY + gaps_before(list, kept);
  for (size_t from = 0; from < count; from += CSEARCH_BLOCK) {
    size_t part = count - from < CSEARCH_BLOCK ? count - from : CSEARCH_BLOCK;
    size += ENTRY + bytes_of_gaps(part, width_for(ids + from, part));
  }
  return size;
}

void csearch_pack(
    const uint8_t *list, size_t list_count, size_t kept, const uint32_t *ids, size_t count,
    uint8_t *target) {
  size_t blocks = kept + blocks_of(count), start = gaps_before(list, kept);
  uint8_t *gaps = target + blocks * ENTRY;
  if (kept > 0) {
    memcpy(target, list, kept * ENTRY);
    memcpy(gaps, list + blocks_of(list_count) * ENTRY, start);
  }
  for (size_t from = 0, block = kept; from < count; from += CSEARCH_BLOCK, block++) {
    size_t part = count - from < CSEARCH_BLOCK ? count - from : CSEARCH_BLOCK;
    uint32_t width = width_for(ids + from, part);
    uint32_t entry[2] = {ids[from], (uint32_t)(start << 6) | width};
    memcpy(target + block * ENTRY, entry, sizeof entry);
    uint64_t held = 0;
    uint32_t bits = 0;
    uint8_t *to = gaps + start;
    for (size_t index = 1; index < part; index++) {
      held |= (uint64_t)(ids[from + index] - ids[from + index - 1] - 1) << bits;
      for (bits += width; bits >= 8; bits -= 8, held >>= 8) *to++ = (uint8_t)held;
    }
    if (bits > 0) *to++ = (uint8_t)held;
    start += bytes_of_gaps(part, width);
  }
}

size_t csearch_unpack(const uint8_t *list, size_t count, size_t first, uint32_t *ids) {
  uint32_t *next = ids;
  for (size_t block = first; block < blocks_of(count); block++) FOR_IDS(list, count, block, id, *next++ = id);
  return (size_t)(next - ids);
}

/* The last block from `from` on that does not start behind the id; `from` when all do. */
INLINE size_t find_block(const uint8_t *list, size_t blocks, size_t from, uint32_t id) {
  size_t step = 1, low = from, high;
  while (low + step < blocks && first_of(list, low + step) <= id) {
    low += step;
    step *= 2;
  }
  high = low + step < blocks ? low + step : blocks;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (first_of(list, middle) <= id) low = middle;
    else high = middle;
  }
  return low;
}

size_t csearch_block_of(const uint8_t *list, size_t count, uint32_t id) {
  return find_block(list, blocks_of(count), 0, id);
}

int csearch_list_meets(const uint8_t *list, size_t count, uint32_t low, uint32_t high) {
  if (count == 0) return 0;
  int found = 0;
  for (size_t block = csearch_block_of(list, count, low); block < blocks_of(count); block++) {
    if (first_of(list, block) > high) break;
    FOR_IDS(list, count, block, id, found |= id >= low && id <= high);
  }
  return found;
}

int csearch_list_has(const uint8_t *list, size_t count, uint32_t wanted) {
  if (count == 0) return 0;
  size_t block = csearch_block_of(list, count, wanted);
  int found = 0;
  FOR_IDS(list, count, block, id, found |= id == wanted);
  return found;
}

void csearch_list_or(const uint8_t *list, size_t count, uint32_t chunk, uint64_t *target) {
  size_t blocks = blocks_of(count), block = find_block(list, blocks, 0, chunk << 16);
  for (; block < blocks && first_of(list, block) >> 16 <= chunk; block++)
    FOR_IDS(list, count, block, id, {
      if (id >> 16 == chunk) target[(id & 0xFFFF) >> 6] |= (uint64_t)1 << (id & 63);
    });
}

void csearch_list_scatter(
    const uint8_t *list, size_t count, uint64_t *bits, const uint16_t *slots) {
  for (size_t block = 0; block < blocks_of(count); block++)
    FOR_IDS(list, count, block, id, {
      bits[(size_t)slots[id >> 16] * CSEARCH_WORDS + ((id & 0xFFFF) >> 6)] |= (uint64_t)1 << (id & 63);
    });
}

size_t csearch_list_count(
    const uint8_t *list, size_t count, const uint64_t *bits, const uint16_t *slots) {
  size_t found = 0;
  for (size_t block = 0; block < blocks_of(count); block++)
    FOR_IDS(list, count, block, id, {
      found += bits[(size_t)slots[id >> 16] * CSEARCH_WORDS + ((id & 0xFFFF) >> 6)] >> (id & 63) & 1;
    });
  return found;
}

void csearch_list_mark(
    const uint8_t *list, size_t count, const uint32_t *ids, size_t id_count, uint8_t *marks) {
  size_t blocks = blocks_of(count), block = 0;
  uint32_t part[CSEARCH_BLOCK];
  for (size_t next = 0; next < id_count && blocks > 0;) {
    block = find_block(list, blocks, block, ids[next]);
    uint32_t *to = part;
    FOR_IDS(list, count, block, id, *to++ = id);
    const uint32_t *from = part;
    for (; next < id_count; next++) {
      while (from < to && *from < ids[next]) from++;
      if (from == to) break;
      if (*from == ids[next]) marks[next] = 1;
    }
    /* Behind this block: what comes before the next one starts is in none. */
    if (block + 1 == blocks) return;
    uint32_t start = first_of(list, block + 1);
    while (next < id_count && ids[next] < start) next++;
    block++;
  }
}

int csearch_list_is_valid(const uint8_t *list, size_t byte_count, size_t count, uint32_t *last_id) {
  size_t blocks = blocks_of(count), start = 0;
  uint64_t last = 0;
  if (count == 0 || blocks > byte_count / ENTRY) return 0;
  for (size_t block = 0; block < blocks; block++) {
    uint32_t width = width_of(list, block);
    if (width > 32 || start_of(list, block) != start) return 0;
    start += bytes_of_gaps(ids_in(count, block), width);
    if (blocks * ENTRY + start > byte_count) return 0;
    if (block > 0 && first_of(list, block) <= last) return 0;
    const uint8_t *gaps = list + blocks * ENTRY + start_of(list, block);
    uint64_t held = 0, id = first_of(list, block);
    uint32_t bits = 0;
    for (size_t index = 1; index < ids_in(count, block); index++) {
      for (; bits < width; bits += 8) held |= (uint64_t)*gaps++ << bits;
      id += (held & (((uint64_t)1 << width) - 1)) + 1;
      held >>= width;
      bits -= width;
    }
    if (id > UINT32_MAX) return 0;
    last = id;
  }
  *last_id = (uint32_t)last;
  return blocks * ENTRY + start == byte_count;
}
