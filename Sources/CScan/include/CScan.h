/* What a scan asks the kernel for, as plain types: directory entries, the few fields of stat it
   compares, file system types and inotify. Every function returns what the call it wraps returns,
   with errno untouched. */
#ifndef CSCAN_H
#define CSCAN_H

#include <stddef.h>
#include <stdint.h>

enum cscan_kind {
  CSCAN_UNKNOWN = 0, /* the file system does not tell; ask stat */
  CSCAN_FILE = 1,
  CSCAN_DIRECTORY = 2,
  CSCAN_LINK = 3,
  CSCAN_SPECIAL = 4 /* fifo, socket, device */
};

/* getdents64(2). */
long cscan_list(int directory, void *buffer, size_t count);

struct cscan_entry {
  const unsigned char *name;
  size_t name_length;
  size_t next; /* offset of the entry after it */
  enum cscan_kind kind;
};

/* The entry at `offset` of what cscan_list filled. */
struct cscan_entry cscan_entry_at(const void *buffer, size_t offset);

struct cscan_status {
  int64_t byte_count;
  int64_t modified_nanoseconds;
  uint64_t inode;
  uint64_t device;
  enum cscan_kind kind;
};

/* fstatat(2) and fstat(2). */
int cscan_status_at(int directory, const char *name, int follow, struct cscan_status *status);
int cscan_status_of(int descriptor, struct cscan_status *status);

/* The f_type of fstatfs(2), or -1. */
int64_t cscan_file_system_type(int descriptor);

/* open(2) flags for a directory and for a file that may turn out to be a fifo or a device. */
int cscan_directory_flags(int follow);
int cscan_file_flags(int follow);

/* The time file systems stamp files with, in nanoseconds since 1970: CLOCK_REALTIME_COARSE. */
int64_t cscan_file_clock(void);

/* inotify(7). */
int cscan_watch_start(void);
int cscan_watch_add(int watcher, const char *path);
int cscan_watch_remove(int watcher, int watch);

enum cscan_event_flags {
  CSCAN_WRITTEN = 1,
  CSCAN_CAME = 2,
  CSCAN_LEFT = 4,
  CSCAN_CREATED = 8,
  CSCAN_DELETED = 16,
  CSCAN_ATTRIBUTES = 32,
  CSCAN_GONE = 64, /* the watched directory itself was moved or deleted */
  CSCAN_UNMOUNTED = 128,
  CSCAN_OVERFLOW = 256,
  CSCAN_FORGOTTEN = 512, /* the kernel dropped the watch */
  CSCAN_IS_DIRECTORY = 1024
};

struct cscan_event {
  int watch;
  int flags;
  const unsigned char *name;
  size_t name_length;
  size_t next;
};

/* The event at `offset` of what read(2) filled. */
struct cscan_event cscan_event_at(const void *buffer, size_t offset);

/* eventfd(2), non-blocking; waits for either descriptor: bit 0 the first, bit 1 the second. */
int cscan_event_descriptor(void);
int cscan_wait(int first, int second, int timeout_milliseconds);

#endif
