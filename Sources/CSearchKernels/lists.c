#include <string.h>

#include "targets.h"

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

/* Writes the ids of a block, answers how many. */
INLINE size_t decode_plain(const uint8_t *list, size_t count, size_t block, uint32_t *ids) {
  uint32_t *next = ids;
  FOR_IDS(list, count, block, id, *next++ = id);
  return (size_t)(next - ids);
}

#if defined(__x86_64__)
/* The same, eight gaps at a time: eight of them begin at a whole byte, each lies in four bytes, and a sum
   over the vector makes ids of them. Up to 16 bytes behind the list are read. */
FAST INLINE size_t decode_fast(const uint8_t *list, size_t count, size_t block, uint32_t *ids) {
  const uint32_t width = width_of(list, block);
  if (width > 25) return decode_plain(list, count, block, ids);
  const size_t all = ids_in(count, block);
  const uint8_t *gaps = list + blocks_of(count) * ENTRY + start_of(list, block);
  const int step = (int)width, rest = (int)(4 * width & 7);
  const __m256i offsets = _mm256_setr_epi32(
      0, step, 2 * step, 3 * step, rest, rest + step, rest + 2 * step, rest + 3 * step);
  const __m256i shifts = _mm256_and_si256(offsets, _mm256_set1_epi32(7));
  const __m256i places = _mm256_add_epi32(
      _mm256_mullo_epi32(_mm256_srli_epi32(offsets, 3), _mm256_set1_epi32(0x01010101)),
      _mm256_set1_epi32(0x03020100));
  const __m256i mask = _mm256_set1_epi32((int)(((uint32_t)1 << width) - 1));
  const __m256i one = _mm256_set1_epi32(1), last = _mm256_set1_epi32(7);
  const __m256i half = _mm256_setr_epi32(-1, -1, -1, -1, 3, 3, 3, 3);
  __m256i base = _mm256_set1_epi32((int)first_of(list, block));
  size_t done = 1;
  ids[0] = first_of(list, block);
  for (; done + 8 <= all; done += 8, gaps += width) {
    __m256i bytes = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)gaps)),
        _mm_loadu_si128((const __m128i *)(gaps + (4 * width >> 3))), 1);
    __m256i sum = _mm256_add_epi32(
        _mm256_and_si256(_mm256_srlv_epi32(_mm256_shuffle_epi8(bytes, places), shifts), mask), one);
    sum = _mm256_add_epi32(sum, _mm256_slli_si256(sum, 4));
    sum = _mm256_add_epi32(sum, _mm256_slli_si256(sum, 8));
    /* The upper half has not seen the lower one's sum. */
    __m256i lower = _mm256_andnot_si256(_mm256_cmpeq_epi32(half, _mm256_set1_epi32(-1)),
                                        _mm256_permutevar8x32_epi32(sum, half));
    sum = _mm256_add_epi32(base, _mm256_add_epi32(sum, lower));
    _mm256_storeu_si256((__m256i *)(ids + done), sum);
    base = _mm256_permutevar8x32_epi32(sum, last);
  }
  uint32_t id = ids[done - 1];
  for (uint64_t place = 0; done < all; done++, place += width) {
    uint64_t word;
    memcpy(&word, gaps + (place >> 3), sizeof word);
    id += (uint32_t)(word >> (place & 7) & (((uint64_t)1 << width) - 1)) + 1;
    ids[done] = id;
  }
  return all;
}
#endif

/* Makes a function of a body, with what the processor has. */
#if defined(__x86_64__)
#define DECODING(type, name, parameters, arguments)                                                  \
  static FAST type name##_fast parameters name##_BODY(decode_fast)                                   \
  static type name##_plain parameters name##_BODY(decode_plain)                                      \
  type csearch_##name parameters { return IS_FAST ? name##_fast arguments : name##_plain arguments; }
#else
#define DECODING(type, name, parameters, arguments)                                                  \
  type csearch_##name parameters name##_BODY(decode_plain)
#endif

#define unpack_BODY(decode)                                                                          \
  {                                                                                                  \
    uint32_t *next = ids;                                                                            \
    for (size_t block = first; block < blocks_of(count); block++)                                    \
      next += decode(list, count, block, next);                                                      \
    return (size_t)(next - ids);                                                                     \
  }
DECODING(size_t, unpack, (const uint8_t *list, size_t count, size_t first, uint32_t *ids),
         (list, count, first, ids))

void csearch_fetch(const uint8_t *list, size_t count) {
  enum { LINE = 64, MOST = 512 };
  /* At most two bytes an id, mostly. A fetch beyond what is mapped does nothing. */
  size_t size = blocks_of(count) * ENTRY + count * 2;
  for (size_t place = 0; place < size && place < MOST; place += LINE) __builtin_prefetch(list + place);
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

#define list_or_BODY(decode)                                                                         \
  {                                                                                                  \
    uint32_t ids[CSEARCH_BLOCK];                                                                     \
    size_t blocks = blocks_of(count), block = find_block(list, blocks, 0, chunk << 16);              \
    for (; block < blocks && first_of(list, block) >> 16 <= chunk; block++) {                        \
      size_t found = decode(list, count, block, ids);                                                \
      for (size_t index = 0; index < found; index++)                                                 \
        if (ids[index] >> 16 == chunk)                                                               \
          target[(ids[index] & 0xFFFF) >> 6] |= (uint64_t)1 << (ids[index] & 63);                    \
    }                                                                                                \
  }
DECODING(void, list_or, (const uint8_t *list, size_t count, uint32_t chunk, uint64_t *target),
         (list, count, chunk, target))

/* The word of an id in bitmaps that stand in slots. */
INLINE size_t word_of(uint32_t id, const uint16_t *slots) {
  return slots == NULL ? id >> 6 : (size_t)slots[id >> 16] * CSEARCH_WORDS + ((id & 0xFFFF) >> 6);
}

#define list_scatter_BODY(decode)                                                                    \
  {                                                                                                  \
    uint32_t ids[CSEARCH_BLOCK];                                                                     \
    for (size_t block = 0; block < blocks_of(count); block++) {                                      \
      size_t found = decode(list, count, block, ids);                                                \
      for (size_t index = 0; index < found; index++)                                                 \
        bits[word_of(ids[index], slots)] |= (uint64_t)1 << (ids[index] & 63);                        \
    }                                                                                                \
  }
DECODING(void, list_scatter, (const uint8_t *list, size_t count, uint64_t *bits, const uint16_t *slots),
         (list, count, bits, slots))

#define list_count_BODY(decode)                                                                      \
  {                                                                                                  \
    uint32_t ids[CSEARCH_BLOCK];                                                                     \
    size_t sum = 0;                                                                                  \
    for (size_t block = 0; block < blocks_of(count); block++) {                                      \
      size_t found = decode(list, count, block, ids);                                                \
      for (size_t index = 0; index < found; index++)                                                 \
        sum += bits[word_of(ids[index], slots)] >> (ids[index] & 63) & 1;                            \
    }                                                                                                \
    return sum;                                                                                      \
  }
DECODING(
    size_t, list_count,
    (const uint8_t *list, size_t count, const uint64_t *bits, const uint16_t *slots),
    (list, count, bits, slots))

void csearch_list_mark(
    const uint8_t *list, size_t count, const uint32_t *ids, size_t id_count, uint8_t *marks) {
  size_t blocks = blocks_of(count), block = 0;
  uint32_t part[CSEARCH_BLOCK];
  for (size_t next = 0; next < id_count && blocks > 0;) {
    block = find_block(list, blocks, block, ids[next]);
    const uint32_t *to = part + decode_plain(list, count, block, part);
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
