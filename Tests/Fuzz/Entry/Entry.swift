import Glibc

// One program for all targets: the name under which it is started says which one runs. Compiled by fuzz.py only.

// Set once, before the first input, on the one thread there is.
nonisolated(unsafe) private var target = FuzzTarget.all[0]

/// Before the first input.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>?,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    guard let program = arguments?.pointee?[0] else { return 0 }
    let name = String(cString: program).split(separator: "/").last.map(String.init) ?? ""
    guard let named = FuzzTarget.all.first(where: { $0.name == name }) else {
        say("no target is named \(name)")
        exit(2)
    }
    target = named
    return 0
}

/// For every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let violation = target.violation(input) else { return 0 }
    say("VIOLATION \(target.name): \(violation)")
    abort()
}

private func say(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
