/* The inner loops of the search index: bitmaps of 65,536 ids, lists of ids packed by their gaps, columns of
   one byte an asset. Which memory is whose and why every read stays inside is told in the Swift files that
   call them. All of it chooses by itself what the processor can do. */
#ifndef CSEARCHKERNELS_H
#define CSEARCHKERNELS_H

#include <stddef.h>
#include <stdint.h>

/* A chunk of ids is 1,024 words of 64 bits; a block of a packed list has up to 128 ids. */
enum { CSEARCH_WORDS = 1024, CSEARCH_BLOCK = 128 };

/* MARK: Bitmaps of one chunk. Those that answer count the bits that are set afterwards. */

uint32_t csearch_count(const uint64_t *bits);
uint32_t csearch_and_count(const uint64_t *bits, const uint64_t *other);
uint32_t csearch_and(uint64_t *target, const uint64_t *other);
uint32_t csearch_and_not(uint64_t *target, const uint64_t *other);
uint32_t csearch_or(uint64_t *target, const uint64_t *other);
/* target = whole without target. */
uint32_t csearch_complement(uint64_t *target, const uint64_t *whole);
/* target = a and b; target = a without b. */
uint32_t csearch_and_into(uint64_t *target, const uint64_t *a, const uint64_t *b);
uint32_t csearch_and_not_into(uint64_t *target, const uint64_t *a, const uint64_t *b);

/* Adds a bitmap to counters of every place, whose bits are `planes` of CSEARCH_WORDS words each. */
void csearch_add(uint64_t *planes, size_t plane_count, const uint64_t *bits);
/* The places whose counter is at least `least`. */
uint32_t csearch_at_least(const uint64_t *planes, size_t plane_count, uint32_t least, uint64_t *target);

/* MARK: Columns of bytes. */

/* Sets `target` to where low <= code <= high; `count` is a multiple of 64, bits behind it are cleared. */
void csearch_between(const uint8_t *codes, size_t count, uint8_t low, uint8_t high, uint64_t *target);
/* The greatest code. */
uint8_t csearch_greatest(const uint8_t *codes, size_t count);
/* Adds to `counts` the codes of the places whose bit is set. */
void csearch_histogram(const uint8_t *codes, size_t count, const uint64_t *bits, uint32_t *counts);

/* MARK: Numbers of `width` bits, 0 to 64, one after another; eight bytes behind the last can be read. */

uint64_t csearch_number(const uint8_t *bytes, uint32_t width, size_t index);
void csearch_set_number(uint8_t *bytes, uint32_t width, size_t index, uint64_t value);
/* Clears the bits of places whose number is not from `low` to `high`. */
void csearch_keep_between(
    uint64_t *bits, const uint8_t *numbers, uint32_t width, uint64_t low, uint64_t high);

/* MARK: Texts */

/* The first place from `from` on where `needle` stands in `text`; `count` when there is none. */
size_t csearch_find(
    const uint8_t *text, size_t count, const uint8_t *needle, size_t length, size_t from);

/* MARK: Orders */

struct csearch_candidate {
  uint64_t key; /* compares as the value does */
  uint32_t id;
};

/* The assets of one chunk whose bit is set and that have a value, with it; answers how many.

   A value is starts[code] and the number of the asset, for code 1 starts[1] less it. `codes` has `count`,
   a multiple of 64; no bit is set behind them. */
size_t csearch_gather(
    const uint64_t *bits, size_t count, const uint8_t *codes, const uint8_t *numbers, uint32_t width,
    const int64_t *starts, uint32_t first_id, struct csearch_candidate *target);
/* Adds to totals[value - first] the values of the places whose bit is set, where that is one of `total_count`.
   The rest is as in csearch_gather. */
void csearch_totals(
    const uint64_t *bits, size_t count, const uint8_t *codes, const uint8_t *numbers, uint32_t width,
    const int64_t *starts, int64_t first, uint32_t *totals, size_t total_count);
/* Sorts in place, by key and id, so that the first `wanted` stand where they belong. */
void csearch_sort_first(
    struct csearch_candidate *candidates, size_t count, size_t wanted, int is_ascending);

/* MARK: Packed lists of ascending ids.

   For each block of 128 an entry of eight bytes (its first id; six bits the width of its gaps, 26 bits where
   they start), behind all of these the gaps less one. Sixteen bytes behind a list can be read. */

/* How many bytes a list has. */
size_t csearch_list_size(const uint8_t *list, size_t count);
/* How many bytes a list takes that keeps the first `kept` blocks of another and goes on with `ids`. */
size_t csearch_packed_size(
    const uint8_t *list, size_t kept, const uint32_t *ids, size_t count);
/* Writes it. `target` must not overlap `list`. */
void csearch_pack(
    const uint8_t *list, size_t list_count, size_t kept, const uint32_t *ids, size_t count,
    uint8_t *target);
/* Unpacks the blocks from `first` on; answers how many ids that are. */
size_t csearch_unpack(const uint8_t *list, size_t count, size_t first, uint32_t *ids);
/* Fetches the beginning of a list into the processor's caches. */
void csearch_fetch(const uint8_t *list, size_t count);
/* The block an id is in or would come behind. */
size_t csearch_block_of(const uint8_t *list, size_t count, uint32_t id);
int csearch_list_has(const uint8_t *list, size_t count, uint32_t id);
/* 1 when an id from `low` to `high` is in it. */
int csearch_list_meets(const uint8_t *list, size_t count, uint32_t low, uint32_t high);
/* Sets the bits of those ids of a list that are of one chunk. */
void csearch_list_or(const uint8_t *list, size_t count, uint32_t chunk, uint64_t *target);
/* Sets the bits of all ids of a list; `slots` gives by chunk which bitmap it has, NULL that they stand in the
   order of the chunks. */
void csearch_list_scatter(
    const uint8_t *list, size_t count, uint64_t *bits, const uint16_t *slots);
/* Sets marks[i] to 1 for each of ascending `ids` that the list has. */
void csearch_list_mark(
    const uint8_t *list, size_t count, const uint32_t *ids, size_t id_count, uint8_t *marks);
/* How many ids of a list have their bit set. */
size_t csearch_list_count(
    const uint8_t *list, size_t count, const uint64_t *bits, const uint16_t *slots);
/* 1 when the bytes are a list of `count` ids, which makes all above safe; `last` is the last of them. */
int csearch_list_is_valid(const uint8_t *list, size_t byte_count, size_t count, uint32_t *last);

#endif
