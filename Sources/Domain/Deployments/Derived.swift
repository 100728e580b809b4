import Synchronization

/// What a feature makes of a value, once: kept with the value, and gone with it. A cache aside would hold on to what is
/// no longer live.
package final class Derived: Sendable {
    private let product = Mutex<(any AnyObject & Sendable)?>(nil)

    package init() {}

    /// - Parameters:
    ///   - isCurrent: whether a product that was made before still holds.
    ///   - make: called once, while other readers wait, so it must not block. One feature makes one kind of product;
    ///     whoever finds another's makes its own.
    package func product<Product: AnyObject & Sendable>(
        where isCurrent: (Product) -> Bool = { _ in true }, _ make: () -> Product
    ) -> Product {
        product.withLock { product in
            if let known = product as? Product, isCurrent(known) { return known }
            let made = make()
            product = made
            return made
        }
    }
}
