/* Inflating the beginning of a gzip stream into a buffer of fixed size. */
#ifndef CZLIB_H
#define CZLIB_H

#include <stddef.h>

/* Inflates gzip or zlib bytes until the input or the output ends, or the stream is damaged.
   Returns how many bytes came out; never writes more than `output_count`. */
size_t czlib_inflate_prefix(
    const void *input, size_t input_count, void *output, size_t output_count);

#endif
