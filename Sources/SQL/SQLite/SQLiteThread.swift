import CSQLite
import Glibc

/// A detached pthread that runs a body once. Signals stay with the threads of the program that wait for them.
struct SQLiteThread {
    private final class Body {
        let name: String
        let run: () -> Void

        init(_ name: String, _ run: @escaping () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// `name` is cut to the 15 bytes that Linux keeps.
    static func start(named name: String, _ run: @escaping () -> Void) throws(SQLError) {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        // Retained for the thread, which releases it when it starts.
        let body = Unmanaged.passRetained(Body(String(name.prefix(15)), run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                csqlite_name_thread(body.name)
                body.run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw .other(code: code, message: "no thread for the database: \(String(cString: strerror(code)))", sql: "")
        }
        pthread_detach(thread)
    }
}
