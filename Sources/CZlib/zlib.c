#include <limits.h>
#include <zlib.h>

#include "CZlib.h"

size_t czlib_inflate_prefix(
    const void *input, size_t input_count, void *output, size_t output_count) {
  if (input_count > UINT_MAX || output_count > UINT_MAX) return 0;
  z_stream stream = {0};
  /* 15 window bits, +32: zlib and gzip headers are told apart by zlib. */
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return 0;
  stream.next_in = (Bytef *)input;
  stream.avail_in = (uInt)input_count;
  stream.next_out = output;
  stream.avail_out = (uInt)output_count;
  inflate(&stream, Z_SYNC_FLUSH);
  size_t written = output_count - stream.avail_out;
  inflateEnd(&stream);
  return written;
}
