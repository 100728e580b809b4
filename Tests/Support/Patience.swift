import Glibc

/// How many times longer than usual the tests wait before they take silence for a fault: `SIGNALBOX_TEST_PATIENCE`, 1
/// unless it is set. Under a sanitizer everything is several times slower.
package enum Patience {
    package static let factor: Int = getenv("SIGNALBOX_TEST_PATIENCE").flatMap { Int(String(cString: $0)) } ?? 1
}
