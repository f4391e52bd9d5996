#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int csandbox_die_with_parent(int expected_parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
  return expected_parent != 0 && getppid() != expected_parent ? ESRCH : 0;
}

int csandbox_close_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0) return 0;
#endif
  long last = sysconf(_SC_OPEN_MAX);
  if (last < 0 || last > 65536) last = 65536;
  for (int descriptor = first; descriptor < last; descriptor++) close(descriptor);
  return 0;
}

void csandbox_ignore_signals(void) {
  static const int ignored[] = {SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ};
  for (size_t index = 0; index < sizeof ignored / sizeof *ignored; index++) {
    signal(ignored[index], SIG_IGN);
  }
}

int csandbox_no_new_privileges(void) {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

/* The header may be older than the kernel, so what later versions added is spelled out here. */
struct ruleset_attributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net; /* version 4: bind and connect over TCP */
  uint64_t scoped;             /* version 6: abstract sockets, signals */
};

int csandbox_landlock(const char *const *readable, size_t count, int *abi) {
  *abi = 0;
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U /* ..._VERSION */);
  if (version < 0) return errno;
  *abi = (int)version;

  /* Rights by version: 1: bits 0-12, 2: refer, 3: truncate, 5: ioctl on devices. */
  struct ruleset_attributes attributes = {.handled_access_fs = (1ULL << 13) - 1};
  if (version >= 2) attributes.handled_access_fs |= 1ULL << 13;
  if (version >= 3) attributes.handled_access_fs |= 1ULL << 14;
  if (version >= 5) attributes.handled_access_fs |= 1ULL << 15;
  size_t size = sizeof(uint64_t);
  if (version >= 4) {
    attributes.handled_access_net = 3;
    size = 2 * sizeof(uint64_t);
  }
  if (version >= 6) {
    attributes.scoped = 3;
    size = sizeof attributes;
  }
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
  if (ruleset < 0) return errno;

  for (size_t index = 0; index < count; index++) {
    int directory = open(readable[index], O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (directory < 0) continue;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = directory};
    long added =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int code = errno;
    close(directory);
    if (added != 0) {
      close(ruleset);
      return code;
    }
  }
  int code = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : errno;
  close(ruleset);
  return code;
}

/* seccomp.h's comparison macros leave the unused second operand out. */
#pragma clang diagnostic ignored "-Wmissing-field-initializers"

/* Calls a decoder may make with any arguments. Nothing here reaches a path, another process or the
   network; what carries descriptors works on those it was given. */
static const int allowed[] = {
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(preadv), SCMP_SYS(write),
    SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(lseek), SCMP_SYS(fadvise64),
    SCMP_SYS(readahead), SCMP_SYS(dup), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
    SCMP_SYS(membarrier), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack), SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq), SCMP_SYS(set_tid_address), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(getcpu), SCMP_SYS(getpid),
    SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
    SCMP_SYS(getrandom), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrusage),
    SCMP_SYS(getrlimit), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
};

/* Calls glibc makes only after the kernel said it lacks a newer one. */
static const int unknown[] = {SCMP_SYS(clone3), SCMP_SYS(openat2)};

/* Refused as a missing permission, which libraries take for an ordinary unreadable file. */
static const int unreadable[] = {
    SCMP_SYS(creat), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(stat), SCMP_SYS(lstat),
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int add_rules(scmp_filter_ctx filter, int allows_reading) {
  int code = 0;
#define ADD(action, call, ...)                                        \
  do {                                                                \
    code = seccomp_rule_add(filter, action, call, __VA_ARGS__);       \
    if (code != 0 && code != -EDOM) return -code;                     \
  } while (0)
  for (size_t index = 0; index < COUNT(allowed); index++) ADD(SCMP_ACT_ALLOW, allowed[index], 0);
  for (size_t index = 0; index < COUNT(unknown); index++) {
    ADD(SCMP_ACT_ERRNO(ENOSYS), unknown[index], 0);
  }
  for (size_t index = 0; index < COUNT(unreadable); index++) {
    ADD(SCMP_ACT_ERRNO(EACCES), unreadable[index], 0);
  }
  if (allows_reading) {
    const scmp_datum_t changes = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_TMPFILE;
    /* O_TMPFILE contains O_DIRECTORY, so directories stay closed too. */
    ADD(SCMP_ACT_ALLOW, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, changes, 0));
    ADD(SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, changes, 0));
    /* Fonts are looked for before they are opened. It tells whether a path exists, no more. */
    ADD(SCMP_ACT_ALLOW, SCMP_SYS(access), 0);
    ADD(SCMP_ACT_ALLOW, SCMP_SYS(faccessat), 0);
  } else {
    ADD(SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 0);
    ADD(SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
    ADD(SCMP_ACT_ERRNO(EACCES), SCMP_SYS(access), 0);
    ADD(SCMP_ACT_ERRNO(EACCES), SCMP_SYS(faccessat), 0);
  }
  /* fstat(3) of newer glibc; without AT_EMPTY_PATH the call would take a path. */
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
      SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
  /* No new code: neither mapped nor made executable. */
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  /* Threads, not processes. */
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
      SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND,
              CLONE_THREAD | CLONE_VM | CLONE_SIGHAND));
  /* abort(3) and raise(3) signal the process itself. */
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
  /* Limits can be read; only the parent changes them. */
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0));
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME));
  /* GLib copies the scheduling of its first thread to the others. */
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(sched_getattr), 1, SCMP_A0(SCMP_CMP_EQ, 0));
  ADD(SCMP_ACT_ALLOW, SCMP_SYS(sched_setattr), 1, SCMP_A0(SCMP_CMP_EQ, 0));
  static const int file_commands[] = {F_GETFD,         F_SETFD,     F_GETFL, F_DUPFD,
                                      F_DUPFD_CLOEXEC, F_GET_SEALS};
  for (size_t index = 0; index < COUNT(file_commands); index++) {
    ADD(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
        SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)file_commands[index]));
  }
  return 0;
#undef ADD
}

int csandbox_seccomp(int allows_reading) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter == NULL) return ENOMEM;
  int code = add_rules(filter, allows_reading);
  if (code == 0) code = -seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
  /* A binary tree of the calls instead of a list: the filter runs on every one of them. */
  if (code == 0) seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (code == 0) code = -seccomp_load(filter);
  seccomp_release(filter);
  return code;
}

static int resource_of(csandbox_limit limit) {
  switch (limit) {
    case CSANDBOX_LIMIT_DATA: return RLIMIT_DATA;
    case CSANDBOX_LIMIT_ADDRESS_SPACE: return RLIMIT_AS;
    case CSANDBOX_LIMIT_CPU: return RLIMIT_CPU;
    case CSANDBOX_LIMIT_CORE: return RLIMIT_CORE;
    case CSANDBOX_LIMIT_FILE_SIZE: return RLIMIT_FSIZE;
    case CSANDBOX_LIMIT_OPEN_FILES: return RLIMIT_NOFILE;
  }
  return -1;
}

static int set_limit(int pid, csandbox_limit limit, uint64_t value, int lowers_hard) {
  struct rlimit now;
  int resource = resource_of(limit);
  if (prlimit(pid, resource, NULL, &now) != 0) return errno;
  if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
  now.rlim_cur = value;
  if (lowers_hard) now.rlim_max = value;
  return prlimit(pid, resource, &now, NULL) == 0 ? 0 : errno;
}

int csandbox_set_limit(csandbox_limit limit, uint64_t value) {
  /* Memory and processor time are set anew for every job by the parent, so they stay raisable. */
  int stays = limit == CSANDBOX_LIMIT_DATA || limit == CSANDBOX_LIMIT_ADDRESS_SPACE ||
              limit == CSANDBOX_LIMIT_CPU;
  return set_limit(0, limit, value, !stays);
}

int csandbox_set_limit_of(int pid, csandbox_limit limit, uint64_t value) {
  return set_limit(pid, limit, value, 0);
}

int csandbox_volunteer_for_oom(void) {
  int descriptor = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  int code = write(descriptor, "800", 3) == 3 ? 0 : errno;
  close(descriptor);
  return code;
}
