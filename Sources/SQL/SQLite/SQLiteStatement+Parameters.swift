import CSQLite

extension SQLiteStatement: Parameters {
    private static let arenaSize = 4_096

    func integer(_ value: Int64, at position: Int) {
        note(sqlite3_bind_int64(handle, index(position), value))
    }

    func real(_ value: Double, at position: Int) {
        // SQLite would silently store NULL for a NaN.
        note(value.isNaN ? SQLITE_MISMATCH : sqlite3_bind_double(handle, index(position), value))
    }

    func null(at position: Int) {
        note(sqlite3_bind_null(handle, index(position)))
    }

    func text(_ value: String, at position: Int) {
        var value = value
        value.withUTF8 { bytes in
            let kept = keep(UnsafeRawBufferPointer(bytes))
            // An empty string may have no address, which SQLite would take for NULL.
            let start = kept ?? UnsafeRawPointer(bytes.baseAddress) ?? UnsafeRawPointer(Self.empty)
            note(
                sqlite3_bind_text64(
                    handle, index(position), start.assumingMemoryBound(to: CChar.self), UInt64(bytes.count),
                    kept == nil ? csqlite_transient() : csqlite_static(), UInt8(SQLITE_UTF8)))
        }
    }

    func blob(_ value: UnsafeRawBufferPointer, at position: Int) {
        guard !value.isEmpty else { return note(sqlite3_bind_zeroblob(handle, index(position), 0)) }
        let kept = keep(value)
        note(
            sqlite3_bind_blob64(
                handle, index(position), kept ?? value.baseAddress, UInt64(value.count),
                kept == nil ? csqlite_transient() : csqlite_static()))
    }

    /// A copy that stays until the run is over; nil when there is no room, and then SQLite makes its own.
    private func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
        guard let source = bytes.baseAddress, bytes.count <= Self.arenaSize - arenaUsed else { return nil }
        let room = arena ?? .allocate(byteCount: Self.arenaSize, alignment: 1)
        arena = room
        guard let start = room.baseAddress?.advanced(by: arenaUsed) else { return nil }
        start.copyMemory(from: source, byteCount: bytes.count)
        arenaUsed += bytes.count
        return UnsafeRawPointer(start)
    }

    private func note(_ code: Int32) {
        if code != SQLITE_OK, bindingFault == SQLITE_OK { bindingFault = code }
    }
}
