/// The price table of `config/prices.yaml`, built into the program.
package enum ShippedPrices {
    package static var yaml: String { String(decoding: PackageResources.prices_yaml, as: UTF8.self) }
}
