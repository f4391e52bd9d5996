/// Everything Albumen knows about media file formats: what a file is, what its header and its
/// metadata say, and its pixels.
///
/// Runs in sandboxed workers only: every function takes bytes that nobody vouches for. No input
/// makes them trap, loop without end or allocate without bound; a bad file is a `MediaFailure`.
public enum Formats {}
