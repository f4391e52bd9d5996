#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0 or errno of a call that answers -1 on failure; what it opened is closed. */
static int outcome_of_descriptor(long result) {
  if (result < 0) return errno;
  close((int)result);
  return 0;
}

static int outcome(long result) { return result < 0 ? errno : 0; }

static int outcome_of_child(long pid) {
  if (pid < 0) return errno;
  if (pid == 0) _exit(0);
  int status;
  waitpid((pid_t)pid, &status, 0);
  return 0;
}

static void *answer(void *argument) { return argument; }

static int attempt_thread(void) {
  pthread_t thread;
  int code = pthread_create(&thread, NULL, answer, NULL);
  if (code == 0) pthread_join(thread, NULL);
  return code;
}

/* Past the limit of private memory, and past the address space by shared memory. */
static int attempt_allocate(size_t count) {
  void *private_bytes =
      mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (private_bytes != MAP_FAILED) {
    munmap(private_bytes, count);
    return 0;
  }
  int code = errno;
  void *shared_bytes =
      mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared_bytes != MAP_FAILED) {
    munmap(shared_bytes, count);
    return 0;
  }
  /* volatile: an optimiser may leave out an allocation that is only freed, and call it a success. */
  void *volatile heap_bytes = malloc(count);
  if (heap_bytes == NULL) return code;
  free(heap_bytes);
  return 0;
}

int csandbox_attempt(csandbox_attempt_kind kind, long argument) {
  errno = 0;
  switch (kind) {
    case CSANDBOX_ATTEMPT_OPEN:
      return outcome_of_descriptor(syscall(SYS_open, "/proc/self/status", O_RDONLY));
    case CSANDBOX_ATTEMPT_OPENAT:
      return outcome_of_descriptor(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
    case CSANDBOX_ATTEMPT_OPENAT2: {
      uint64_t how[3] = {O_RDONLY, 0, 0};
      return outcome_of_descriptor(
          syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof how));
    }
    case CSANDBOX_ATTEMPT_CREATE_FILE:
      return outcome_of_descriptor(
          open("/tmp/albumen-selftest", O_WRONLY | O_CREAT | O_EXCL, 0600));
    case CSANDBOX_ATTEMPT_SOCKET:
      return outcome_of_descriptor(socket(AF_INET, SOCK_STREAM, 0));
    case CSANDBOX_ATTEMPT_EXEC: {
      char *const arguments[] = {"true", NULL};
      char *const environment[] = {NULL};
      return outcome(execve("/bin/true", arguments, environment));
    }
    case CSANDBOX_ATTEMPT_FORK: return outcome_of_child(fork());
    case CSANDBOX_ATTEMPT_VFORK:
      return outcome_of_child(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0));
    case CSANDBOX_ATTEMPT_PTRACE_PARENT: {
      /* Seizing does not stop the parent, should it work. */
      if (ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) != 0) return errno;
      ptrace(PTRACE_DETACH, getppid(), NULL, NULL);
      return 0;
    }
    case CSANDBOX_ATTEMPT_READ_PARENT_MEMORY: {
      char byte;
      struct iovec here = {&byte, 1}, there = {(void *)&byte, 1};
      return outcome(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
    }
    case CSANDBOX_ATTEMPT_KILL_PARENT: return outcome(kill(getppid(), 0));
    case CSANDBOX_ATTEMPT_MOUNT:
      return outcome(mount("none", "/tmp", NULL, MS_REMOUNT | MS_BIND, NULL));
    case CSANDBOX_ATTEMPT_IO_URING: {
      char parameters[128];
      memset(parameters, 0, sizeof parameters);
      return outcome_of_descriptor(syscall(SYS_io_uring_setup, 1, parameters));
    }
    case CSANDBOX_ATTEMPT_BPF: {
      char attributes[128];
      memset(attributes, 0, sizeof attributes);
      return outcome_of_descriptor(syscall(SYS_bpf, 0, attributes, sizeof attributes));
    }
    case CSANDBOX_ATTEMPT_KEYCTL: return outcome(syscall(SYS_keyctl, 0, -3, 1));
    case CSANDBOX_ATTEMPT_EXECUTABLE_MEMORY: {
      void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (code == MAP_FAILED) return errno;
      munmap(code, 4096);
      return 0;
    }
    case CSANDBOX_ATTEMPT_RAISE_LIMIT: {
      struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
      return outcome(setrlimit(RLIMIT_DATA, &limit));
    }
    case CSANDBOX_ATTEMPT_ALLOCATE: return attempt_allocate((size_t)argument);
    case CSANDBOX_ATTEMPT_WRITE: return outcome(write((int)argument, "x", 1));
    case CSANDBOX_ATTEMPT_UNLINK:
      return outcome(unlink("/tmp/albumen-selftest-that-is-not-there"));
    case CSANDBOX_ATTEMPT_USER_NAMESPACE: return outcome(unshare(CLONE_NEWUSER));
    case CSANDBOX_ATTEMPT_THREAD: return attempt_thread();
  }
  return EINVAL;
}
