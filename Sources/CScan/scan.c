#include "CScan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

long cscan_list(int directory, void *buffer, size_t count) {
  return getdents64(directory, buffer, count);
}

struct cscan_entry cscan_entry_at(const void *buffer, size_t offset) {
  const struct dirent64 *entry = (const void *)((const char *)buffer + offset);
  struct cscan_entry result = {
      .name = (const unsigned char *)entry->d_name,
      .name_length = strlen(entry->d_name),
      .next = offset + entry->d_reclen,
      .kind = CSCAN_SPECIAL};
  switch (entry->d_type) {
    case DT_REG: result.kind = CSCAN_FILE; break;
    case DT_DIR: result.kind = CSCAN_DIRECTORY; break;
    case DT_LNK: result.kind = CSCAN_LINK; break;
    case DT_UNKNOWN: result.kind = CSCAN_UNKNOWN; break;
    default: break;
  }
  return result;
}

static void fill(struct cscan_status *status, const struct stat *from) {
  status->byte_count = from->st_size;
  status->modified_nanoseconds = from->st_mtim.tv_sec * INT64_C(1000000000) + from->st_mtim.tv_nsec;
  status->inode = from->st_ino;
  status->device = from->st_dev;
  status->kind = S_ISREG(from->st_mode)   ? CSCAN_FILE
                 : S_ISDIR(from->st_mode) ? CSCAN_DIRECTORY
                 : S_ISLNK(from->st_mode) ? CSCAN_LINK
                                          : CSCAN_SPECIAL;
}

int cscan_status_at(int directory, const char *name, int follow, struct cscan_status *status) {
  struct stat from;
  int result = fstatat(directory, name, &from, follow ? 0 : AT_SYMLINK_NOFOLLOW);
  if (result == 0) fill(status, &from);
  return result;
}

int cscan_status_of(int descriptor, struct cscan_status *status) {
  struct stat from;
  int result = fstat(descriptor, &from);
  if (result == 0) fill(status, &from);
  return result;
}

int64_t cscan_file_system_type(int descriptor) {
  struct statfs status;
  if (fstatfs(descriptor, &status) != 0) return -1;
  /* A signed 32-bit field on some machines: only these bits tell file systems apart. */
  return (int64_t)(status.f_type & 0xFFFFFFFF);
}

int cscan_directory_flags(int follow) {
  return O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
}

int cscan_file_flags(int follow) {
  return O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
}

int64_t cscan_file_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int cscan_watch_start(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

int cscan_watch_add(int watcher, const char *path) {
  return inotify_add_watch(
      watcher, path,
      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB |
          IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK);
}

int cscan_watch_remove(int watcher, int watch) { return inotify_rm_watch(watcher, watch); }

struct cscan_event cscan_event_at(const void *buffer, size_t offset) {
  const struct inotify_event *event = (const void *)((const char *)buffer + offset);
  static const struct {
    unsigned int from;
    int to;
  } names[] = {
      {IN_CLOSE_WRITE, CSCAN_WRITTEN}, {IN_MOVED_TO, CSCAN_CAME},
      {IN_MOVED_FROM, CSCAN_LEFT},     {IN_CREATE, CSCAN_CREATED},
      {IN_DELETE, CSCAN_DELETED},      {IN_ATTRIB, CSCAN_ATTRIBUTES},
      {IN_DELETE_SELF, CSCAN_GONE},    {IN_MOVE_SELF, CSCAN_GONE},
      {IN_UNMOUNT, CSCAN_UNMOUNTED},   {IN_Q_OVERFLOW, CSCAN_OVERFLOW},
      {IN_IGNORED, CSCAN_FORGOTTEN},   {IN_ISDIR, CSCAN_IS_DIRECTORY}};
  struct cscan_event result = {
      .watch = event->wd,
      .name = (const unsigned char *)event->name,
      .name_length = event->len == 0 ? 0 : strlen(event->name),
      .next = offset + sizeof *event + event->len};
  for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
    if (event->mask & names[index].from) result.flags |= names[index].to;
  }
  return result;
}

int cscan_event_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int cscan_wait(int first, int second, int timeout_milliseconds) {
  struct pollfd both[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
  int result = poll(both, 2, timeout_milliseconds);
  if (result <= 0) return result;
  return (both[0].revents ? 1 : 0) | (both[1].revents ? 2 : 0);
}
