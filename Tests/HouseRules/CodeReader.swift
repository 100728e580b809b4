/// Takes comments and the contents of strings out of Swift, a line at a time.
struct CodeReader {
    private var commentDepth = 0
    private var isInText = false

    mutating func code(of line: String) -> String {
        var code = ""
        var rest = Substring(line)
        while let character = rest.first {
            if commentDepth > 0 {
                skipComment(&rest)
            } else if isInText {
                if rest.hasPrefix("\"\"\"") {
                    isInText = false
                    rest.removeFirst(3)
                } else {
                    rest.removeFirst()
                }
            } else if rest.hasPrefix("//") {
                return code
            } else if rest.hasPrefix("/*") {
                commentDepth = 1
                rest.removeFirst(2)
            } else if rest.hasPrefix("\"\"\"") {
                isInText = true
                rest.removeFirst(3)
            } else if character == "\"" {
                rest.removeFirst()
                skipString(&rest)
                code += "\"\""
            } else {
                code.append(character)
                rest.removeFirst()
            }
        }
        return code
    }

    private mutating func skipComment(_ rest: inout Substring) {
        if rest.hasPrefix("*/") {
            commentDepth -= 1
            rest.removeFirst(2)
        } else if rest.hasPrefix("/*") {
            commentDepth += 1
            rest.removeFirst(2)
        } else {
            rest.removeFirst()
        }
    }

    private func skipString(_ rest: inout Substring) {
        while let character = rest.first {
            rest.removeFirst()
            if character == "\\" { rest = rest.dropFirst() }
            if character == "\"" { return }
        }
    }
}
