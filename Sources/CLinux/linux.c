#include "CLinux.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_open(const char *path, int flags, unsigned int mode) { return open(path, flags, mode); }

int clinux_openat(int directory, const char *path, int flags, unsigned int mode) {
  return openat(directory, path, flags, mode);
}

int clinux_fcntl_int(int descriptor, int command, int argument) {
  return fcntl(descriptor, command, argument);
}

static int set_lock(int descriptor, short type) {
  struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
  return fcntl(descriptor, F_OFD_SETLK, &whole);
}

int clinux_try_lock(int descriptor) { return set_lock(descriptor, F_WRLCK); }

int clinux_unlock(int descriptor) { return set_lock(descriptor, F_UNLCK); }

int clinux_is_locked_by_another(int descriptor) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(descriptor, F_OFD_GETLK, &whole) != 0) return -1;
  return whole.l_type != F_UNLCK;
}

int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_usable_processor_count(void) {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
  if (count == 0) count = (int)sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? count : 1;
}

int clinux_memfd_create(const char *name, unsigned int flags) { return memfd_create(name, flags); }

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

long clinux_send_descriptors(
    int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int) * CLINUX_MAX_DESCRIPTORS)];
  } control;
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor_count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.room;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

long clinux_receive_descriptors(
    int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count,
    int *truncated) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int) * CLINUX_MAX_DESCRIPTORS)];
  } control;
  struct iovec part = {.iov_base = bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &part,
      .msg_iovlen = 1,
      .msg_control = control.room,
      .msg_controllen = sizeof control.room};
  size_t room = *descriptor_count;
  *descriptor_count = 0;
  *truncated = 0;
  ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (received < 0) return received;
  *truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t came = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < came; index++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof(int));
      if (*descriptor_count < room) {
        descriptors[(*descriptor_count)++] = descriptor;
      } else {
        close(descriptor);
        *truncated = 1;
      }
    }
  }
  return received;
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CLINUX_TSAN 1
#endif
#endif

#ifdef CLINUX_TSAN
void __tsan_acquire(void *);
void __tsan_release(void *);
void clinux_tsan_acquire(const void *address) { __tsan_acquire((void *)address); }
void clinux_tsan_release(const void *address) { __tsan_release((void *)address); }
#else
void clinux_tsan_acquire(const void *address) { (void)address; }
void clinux_tsan_release(const void *address) { (void)address; }
#endif

void clinux_cap_malloc(int arena_count) {
  mallopt(M_ARENA_MAX, arena_count);
  mallopt(M_MMAP_THRESHOLD, 64 * 1024); /* setting it also turns the dynamic threshold off */
  mallopt(M_TRIM_THRESHOLD, 128 * 1024);
}

void clinux_keep_freed_blocks(void) {
  mallopt(M_MMAP_THRESHOLD, 2 * 1024 * 1024);
  mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
}

size_t clinux_free_heap_byte_count(void) { return mallinfo2().fordblks; }

const char *clinux_error_text(int code) { return strerrordesc_np(code); }

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void clinux_set_thread_stack(size_t byte_count) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  if (pthread_attr_setstacksize(&attributes, byte_count) == 0)
    pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

int clinux_malloc_trim(void) { return malloc_trim(0); }
