/// Transfers that something happened to since curl was entered: noted by its callbacks, told when it has returned.
/// Touched only on its loop's thread.
final class TouchedTransfers {
    private var transfers: [Transfer] = []

    func note(_ transfer: Transfer) {
        transfers.append(transfer)
    }

    func settle() {
        guard !transfers.isEmpty else { return }
        var told: [Transfer] = []
        swap(&told, &transfers)
        for transfer in told { transfer.settle() }
        told.removeAll(keepingCapacity: true)
        if transfers.isEmpty { swap(&told, &transfers) }
    }
}
