/// Where the fields of one scan stand. Filled by the scan that made it, and never changed afterwards.
final class FieldPlaces: @unchecked Sendable {
    // @unchecked: it is written before its scan is given to anybody.

    static let countMax = 32

    struct Place {
        var keyStart: UInt32 = 0
        var keyEnd: UInt32 = 0
        var valueStart: UInt32 = 0
        /// 0 while nothing was found.
        var valueEnd: UInt32 = 0
        var kind = JSONKind.null

        var field: FieldScan.Field? {
            guard valueEnd > 0 else { return nil }
            return FieldScan.Field(
                key: Int(keyStart)..<Int(keyEnd), value: Int(valueStart)..<Int(valueEnd), kind: kind)
        }
    }

    private var places = InlineArray<32, Place>(repeating: Place())

    subscript(_ index: Int) -> Place {
        get { places[index] }
        set { places[index] = newValue }
    }
}
