/// Sizes of reduced pictures.
public enum ThumbnailSize {
  /// The size a picture gets so that its longer edge is at most `maxPixelSize`: aspect kept, never
  /// enlarged, never below one pixel.
  public static func fitting(
    width: Int, height: Int, maxPixelSize: Int
  ) -> (width: Int, height: Int) {
    let longest = max(width, height)
    guard longest > maxPixelSize, longest > 0 else { return (max(1, width), max(1, height)) }
    func scaled(_ edge: Int) -> Int {
      max(1, Int((Double(edge) * Double(maxPixelSize) / Double(longest)).rounded()))
    }
    return (scaled(width), scaled(height))
  }
}
