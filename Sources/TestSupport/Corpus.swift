import Platform

import Glibc

/// The shared corpus of real files, read in place; tests skip with `Corpus.absence` without it.
public enum Corpus {
  /// Where it is: `$ALBUMEN_CORPUS`, else `shared/corpus` beside the checkout. Nil when absent.
  public static let directory: FilePath? = {
    if let named = getenv("ALBUMEN_CORPUS") {
      return existing(FilePath(String(cString: named)))
    }
    // Tests run in the package's directory; a checkout may lie a few levels below the shared one.
    for start in ["..", "../..", "../../.."] {
      if let found = existing(FilePath("\(start)/shared/corpus")) { return found }
    }
    return nil
  }()

  /// True when the corpus is there.
  public static var isPresent: Bool { directory != nil }

  /// The message of a test that cannot run without it.
  public static let absence =
    "the shared corpus is absent; set ALBUMEN_CORPUS to its directory to run this test"

  private static func existing(_ path: FilePath) -> FilePath? {
    path.withCString { text in
      access("\(String(cString: text))/MANIFEST.tsv", R_OK) == 0 ? path : nil
    }
  }
}
