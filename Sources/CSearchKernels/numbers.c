#include "numbers.h"

uint64_t csearch_number(const uint8_t *bytes, uint32_t width, size_t index) {
  return number_at(bytes, width, index);
}

void csearch_set_number(uint8_t *bytes, uint32_t width, size_t index, uint64_t value) {
  if (width > 56) {
    memcpy(bytes + index * 8, &value, sizeof value);
    return;
  }
  uint64_t place = (uint64_t)index * width, word;
  uint64_t mask = (((uint64_t)1 << width) - 1) << (place & 7);
  memcpy(&word, bytes + (place >> 3), sizeof word);
  word = (word & ~mask) | (value << (place & 7) & mask);
  memcpy(bytes + (place >> 3), &word, sizeof word);
}

static void keep(
    uint64_t *bits, const uint32_t *places, size_t count, const uint8_t *numbers, uint32_t width,
    uint64_t low, uint64_t high) {
  for (size_t index = 0; index < count; index++) {
    uint64_t number = number_at(numbers, width, places[index]);
    bits[places[index] >> 6] &= ~((uint64_t)(number < low || number > high) << (places[index] & 63));
  }
}

void csearch_keep_between(
    uint64_t *bits, const uint8_t *numbers, uint32_t width, uint64_t low, uint64_t high) {
  uint32_t places[AHEAD];
  size_t held = 0;
  for (size_t word = 0; word < CSEARCH_WORDS; word++) {
    for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
      places[held] = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(rest);
      fetch_number(numbers, width, places[held]);
      if (++held == AHEAD) {
        keep(bits, places, held, numbers, width, low, high);
        held = 0;
      }
    }
  }
  keep(bits, places, held, numbers, width, low, high);
}
