/// The paths that a `PathScan` looks for, made once: a tree whose leaves are numbered in the order in which the paths
/// were given. A step is a key, or `"0"` for the first element of an array.
package struct PathPlan: Sendable {
    struct Node: @unchecked Sendable {
        // @unchecked: the pointer is to a literal's bytes, which are never changed.

        let key: StaticString
        /// The literal's bytes, at hand without asking what kind of literal it is. Not read below their number.
        let start: UnsafePointer<UInt8>
        let length: Int
        /// The number of the path that ends here; -1 when none does.
        var leaf = -1
        /// Index of the first of the nodes below; -1 when there is none.
        var firstChild = -1
        /// Index of the next node below the same one.
        var nextSibling = -1
        /// Whether what is below is the first element of an array rather than members of an object.
        var isArray = false

        init(_ key: StaticString) {
            precondition(key.hasPointerRepresentation, "a key is a literal of several characters, or none")
            self.key = key
            start = key.utf8Start
            length = key.utf8CodeUnitCount
        }
    }

    private(set) var nodes: [Node] = [Node("")]

    /// - Parameter paths: at most `PathScan.countMax`, each a list of steps from the root.
    package init(_ paths: [[StaticString]]) {
        precondition(paths.count <= PathScan.countMax, "a scan has room for so many paths")
        for (leaf, path) in paths.enumerated() {
            var node = 0
            for step in path { node = child(of: node, step) }
            nodes[node].leaf = leaf
        }
    }

    private mutating func child(of parent: Int, _ key: StaticString) -> Int {
        var last = -1
        var next = nodes[parent].firstChild
        while next >= 0 {
            if nodes[next].key.description == key.description { return next }
            last = next
            next = nodes[next].nextSibling
        }
        nodes.append(Node(key))
        let made = nodes.count - 1
        if last >= 0 { nodes[last].nextSibling = made } else { nodes[parent].firstChild = made }
        nodes[parent].isArray = key.description == "0"
        return made
    }
}
