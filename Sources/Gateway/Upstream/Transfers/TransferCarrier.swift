/// What moves a transfer's bytes. On the transfer's loop only.
protocol TransferCarrier: AnyObject, Sendable {
    /// Goes on with a transfer that was paused.
    func resume(_ transfer: Transfer)
    /// There is more of the transfer's upload to send.
    func sendOn(_ transfer: Transfer)
    /// Lets go of a transfer that was ended before its time, and closes its connection at once: an answer, or the rest
    /// of one, is outstanding on it.
    func abandon(_ transfer: Transfer)
    /// Whether the transfer waits for one that is busy to end, no connection being on its way to it.
    func lacksSlot(for transfer: Transfer) -> Bool
}
