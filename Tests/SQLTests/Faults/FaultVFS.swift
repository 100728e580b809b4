import CSQLite
import Glibc

/// The C side of `FaultDisk`: SQLite's callbacks, each of which asks the disk and passes on to the system's VFS.
enum FaultVFS {
    /// What SQLite allocates for an open file; the system's own follows it in the same memory.
    private struct File {
        var base = sqlite3_file()
        var disk: UnsafeMutableRawPointer?
        var path: UnsafeMutablePointer<CChar>?
    }

    private typealias Raw = UnsafeMutablePointer<sqlite3_file>

    // The system's VFS lives as long as the process.
    private nonisolated(unsafe) static let system = sqlite3_vfs_find(nil)

    static func register(_ name: String, for disk: FaultDisk) -> UnsafeMutablePointer<sqlite3_vfs>? {
        guard let system else { return nil }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: system.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.zName = UnsafePointer(strdup(name))
        vfs.pointee.szOsFile = Int32(MemoryLayout<File>.stride) + system.pointee.szOsFile
        // Unretained: the disk unregisters in its deinit.
        vfs.pointee.pAppData = Unmanaged.passUnretained(disk).toOpaque()
        vfs.pointee.xOpen = open
        vfs.pointee.xDelete = delete
        sqlite3_vfs_register(vfs, 0)
        return vfs
    }

    static func unregister(_ vfs: UnsafeMutablePointer<sqlite3_vfs>) {
        sqlite3_vfs_unregister(vfs)
        free(UnsafeMutablePointer(mutating: vfs.pointee.zName))
        vfs.deallocate()
    }

    private static func disk(_ context: UnsafeMutableRawPointer?) -> FaultDisk? {
        // Unretained on both ways: see register.
        context.map { Unmanaged<FaultDisk>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func own(_ file: Raw) -> UnsafeMutablePointer<File> {
        UnsafeMutableRawPointer(file).assumingMemoryBound(to: File.self)
    }

    private static func real(_ file: Raw) -> Raw {
        UnsafeMutableRawPointer(file).advanced(by: MemoryLayout<File>.stride).assumingMemoryBound(to: sqlite3_file.self)
    }

    private static func methodsOf(_ file: Raw) -> sqlite3_io_methods {
        real(file).pointee.pMethods?.pointee ?? sqlite3_io_methods()
    }

    private static func path(_ file: Raw) -> String { own(file).pointee.path.map { String(cString: $0) } ?? "" }

    // MARK: The file system

    private static let open:
        @convention(c) (
            UnsafeMutablePointer<sqlite3_vfs>?, UnsafePointer<CChar>?, Raw?, Int32, UnsafeMutablePointer<Int32>?
        ) -> Int32 = { vfs, path, file, flags, flagsOut in
            guard let vfs, let file, let disk = disk(vfs.pointee.pAppData) else { return SQLITE_MISUSE }
            own(file).initialize(to: File(disk: vfs.pointee.pAppData, path: path.flatMap { strdup($0) }))
            if disk.fails(.open) {
                free(own(file).pointee.path)
                return FaultDisk.Operation.open.code
            }
            let code = system?.pointee.xOpen(system, path, real(file), flags, flagsOut) ?? SQLITE_MISUSE
            if real(file).pointee.pMethods != nil { file.pointee.pMethods = UnsafePointer(table) }
            return code
        }

    private static let delete:
        @convention(c) (UnsafeMutablePointer<sqlite3_vfs>?, UnsafePointer<CChar>?, Int32) -> Int32 = {
            vfs, path, sync in
            guard let vfs, let path, let disk = disk(vfs.pointee.pAppData) else { return SQLITE_MISUSE }
            if disk.fails(.delete) { return FaultDisk.Operation.delete.code }
            disk.deleted(String(cString: path))
            return system?.pointee.xDelete(system, path, sync) ?? SQLITE_MISUSE
        }

    // MARK: The file

    // Written once, before the first file is opened.
    private nonisolated(unsafe) static let table: UnsafeMutablePointer<sqlite3_io_methods> = {
        let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var methods = sqlite3_io_methods()
        // Version 2 has the shared memory that a write-ahead log needs, and no mapping of the file itself.
        methods.iVersion = 2
        methods.xClose = { file in
            guard let file else { return SQLITE_MISUSE }
            free(own(file).pointee.path)
            return methodsOf(file).xClose(real(file))
        }
        methods.xRead = { file, buffer, count, offset in
            guard let file, let disk = disk(own(file).pointee.disk) else { return SQLITE_MISUSE }
            if disk.fails(.read) { return FaultDisk.Operation.read.code }
            return methodsOf(file).xRead(real(file), buffer, count, offset)
        }
        methods.xWrite = { file, buffer, count, offset in
            guard let file, let buffer, let disk = disk(own(file).pointee.disk) else { return SQLITE_MISUSE }
            let isTorn = disk.fails(.write)
            // A write that fails has reached the disk in part.
            let written = isTorn ? count / 2 : count
            let bytes = [UInt8](UnsafeRawBufferPointer(start: buffer, count: Int(written)))
            disk.changed(path(file)) { $0.write(bytes, at: Int(offset)) }
            let code = methodsOf(file).xWrite(real(file), buffer, written, offset)
            return isTorn ? FaultDisk.Operation.write.code : code
        }
        methods.xTruncate = { file, count in
            guard let file, let disk = disk(own(file).pointee.disk) else { return SQLITE_MISUSE }
            if disk.fails(.truncate) { return FaultDisk.Operation.truncate.code }
            disk.changed(path(file)) { $0.truncate(to: Int(count)) }
            return methodsOf(file).xTruncate(real(file), count)
        }
        methods.xSync = { file, _ in
            guard let file, let disk = disk(own(file).pointee.disk) else { return SQLITE_MISUSE }
            if disk.fails(.sync) { return FaultDisk.Operation.sync.code }
            // What is durable is the image's to say: the real disk need not be troubled a thousand times.
            disk.changed(path(file)) { $0.sync() }
            return SQLITE_OK
        }
        methods.xFileSize = { file, count in
            guard let file else { return SQLITE_MISUSE }
            return methodsOf(file).xFileSize(real(file), count)
        }
        methods.xLock = { file, level in file.map { methodsOf($0).xLock(real($0), level) } ?? SQLITE_MISUSE }
        methods.xUnlock = { file, level in file.map { methodsOf($0).xUnlock(real($0), level) } ?? SQLITE_MISUSE }
        methods.xCheckReservedLock = { file, result in
            file.map { methodsOf($0).xCheckReservedLock(real($0), result) } ?? SQLITE_MISUSE
        }
        methods.xFileControl = { file, operation, argument in
            file.map { methodsOf($0).xFileControl(real($0), operation, argument) } ?? SQLITE_MISUSE
        }
        methods.xSectorSize = { file in file.map { methodsOf($0).xSectorSize(real($0)) } ?? 4096 }
        methods.xDeviceCharacteristics = { file in file.map { methodsOf($0).xDeviceCharacteristics(real($0)) } ?? 0 }
        methods.xShmMap = { file, region, size, extend, address in
            guard let file, let disk = disk(own(file).pointee.disk) else { return SQLITE_MISUSE }
            if disk.fails(.map) { return FaultDisk.Operation.map.code }
            return methodsOf(file).xShmMap(real(file), region, size, extend, address)
        }
        methods.xShmLock = { file, offset, count, flags in
            file.map { methodsOf($0).xShmLock(real($0), offset, count, flags) } ?? SQLITE_MISUSE
        }
        methods.xShmBarrier = { file in
            if let file { methodsOf(file).xShmBarrier(real(file)) }
        }
        methods.xShmUnmap = { file, delete in
            file.map { methodsOf($0).xShmUnmap(real($0), delete) } ?? SQLITE_MISUSE
        }
        table.initialize(to: methods)
        return table
    }()

}
