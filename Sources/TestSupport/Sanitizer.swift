import Glibc

/// Whether a sanitizer watches the tests. Its shadow memory is many times what is watched, so what
/// is measured in bytes means nothing then.
public enum Sanitizer {
  /// True under AddressSanitizer or ThreadSanitizer.
  public static let isOn = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

  /// The message of a test that cannot run under one.
  public static let cause = "a sanitizer's own memory is many times what this test measures"
}
