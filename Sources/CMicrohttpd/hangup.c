#include "include/CMicrohttpd.h"

#include <errno.h>
#include <sys/epoll.h>

int cmhd_hangup_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cmhd_hangup_add(int set, int descriptor, uint64_t identifier) {
  /* EPOLLERR and EPOLLHUP are always reported. A client that only stops sending (EPOLLRDHUP) has left
     as well: browsers and libraries close both halves. */
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.u64 = identifier};
  int result = epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event);
  if (result != 0 && errno == EEXIST) result = epoll_ctl(set, EPOLL_CTL_MOD, descriptor, &event);
  return result;
}

int cmhd_hangup_remove(int set, int descriptor) {
  struct epoll_event event = {0};
  return epoll_ctl(set, EPOLL_CTL_DEL, descriptor, &event);
}

int cmhd_hangup_wait(int set, uint64_t *identifiers, int capacity, int milliseconds) {
  struct epoll_event events[64];
  if (capacity > 64) capacity = 64;
  int count = epoll_wait(set, events, capacity, milliseconds);
  for (int i = 0; i < count; i++) identifiers[i] = events[i].data.u64;
  return count;
}
