/// What the cache of answers was to an inference.
package enum CacheUse: String, Sendable, CaseIterable {
    /// Answered with what another got, before or at the same time; no provider was asked.
    case hit
    /// A provider was asked, and the answer may serve again.
    case miss
    /// The cache was not asked: the caller wanted none, or the request can have none.
    case bypass
}
