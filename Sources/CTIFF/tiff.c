#include "CTIFF.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tiffio.h>

enum {
  MOST_LEVELS = 16,
  /* Strips up to this size are unpacked at once, which some compressions do faster; larger ones row by
     row. */
  WHOLE_STRIP_SIZE = 4 << 20,
  PROFILE_SIZE_LIMIT = 8 << 20
};

struct ctiff_reader {
  TIFF *tiff;
  int descriptor;
  toff_t offset;
  ctiff_header header;
  int is_tiled;
  uint32_t tile_width;
  size_t tile_row_size;
  size_t tile_size;
  unsigned char *tile;
  unsigned char *profile;
  size_t profile_size;
  char *message;
  size_t message_size;
};

static int note(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)module;
  ctiff_reader *reader = data;
  /* What follows the first one are its consequences. */
  if (reader->message_size > 0 && reader->message[0] == 0)
    vsnprintf(reader->message, reader->message_size, format, arguments);
  return 1;
}

static int ignore(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)data;
  (void)module;
  (void)format;
  (void)arguments;
  return 1;
}

static tmsize_t read_bytes(thandle_t handle, void *into, tmsize_t count) {
  ctiff_reader *reader = handle;
  tmsize_t done = 0;
  while (done < count) {
    ssize_t got = pread(
        reader->descriptor, (char *)into + done, (size_t)(count - done), (off_t)reader->offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += got;
    reader->offset += (toff_t)got;
  }
  return done;
}

static tmsize_t write_bytes(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle;
  (void)bytes;
  (void)count;
  return -1;
}

static toff_t file_size(thandle_t handle) {
  ctiff_reader *reader = handle;
  struct stat status;
  return fstat(reader->descriptor, &status) ? 0 : (toff_t)status.st_size;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  ctiff_reader *reader = handle;
  if (whence == SEEK_SET) reader->offset = offset;
  if (whence == SEEK_CUR) reader->offset += offset;
  if (whence == SEEK_END) reader->offset = file_size(handle) + offset;
  return reader->offset;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

/* What the current directory holds; CTIFF_OTHER when that is not read here. */
static int describe(TIFF *tiff, ctiff_header *header) {
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1, planes = 1, format = 1, compression = 1, photometric = 0;
  uint16_t extra_count = 0, *extras = NULL;
  memset(header, 0, sizeof *header);
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planes);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extras);
  if (width == 0 || height == 0 || !TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) ||
      (planes != PLANARCONFIG_CONTIG && samples > 1) ||
      (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) ||
      compression == COMPRESSION_OJPEG || !TIFFIsCODECConfigured(compression))
    return CTIFF_OTHER;
  int colour_samples = 1;
  switch (photometric) {
    case PHOTOMETRIC_MINISBLACK:
      header->colours = CTIFF_GREY;
      break;
    case PHOTOMETRIC_MINISWHITE:
      header->colours = CTIFF_INVERTED_GREY;
      break;
    case PHOTOMETRIC_PALETTE:
      header->colours = CTIFF_PALETTE;
      if (bits > 8 || samples != 1 ||
          !TIFFGetField(
              tiff, TIFFTAG_COLORMAP, &header->red, &header->green, &header->blue))
        return CTIFF_OTHER;
      break;
    case PHOTOMETRIC_YCBCR:
      /* libjpeg converts them; samples that are stored subsampled otherwise are not for here. */
      if (compression != COMPRESSION_JPEG || bits != 8 || samples != 3 ||
          !TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB))
        return CTIFF_OTHER;
      /* fall through */
    case PHOTOMETRIC_RGB:
      header->colours = CTIFF_RGB;
      colour_samples = 3;
      break;
    default:
      return CTIFF_OTHER;
  }
  if (samples == colour_samples + 1 && extra_count == 1) {
    if (extras[0] == EXTRASAMPLE_ASSOCALPHA) header->alpha = CTIFF_PREMULTIPLIED;
    if (extras[0] == EXTRASAMPLE_UNASSALPHA) header->alpha = CTIFF_STRAIGHT;
    if (header->alpha == CTIFF_OPAQUE) return CTIFF_OTHER;
  } else if (samples != colour_samples) {
    return CTIFF_OTHER;
  }
  if (bits != 8 && bits != 16 && (samples != 1 || (bits != 1 && bits != 2 && bits != 4)))
    return CTIFF_OTHER;
  header->width = width;
  header->height = height;
  header->bits = bits;
  header->samples = samples;
  return CTIFF_OK;
}

/* True when `level` is the picture of `full`, smaller, and enough for `target`. */
static int serves(const ctiff_header *level, const ctiff_header *full, unsigned int target) {
  unsigned int longest = level->width > level->height ? level->width : level->height;
  if (longest < target || level->width >= full->width || level->bits != full->bits ||
      level->samples != full->samples || level->colours != full->colours ||
      level->alpha != full->alpha)
    return 0;
  /* The same shape, within a pixel of the smaller one. */
  unsigned long long left = (unsigned long long)level->width * full->height;
  unsigned long long right = (unsigned long long)level->height * full->width;
  unsigned long long difference = left > right ? left - right : right - left;
  return difference <= (full->width > full->height ? full->width : full->height) * 2ull;
}

/* Makes the smallest level that serves the current directory, and describes it. */
static int choose(ctiff_reader *reader, unsigned int target) {
  TIFF *tiff = reader->tiff;
  ctiff_header full, level;
  int result = describe(tiff, &full);
  if (result != CTIFF_OK) return result;
  /* Levels often have none of their own. */
  uint32_t profile_size = 0;
  void *profile = NULL;
  if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &profile_size, &profile) &&
      profile_size <= PROFILE_SIZE_LIMIT && (reader->profile = malloc(profile_size)) != NULL) {
    memcpy(reader->profile, profile, profile_size);
    reader->profile_size = profile_size;
  }
  uint64_t subdirectories[MOST_LEVELS], *found = NULL;
  uint16_t count = 0;
  if (!TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &found)) count = 0;
  if (count > MOST_LEVELS) count = MOST_LEVELS;
  if (count > 0) memcpy(subdirectories, found, count * sizeof *found);
  unsigned int best_width = full.width;
  uint64_t best_offset = 0;
  tdir_t best_page = 0;
  for (uint16_t index = 0; index < count; index++)
    if (TIFFSetSubDirectory(tiff, subdirectories[index]) && !describe(tiff, &level) &&
        serves(&level, &full, target) && level.width < best_width) {
      best_width = level.width;
      best_offset = subdirectories[index];
    }
  if (!TIFFSetDirectory(tiff, 0)) return CTIFF_FAILED;
  for (tdir_t page = 1; page < MOST_LEVELS && TIFFReadDirectory(tiff); page++) {
    uint32_t kind = 0;
    TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind);
    if (!(kind & FILETYPE_REDUCEDIMAGE)) break;
    if (!describe(tiff, &level) && serves(&level, &full, target) && level.width < best_width) {
      best_width = level.width;
      best_page = page;
      best_offset = 0;
    }
  }
  if (!(best_offset ? TIFFSetSubDirectory(tiff, best_offset) : TIFFSetDirectory(tiff, best_page)))
    return CTIFF_FAILED;
  /* A level that is damaged is no reason to go without the picture. */
  reader->message[0] = 0;
  result = describe(tiff, &reader->header);
  reader->header.profile = reader->profile;
  reader->header.profile_size = reader->profile_size;
  return result;
}

/* How the rows come. */
static int lay_out(ctiff_reader *reader, size_t memory_limit) {
  TIFF *tiff = reader->tiff;
  ctiff_header *header = &reader->header;
  tmsize_t row_size = TIFFScanlineSize(tiff);
  /* 2^31 samples of a row at most. */
  unsigned long long bits =
      (unsigned long long)header->width * (unsigned)header->samples * (unsigned)header->bits;
  if (row_size <= 0 || (unsigned long long)row_size != (bits + 7) / 8) return CTIFF_OTHER;
  header->row_size = (size_t)row_size;
  reader->is_tiled = TIFFIsTiled(tiff);
  uint32_t rows = 0;
  if (reader->is_tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &reader->tile_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &rows);
    tmsize_t tile_size = TIFFTileSize(tiff), tile_row_size = TIFFTileRowSize(tiff);
    if (rows == 0 || reader->tile_width == 0 || reader->tile_width % 8 != 0 || tile_size <= 0 ||
        tile_row_size <= 0 || tile_size / rows < tile_row_size)
      return CTIFF_OTHER;
    reader->tile_size = (size_t)tile_size;
    reader->tile_row_size = (size_t)tile_row_size;
    /* Three: the band, the tile, and what it is packed into. */
    if (reader->tile_size > memory_limit / 3 || header->row_size > memory_limit / 3 / rows)
      return CTIFF_OTHER;
    reader->tile = malloc(reader->tile_size);
    if (!reader->tile) return CTIFF_OTHER;
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    if (rows > header->height) rows = header->height;
    if (rows == 0) return CTIFF_OTHER;
    if (header->row_size > WHOLE_STRIP_SIZE / rows) rows = 1;
  }
  header->band_rows = rows;
  return CTIFF_OK;
}

static void use_message(ctiff_reader *reader, char *message, size_t message_size) {
  reader->message = message;
  reader->message_size = message_size;
  if (message_size > 0) message[0] = 0;
}

int ctiff_open(
    int descriptor, unsigned int target, size_t memory_limit, ctiff_reader **result,
    ctiff_header *header, char *message, size_t message_size) {
  ctiff_reader *reader = calloc(1, sizeof *reader);
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  *result = reader;
  memset(header, 0, sizeof *header);
  if (!reader || !options) {
    TIFFOpenOptionsFree(options);
    snprintf(message, message_size, "out of memory");
    return CTIFF_FAILED;
  }
  use_message(reader, message, message_size);
  reader->descriptor = descriptor;
  TIFFOpenOptionsSetErrorHandlerExtR(options, note, reader);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore, reader);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)memory_limit);
  /* Not mapped; tables of strips are read when they are wanted. */
  reader->tiff = TIFFClientOpenExt(
      "TIFF", "rmO", reader, read_bytes, write_bytes, seek, close_nothing, file_size, NULL, NULL,
      options);
  TIFFOpenOptionsFree(options);
  if (!reader->tiff) return CTIFF_FAILED;
  int code = choose(reader, target);
  if (code == CTIFF_OK) code = lay_out(reader, memory_limit);
  *header = reader->header;
  return code;
}

static int read_tiles(ctiff_reader *reader, uint32_t first_row, uint32_t rows, unsigned char *into) {
  const ctiff_header *header = &reader->header;
  size_t at = 0;
  for (uint32_t x = 0; x < header->width; x += reader->tile_width) {
    if (TIFFReadEncodedTile(
            reader->tiff, TIFFComputeTile(reader->tiff, x, first_row, 0, 0), reader->tile,
            (tmsize_t)reader->tile_size) < 0)
      return CTIFF_FAILED;
    size_t part = header->row_size - at;
    if (part > reader->tile_row_size) part = reader->tile_row_size;
    for (uint32_t row = 0; row < rows; row++)
      memcpy(
          into + row * header->row_size + at, reader->tile + row * reader->tile_row_size, part);
    at += part;
    if (at == header->row_size || header->width - x <= reader->tile_width) break;
  }
  return at == header->row_size ? CTIFF_OK : CTIFF_FAILED;
}

int ctiff_read_band(
    ctiff_reader *reader, unsigned int band, unsigned char *rows, size_t size, char *message,
    size_t message_size) {
  const ctiff_header *header = &reader->header;
  use_message(reader, message, message_size);
  unsigned long long first = (unsigned long long)band * header->band_rows;
  if (first >= header->height) return CTIFF_FAILED;
  uint32_t count = header->height - (uint32_t)first;
  if (count > header->band_rows) count = header->band_rows;
  if (size / header->row_size < count) return CTIFF_FAILED;
  if (reader->is_tiled) return read_tiles(reader, (uint32_t)first, count, rows);
  uint32_t strip_rows = 0;
  TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_ROWSPERSTRIP, &strip_rows);
  if (header->band_rows == 1 && strip_rows != 1)
    return TIFFReadScanline(reader->tiff, rows, (uint32_t)first, 0) < 0 ? CTIFF_FAILED : CTIFF_OK;
  tmsize_t wanted = (tmsize_t)(header->row_size * count);
  return TIFFReadEncodedStrip(reader->tiff, band, rows, wanted) == wanted ? CTIFF_OK : CTIFF_FAILED;
}

void ctiff_close(ctiff_reader *reader) {
  if (!reader) return;
  if (reader->tiff) TIFFClose(reader->tiff);
  free(reader->tile);
  free(reader->profile);
  free(reader);
}
