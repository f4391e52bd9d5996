import Glibc

/// Whether a sanitizer watches the tests. Its shadow memory is many times what is watched, so what
/// is measured in bytes means nothing then.
public enum Sanitizer {
  /// True under AddressSanitizer or ThreadSanitizer.
  public static let isOn = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

  /// What a worker needs to be told: a refusal is no error there, freed memory is not kept (it would
  /// count against the limits of a job), and nobody may look at it from outside for leaks.
  public static let workerEnvironment = [
    "ASAN_OPTIONS=allocator_may_return_null=1:quarantine_size_mb=0:detect_leaks=0",
    "TSAN_OPTIONS=allocator_may_return_null=1",
  ]

  /// The message of a test that cannot run under one.
  public static let cause = "a sanitizer's own memory is many times what this test measures"
}
