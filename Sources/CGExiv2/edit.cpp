/* Changing XMP, with exiv2 itself: gexiv2 knows lists of foreign namespaces by detours only. */
#include "CGExiv2.h"

#include <cstdio>
#include <cstring>
#include <exiv2/exiv2.hpp>
#include <new>
#include <string>

struct cgexiv2_edit {
  Exiv2::XmpData data;
};

namespace {

/* True for the key itself and for the parts exiv2 makes of lists whose items say more than a text. */
bool belongs(const std::string &key, const std::string &tag) {
  if (key.compare(0, tag.size(), tag) != 0) return false;
  return key.size() == tag.size() || key[tag.size()] == '[' || key[tag.size()] == '/';
}

void erase(Exiv2::XmpData &data, const std::string &tag) {
  for (auto entry = data.begin(); entry != data.end();) {
    if (belongs(entry->key(), tag))
      entry = data.erase(entry);
    else
      ++entry;
  }
}

template <class Body>
int guarded(char *message, size_t message_size, Body body) {
  try {
    body();
    return 0;
  } catch (const std::exception &error) {
    snprintf(message, message_size, "%s", error.what());
  } catch (...) {
    snprintf(message, message_size, "exiv2 gave no reason");
  }
  return -1;
}

}  // namespace

int cgexiv2_register(const char *uri, const char *prefix) {
  char message[1];
  return guarded(message, sizeof message, [&] { Exiv2::XmpProperties::registerNs(uri, prefix); });
}

cgexiv2_edit *cgexiv2_edit_open(
    const void *bytes, size_t count, char *message, size_t message_size) {
  cgexiv2_edit *edit = new (std::nothrow) cgexiv2_edit;
  if (edit == nullptr) {
    snprintf(message, message_size, "out of memory");
    return nullptr;
  }
  int code = guarded(message, message_size, [&] {
    if (count == 0) return;
    std::string text(static_cast<const char *>(bytes), count);
    if (Exiv2::XmpParser::decode(edit->data, text) != 0)
      throw Exiv2::Error(Exiv2::kerErrorMessage, "it is no XMP that can be read");
  });
  if (code == 0) return edit;
  delete edit;
  return nullptr;
}

void cgexiv2_edit_close(cgexiv2_edit *edit) { delete edit; }

int cgexiv2_edit_values(
    cgexiv2_edit *edit, const char *tag, cgexiv2_visit visit, void *context, char *message,
    size_t message_size) {
  return guarded(message, message_size, [&] {
    for (const auto &entry : edit->data) {
      std::string key = entry.key();
      /* The head of a list, whose items follow under keys of their own, has no text. */
      if (!belongs(key, tag) || key.find("/?") != std::string::npos) continue;
      for (long index = 0; index < entry.count(); index++) {
        std::string text = entry.toString(index);
        if (!text.empty()) visit(context, tag, text.c_str());
      }
    }
  });
}

int cgexiv2_edit_clear(
    cgexiv2_edit *edit, const char *tag, char *message, size_t message_size) {
  return guarded(message, message_size, [&] { erase(edit->data, tag); });
}

int cgexiv2_edit_add(
    cgexiv2_edit *edit, const char *tag, int kind, const char *value, char *message,
    size_t message_size) {
  return guarded(message, message_size, [&] {
    Exiv2::XmpKey key(tag);
    auto entry = edit->data.findKey(key);
    if (kind == CGEXIV2_TEXT) {
      Exiv2::XmpTextValue text(value);
      edit->data.add(key, &text);
    } else if (entry == edit->data.end()) {
      Exiv2::XmpArrayValue list(kind == CGEXIV2_SEQUENCE ? Exiv2::xmpSeq : Exiv2::xmpBag);
      list.read(value);
      edit->data.add(key, &list);
    } else if (entry->setValue(value) != 0) {
      throw Exiv2::Error(Exiv2::kerErrorMessage, "a value cannot be added");
    }
  });
}

int cgexiv2_edit_finish(
    cgexiv2_edit *edit, cgexiv2_take take, void *context, char *message, size_t message_size) {
  return guarded(message, message_size, [&] {
    std::string text;
    if (Exiv2::XmpParser::encode(
            text, edit->data,
            Exiv2::XmpParser::omitPacketWrapper | Exiv2::XmpParser::useCompactFormat) != 0)
      throw Exiv2::Error(Exiv2::kerErrorMessage, "the packet cannot be written");
    take(context, text.data(), text.size());
  });
}
