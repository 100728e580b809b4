import Glibc
import HTTP

/// Shows what the parser of requests makes of bytes, for checks against parsers of others; no part of the product. On
/// standard input cases come one behind the other, each a length (four bytes, the highest first) and as many bytes; for
/// each a line of JSON goes out: the messages, bytes in hexadecimal.
@main
struct ParserProbe {
    private static let caseBytesMax = 16 * 1_024 * 1_024

    static func main() {
        let input = readAll()
        var start = 0
        while start < input.count {
            guard input.count - start >= 4 else { exit(1) }
            let count = input[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
            start += 4
            guard count <= min(caseBytesMax, input.count - start) else { exit(1) }
            writeAll(Array((ProbedCase(Array(input[start..<(start + count)])).line + "\n").utf8))
            start += count
        }
    }

    private static func readAll() -> [UInt8] {
        var input: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(STDIN_FILENO, &piece, piece.count), count > 0 { input += piece[..<count] }
        return input
    }

    private static func writeAll(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let written = bytes[start...].withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { exit(1) }
            start += written
        }
    }
}
