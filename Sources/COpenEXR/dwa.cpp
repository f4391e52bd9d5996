#include "dwa.h"

#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfIO.h>
#include <OpenEXR/ImfInputPart.h>
#include <OpenEXR/ImfMultiPartInputFile.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <unistd.h>

namespace {

class DescriptorStream : public Imf::IStream {
 public:
  DescriptorStream(int descriptor, long long count)
      : Imf::IStream("file"), descriptor_(descriptor), count_(count) {}

  bool read(char into[], int size) override {
    int done = 0;
    while (done < size) {
      ssize_t got = pread(
          descriptor_, into + done, static_cast<size_t>(size - done),
          static_cast<off_t>(position_));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw std::runtime_error("unexpected end of file");
      done += static_cast<int>(got);
      position_ += static_cast<unsigned long long>(got);
    }
    return position_ < static_cast<unsigned long long>(count_);
  }
  uint64_t tellg() override { return position_; }
  void seekg(uint64_t position) override { position_ = position; }

 private:
  int descriptor_;
  long long count_;
  uint64_t position_ = 0;
};

void tell(const char *words, char *message, size_t message_size) {
  if (message_size > 0) snprintf(message, message_size, "%s", words);
}

long long floor_divided(long long value, long long by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

}  // namespace

struct copenexr_dwa {
  copenexr_dwa(int descriptor, long long count) : stream(descriptor, count) {}
  DescriptorStream stream;
  std::unique_ptr<Imf::MultiPartInputFile> file;
  std::unique_ptr<Imf::InputPart> part;
};

copenexr_dwa *copenexr_dwa_open(
    int descriptor, long long byte_count, int part, char *message, size_t message_size) {
  try {
    auto opened = std::make_unique<copenexr_dwa>(descriptor, byte_count);
    opened->file = std::make_unique<Imf::MultiPartInputFile>(opened->stream, 0, false);
    opened->part = std::make_unique<Imf::InputPart>(*opened->file, part);
    return opened.release();
  } catch (const std::exception &error) {
    tell(error.what(), message, message_size);
  } catch (...) {
    tell("unknown error", message, message_size);
  }
  return nullptr;
}

void copenexr_dwa_close(copenexr_dwa *file) { delete file; }

int copenexr_dwa_read(
    copenexr_dwa *file, int min_x, int y, int last, const copenexr_dwa_plane *planes, int count,
    char *message, size_t message_size) {
  try {
    Imf::FrameBuffer buffer;
    for (int i = 0; i < count; i++) {
      const copenexr_dwa_plane &plane = planes[i];
      long long row = static_cast<long long>(plane.width) * 4;
      long long first_row = floor_divided(static_cast<long long>(y) + plane.y_sampling - 1,
                                          plane.y_sampling);
      long long first_column = floor_divided(min_x, plane.x_sampling);
      /* The library adds (x / sampling, y / sampling) in absolute coordinates to this address. */
      char *base = reinterpret_cast<char *>(plane.samples) - first_row * row - first_column * 4;
      buffer.insert(
          plane.name, Imf::Slice(
                          Imf::FLOAT, base, 4, static_cast<size_t>(row), plane.x_sampling,
                          plane.y_sampling, 0.0));
    }
    file->part->setFrameBuffer(buffer);
    file->part->readPixels(y, last);
    return 0;
  } catch (const std::exception &error) {
    tell(error.what(), message, message_size);
  } catch (...) {
    tell("unknown error", message, message_size);
  }
  return -1;
}
