import Platform

/// Seconds that something takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let begun = monotonicNanoseconds()
  try body()
  return Double(monotonicNanoseconds() - begun) / 1e9
}

/// Prints numbers by name.
func report(_ members: [(String, Double)]) {
  print("{" + members.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}")
}

/// The value below which a share of all lie.
func middle(_ values: [Double], _ place: Double) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty
    ? .infinity : sorted[min(sorted.count - 1, Int(Double(sorted.count) * place))]
}

/// The distribution of some seconds.
func figures(_ name: String, _ values: [Double]) -> [(String, Double)] {
  [
    ("\(name)P50Microseconds", middle(values, 0.5) * 1e6),
    ("\(name)P99Microseconds", middle(values, 0.99) * 1e6),
    ("\(name)MaxMicroseconds", (values.max() ?? 0) * 1e6),
  ]
}
