#include "numbers.h"

typedef struct csearch_candidate candidate;

static candidate *gather(
    candidate *next, const uint32_t *places, size_t count, const uint8_t *codes, const uint8_t *numbers,
    uint32_t width, const int64_t *starts, uint32_t first_id) {
  for (size_t index = 0; index < count; index++) {
    uint32_t place = places[index];
    uint8_t code = codes[place];
    if (code == 0) continue;
    uint64_t number = number_at(numbers, width, place), start = (uint64_t)starts[code];
    next->key = (code == 1 ? start - number : start + number) ^ (uint64_t)1 << 63;
    next->id = first_id | place;
    next++;
  }
  return next;
}

size_t csearch_gather(
    const uint64_t *bits, size_t count, const uint8_t *codes, const uint8_t *numbers, uint32_t width,
    const int64_t *starts, uint32_t first_id, candidate *target) {
  candidate *next = target;
  uint32_t places[AHEAD];
  size_t held = 0;
  for (size_t word = 0; word < count / 64; word++) {
    for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
      places[held] = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(rest);
      fetch_number(numbers, width, places[held]);
      if (++held == AHEAD) {
        next = gather(next, places, held, codes, numbers, width, starts, first_id);
        held = 0;
      }
    }
  }
  return (size_t)(gather(next, places, held, codes, numbers, width, starts, first_id) - target);
}

static inline void total(
    size_t place, const uint8_t *codes, const uint8_t *numbers, uint32_t width, const int64_t *starts,
    int64_t first, uint32_t *totals, size_t total_count) {
  uint8_t code = codes[place];
  if (code == 0) return;
  uint64_t number = number_at(numbers, width, place), start = (uint64_t)starts[code];
  uint64_t index = (code == 1 ? start - number : start + number) - (uint64_t)first;
  if (index < total_count) totals[index]++;
}

void csearch_totals(
    const uint64_t *bits, size_t count, const uint8_t *codes, const uint8_t *numbers, uint32_t width,
    const int64_t *starts, int64_t first, uint32_t *totals, size_t total_count) {
  for (size_t word = 0; word < count / 64; word++) {
    for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1)
      total(word * 64 + (size_t)__builtin_ctzll(rest), codes, numbers, width, starts, first, totals,
            total_count);
  }
}

static inline int precedes(const candidate *a, const candidate *b) {
  return a->key != b->key ? a->key < b->key : a->id < b->id;
}

static inline void swap(candidate *a, candidate *b) {
  candidate held = *a;
  *a = *b;
  *b = held;
}

static void sink(candidate *entries, size_t parent, size_t end) {
  for (size_t child; (child = 2 * parent + 1) < end; parent = child) {
    if (child + 1 < end && precedes(entries + child, entries + child + 1)) child++;
    if (!precedes(entries + parent, entries + child)) return;
    swap(entries + parent, entries + child);
  }
}

static void heapsort_all(candidate *entries, size_t count) {
  for (size_t start = count / 2; start-- > 0;) sink(entries, start, count);
  for (size_t end = count; end-- > 1;) {
    swap(entries, entries + end);
    sink(entries, 0, end);
  }
}

/* Quicksort by the median of three, which leaves what stands behind the first `wanted` as it is; heapsort
   where the pivots are bad, so that no input makes it quadratic. */
static void sort_part(candidate *entries, size_t count, size_t wanted, unsigned depth) {
  while (count > 16) {
    if (depth-- == 0) {
      heapsort_all(entries, count);
      return;
    }
    candidate *a = entries, *b = entries + count / 2, *c = entries + count - 1;
    const candidate pivot = precedes(a, b) ? (precedes(b, c) ? *b : precedes(a, c) ? *c : *a)
                                           : (precedes(a, c) ? *a : precedes(b, c) ? *c : *b);
    /* The pivot itself stops both, so neither leaves the part. */
    size_t left = 0, end = count;
    while (left < end) {
      while (precedes(entries + left, &pivot)) left++;
      while (precedes(&pivot, entries + end - 1)) end--;
      if (left < end) swap(entries + left++, entries + --end);
    }
    if (left < wanted) sort_part(entries + left, count - left, wanted - left, depth);
    count = end;
  }
  for (size_t next = 1; next < count; next++) {
    candidate entry = entries[next];
    size_t hole = next;
    for (; hole > 0 && precedes(&entry, entries + hole - 1); hole--) entries[hole] = entries[hole - 1];
    entries[hole] = entry;
  }
}

static void flip(candidate *entries, size_t count) {
  for (size_t index = 0; index < count; index++) {
    entries[index].key = ~entries[index].key;
    entries[index].id = ~entries[index].id;
  }
}

void csearch_sort_first(candidate *candidates, size_t count, size_t wanted, int is_ascending) {
  unsigned depth = 2;
  for (size_t rest = count; rest > 0; rest /= 2) depth += 2;
  if (!is_ascending) flip(candidates, count);
  sort_part(candidates, count, wanted, depth);
  if (!is_ascending) flip(candidates, count);
}
