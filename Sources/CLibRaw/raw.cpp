#include "CLibRaw.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <libraw/libraw.h>
#include <new>
#include <unistd.h>

namespace {

/* A buffered stream over pread: the descriptor's own offset stays untouched. */
class DescriptorStream : public LibRaw_abstract_datastream {
 public:
  DescriptorStream(int descriptor, long long count) : descriptor_(descriptor), count_(count) {}

  int valid() override { return 1; }

  int read(void *into, size_t size, size_t number) override {
    if (size == 0 || number == 0 || number > SIZE_MAX / size) return 0;
    size_t wanted = size * number, done = 0;
    while (done < wanted) {
      if (position_ >= count_ || position_ < 0) break;
      if (position_ < start_ || position_ >= start_ + filled_) {
        if (!fill()) break;
      }
      size_t at = static_cast<size_t>(position_ - start_);
      size_t piece = static_cast<size_t>(filled_) - at;
      if (piece > wanted - done) piece = wanted - done;
      memcpy(static_cast<char *>(into) + done, buffer_ + at, piece);
      done += piece;
      position_ += static_cast<long long>(piece);
    }
    return static_cast<int>(done / size);
  }

  int seek(INT64 offset, int whence) override {
    if (whence == SEEK_CUR) offset += position_;
    if (whence == SEEK_END) offset += count_;
    if (offset < 0) offset = 0;
    if (offset > count_) offset = count_;
    position_ = offset;
    return 0;
  }

  INT64 tell() override { return position_; }
  INT64 size() override { return count_; }

  int get_char() override {
    unsigned char byte;
    return read(&byte, 1, 1) == 1 ? byte : -1;
  }

  char *gets(char *into, int size) override {
    if (size < 1) return nullptr;
    int done = 0;
    while (done < size - 1) {
      int byte = get_char();
      if (byte < 0) break;
      into[done++] = static_cast<char>(byte);
      if (byte == '\n') break;
    }
    into[done] = 0;
    return done > 0 ? into : nullptr;
  }

  int scanf_one(const char *format, void *value) override {
    char word[24];
    int done = 0, byte;
    do byte = get_char();
    while (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r');
    while (byte > ' ' && done < 23) {
      word[done++] = static_cast<char>(byte);
      byte = get_char();
    }
    word[done] = 0;
    /* LibRaw asks for one number only: "%d" and "%f". */
    return sscanf(word, format, value);
  }

  int eof() override { return position_ >= count_; }
  void *make_jas_stream() override { return nullptr; }

 private:
  bool fill() {
    ssize_t got;
    do
      got = pread(descriptor_, buffer_, sizeof buffer_, position_);
    while (got < 0 && errno == EINTR);
    start_ = position_;
    filled_ = got > 0 ? got : 0;
    return got > 0;
  }

  int descriptor_;
  long long count_;
  long long position_ = 0, start_ = 0, filled_ = 0;
  char buffer_[64 << 10];
};

int failed(int code, char *message, size_t message_size) {
  if (message_size > 0) {
    const char *words = code > 0 ? strerror(code) : libraw_strerror(code);
    snprintf(message, message_size, "%s", words ? words : "unknown error");
  }
  return -1;
}

}  // namespace

struct clibraw_file {
  clibraw_file(int descriptor, long long count) : stream(descriptor, count) {}
  DescriptorStream stream;
  LibRaw raw;
};

clibraw_file *clibraw_open(
    int descriptor, long long byte_count, unsigned memory_limit_megabytes, char *message,
    size_t message_size) {
  clibraw_file *file = nullptr;
  try {
    file = new clibraw_file(descriptor, byte_count);
    file->raw.imgdata.params.max_raw_memory_mb = memory_limit_megabytes;
    /* Damaged data is told by the return codes; nothing goes to standard error. */
    file->raw.set_dataerror_handler(nullptr, nullptr);
    int code = file->raw.open_datastream(&file->stream);
    if (code == LIBRAW_SUCCESS) return file;
    failed(code, message, message_size);
  } catch (...) {
    failed(LIBRAW_UNSUFFICIENT_MEMORY, message, message_size);
  }
  delete file;
  return nullptr;
}

void clibraw_close(clibraw_file *file) { delete file; }

int clibraw_turn(const clibraw_file *file) {
  switch (file->raw.imgdata.sizes.flip) {
    case 3: return 180;
    case 5: return 270;
    case 6: return 90;
    default: return 0;
  }
}

void clibraw_size(const clibraw_file *file, int *width, int *height) {
  *width = file->raw.imgdata.sizes.width;
  *height = file->raw.imgdata.sizes.height;
}

int clibraw_preview(
    clibraw_file *file, size_t byte_limit, clibraw_picture *picture, char *message,
    size_t message_size) {
  memset(picture, 0, sizeof *picture);
  try {
    if (file->raw.imgdata.thumbnail.tlength > byte_limit)
      return failed(LIBRAW_TOO_BIG, message, message_size);
    int code = file->raw.unpack_thumb();
    if (code != LIBRAW_SUCCESS) return failed(code, message, message_size);
    const libraw_thumbnail_t &thumb = file->raw.imgdata.thumbnail;
    if (!thumb.thumb) return failed(LIBRAW_NO_THUMBNAIL, message, message_size);
    if (thumb.tformat == LIBRAW_THUMBNAIL_JPEG) {
      picture->kind = CLIBRAW_JPEG;
      picture->byte_count = thumb.tlength;
    } else if (
        thumb.tformat == LIBRAW_THUMBNAIL_BITMAP && thumb.tcolors == 3 &&
        static_cast<size_t>(thumb.twidth) * thumb.theight * 3 <= thumb.tlength) {
      picture->kind = CLIBRAW_RGB;
      picture->byte_count = static_cast<size_t>(thumb.twidth) * thumb.theight * 3;
    } else {
      return failed(LIBRAW_UNSUPPORTED_THUMBNAIL, message, message_size);
    }
    picture->width = thumb.twidth;
    picture->height = thumb.theight;
    picture->bytes = static_cast<unsigned char *>(malloc(picture->byte_count));
    if (!picture->bytes) return failed(LIBRAW_UNSUFFICIENT_MEMORY, message, message_size);
    memcpy(picture->bytes, thumb.thumb, picture->byte_count);
    return 0;
  } catch (...) {
    return failed(LIBRAW_UNSUFFICIENT_MEMORY, message, message_size);
  }
}

int clibraw_develop(
    clibraw_file *file, clibraw_picture *picture, char *message, size_t message_size) {
  memset(picture, 0, sizeof *picture);
  try {
    libraw_output_params_t &params = file->raw.imgdata.params;
    params.half_size = 1;
    params.use_camera_wb = 1;
    params.user_flip = 0;
    params.user_qual = 0;
    params.output_bps = 8;
    params.output_color = 1;
    int code = file->raw.unpack();
    if (code == LIBRAW_SUCCESS && file->raw.error_count() > 0) code = LIBRAW_DATA_ERROR;
    if (code == LIBRAW_SUCCESS) code = file->raw.dcraw_process();
    if (code != LIBRAW_SUCCESS) return failed(code, message, message_size);
    libraw_processed_image_t *image = file->raw.dcraw_make_mem_image(&code);
    if (!image) return failed(code, message, message_size);
    int result = -1;
    size_t count = static_cast<size_t>(image->width) * image->height * 3;
    if (image->type == LIBRAW_IMAGE_BITMAP && image->bits == 8 &&
        (image->colors == 3 || image->colors == 1) && count > 0) {
      picture->bytes = static_cast<unsigned char *>(malloc(count));
      if (picture->bytes) {
        if (image->colors == 3) {
          memcpy(picture->bytes, image->data, count);
        } else {
          for (size_t i = 0; i < count / 3; i++)
            memset(picture->bytes + i * 3, image->data[i], 3);
        }
        picture->kind = CLIBRAW_RGB;
        picture->byte_count = count;
        picture->width = image->width;
        picture->height = image->height;
        result = 0;
      }
    }
    LibRaw::dcraw_clear_mem(image);
    return result == 0 ? 0 : failed(LIBRAW_UNSUFFICIENT_MEMORY, message, message_size);
  } catch (...) {
    return failed(LIBRAW_UNSUFFICIENT_MEMORY, message, message_size);
  }
}

void clibraw_free(clibraw_picture *picture) {
  free(picture->bytes);
  picture->bytes = nullptr;
}
