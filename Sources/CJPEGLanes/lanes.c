#include "CJPEGLanes.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define EACH for (int i = 0; i < LANES; i++)

enum { LANES = CJPEGLANES_COUNT };

/* The 16 bits from which on codes are looked up whole. */
enum { LONG = 65536 - 1024 };

/* What an entry that only the slow road can read adds to a mark: the block is over, no bits are used. */
enum { SLOW = 192 };

/* The mark counts from 193 (coefficient 1 is next) to 256 (the block is full); an end of block adds 129.
   So its highest bit, the sign of the lane's word, tells that the block is over. */
#define MARK(mark) ((uint32_t)(mark) << CJPEGLANES_POSITION_BITS)
#define POSITION (MARK(1) - 1)
#define START MARK(193)

INLINE uint64_t word_at(const uint8_t *base, uint32_t position) {
  uint64_t word;
  memcpy(&word, base + (position >> 3), sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word << (position & 7);
}

/* All ones when the lane's block is over. */
INLINE uint32_t over(uint32_t lane) {
  uint32_t mask = (uint32_t)((int32_t)lane >> 31);
  __asm__("" : "+r"(mask)); /* else it becomes a branch that cannot be predicted */
  return mask;
}

/* Whether a block that is over ended at its last coefficient or by an end of block inside of it: its mark
   is 256 or in 322…384, while one that ran over is in 257…319 or, an end of block behind that, in 385…447. */
INLINE uint32_t clean(uint32_t lane) {
  return (lane - MARK(257)) & MARK(64);
}

/* symbol << 8 | length of the code at the head of the word; 0 when its bits are no code. */
INLINE unsigned symbol_at(
    const struct cjpeglanes_codes *codes, uint64_t word) {
  unsigned entry = codes->codes[word >> 52];
  if (entry != 0) return entry;
  uint32_t bits = (uint32_t)(word >> 48);
  unsigned length = 13;
  while (length <= 16 && bits >= codes->limits[length]) length++;
  if (length > 16) return 0;
  unsigned long index = (unsigned long)((long)(bits >> (16 - length)) + codes->offsets[length]);
  if (index >= codes->symbol_count) return 0;
  return (unsigned)codes->symbols[index] << 8 | length;
}

/* The number in the first bits of a word (T.81, F.2.2.1): the lower half is negative. */
static inline int32_t number_at(uint64_t word, unsigned size) {
  if (size == 0) return 0;
  int32_t value = (int32_t)(word >> (64 - size));
  return word >> 63 ? value : value - (int32_t)((1u << size) - 1);
}

typedef float four __attribute__((vector_size(16)));

/* What the coefficient before a mark adds to the quarters of its block. */
INLINE four weighted(
    const struct cjpeglanes_member *member, uint32_t mark, float value) {
  four weights;
  memcpy(&weights, member->weights + 4 * mark, sizeof weights);
  return weights * (four){value, value, value, value};
}

/* A DC difference, symbol and number. Returns the position behind it, 0 for no code. */
static __attribute__((noinline)) uint32_t slow_difference(
    const uint8_t *base, const struct cjpeglanes_member *member, uint32_t position,
    uint8_t *target) {
  uint64_t word = word_at(base, position);
  unsigned entry = symbol_at(&member->dc, word);
  unsigned length = entry & 0xFF, size = entry >> 8;
  if (entry == 0 || size > 15) return 0;
  int16_t value = (int16_t)number_at(word << length, size);
  memcpy(target, &value, sizeof value);
  return position + length + size;
}

/* The rest of a block, symbol by symbol. Returns the position behind it, 0 when it is none. */
static uint32_t rest_of_block(
    const uint8_t *base, const struct cjpeglanes_member *member, uint32_t position,
    unsigned coefficient, four *sum) {
  while (coefficient < 64) {
    uint64_t word = word_at(base, position);
    unsigned entry = symbol_at(&member->ac, word);
    if (entry == 0) return 0;
    unsigned length = entry & 0xFF, size = entry >> 8 & 15, run = entry >> 12;
    position += length + size;
    if (size == 0) {
      if (run < 15) return position;
      coefficient += 16;
    } else {
      coefficient += run + 1;
      if (sum && coefficient <= 64)
        *sum += weighted(member, 192 + coefficient, (float)number_at(word << length, size));
    }
  }
  return coefficient == 64 ? position : 0;
}

/* All ones for a lane that goes on or has ended cleanly, else 0. */
INLINE uint32_t fits(uint32_t lane) {
  uint32_t mask = (uint32_t)-(int32_t)(clean(lane) != 0);
  __asm__("" : "+r"(mask));
  return mask;
}

/* The entry of the AC symbol at the head of a word. */
INLINE uint32_t single(
    const struct cjpeglanes_member *member, uint64_t word) {
  uint32_t bits = (uint32_t)(word >> 48);
  uint32_t is_long = (uint32_t)-(int32_t)(bits >= LONG);
  __asm__("" : "+r"(is_long));
  return member->single[(bits >> 4 & ~is_long) | ((bits - LONG + 4096) & is_long)];
}

/* Goes on from before an entry that leads out of the block or is none; one of the next three is it.
   Nearly always the block has all its coefficients and the entry stands for symbols beyond them, or the
   code is a long one. Both is known only here, so nothing below is a branch until it has gone wrong.
   Returns the lane behind up to three symbols more, 0 when the block is none. */
static __attribute__((noinline)) uint32_t go_carefully(
    const uint8_t *base, const struct cjpeglanes_member *member, uint32_t lane) {
  uint64_t word = word_at(base, lane & POSITION);
  uint32_t entry = member->folded[word >> 52];
  uint32_t mask = fits(lane + entry);
  lane += entry & mask;
  word <<= entry & mask & 63;
  entry = member->folded[word >> 52] & mask;
  entry &= fits(lane + entry);
  lane += entry;
  uint32_t last = lane;
  word = word_at(base, lane & POSITION);
  entry = single(member, word);
  lane += entry;
  word <<= entry & 63;
  lane += single(member, word) & ~over(lane);
  lane += single(member, word_at(base, lane & POSITION)) & ~over(lane);
  if (clean(lane)) return lane;
  uint32_t position = rest_of_block(
      base, member, last & POSITION, (last >> CJPEGLANES_POSITION_BITS) - 192, NULL);
  return position == 0 ? 0 : position | MARK(256);
}

uint32_t cjpeglanes_unit(const struct cjpeglanes_plan *plan, uint32_t position, uint8_t *record) {
  memcpy(record, &position, sizeof position);
  for (size_t index = 0; index < plan->block_count; index++) {
    const struct cjpeglanes_block *block = &plan->blocks[index];
    const struct cjpeglanes_member *member = block->member;
    position = slow_difference(plan->base, member, position, record + block->difference_offset);
    if (position == 0) return 0;
    if (block->detail_offset) {
      four sum = {0, 0, 0, 0};
      position = rest_of_block(plan->base, member, position, 1, &sum);
      memcpy(record + block->detail_offset, &sum, sizeof sum);
    } else {
      uint32_t lane = position | START, before;
      do {
        before = lane;
        lane += member->folded[word_at(plan->base, lane & POSITION) >> 52];
      } while ((int32_t)lane >= 0);
      position = clean(lane) ? lane & POSITION
                             : rest_of_block(
                                   plan->base, member, before & POSITION,
                                   (before >> CJPEGLANES_POSITION_BITS) - 192, NULL);
    }
    if (position == 0) return 0;
  }
  return position;
}

INLINE void step(
    const uint32_t *table, uint32_t *lane, uint64_t *word) {
  uint32_t entry = table[*word >> 52] & ~over(*lane);
  *lane += entry;
  *word <<= entry & 63;
}

INLINE void value_step(
    const struct cjpeglanes_member *member, uint32_t *lane, uint64_t *word, four *sum) {
  uint64_t mask = (uint64_t)((int64_t)(int32_t)*lane >> 63);
  __asm__("" : "+r"(mask));
  uint64_t entry = member->valued[*word >> 52] & ~mask;
  *lane += (uint32_t)entry;
  *word <<= entry & 63;
  uint32_t bits = (uint32_t)(entry >> 32);
  float value;
  memcpy(&value, &bits, sizeof value);
  *sum += weighted(member, *lane >> CJPEGLANES_POSITION_BITS, value);
}

/* Steps over the AC of a block of every lane. Returns the lanes that are broken, a bit each. */
INLINE unsigned step_over(
    const struct cjpeglanes_plan *plan, const struct cjpeglanes_member *member, uint32_t *position,
    uint64_t *word) {
  const uint32_t *table = member->folded;
  uint32_t lane[LANES], before[LANES];
  unsigned broken = 0;
  EACH before[i] = lane[i] = position[i] + START;
  EACH step(table, &lane[i], &word[i]);
  EACH step(table, &lane[i], &word[i]);
  while (1) {
    uint32_t every = ~0u, good = MARK(64);
    EACH every &= lane[i];
    EACH good &= clean(lane[i]);
    if (__builtin_expect(good == 0, 0)) {
      EACH if (!clean(lane[i])) {
        lane[i] = go_carefully(plan->base, member, before[i]);
        if (lane[i] == 0) {
          broken |= 1u << i;
          lane[i] = position[i] | MARK(256);
        }
      }
      continue;
    }
    if ((int32_t)every < 0) break;
    EACH before[i] = lane[i];
    EACH word[i] = word_at(plan->base, lane[i] & POSITION);
    EACH step(table, &lane[i], &word[i]);
    EACH step(table, &lane[i], &word[i]);
    EACH step(table, &lane[i], &word[i]);
  }
  EACH position[i] = lane[i] & POSITION;
  return broken;
}

/* Reads the AC of a block of every lane and sums up what each coefficient adds. */
INLINE unsigned sum_up(
    const struct cjpeglanes_plan *plan, const struct cjpeglanes_block *block, uint32_t *position,
    uint64_t *word, const struct cjpeglanes_lane *lanes, size_t offset) {
  const struct cjpeglanes_member *member = block->member;
  uint32_t lane[LANES];
  four sum[LANES];
  EACH lane[i] = position[i] + START;
  EACH sum[i] = (four){0, 0, 0, 0};
  EACH value_step(member, &lane[i], &word[i], &sum[i]);
  EACH value_step(member, &lane[i], &word[i], &sum[i]);
  EACH value_step(member, &lane[i], &word[i], &sum[i]);
  while (1) {
    uint32_t every = lane[0];
    for (int i = 1; i < LANES; i++) every &= lane[i];
    if ((int32_t)every < 0) break;
    EACH word[i] = word_at(plan->base, lane[i] & POSITION);
    EACH value_step(member, &lane[i], &word[i], &sum[i]);
    EACH value_step(member, &lane[i], &word[i], &sum[i]);
    EACH value_step(member, &lane[i], &word[i], &sum[i]);
    EACH value_step(member, &lane[i], &word[i], &sum[i]);
  }
  uint32_t good = MARK(64);
  unsigned broken = 0;
  EACH good &= clean(lane[i]);
  EACH position[i] = lane[i] & POSITION;
  if (__builtin_expect(good == 0, 0)) {
    EACH if (!clean(lane[i])) {
      /* A slow entry leaves all but the mark as it was; a run out of the block ends below. */
      uint32_t mark = lane[i] >> CJPEGLANES_POSITION_BITS;
      four rest = sum[i];
      uint32_t behind =
          mark < SLOW + 193 ? 0 : rest_of_block(plan->base, member, position[i], mark - SLOW - 192, &rest);
      sum[i] = rest;
      broken |= (behind == 0) << i;
      if (behind != 0) position[i] = behind;
    }
  }
  EACH memcpy(lanes[i].record + offset + block->detail_offset, &sum[i], sizeof sum[i]);
  return broken;
}

INLINE void run(
    const struct cjpeglanes_plan *plan, struct cjpeglanes_lane *lanes) {
  uint32_t position[LANES];
  unsigned broken = 0;
  size_t limit = (size_t)-1, count = 0, offset = 0;
  EACH {
    position[i] = lanes[i].position;
    if (lanes[i].left < limit) limit = lanes[i].left;
  }
  while (count < limit) {
    unsigned ended = 0;
    EACH ended |= position[i] >= lanes[i].end;
    if (ended) break;
    EACH memcpy(lanes[i].record + offset, &position[i], sizeof(uint32_t));
    for (size_t index = 0; index < plan->block_count; index++) {
      const struct cjpeglanes_block *block = &plan->blocks[index];
      const struct cjpeglanes_member *member = block->member;
      uint64_t word[LANES];
      uint32_t entry[LANES], all = 32;
      EACH {
        word[i] = word_at(plan->base, position[i]);
        entry[i] = member->differences[word[i] >> 54];
        all &= entry[i];
        /* The code and its extra bits as a number, and the table's correction. */
        uint16_t value = (uint16_t)((word[i] >> (~entry[i] & 31) >> 33) + (entry[i] >> 16));
        memcpy(lanes[i].record + offset + block->difference_offset, &value, sizeof value);
      }
      if (__builtin_expect(all != 0, 1)) {
        EACH position[i] += entry[i] & 31;
        EACH word[i] <<= entry[i] & 31;
      } else {
        EACH {
          uint32_t behind = slow_difference(
              plan->base, member, position[i], lanes[i].record + offset + block->difference_offset);
          broken |= (behind == 0) << i;
          if (behind != 0) position[i] = behind;
          word[i] = word_at(plan->base, position[i]);
        }
      }
      broken |= block->detail_offset ? sum_up(plan, block, position, word, lanes, offset)
                                     : step_over(plan, member, position, word);
    }
    count++;
    offset += plan->record_size;
    if (broken) break;
  }
  EACH {
    size_t whole = count - (broken >> i & 1);
    lanes[i].is_broken = (int)(broken >> i & 1);
    lanes[i].position = position[i];
    lanes[i].record += whole * plan->record_size;
    lanes[i].left -= whole;
    lanes[i].count += whole;
    if (lanes[i].is_broken) memcpy(&lanes[i].position, lanes[i].record, sizeof(uint32_t));
  }
}

#if defined(__x86_64__)
static __attribute__((target("bmi,bmi2"))) void run_bmi2(
    const struct cjpeglanes_plan *plan, struct cjpeglanes_lane *lanes) {
  run(plan, lanes);
}
#endif

void cjpeglanes_run(const struct cjpeglanes_plan *plan, struct cjpeglanes_lane *lanes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
    run_bmi2(plan, lanes);
    return;
  }
#endif
  run(plan, lanes);
}
