/* Huffman decoding of sequential JPEG scans, several places of the data at once, and what is done for
   every byte, block and sample around it. What the tables mean and why every read and write stays inside
   is told in LaneDecoder.swift. */
#ifndef CJPEGLANES_H
#define CJPEGLANES_H

#include <stddef.h>
#include <stdint.h>

enum { CJPEGLANES_COUNT = 8 };

/* A lane's word has its position in the lowest bits; the nine above mark the coefficient that is next.
   What a table entry holds is added to it. */
enum { CJPEGLANES_POSITION_BITS = 23 };

/* A Huffman table by codes of up to 12 bits, and what finds the longer ones. */
struct cjpeglanes_codes {
  const uint16_t *codes;   /* 4096: symbol << 8 | length, 0 for none */
  const uint32_t *limits;  /* 18, by length */
  const long *offsets;     /* 18, by length */
  const uint8_t *symbols;
  size_t symbol_count;
};

/* The tables of one component. */
struct cjpeglanes_member {
  struct cjpeglanes_codes dc, ac;
  const uint32_t *differences; /* 1024 */
  const uint32_t *folded;      /* 4096 */
  const uint32_t *single;      /* 4096: steps over one AC symbol; 1024: by the last of all 16 bits */
  const uint64_t *valued;      /* 4096; NULL where only DC is wanted */
  const float *weights;        /* 512 times 4, by mark; NULL like `valued` */
};

/* One block of an MCU and where in the record its results go. */
struct cjpeglanes_block {
  const struct cjpeglanes_member *member;
  size_t difference_offset;
  size_t detail_offset; /* 0 when only DC is wanted */
};

struct cjpeglanes_plan {
  const uint8_t *base;
  const struct cjpeglanes_block *blocks;
  size_t block_count;
  size_t record_size;
};

struct cjpeglanes_lane {
  uint32_t position, end; /* bits from the plan's base */
  uint8_t *record;        /* where the next record goes */
  size_t left;            /* how many more it may have */
  size_t count;           /* how many it has */
  int is_broken;          /* set when the bits at its position are no MCU */
};

/* Decodes MCU after MCU of CJPEGLANES_COUNT lanes, until one of them is broken, at its end or full. A
   record is written for every MCU that is whole; `record`, `left` and `count` go on with it. */
void cjpeglanes_run(const struct cjpeglanes_plan *plan, struct cjpeglanes_lane *lanes);

/* Decodes one MCU into a record. Returns the position behind it, 0 when the bits are no MCU. */
uint32_t cjpeglanes_unit(const struct cjpeglanes_plan *plan, uint32_t position, uint8_t *record);

/* Copies a scan's data, FF for every FF 00, up to any other FF or the last byte when that is one. Returns
   how many bytes that were; `written` goes up by what they became. Up to 15 bytes of `target` behind that
   may be written too. */
size_t cjpeglanes_unstuff(const uint8_t *data, size_t count, uint8_t *target, size_t *written);

/* What the records of some MCUs in a row hold of one component, and where it goes. */
struct cjpeglanes_stretch {
  const uint8_t *records; /* the first MCU's */
  size_t record_size;
  size_t count;         /* of MCUs */
  size_t width, height; /* blocks of the component in an MCU */
  size_t stride;        /* blocks of the component in a row */
  size_t difference_offset, detail_offset;
};

/* Adds up the differences of a stretch's blocks. Returns the last sum; `coefficients` are where the first block
   goes. */
int32_t cjpeglanes_take(const struct cjpeglanes_stretch *stretch, int32_t sum, int16_t *coefficients);

/* Makes the four samples of a stretch's blocks. */
void cjpeglanes_quarter(
    const struct cjpeglanes_stretch *stretch, float factor, const int16_t *coefficients, uint8_t *samples);

/* Makes samples of DC coefficients: an eighth of them times the factor, rounded, around 128. */
void cjpeglanes_mean(const int16_t *coefficients, int32_t factor, size_t count, uint8_t *samples);

/* Turns JFIF's YCbCr into RGB. */
void cjpeglanes_mix(
    const uint8_t *luma, const uint8_t *blues, const uint8_t *reds, size_t count, uint8_t *pixels);

#endif
